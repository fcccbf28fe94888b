"""Random notices about a full lake, processed by the jobs; then every byte of every store is searched."""

import logging
import os
import time
from collections import Counter
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from conf.settings import Settings
from pipelines.sinks.kafka import publish_records
from pipelines.sinks.kafka_clients import Message, create_topics
from pipelines.sources.accounts import read_subjects
from pipelines.sources.lake import read_table
from pipelines.sources.mongo import count_current
from stack.processes import wait_until
from tests.end_to_end.byte_search import search
from tests.end_to_end.erased_world import World, sent
from tests.end_to_end.processes import job, overlay, run
from tests.erasing import key_of
from tests.reading import NoteReads

TWEETS, NOTICES = int(os.environ.get("ERASURE_TWEETS", "3000")), int(os.environ.get("ERASURE_NOTICES", "1000"))
KEYED = ("tombstones", "erasure_receipts")
logger = logging.getLogger("brandpulse.test_erasure")


@pytest.mark.slow
@pytest.mark.usefixtures("imported_annotator")
@pytest.mark.timeout(3600)
def test_no_byte_of_what_was_erased_is_left_and_all_else_is(
    spark: SparkSession, settings: Settings, noting: NoteReads
) -> None:
    world = World(TWEETS)
    lines, expected = world.notices(NOTICES)
    env = overlay(settings)
    create_topics(settings)
    send(settings, settings.kafka.tweets_topic, world.payloads())
    run(job("stream_tweets", env, "--once"))
    run(job("refresh_insights", env))
    keys = {key_of(author) for author in world.authors}
    noting(settings, *sorted(keys))
    roots = stores(settings)
    before = search(roots, expected.erased)
    assert set(before) == expected.erased
    assert {root for root in roots if any(root in file.parents for files in before.values() for file in files)} >= {
        *(root for root in roots if root.name not in ("logs", f"{settings.kafka.compliance_topic}-0"))
    }
    send(settings, settings.kafka.compliance_topic, [(str(number), line) for number, line in enumerate(lines)])

    started = time.monotonic()
    output = run(job("erase_tweets", env))
    erased = time.monotonic() - started
    late = world.late(expected.erased)
    expected.erased |= {trace for each in late for trace in (each.tweet_id, each.mark)}
    send(settings, settings.kafka.tweets_topic, [sent(each) for each in late], first=len(world.tweets))
    run(job("stream_tweets", env, "--once"))
    output += run(job("erase_tweets", env))
    env = overlay(
        settings, erase_tweets={"vacuum_hours": 0}
    )  # as if the readers of the change feeds had had their time
    forget(settings)
    started = time.monotonic()
    assert wait_until(lambda: not search([settings.stack_home / "kafka"], expected.erased | expected.kept), 180)
    output += run(job("erase_tweets", env))
    print(f"{len(lines):,} notices over {len(world.tweets):,} tweets: erased in {erased:.0f} s, "
          f"purged {time.monotonic() - started:.0f} s later")  # fmt: skip
    run(job("refresh_insights", env))

    found = search(roots, expected.erased | expected.kept)
    left = {trace: files for trace, files in found.items() if trace in expected.erased and not only_keys(trace, files)}
    assert Counter(file.parent.name for files in left.values() for file in files) == {}
    assert expected.kept - set(found) == set()
    receipts = read_table(spark, settings, "restricted.erasure_receipts")
    incomplete = receipts.where(
        F.col("erased_at").isNull() | F.col("vacuumed_at").isNull() | F.col("age_seconds").isNull()
    )
    assert (receipts.where("kind != 'recheck'").count(), incomplete.count()) == (len(lines), 0)
    assert receipts.where("kind = 'recheck'").count() == 1
    assert "deadline_hours" not in output
    assert set(read_subjects(settings)) == keys - expected.erased
    run(job("check_reconciliation", env))
    assert count_current(settings, "author_profiles") > 0


def stores(settings: Settings) -> list[Path]:
    """Every folder with data: the home with lake, checkpoints and state, the topics, the document store."""
    topics = (settings.kafka.tweets_topic, settings.kafka.compliance_topic)
    segments = [each for topic in topics for each in (settings.stack_home / "kafka").glob(f"{topic}-*")]
    return [settings.home, settings.stack_home / "mongo", settings.stack_home / "logs", *segments]


def only_keys(trace: str, files: set[Path]) -> bool:
    """True for an HMAC that is only in the tables in which an erasure stores it."""
    return len(trace) == 64 and all(any(name in file.parts for name in KEYED) for file in files)


def send(settings: Settings, topic: str, rows: list[tuple[str, bytes]], first: int = 0) -> None:
    headers = [("source", b"test"), ("format", b"v2")]
    places = [[*headers, ("position", f"test#{topic}.{first + number}".encode())] for number in range(len(rows))]
    messages = [Message(topic, key.encode(), value, place) for (key, value), place in zip(rows, places, strict=True)]
    publish_records(settings, messages)


def forget(settings: Settings) -> None:
    """Let the topics' retention expire at once."""
    admin = KafkaAdminClient(bootstrap_servers=settings.kafka.bootstrap_servers)
    configs = {"retention.ms": "1000", "segment.ms": "1000", "file.delete.delay.ms": "0"}
    topics = (settings.kafka.tweets_topic, settings.kafka.compliance_topic)
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs) for topic in topics])
    admin.close()
