"""Kafka's retention: long enough for an outage of one night, shorter than the deadline of an erasure."""

from conf.sections import Kafka
from conf.settings import Settings

HOUR_MS = 3_600_000
CLEANING_HOURS = 0.2
"""Kafka looks for old segments every 5 minutes and deletes the file a minute later; with a margin."""


def retention_configs(kafka: Kafka) -> dict[str, str]:
    """The configuration of our topics. Kafka deletes whole segments, so the active one must be closed in time, too."""
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(int(kafka.retention_hours * HOUR_MS)),
        "segment.ms": str(int(kafka.segment_minutes * 60_000)),
    }


def find_faults(topic: str, configs: dict[str, str], settings: Settings) -> list[str]:
    """Why records of a topic with these `configs` may outlive `deadline_hours`; empty if they cannot.

    A record may be as new as the erasure, and its files are deleted by the next run after Kafka has deleted the record.
    """
    if configs["cleanup.policy"] != "delete":
        return [f"{topic} has cleanup.policy {configs['cleanup.policy']}, not delete"]
    retention, segment = (int(configs[name]) / HOUR_MS for name in ("retention.ms", "segment.ms"))
    if retention < 0:
        return [f"{topic} keeps its records permanently"]
    longest = retention + segment + CLEANING_HOURS
    runs = 2 * settings.run.erase_minutes / 60
    if longest + runs < settings.erase_tweets.deadline_hours:
        return []
    return [
        f"{topic} keeps a record up to {longest:.1f} h (retention.ms + segment.ms + cleaning), two runs {runs:.1f} h"
    ]
