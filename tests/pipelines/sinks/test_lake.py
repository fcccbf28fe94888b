"""The lake's doors: idempotent writes, mixed change feeds, leases."""

import subprocess
import sys

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from conf.errors import LeaseHeld
from conf.resources import PROJECT
from conf.schemas import BRONZE_TWEETS
from conf.settings import Settings
from pipelines.sinks.lake import (
    Batch,
    Merge,
    append_rows,
    compact_table,
    create_table,
    lease,
    merge_rows,
    overwrite_rows,
)
from pipelines.sources.lake import read_change_stream, read_changes, read_table, table_version
from tests.builders import a_record, a_tweet, an_id, records, tweets

UPDATE = Merge(gains="NOT (t.lang <=> s.lang)")


def test_a_table_that_no_job_made_reads_as_no_rows(spark: SparkSession, offline_settings: Settings) -> None:
    frame = read_table(spark, offline_settings, "bronze.tweets")
    assert (frame.count(), frame.schema) == (0, BRONZE_TWEETS)
    assert table_version(spark, offline_settings, "bronze.tweets") == -1


def test_a_batch_that_arrives_twice_is_written_once(spark: SparkSession, offline_settings: Settings) -> None:
    create_table(spark, offline_settings, "bronze.tweets")
    rows = records(spark, a_record({"a": 1}))
    for _ in range(2):
        append_rows(rows, offline_settings, "bronze.tweets", Batch("app", 7))
    append_rows(rows, offline_settings, "bronze.tweets", Batch("app", 8))
    assert read_table(spark, offline_settings, "bronze.tweets").count() == 2


def test_a_merge_that_arrives_twice_is_done_once(spark: SparkSession, offline_settings: Settings) -> None:
    create_table(spark, offline_settings, "silver.tweets")
    merge_rows(tweets(spark, a_tweet(lang="en")), offline_settings, "silver.tweets", UPDATE, Batch("app", 1))
    merge_rows(tweets(spark, a_tweet(lang="fr")), offline_settings, "silver.tweets", UPDATE, Batch("app", 1))
    assert [row["lang"] for row in read_table(spark, offline_settings, "silver.tweets").collect()] == ["en"]
    merge_rows(tweets(spark, a_tweet(lang="fr")), offline_settings, "silver.tweets", UPDATE)
    assert [row["lang"] for row in read_table(spark, offline_settings, "silver.tweets").collect()] == ["fr"]


def test_inserts_and_updates_of_one_commit_reach_every_reader_of_the_change_feed(
    spark: SparkSession, offline_settings: Settings
) -> None:
    create_table(spark, offline_settings, "silver.tweets")
    merge_rows(tweets(spark, a_tweet(lang="en")), offline_settings, "silver.tweets", UPDATE)
    version = table_version(spark, offline_settings, "silver.tweets")
    mixed = tweets(spark, a_tweet(lang="fr"), a_tweet(tweet_id=an_id(number=9), lang="de"))
    merge_rows(mixed, offline_settings, "silver.tweets", UPDATE)
    batch = read_changes(spark, offline_settings, "silver.tweets", version + 1)
    stream = read_change_stream(spark, offline_settings, "silver.tweets", version + 1)
    query = (
        stream.writeStream.format("memory").queryName("changes").trigger(availableNow=True)
        .option("checkpointLocation", f"{offline_settings.home}/changes").start()
    )  # fmt: skip
    query.awaitTermination(60)
    for rows in (batch.collect(), spark.table("changes").collect()):
        assert {(row["lang"], row["_change_type"]) for row in rows} == {("fr", "update_postimage"), ("de", "insert")}


def test_an_overwrite_replaces_only_what_it_names(spark: SparkSession, offline_settings: Settings) -> None:
    create_table(spark, offline_settings, "silver.tweets")
    append_rows(tweets(spark, a_tweet(kind="tweet"), a_tweet(kind="reply")), offline_settings, "silver.tweets")
    overwrite_rows(tweets(spark, a_tweet(kind="reply", lang="fr")), offline_settings, "silver.tweets", "kind = 'reply'")
    kept = {(row["kind"], row["lang"]) for row in read_table(spark, offline_settings, "silver.tweets").collect()}
    assert kept == {("tweet", None), ("reply", "fr")}


def test_compaction_keeps_the_rows_and_leaves_fewer_files(spark: SparkSession, offline_settings: Settings) -> None:
    create_table(spark, offline_settings, "bronze.tweets")
    for offset in range(3):
        append_rows(records(spark, a_record({"a": 1}, offset)), offline_settings, "bronze.tweets")
    before = read_table(spark, offline_settings, "bronze.tweets")
    assert len(before.inputFiles()) == 3
    compact_table(spark, offline_settings, "bronze.tweets", 168)
    after = read_table(spark, offline_settings, "bronze.tweets")
    assert (after.count(), len(after.inputFiles())) == (3, 1)


def test_statistics_are_kept_only_where_a_hop_prunes(spark: SparkSession, offline_settings: Settings) -> None:
    create_table(spark, offline_settings, "silver.tweets")
    append_rows(tweets(spark, a_tweet(text="words of a person")), offline_settings, "silver.tweets")
    log = spark.read.text(f"{offline_settings.lake.path}/silver/tweets/_delta_log/*.json")
    assert log.where(F.col("value").contains("words of a person")).count() == 0
    assert log.where(F.col("value").contains("minValues") & F.col("value").contains("created_on")).count() > 0


def test_a_second_writer_of_a_table_is_told_who_holds_it(offline_settings: Settings) -> None:
    script = (
        "import sys\nfrom conf.settings import load_settings\nfrom pipelines.sinks.lake import lease\n"
        f"with lease(load_settings(overrides={{'home': {str(offline_settings.home)!r}}}), 'silver.tweets'):\n"
        "    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(LeaseHeld, match=f"process {holder.pid}"), lease(offline_settings, "silver.tweets"):
        pass
    holder.kill()
    holder.wait()
    with lease(offline_settings, "silver.tweets"):
        pass
