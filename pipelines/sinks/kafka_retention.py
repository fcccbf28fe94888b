"""Checks with the broker that Kafka deletes records in time, and which ones it has deleted."""

from collections.abc import Sequence
from datetime import datetime

from kafka import KafkaConsumer, TopicPartition
from kafka import errors as kafka_errors
from kafka.admin import ConfigResource, ConfigResourceType

from conf.kafka_retention import find_faults
from conf.settings import Settings
from pipelines.sinks.kafka_clients import connection, create_topics, open_admin, unavailable
from runtime.errors import UsageError

NAMES = ("cleanup.policy", "retention.ms", "segment.ms")


def prepare_topics(settings: Settings) -> None:
    """Create missing topics and check the retention of all."""
    create_topics(settings)
    check_retention(settings)


def check_retention(settings: Settings) -> None:
    """UsageError when one of our topics may keep a record beyond `erase_tweets.deadline_hours`."""
    admin = open_admin(settings)
    topics = [settings.kafka.tweets_topic, settings.kafka.compliance_topic]
    try:
        requested = [ConfigResource(ConfigResourceType.TOPIC, topic, dict.fromkeys(NAMES)) for topic in topics]
        described = admin.describe_configs(requested, config_filter="all")["topic"]
    except kafka_errors.KafkaError as error:
        raise unavailable(settings, error) from error
    finally:
        admin.close()
    configs = {topic: {name: described[topic][name]["value"] for name in NAMES} for topic in topics}
    faults = [fault for topic in topics for fault in find_faults(topic, configs[topic], settings)]
    if faults:
        raise UsageError(
            f"{'; '.join(faults)}: erased records must be deleted after {settings.erase_tweets.deadline_hours:g} h "
            "(erase_tweets.deadline_hours). Lower the topic's retention.ms and segment.ms: docs/explanation/erasure.md"
        )


def newest_purged_moment(settings: Settings, moments: Sequence[datetime]) -> datetime | None:
    """The first of `moments` (newest first) before which Kafka has deleted every record of our topics, or None."""
    if not moments:
        return None
    try:
        consumer = KafkaConsumer(**connection(settings))
    except kafka_errors.KafkaError as error:
        raise unavailable(settings, error) from error
    try:
        topics = (settings.kafka.tweets_topic, settings.kafka.compliance_topic)
        places = [TopicPartition(t, p) for t in topics for p in consumer.partitions_for_topic(t) or ()]
        return next((moment for moment in moments if _is_purged(consumer, places, moment)), None)
    except kafka_errors.KafkaError as error:
        raise unavailable(settings, error) from error
    finally:
        consumer.close(autocommit=False)


def _is_purged(consumer: KafkaConsumer, places: Sequence[TopicPartition], moment: datetime) -> bool:
    first, end = consumer.beginning_offsets(places), consumer.end_offsets(places)
    later = consumer.offsets_for_times(dict.fromkeys(places, int(moment.timestamp() * 1000)))
    return all(first[each] >= (later[each].offset if later[each] else end[each]) for each in places)
