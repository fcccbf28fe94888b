"""The retention of a real broker, and which records it has deleted."""

from datetime import UTC, datetime, timedelta

import pytest
from kafka import KafkaAdminClient, TopicPartition

from conf.settings import Settings
from pipelines.sinks.kafka import publish_records
from pipelines.sinks.kafka_clients import Message, create_topics
from pipelines.sinks.kafka_retention import check_retention, newest_purged_moment
from runtime.errors import UsageError


def with_retention(settings: Settings, hours: float) -> Settings:
    return settings.model_copy(update={"kafka": settings.kafka.model_copy(update={"retention_hours": hours})})


def test_topics_of_ours_forget_in_time(settings: Settings) -> None:
    create_topics(settings)
    check_retention(settings)


def test_a_topic_that_keeps_records_beyond_the_deadline_is_refused(settings: Settings) -> None:
    create_topics(with_retention(settings, 168))
    with pytest.raises(UsageError, match=f"{settings.kafka.tweets_topic} keeps a record up to 169.2 h"):
        check_retention(settings)


def test_what_kafka_has_forgotten_is_told_by_the_first_record_that_it_holds(settings: Settings) -> None:
    create_topics(settings)
    topic = settings.kafka.tweets_topic
    before = datetime.now(UTC) - timedelta(seconds=1)
    publish_records(settings, [Message(topic, b"1", b"{}", [])])
    after = datetime.now(UTC) + timedelta(seconds=1)
    assert newest_purged_moment(settings, [after, before]) == before
    assert newest_purged_moment(settings, [after]) is None
    assert newest_purged_moment(settings, []) is None
    admin = KafkaAdminClient(bootstrap_servers=settings.kafka.bootstrap_servers)
    admin.delete_records({TopicPartition(topic, each): -1 for each in range(settings.kafka.partitions)})
    admin.close()
    assert newest_purged_moment(settings, [after, before]) == after
