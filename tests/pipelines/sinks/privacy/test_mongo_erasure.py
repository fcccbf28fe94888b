"""Erased authors are deleted from every snapshot, and from the store's file, over the real wire protocol."""

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
from pipelines.sinks.privacy.mongo_erasure import compact_store, drop_older_snapshots, erase_documents
from pipelines.sources.mongo import count_current, read_current, read_pointer

Document = dict[str, Any]
GONE = [f"erased{number:04}" * 6 for number in range(300)]
"""So many that their keys are also in the inner pages of the store's trees, which outlive their entries."""
KEPT = [f"remain{number:04}" * 6 for number in range(300)]


@pytest.fixture
def database(settings: Settings) -> Iterator[Database[Document]]:
    address = store_address(settings)
    with MongoClient[Document](**address.client_options()) as client:
        yield client[address.database]


def publish(spark: SparkSession, settings: Settings, run: int) -> None:
    rows = [(f"acme:{key[-4:]}{key}", key, run) for key in (*GONE, *KEPT)]
    documents = spark.createDataFrame(rows, "_id string, author_key string, tweet_count long")
    assert publish_snapshot(documents, settings, "author_profiles", run, [[("author_key", 1)]])


def test_an_erased_author_leaves_every_snapshot_and_the_file(
    spark: SparkSession, settings: Settings, database: Database[Document]
) -> None:
    for run in (1, 2, 3):
        publish(spark, settings, run)
    database["unpublished"].insert_one({"author_key": GONE[0]})
    file = settings.stack_home / "mongo" / "store.mv"
    assert held(file, GONE) == set(GONE)

    authors = spark.createDataFrame([(each,) for each in (*GONE, "nobody")], "author_key string")
    assert erase_documents(authors, settings) == 901
    assert erase_documents(authors, settings) == 0
    assert {each["author_key"] for each in read_current(settings, "author_profiles")} == set(KEPT)
    compact_store(settings, "request 1")
    compact_store(settings, "request 1")
    assert (held(file, GONE), held(file, KEPT)) == (set(), set(KEPT))
    assert count_current(settings, "author_profiles") == 300


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
    assert count_current(settings, "author_profiles") == 600


def held(file: Path, keys: list[str]) -> set[str]:
    content = file.read_bytes()
    return {key for key in keys if key.encode() in content}
