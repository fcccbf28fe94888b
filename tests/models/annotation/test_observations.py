"""The newest value of each field wins and no value is lost: within a batch, and between a batch and the table."""

from datetime import UTC, timedelta
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from conf.settings import Settings
from models.annotation.observations import merge_expressions, summarise_observations
from pipelines.sinks.lake import Merge, create_table, merge_rows
from pipelines.sources.lake import read_changes, read_table, table_version
from pipelines.sources.payloads.parser import parse_payloads
from tests.builders import NOON, a_payload, a_record, a_tweet, records, tweets
from tests.stored import stored_rows

LATER = NOON + timedelta(minutes=5)


def summarise(spark: SparkSession, settings: Settings, *rows: dict[str, Any]) -> list[Row]:
    parsed = parse_payloads(records(spark, *rows), settings.annotate_tweets)
    return summarise_observations(parsed).orderBy("tweet_id").collect()


def test_the_newest_observation_says_each_field_and_none_is_lost(
    spark: SparkSession, offline_settings: Settings
) -> None:
    (row,) = summarise(
        spark,
        offline_settings,
        a_record(
            a_payload(public_metrics={"like_count": 1, "quote_count": 9}, lang="en"), 0, headers={"rules": "brand:a"}
        ),
        a_record(
            a_payload(public_metrics={"like_count": 5}, lang=None, conversation_id="7"),
            1,
            kafka_at=LATER,
            headers={"rules": "brand:b"},
        ),
    )
    assert (row["metrics"]["like_count"], row["metrics"]["quote_count"]) == (5, 9)
    assert (row["lang"], row["conversation_id"], row["brands"]) == ("en", "7", ["a", "b"])
    assert row["observed_at"].replace(tzinfo=UTC) == LATER


def test_of_two_at_the_same_moment_the_later_offset_wins(spark: SparkSession, offline_settings: Settings) -> None:
    (row,) = summarise(
        spark, offline_settings, a_record(a_payload(text="second"), 1), a_record(a_payload(text="first"), 0)
    )
    assert row["text"] == "second"


def test_a_whole_text_is_not_replaced_by_a_cut_one(spark: SparkSession, offline_settings: Settings) -> None:
    reference = [{"type": "retweeted", "id": "5"}]
    whole = a_payload(text="RT @a: the who\u2026", referenced_tweets=reference)
    whole["includes"] = {"tweets": [{"id": "5", "text": "the whole story"}]}
    cut = a_payload(text="RT @a: the who\u2026", referenced_tweets=reference)
    (row,) = summarise(spark, offline_settings, a_record(whole, 0), a_record(cut, 1, kafka_at=LATER))
    assert (row["text"], row["is_truncated"]) == ("the whole story", False)


def merged(spark: SparkSession, settings: Settings, old: dict[str, Any], new: dict[str, Any]) -> tuple[Row, int]:
    """The row after `new` is merged into `old`, and the number of commits of the second merge."""
    create_table(spark, settings, "silver.tweets")
    gains, sets = merge_expressions()
    for row in (old, new):
        before = table_version(spark, settings, "silver.tweets")
        merge_rows(tweets(spark, row), settings, "silver.tweets", Merge(gains, sets))
    (kept,) = stored_rows(settings, "silver.tweets")
    changed = read_changes(spark, settings, "silver.tweets", before + 1) if _moved(spark, settings, before) else None
    return kept, changed.count() if changed else 0


def _moved(spark: SparkSession, settings: Settings, before: int) -> bool:
    return table_version(spark, settings, "silver.tweets") > before


def test_a_later_batch_adds_fields_and_keeps_the_others(spark: SparkSession, offline_settings: Settings) -> None:
    old = a_tweet(lang="en", brands=["a"], metrics=(1, None, 3, 9, None, None))
    new = a_tweet(conversation_id="7", brands=["b"], metrics=(None, 2, 5, None, None, None), observed_at=LATER)
    row, rewritten = merged(spark, offline_settings, old, new)
    assert tuple(row["metrics"]) == (1, 2, 5, 9, None, None)
    assert (row["lang"], row["conversation_id"], row["brands"], rewritten) == ("en", "7", ["a", "b"], 1)


def test_an_earlier_observation_only_fills_gaps(spark: SparkSession, offline_settings: Settings) -> None:
    old = a_tweet(metrics=(5, None, None, None, None, None), observed_at=LATER)
    new = a_tweet(metrics=(1, 2, None, None, None, None), lang="en", text="older words")
    row, _ = merged(spark, offline_settings, old, new)
    assert (tuple(row["metrics"])[:2], row["lang"], row["text"]) == ((5, 2), "en", "the coffee was fine")
    assert row["observed_at"].replace(tzinfo=UTC) == LATER


def test_a_row_that_gains_nothing_is_not_rewritten(spark: SparkSession, offline_settings: Settings) -> None:
    tweet = a_tweet(lang="en", metrics=(1, 2, 3, 4, None, None), place=(None, None, None, None, None))
    _, rewritten = merged(spark, offline_settings, tweet, tweet | {"observed_at": LATER, "lang": None, "metrics": None})
    assert rewritten == 0


@pytest.mark.parametrize("stale", [True, False])
def test_a_new_text_brings_its_own_scores(spark: SparkSession, offline_settings: Settings, stale: bool) -> None:
    scores = {"model_version": "m2", "subjectivity": 0.9}
    old = a_tweet(text_hash="h1", model_version="m1", subjectivity=0.1, observed_at=LATER if stale else NOON)
    new = a_tweet(text="edited", text_hash="h2", **scores, observed_at=NOON if stale else LATER)
    row, _ = merged(spark, offline_settings, old, new)
    assert (row["text_hash"], row["model_version"]) == (("h1", "m1") if stale else ("h2", "m2"))


def test_days_outside_the_pruning_predicate_are_not_touched(spark: SparkSession, offline_settings: Settings) -> None:
    create_table(spark, offline_settings, "silver.tweets")
    merge_rows(
        tweets(spark, a_tweet()), offline_settings, "silver.tweets", Merge(pruning="t.created_on IN (DATE'2026-05-04')")
    )
    merge_rows(
        tweets(spark, a_tweet()), offline_settings, "silver.tweets", Merge(pruning="t.created_on IN (DATE'2026-05-04')")
    )
    assert read_table(spark, offline_settings, "silver.tweets").agg(F.count("*")).collect()[0][0] == 1
