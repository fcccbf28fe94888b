"""One batch from records to silver: rejects with reasons, masked and keyed rows, each text scored once."""

import hashlib
import hmac
from contextlib import nullcontext
from datetime import timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from conf.settings import Settings
from models.annotation.annotator import Annotator, score_texts
from models.annotation.heads import CATEGORY
from pipelines.annotation import annotate_tweets
from pipelines.annotation.annotate_tweets import (
    BatchCounts,
    Context,
    build_context,
    prepare_records,
    rebuild,
    redrive,
    write_batch,
)
from pipelines.sinks.lake import append_rows, create_table
from pipelines.sinks.spark_conf import spark_conf
from pipelines.sources.lake import table_version
from tests.builders import NOON, a_payload, a_record, an_author, an_id, records
from tests.conftest import SECRET
from tests.erasing import key_of, put
from tests.stored import stored_count, stored_rows

ADAPTIVE = "spark.sql.adaptive.enabled"
PRAISE, BLAME = "I love how quick and friendly they were today", "worst service ever, I am furious"


@pytest.fixture
def context(spark: SparkSession, offline_settings: Settings, imported_annotator: Path) -> Context:
    return build_context(spark, offline_settings)


@pytest.fixture
def scored_counts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many texts each call to the annotator was given."""
    counts: list[int] = []

    def counting(annotator: Annotator, texts: DataFrame) -> DataFrame:
        counts.append(texts.count())
        return score_texts(annotator, texts)

    monkeypatch.setattr(annotate_tweets, "score_texts", counting)
    return counts


def write(spark: SparkSession, context: Context, batch_id: int, *rows: dict[str, Any]) -> None:
    write_batch(prepare_records(records(spark, *rows), context), batch_id, context=context, app="t")


def silver(spark: SparkSession, context: Context) -> list[dict[str, Any]]:
    return [row.asDict() for row in sorted(stored_rows(context.settings, "silver.tweets"), key=itemgetter("tweet_id"))]


def test_a_batch_is_masked_keyed_and_scored(spark: SparkSession, context: Context) -> None:
    author = {"includes": {"users": [an_author(location="Kisumu, IG: @quiet_otter_1")]}}
    rows = [
        a_record(a_payload(id=an_id(number=1), text=f"@acme {PRAISE}, write me at jo@example.com") | author, 0),
        a_record(a_payload(id=an_id(number=2), text=BLAME, in_reply_to_user_id="9"), 1),
        a_record(a_payload(id=an_id(number=3), text=""), 2),
    ]
    write(spark, context, 0, *rows)
    happy, angry, silent = silver(spark, context)
    assert happy["text"] == f"@user {PRAISE}, write me at [email]"
    assert happy["author"]["location"] == "Kisumu, IG: @user"
    assert happy["author_key"] == hmac.new(SECRET.encode(), b"4001", hashlib.sha256).hexdigest()
    assert angry["replied_to_author_key"] == hmac.new(SECRET.encode(), b"9", hashlib.sha256).hexdigest()
    assert (happy["sentiment"]["label"], angry["sentiment"]["label"]) == ("positive", "negative")
    assert happy["sentiment"]["score"] == pytest.approx(
        happy["sentiment"]["positive"] + happy["sentiment"]["neutral"] / 2
    )
    assert happy["subjectivity"] == pytest.approx(1 - happy["sentiment"]["neutral"])
    assert silent["sentiment"] is None
    assert (angry["complaint"]["is_complaint"], happy["complaint"]["is_complaint"], silent["complaint"]) == (
        True,
        False,
        None,
    )
    assert angry["category"]["label"] in CATEGORY.labels
    assert {row["model_version"] for row in (happy, angry, silent)} == {context.annotator.version}


def test_a_tweet_in_another_language_is_flagged_and_not_scored(spark: SparkSession, context: Context) -> None:
    french = "le vol est en retard et je ne sais pas pourquoi"
    rows = [
        a_record(a_payload(id=an_id(number=1), text=PRAISE, lang="fr"), 0),
        a_record(a_payload(id=an_id(number=2), text=french, lang="und"), 1),
        a_record(a_payload(id=an_id(number=3), text="\U0001f600", lang="qme"), 2),
    ]
    write(spark, context, 0, *rows)
    found = [(row["lang"], row["sentiment"] is None, row["model_version"]) for row in silver(spark, context)]
    version = context.annotator.version
    assert found == [("fr", True, None), ("fr", True, None), ("und", False, version)]


def test_a_text_is_scored_once_in_a_batch_and_not_again_in_the_next(
    spark: SparkSession, context: Context, scored_counts: list[int]
) -> None:
    copies = [a_record(a_payload(id=an_id(number=n), text=PRAISE), n) for n in range(3)]
    write(spark, context, 0, *copies, a_record(a_payload(id=an_id(number=9), text=BLAME), 9))
    later = a_record(a_payload(id=an_id(NOON + timedelta(hours=1)), text=PRAISE), 10)
    write(spark, context, 1, later)
    assert scored_counts == [2, 0]
    assert len({row["sentiment"] for row in silver(spark, context)}) == 2
    assert len(silver(spark, context)) == 5


def test_bad_records_become_rows_with_a_reason_and_stop_nobody(spark: SparkSession, context: Context) -> None:
    for _ in range(2):
        write(spark, context, 0, a_record(b"nope", 0), a_record(a_payload(), 1), a_record(a_payload(text=None), 2))
    rejected = sorted(stored_rows(context.settings, "silver.rejected_tweets"), key=itemgetter("offset"))
    assert [(row["offset"], row["reason"], row["position"]) for row in rejected] == [
        (0, "not_json", "test#0.0"),
        (2, "missing_text", "test#2.0"),
    ]
    assert len(silver(spark, context)) == 1


def test_what_was_erased_does_not_come_back_and_is_counted(spark: SparkSession, context: Context) -> None:
    put(spark, context.settings, "restricted.tombstones", *[
        {"subject": "tweet", "subject_key": key_of(an_id(number=n)), "kind": "delete"} for n in (1, 9)
    ], {"subject": "author", "subject_key": key_of("66"), "kind": "protect"})  # fmt: skip
    retweet = a_payload(id=an_id(number=2), referenced_tweets=[{"type": "retweeted", "id": an_id(number=1)}])
    for _ in range(2):
        write(
            spark,
            context,
            4,
            a_record(a_payload(id=an_id(number=1), text="words of old"), 0),
            a_record(retweet, 1),
            a_record(a_payload(id=an_id(number=3), author_id="66"), 2),
            a_record(a_payload(id=an_id(number=9), text=None), 3),
            a_record(a_payload(id=an_id(number=4)), 4),
            a_record(b"nope", 5),
        )
    assert [row["tweet_id"] for row in silver(spark, context)] == [an_id(number=4)]
    erased = sorted(stored_rows(context.settings, "silver.erased_records"), key=itemgetter("offset"))
    assert [(row["offset"], row["position"]) for row in erased] == [(n, f"test#{n}.0") for n in range(4)]
    assert stored_count(context.settings, "silver.rejected_tweets") == 1


def test_a_replayed_batch_changes_nothing(spark: SparkSession, context: Context) -> None:
    write(spark, context, 3, a_record(a_payload(), 0))
    version = table_version(spark, context.settings, "silver.tweets")
    write(spark, context, 3, a_record(a_payload(text="other words"), 0))
    assert table_version(spark, context.settings, "silver.tweets") == version


def test_repeats_inside_a_batch_and_across_batches_become_one_row(spark: SparkSession, context: Context) -> None:
    first = a_payload(public_metrics={"like_count": 1}, lang="en")
    again = a_payload(public_metrics={"like_count": 2}, lang=None)
    write(spark, context, 0, a_record(first, 0), a_record(again, 1))
    last = a_record(a_payload(public_metrics={"like_count": 3}, lang=None), 2, kafka_at=NOON + timedelta(hours=1))
    write(spark, context, 1, last, a_record(a_payload(id=an_id(number=7)), 3))
    repeated, other = silver(spark, context)
    assert (repeated["metrics"]["like_count"], repeated["lang"], other["lang"]) == (3, "en", "en")


def bronze_of(spark: SparkSession, context: Context, *rows: dict[str, Any]) -> None:
    create_table(spark, context.settings, "bronze.tweets")
    append_rows(records(spark, *rows), context.settings, "bronze.tweets")


@pytest.mark.slow
def test_silver_is_rebuilt_from_bronze_the_same(spark: SparkSession, context: Context) -> None:
    hours = [
        a_record(a_payload(id=an_id(number=n), text=f"{PRAISE} {n}"), n, kafka_at=NOON + timedelta(hours=n))
        for n in range(3)
    ]
    bronze_of(spark, context, *hours)
    assert rebuild(spark, context.settings, None, NOON + timedelta(hours=2), 1) == 2
    first = silver(spark, context)
    assert rebuild(spark, context.settings, None, None, 2) == 3
    assert silver(spark, context)[:2] == first
    assert len(silver(spark, context)) == 3


@pytest.mark.parametrize("fails", [False, True])
def test_a_rebuild_and_a_redrive_leave_the_sessions_adaptive_execution_as_it_was(
    spark: SparkSession, context: Context, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    seen = []

    def count(prepared: DataFrame) -> BatchCounts:
        seen.append(spark.conf.get(ADAPTIVE))
        if fails:
            raise OSError("the batch failed")
        return BatchCounts(0, 0, 0, 0, [])

    monkeypatch.setattr(annotate_tweets, "count_batch", count)
    bronze_of(spark, context, a_record(a_payload(), 0))
    place = {"topic": "tweets.raw.v1", "partition": 0, "offset": 0}
    put(spark, context.settings, "silver.rejected_tweets", place | {"reason": "text_too_long"})
    with spark_conf(spark, {ADAPTIVE: "true"}):
        with pytest.raises(OSError, match="the batch failed") if fails else nullcontext():
            rebuild(spark, context.settings, None, None, 1)
        assert spark.conf.get(ADAPTIVE) == "true"
        with pytest.raises(OSError, match="the batch failed") if fails else nullcontext():
            redrive(spark, context.settings, 2, dry_run=False)
        assert spark.conf.get(ADAPTIVE) == "true"
    assert seen == ["false", "false"]


@pytest.mark.slow
def test_a_reject_that_parses_by_now_is_mended_and_marked(spark: SparkSession, context: Context) -> None:
    long_text = a_record(a_payload(text="x" * 40_000), 0)
    hopeless = a_record(b"nope", 1)
    bronze_of(spark, context, long_text, hopeless)
    write(spark, context, 0, long_text, hopeless)
    assert redrive(spark, context.settings, 1, dry_run=False) == (2, 0)
    roomier = context.settings.annotate_tweets.model_copy(update={"max_text_characters": 50_000})
    settings = context.settings.model_copy(update={"annotate_tweets": roomier})
    assert redrive(spark, settings, 2, dry_run=True) == (2, 1)
    assert silver(spark, context) == []
    assert redrive(spark, settings, 3, dry_run=False) == (2, 1)
    assert len(silver(spark, context)) == 1
    rejects = sorted(stored_rows(settings, "silver.rejected_tweets"), key=itemgetter("offset"))
    assert [row["redriven_at"] is None for row in rejects] == [False, True]
