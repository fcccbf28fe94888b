"""Days scored again: only their rows change, a second run changes nothing, and other writers lose nothing."""

import logging
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from conf.command_line import Options
from conf.schemas.silver import SCORED_COLUMNS
from conf.settings import Settings
from models.annotation.annotator import Annotator, load_annotator, score_texts, shipped_folder
from models.annotation.observations import merge_expressions
from pipelines.annotation import reannotate_tweets
from pipelines.annotation.reannotate_tweets import run
from pipelines.sinks.lake import Merge, append_rows, create_table, merge_rows
from pipelines.sources.lake import read_changes, table_version
from runtime.errors import MissingPrerequisite, UsageError
from tests.annotators import write_tiny_annotator
from tests.builders import a_tweet, tweets
from tests.stored import stored_rows

DAY = date(2026, 5, 4)
NEXT = DAY + timedelta(days=1)
PRAISE, BLAME = "I love how quick and friendly they were today", "worst service ever, I am furious"
OLD = {"model_version": "old-1", "subjectivity": 0.5}


@pytest.fixture
def settings(spark: SparkSession, offline_settings: Settings, imported_annotator: Path) -> Settings:
    """Four tweets that an old annotator scored: three on DAY, two of them with the same text, and one on NEXT."""
    create_table(spark, offline_settings, "silver.tweets")
    append(spark, offline_settings, scored("1", PRAISE), scored("2", BLAME), scored("4", PRAISE, NEXT))
    append(spark, offline_settings, scored("3", PRAISE))
    return offline_settings


@pytest.fixture
def texts_scored(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many texts each call to the annotator was given."""
    counts: list[int] = []

    def counting(annotator: Annotator, texts: DataFrame) -> DataFrame:
        counts.append(texts.count())
        return score_texts(annotator, texts)

    monkeypatch.setattr(reannotate_tweets, "score_texts", counting)
    return counts


def scored(tweet_id: str, text: str, day: date = DAY, **fields: Any) -> dict[str, Any]:
    return a_tweet(tweet_id=tweet_id, text=text, text_hash=f"hash of {text}", created_on=day, **(OLD | fields))


def append(spark: SparkSession, settings: Settings, *rows: dict[str, Any]) -> None:
    append_rows(tweets(spark, *rows).coalesce(1), settings, "silver.tweets")


def options(first: date = DAY, last: date = DAY, annotator: str | None = None, dry_run: bool = False) -> Options:
    extra = {"from": first, "to": last, "annotator": annotator}
    return Options(None, None, datetime(2026, 5, 6, tzinfo=UTC), 1, dry_run, full=False, extra=extra)


def silver(spark: SparkSession, settings: Settings) -> dict[str, Row]:
    return {row["tweet_id"]: row for row in stored_rows(settings, "silver.tweets")}


def version(spark: SparkSession, settings: Settings) -> int:
    return table_version(spark, settings, "silver.tweets")


def changed_columns(before: Row, after: Row) -> set[str]:
    return {name for name in before.asDict() if before[name] != after[name]}


def test_one_day_changes_only_that_days_rows_and_only_the_annotators_columns(
    spark: SparkSession, settings: Settings, texts_scored: list[int]
) -> None:
    before, start = silver(spark, settings), version(spark, settings)
    assert run(spark, settings, options()) == 3
    after = silver(spark, settings)
    assert after["4"] == before["4"]
    assert set(after) == set(before)
    for tweet_id in ("1", "2", "3"):
        changed = changed_columns(before[tweet_id], after[tweet_id])
        assert {"model_version"} <= changed <= set(SCORED_COLUMNS)
        assert after[tweet_id]["observed_at"] == before[tweet_id]["observed_at"]
    assert texts_scored == [2]
    assert version(spark, settings) == start + 1
    feed = read_changes(spark, settings, "silver.tweets", start + 1).collect()
    assert {(row["tweet_id"], row["_change_type"]) for row in feed} == {(n, "update_postimage") for n in "123"}


def test_the_new_scores_are_the_annotators(spark: SparkSession, settings: Settings) -> None:
    run(spark, settings, options())
    annotator = load_annotator(settings, spark)
    texts = spark.createDataFrame([(PRAISE, PRAISE), (BLAME, BLAME)], "text_hash string, text string")
    expected = {row["text_hash"]: row for row in score_texts(annotator, texts).collect()}
    rows = silver(spark, settings)
    for tweet_id, text in (("1", PRAISE), ("2", BLAME), ("3", PRAISE)):
        assert rows[tweet_id]["model_version"] == annotator.version
        assert rows[tweet_id]["sentiment"] == expected[text]["sentiment"]
        assert rows[tweet_id]["subjectivity"] == expected[text]["subjectivity"]


def test_a_second_run_adds_no_commit(
    spark: SparkSession, settings: Settings, texts_scored: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    run(spark, settings, options())
    before = version(spark, settings)
    with caplog.at_level(logging.INFO):
        assert run(spark, settings, options()) == 0
    assert version(spark, settings) == before
    assert texts_scored == [2]
    assert "2026-05-04: all 3 tweets are scored by" in caplog.text


def test_days_are_done_one_by_one_and_an_empty_one_is_said_so(
    spark: SparkSession, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    start = version(spark, settings)
    with caplog.at_level(logging.INFO):
        assert run(spark, settings, options(DAY - timedelta(days=1), NEXT)) == 4
    assert version(spark, settings) == start + 2
    assert "2026-05-03 (1 of 3): no tweets" in caplog.text
    assert "2026-05-04 (2 of 3): 3 of 3 tweets are scored again, 2 distinct texts" in caplog.text
    assert "2026-05-04 is done, 75 % of all" in caplog.text
    assert len({row["model_version"] for row in silver(spark, settings).values()}) == 1


def test_what_the_stream_writes_between_reading_and_writing_survives(
    spark: SparkSession, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_scores = reannotate_tweets.write_scores

    def after_the_stream(frame: DataFrame, settings: Settings, day: date) -> None:
        # In a process of its own the stream could not make Spark read the day anew for what is kept here.
        kept = spark.createDataFrame(frame.collect(), frame.schema)
        later = datetime(2026, 5, 4, 13, tzinfo=UTC)
        gains, sets = merge_expressions()
        stream = tweets(
            spark,
            scored("1", PRAISE, lang="en", observed_at=later, model_version="stream-1"),
            scored("2", "other words now", observed_at=later, model_version="stream-1"),
            scored("5", "a new tweet", observed_at=later, model_version="stream-1"),
        )
        merge_rows(stream, settings, "silver.tweets", Merge(gains, sets, "t.created_on IN (DATE'2026-05-04')"))
        append(spark, settings, scored("6", "the next day", NEXT))
        write_scores(kept, settings, day)

    monkeypatch.setattr(reannotate_tweets, "write_scores", after_the_stream)
    run(spark, settings, options())
    rows = silver(spark, settings)
    ours = load_annotator(settings, spark).version
    assert (rows["1"]["lang"], rows["1"]["model_version"]) == ("en", ours)
    assert (rows["2"]["text"], rows["2"]["model_version"]) == ("other words now", "stream-1")
    assert [rows[n]["model_version"] for n in ("3", "4", "5", "6")] == [ours, "old-1", "stream-1", "old-1"]


def test_a_dry_run_counts_and_writes_nothing(
    spark: SparkSession, settings: Settings, texts_scored: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    before = version(spark, settings)
    with caplog.at_level(logging.INFO):
        assert run(spark, settings, options(dry_run=True)) == 3
    assert (version(spark, settings), texts_scored) == (before, [])
    assert "3 of 3 tweets would be scored again, 2 distinct texts" in caplog.text


def test_a_tweet_without_a_text_is_left_as_it_is(spark: SparkSession, settings: Settings) -> None:
    append(spark, settings, a_tweet(tweet_id="7", text=None, text_hash=None, model_version=None))
    before = silver(spark, settings)["7"]
    assert run(spark, settings, options()) == 3
    assert silver(spark, settings)["7"] == before


def test_a_tweet_in_a_language_that_is_not_scored_is_left_as_it_is(spark: SparkSession, settings: Settings) -> None:
    append(spark, settings, scored("8", "ein schlechter Dienst", lang="de", model_version=None))
    assert run(spark, settings, options()) == 3
    assert silver(spark, settings)["8"]["model_version"] is None
    every = settings.annotators.model_copy(update={"languages": []})
    assert run(spark, settings.model_copy(update={"annotators": every}), options()) == 1


def test_an_annotator_that_is_not_imported_names_the_command(
    spark: SparkSession, settings: Settings, tmp_path: Path
) -> None:
    folder = write_tiny_annotator(tmp_path / "new" / "annotator")
    with pytest.raises(MissingPrerequisite, match=r"ANNOTATORS__TWEETS=\S+/new/annotator .* jobs\.import_annotator"):
        run(spark, settings, options(annotator=str(folder)))
    assert run(spark, settings, options(annotator=str(folder), dry_run=True)) == 3


def test_the_shipped_folder_may_be_named(spark: SparkSession, settings: Settings) -> None:
    assert run(spark, settings, options(annotator=str(shipped_folder(settings)))) == 3
    assert run(spark, settings, options()) == 0


def test_wrong_days_and_unknown_annotators_are_refused(spark: SparkSession, settings: Settings) -> None:
    with pytest.raises(UsageError, match="--from 2026-05-05 lies after --to 2026-05-04"):
        run(spark, settings, options(NEXT, DAY))
    with pytest.raises(UsageError, match="'17' is no annotator"):
        run(spark, settings, options(annotator="17"))


def test_a_lake_without_tweets_has_nothing_to_do(
    spark: SparkSession, offline_settings: Settings, imported_annotator: Path
) -> None:
    assert run(spark, offline_settings, options()) == 0
