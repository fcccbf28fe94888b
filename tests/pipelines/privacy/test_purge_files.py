"""Bytes of erased rows are deleted once no reader needs the old files and Kafka deleted its records; then receipts
are complete."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from delta.tables import DeltaTable
from pyspark.sql import SparkSession

from conf.accounts import accounts_file
from conf.settings import Settings, load_settings
from conf.tables import table_path
from pipelines.privacy import purge_files
from pipelines.sinks.kafka import publish_records
from pipelines.sinks.kafka_clients import Message, create_topics, open_admin
from pipelines.sources.lake import read_table
from tests.builders import NOON, a_record, records
from tests.end_to_end.byte_search import mark, search
from tests.erasing import OPTIONS, put, records_into
from tests.reading import NoteReads, bytes_of
from tests.stored import stored_rows

GONE, KEPT = mark(1), mark(2)


def test_the_bytes_go_and_the_receipt_is_complete(spark: SparkSession, settings: Settings, noting: NoteReads) -> None:
    create_topics(settings)
    noting(settings, GONE)
    held = sqlite3.connect(
        accounts_file(settings), isolation_level=None
    )  # as the API does: the last to close tidies up
    held.execute("PRAGMA secure_delete=ON")
    held.execute("UPDATE accounts_auditentry SET subject = 'erased'")
    assert GONE.encode() in bytes_of(settings)
    eager = settings.model_copy(update={"erase_tweets": settings.erase_tweets.model_copy(update={"vacuum_hours": 0.0})})
    rows = [a_record({"text": word}, offset) for offset, word in enumerate((GONE, KEPT))]
    records_into(spark, settings, records(spark, *rows))
    DeltaTable.forPath(spark, table_path(settings, "bronze.tweets")).delete("offset = 0")
    lake = Path(settings.lake.path)
    assert set(search([lake], {GONE, KEPT})) == {GONE, KEPT}

    erased_at = datetime.now(UTC) - timedelta(hours=1)
    receipt = {"kind": "delete", "event_at": NOON, "heard_at": erased_at - timedelta(hours=1), "removed": {}}
    done, open_ = receipt | {"event_key": "done", "erased_at": erased_at}, receipt | {"event_key": "open"}
    put(spark, settings, "restricted.erasure_receipts", done, open_)
    assert purge_files.run(spark, settings, OPTIONS) is None
    assert purge_files.run(spark, eager, OPTIONS) == erased_at
    assert set(search([lake], {GONE, KEPT})) == {KEPT}
    assert GONE.encode() not in bytes_of(settings)
    held.close()
    receipts = {row["event_key"]: row for row in stored_rows(settings, "restricted.erasure_receipts")}
    assert (receipts["open"]["vacuumed_at"], receipts["open"]["age_seconds"]) == (None, None)
    assert receipts["done"]["vacuumed_at"] is not None
    assert 7200 <= receipts["done"]["age_seconds"] < 9000
    assert purge_files.run(spark, eager, OPTIONS) is None


def test_no_receipt_is_complete_while_kafka_remembers(spark: SparkSession, settings: Settings) -> None:
    create_topics(settings)
    publish_records(settings, [Message(settings.kafka.tweets_topic, b"1", b"{}", [])])
    moment = datetime.now(UTC) + timedelta(seconds=1)
    put(spark, settings, "restricted.erasure_receipts", {"event_key": "early", "erased_at": moment})
    due = settings.model_copy(update={"erase_tweets": with_hours(-1.0)})
    assert purge_files.find_due(read_table(spark, settings, "restricted.erasure_receipts"), -1.0) == [moment]
    assert purge_files.run(spark, due, OPTIONS) is None


def test_a_dry_run_completes_no_receipt_and_creates_no_topic(spark: SparkSession, settings: Settings) -> None:
    erased_at = datetime.now(UTC) - timedelta(hours=1)
    put(spark, settings, "restricted.erasure_receipts", {"event_key": "due", "erased_at": erased_at})
    eager = settings.model_copy(update={"erase_tweets": with_hours(0.0)})
    assert purge_files.run(spark, eager, replace(OPTIONS, dry_run=True)) == erased_at
    (receipt,) = stored_rows(settings, "restricted.erasure_receipts")
    assert receipt["vacuumed_at"] is None
    admin = open_admin(settings)
    topics = admin.list_topics()
    admin.close()
    assert not {settings.kafka.tweets_topic, settings.kafka.compliance_topic} & set(topics)


def with_hours(hours: float) -> object:
    return load_settings().erase_tweets.model_copy(update={"vacuum_hours": hours})
