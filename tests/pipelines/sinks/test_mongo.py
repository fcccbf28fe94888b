"""Snapshots in the document store: published whole or not at all, over the real wire protocol."""

import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from pyspark.sql import DataFrame, SparkSession

from conf.mongodb import StoreAddress, store_address
from conf.settings import Settings, load_settings
from pipelines.sinks import mongo
from pipelines.sinks.mongo import publish_snapshot
from pipelines.sources.mongo import count_current, read_current, read_pointer
from runtime.errors import CheckFailed, ServiceUnavailable
from runtime.resources import PROJECT

Document = dict[str, Any]
SCHEMA = "_id string, followers_count long, sentiment_mean double, is_verified boolean, last_tweet_at timestamp"
NOON = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database[Document]]:
    address = store_address(settings)
    with MongoClient[Document](**address.client_options()) as client:
        yield client[address.database]


def authors(spark: SparkSession, *keys: str, followers: int = 5) -> DataFrame:
    return spark.createDataFrame([(key, followers, 0.1, None, NOON) for key in keys], SCHEMA)


def collections(database: Database[Document]) -> list[str]:
    return sorted(name for name in database.list_collection_names() if name != "_current")


def until(holds: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        Event().wait(0.05)


def test_documents_are_read_back_as_they_were_sent(spark: SparkSession, settings: Settings) -> None:
    assert publish_snapshot(authors(spark, "b", "a", "a"), settings, "authors", 7, [[("followers_count", -1)]])
    fields = {"followers_count": 5, "sentiment_mean": 0.1, "is_verified": None}
    at = NOON.replace(microsecond=123000)
    expected = [{"_id": key, **fields, "last_tweet_at": at} for key in ("a", "b")]
    assert read_current(settings, "authors", sort=[("_id", 1)]) == expected
    assert count_current(settings, "authors", {"_id": "a"}) == 1


def test_a_name_that_was_never_published_reads_as_nothing(settings: Settings) -> None:
    assert read_pointer(settings, "authors") is None
    assert (read_current(settings, "authors"), count_current(settings, "authors")) == ([], 0)


def test_the_same_content_is_not_published_again(
    spark: SparkSession, settings: Settings, database: Database[Document]
) -> None:
    assert publish_snapshot(authors(spark, "a", "b"), settings, "authors", 1)
    assert not publish_snapshot(authors(spark, "b", "a"), settings, "authors", 2)
    assert collections(database) == ["authors__1"]
    assert publish_snapshot(authors(spark, "a", "b", followers=6), settings, "authors", 3)
    assert read_current(settings, "authors")[0]["followers_count"] == 6


def test_a_stale_run_does_not_take_the_place_of_a_newer_one(
    spark: SparkSession, settings: Settings, database: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert publish_snapshot(authors(spark, "a"), settings, "authors", 10)
    assert not publish_snapshot(authors(spark, "b"), settings, "authors", 9)
    # Two at once: the older one looked before the newer one flipped, so only the guard of the flip is left.
    monkeypatch.setattr(mongo, "_is_newer", lambda *_: True)
    assert not publish_snapshot(authors(spark, "b"), settings, "authors", 9)
    assert [each["_id"] for each in read_current(settings, "authors")] == ["a"]
    assert collections(database) == ["authors__10"]


def test_as_many_versions_are_kept_as_the_settings_say(
    spark: SparkSession, settings: Settings, database: Database[Document]
) -> None:
    database["authors__1"].insert_one({"_id": "left by a killed publisher"})
    database["authors__99"].insert_one({"_id": "of a publisher at work"})
    for run in range(2, 7):
        assert publish_snapshot(authors(spark, "a", followers=run), settings, "authors", run)
    assert settings.mongodb.keep_versions == 3
    assert collections(database) == ["authors__4", "authors__5", "authors__6", "authors__99"]


def test_a_reader_follows_a_pointer_that_moved_meanwhile(
    spark: SparkSession, settings: Settings, database: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_snapshot(authors(spark, "a"), settings, "authors", 1)
    from pipelines.sources import mongo as source

    old, new = {"collection": "authors__0"}, read_pointer(settings, "authors")
    answers = iter([old, new, new])
    monkeypatch.setattr(source, "read_pointer", lambda *_: next(answers))
    assert [each["_id"] for each in read_current(settings, "authors")] == ["a"]


def test_a_document_that_was_not_sent_fails_the_check_and_the_old_snapshot_stays(
    spark: SparkSession, settings: Settings, database: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_snapshot(authors(spark, "a"), settings, "authors", 1)
    write = mongo.write_snapshot

    def write_and_plant(documents: mongo.Documents, address: StoreAddress, collection: str, batch_size: int) -> None:
        write(documents, address, collection, batch_size)
        database[collection].update_one({"_id": "b"}, {"$set": {"followers_count": 6}})

    monkeypatch.setattr(mongo, "write_snapshot", write_and_plant)
    with pytest.raises(CheckFailed, match="authors__2 contains 1 documents with checksum"):
        publish_snapshot(authors(spark, "b"), settings, "authors", 2)
    assert [each["_id"] for each in read_current(settings, "authors")] == ["a"]
    assert collections(database) == ["authors__1"]


WRITE_WITHOUT_END = """
import sys
from itertools import count
from conf.mongodb import StoreAddress
from pipelines.sinks.mongo import write_documents
write_documents(StoreAddress(*sys.argv[1:]), "authors__2", 10, ({"_id": str(number)} for number in count()))
"""


def test_a_killed_publisher_leaves_the_old_snapshot_and_the_next_run_replaces_it(
    spark: SparkSession, settings: Settings, database: Database[Document]
) -> None:
    publish_snapshot(authors(spark, "a"), settings, "authors", 1)
    address = store_address(settings)
    command = [sys.executable, "-c", WRITE_WITHOUT_END, address.database, address.uri]
    with subprocess.Popen(command, cwd=PROJECT) as publisher:
        until(lambda: database["authors__2"].estimated_document_count() >= 50)
        publisher.kill()
    assert [each["_id"] for each in read_current(settings, "authors")] == ["a"]
    assert publish_snapshot(authors(spark, "b"), settings, "authors", 2)
    assert [each["_id"] for each in read_current(settings, "authors")] == ["b"]


def test_a_snapshot_of_nothing_can_be_published(spark: SparkSession, settings: Settings) -> None:
    publish_snapshot(authors(spark, "a"), settings, "authors", 1)
    assert publish_snapshot(authors(spark), settings, "authors", 2)
    assert count_current(settings, "authors") == 0


def test_a_store_that_is_away_is_one_warning_and_one_sentence(
    spark: SparkSession, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = {"uri": "mongodb://127.0.0.1:9/?directConnection=true", "timeout_seconds": 1}
    away = load_settings(None, {"mongodb": nowhere})
    with caplog.at_level(logging.WARNING), pytest.raises(ServiceUnavailable, match="MongoDB did not answer for 1 s"):
        publish_snapshot(authors(spark, "a"), away, "authors", 1)
    assert len([record for record in caplog.records if "MongoDB does not answer" in record.getMessage()]) == 1
    with pytest.raises(ServiceUnavailable, match="MongoDB became unavailable"):
        mongo.write_snapshot(mongo.build_documents(authors(spark, "a")), store_address(away), "authors__1", 10)


def test_the_password_and_the_uri_are_not_printed_with_the_address() -> None:
    address = StoreAddress("brandpulse", "mongodb://ann:hush1@host", "ann", "hush2")
    assert "hush" not in repr(address)
    assert address.client_options()["password"] == "hush2"
