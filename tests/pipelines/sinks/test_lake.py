"""The lake's sources and sinks: idempotent writes, mixed change feeds, locks."""

import fcntl
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from delta.tables import DeltaTable
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from conf.schemas.bronze import BRONZE_TWEETS
from conf.settings import Settings
from conf.tables import table_path
from pipelines.sinks.lake import (
    Batch,
    Merge,
    append_rows,
    create_table,
    lock_tables,
    merge_columns,
    merge_rows,
    overwrite_rows,
)
from pipelines.sinks.lake_files import compact_table
from pipelines.sources.lake import read_change_stream, read_changes, read_table, table_version
from runtime.errors import TableLocked
from runtime.resources import PROJECT
from stack.processes import wait_until
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
        "import sys\nfrom conf.settings import load_settings\nfrom pipelines.sinks.lake import lock_tables\n"
        f"with lock_tables(load_settings(overrides={{'home': {str(offline_settings.home)!r}}}), 'silver.tweets'):\n"
        "    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(TableLocked, match=f"process {holder.pid}"), lock_tables(offline_settings, "silver.tweets"):
        pass
    holder.kill()
    holder.wait()
    with lock_tables(offline_settings, "silver.tweets"):
        pass


def with_side_effect(column: str, act: Callable[[], str | None]) -> Column:
    """The column, or what `act` answers, which runs inside the statement that reads it."""
    return F.udf(lambda value: act() or value, "string")(column)


def set_languages(spark: SparkSession, settings: Settings, act: Callable[[], str | None]) -> None:
    """`lang` of silver.tweets by text hash; `act` runs between the MERGE's reading of the table and its commit."""
    rows = spark.createDataFrame([("h1", "fr")], "text_hash string, lang string")
    source = rows.withColumn("lang", with_side_effect("lang", act))
    merge_columns(source, settings, "silver.tweets", "t.text_hash = s.text_hash", "NOT (t.lang <=> s.lang)", ("lang",))


def two_tweets(spark: SparkSession, settings: Settings) -> None:
    create_table(spark, settings, "silver.tweets")
    rows = tweets(spark, a_tweet(text_hash="h1", lang="en"), a_tweet(tweet_id="9", text_hash="h2", lang="en"))
    append_rows(rows.coalesce(1), settings, "silver.tweets")


def test_columns_are_set_where_rows_meet_and_no_row_comes(spark: SparkSession, offline_settings: Settings) -> None:
    two_tweets(spark, offline_settings)
    before = {row["tweet_id"]: row for row in read_table(spark, offline_settings, "silver.tweets").collect()}
    set_languages(spark, offline_settings, lambda: None)
    after = {row["tweet_id"]: row for row in read_table(spark, offline_settings, "silver.tweets").collect()}
    assert after["9"] == before["9"]
    changed = before[an_id()].asDict() | {"lang": "fr"}
    assert (len(after), after[an_id()].asDict()) == (2, changed)


def test_a_merge_that_another_commit_overtakes_is_done_again_and_both_survive(
    spark: SparkSession, offline_settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    two_tweets(spark, offline_settings)
    started, overtaken = str(tmp_path / "started"), str(tmp_path / "overtaken")

    def wait_to_be_overtaken() -> None:
        Path(started).touch()
        assert wait_until(Path(overtaken).exists, 120)

    def overtake() -> None:
        assert wait_until(Path(started).exists, 120)
        raw = DeltaTable.forPath(spark, table_path(offline_settings, "silver.tweets"))
        raw.update("tweet_id = '9'", {"lang": "'de'"})
        Path(overtaken).touch()

    other = Thread(target=overtake)
    other.start()
    set_languages(spark, offline_settings, wait_to_be_overtaken)
    other.join()
    found = {row["tweet_id"]: row["lang"] for row in read_table(spark, offline_settings, "silver.tweets").collect()}
    assert found == {an_id(): "fr", "9": "de"}
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert warnings == ["silver.tweets was changed by another writer meanwhile; trying again for 300 s"]


def test_appends_and_merges_hold_the_turn_while_they_write(spark: SparkSession, offline_settings: Settings) -> None:
    two_tweets(spark, offline_settings)
    turn = str(offline_settings.home / "locks" / "silver.tweets.turn")

    def is_taken() -> str:
        with open(turn, "w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return "taken"
        return "free"

    new = tweets(spark, a_tweet(tweet_id="10")).withColumn("lang", with_side_effect("kind", is_taken))
    append_rows(new, offline_settings, "silver.tweets")
    merge_rows(new.withColumn("tweet_id", F.lit("11")), offline_settings, "silver.tweets", UPDATE)
    set_languages(spark, offline_settings, is_taken)
    found = {row["tweet_id"]: row["lang"] for row in read_table(spark, offline_settings, "silver.tweets").collect()}
    assert found == {an_id(): "taken", "9": "en", "10": "taken", "11": "taken"}
    assert is_taken() == "free"
