"""Erased authors leave every snapshot, and the store's file, over the real wire protocol."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from pyspark.sql import SparkSession

from conf.mongodb import store_address
from conf.settings import Settings
from pipelines.sinks.mongo import publish_snapshot
from pipelines.sinks.mongo_erasure import compact_store, drop_older_snapshots, erase_documents
from pipelines.sources.mongo import count_current, read_current, read_pointer

Document = dict[str, Any]
GONE, KEPT = "erasedauthor" * 4, "remainingone" * 4


@pytest.fixture
def database(settings: Settings) -> Iterator[Database[Document]]:
    address = store_address(settings)
    with MongoClient[Document](**address.client_options()) as client:
        yield client[address.database]


def publish(spark: SparkSession, settings: Settings, run: int) -> None:
    rows = [(f"acme:{key}", key, run) for key in (GONE, KEPT)]
    documents = spark.createDataFrame(rows, "_id string, author_key string, tweet_count long")
    assert publish_snapshot(documents, settings, "author_profiles", run, [[("author_key", 1)]])


def test_an_erased_author_leaves_every_snapshot_and_the_file(
    spark: SparkSession, settings: Settings, database: Database[Document]
) -> None:
    for run in (1, 2, 3):
        publish(spark, settings, run)
    database["unpublished"].insert_one({"author_key": GONE})
    file = settings.stack_home / "mongo" / "store.mv"
    assert holds(file, GONE) and holds(file, KEPT)

    authors = spark.createDataFrame([(GONE,), ("nobody",)], "author_key string")
    assert erase_documents(authors, settings) == 4
    assert erase_documents(authors, settings) == 0
    assert [each["author_key"] for each in read_current(settings, "author_profiles")] == [KEPT]
    compact_store(settings, "request 1")
    compact_store(settings, "request 1")
    assert not holds(file, GONE) and holds(file, KEPT)
    assert count_current(settings, "author_profiles") == 1


def test_older_snapshots_go_and_the_published_one_stays(
    spark: SparkSession, settings: Settings, database: Database[Document]
) -> None:
    for run in (1, 2, 3):
        publish(spark, settings, run)
    drop_older_snapshots(settings)
    names = [name for name in database.list_collection_names() if name != "_current"]
    pointer = read_pointer(settings, "author_profiles")
    assert (names, pointer and pointer["previous"]) == (["author_profiles__3"], [])
    publish(spark, settings, 4)
    assert count_current(settings, "author_profiles") == 2


def holds(file: Path, text: str) -> bool:
    return text.encode() in file.read_bytes()
