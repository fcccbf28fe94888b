"""Whether Kafka forgets in time, asked of the broker itself; and what it has forgotten."""

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
    """Make the topics that are missing, and check all of them."""
    create_topics(settings)
    check_retention(settings)


def check_retention(settings: Settings) -> None:
    """UsageError where a topic of ours may keep a record beyond `erase_tweets.deadline_hours`."""
    admin = open_admin(settings)
    topics = [settings.kafka.tweets_topic, settings.kafka.compliance_topic]
    try:
        asked = [ConfigResource(ConfigResourceType.TOPIC, topic, dict.fromkeys(NAMES)) for topic in topics]
        told = admin.describe_configs(asked, config_filter="all")["topic"]
    except kafka_errors.KafkaError as error:
        raise unavailable(settings, error) from error
    finally:
        admin.close()
    configs = {topic: {name: told[topic][name]["value"] for name in NAMES} for topic in topics}
    faults = [fault for topic in topics for fault in find_faults(topic, configs[topic], settings)]
    if faults:
        raise UsageError(
            f"{'; '.join(faults)}: what is erased must be gone after {settings.erase_tweets.deadline_hours:g} h "
            "(erase_tweets.deadline_hours). Lower the topic's retention.ms and segment.ms: docs/erasure.md says to what"
        )


def newest_forgotten(settings: Settings, moments: Sequence[datetime]) -> datetime | None:
    """The first of `moments`, newest first, before which no record of our topics can be read any more."""
    if not moments:
        return None
    try:
        consumer = KafkaConsumer(**connection(settings))
    except kafka_errors.KafkaError as error:
        raise unavailable(settings, error) from error
    try:
        topics = (settings.kafka.tweets_topic, settings.kafka.compliance_topic)
        places = [TopicPartition(t, p) for t in topics for p in consumer.partitions_for_topic(t) or ()]
        return next((moment for moment in moments if _has_forgotten(consumer, places, moment)), None)
    except kafka_errors.KafkaError as error:
        raise unavailable(settings, error) from error
    finally:
        consumer.close(autocommit=False)


def _has_forgotten(consumer: KafkaConsumer, places: Sequence[TopicPartition], moment: datetime) -> bool:
    first, end = consumer.beginning_offsets(places), consumer.end_offsets(places)
    later = consumer.offsets_for_times(dict.fromkeys(places, int(moment.timestamp() * 1000)))
    return all(first[each] >= (later[each].offset if later[each] else end[each]) for each in places)
