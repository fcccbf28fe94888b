"""Rows older than their table's retention are deleted, and the input still reconciles."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pyspark.sql import SparkSession

from conf.settings import Settings
from conf.tables import TABLES
from pipelines.ingestion import observe_metrics, reconcile_input
from pipelines.privacy import expire_rows
from pipelines.sinks.lake import append_rows
from pipelines.sources.accounts import read_subjects
from tests.builders import NOON, a_payload, a_record, records
from tests.erasing import OPTIONS, key_of, put, store_tweets
from tests.reading import NoteReads
from tests.stored import stored_rows

TWO_YEARS = timedelta(days=731)


def expire(spark: SparkSession, settings: Settings, days_later: int, **fields: Any) -> dict[str, int]:
    return expire_rows.run(spark, settings, replace(OPTIONS, as_of=NOON + timedelta(days=days_later), **fields))


def a_reject(offset: int) -> dict[str, Any]:
    """The reject of `a_record` at an offset."""
    origin = {"topic": "tweets.raw.v1", "partition": 0, "offset": offset, "source": "archive:test"}
    return origin | {"position": f"test#{offset}.0", "reason": "invalid_json", "rejected_at": NOON}


def left(spark: SparkSession, settings: Settings, name: str) -> list[str]:
    return sorted(row["tweet_id"] for row in stored_rows(settings, name))


def test_every_table_is_aged_or_goes_with_another_or_says_why_it_stays() -> None:
    ways = ("aged_by", "follows", "kept_because")
    aged, following, kept = ({name: found for name in TABLES if (found := getattr(TABLES[name], way))} for way in ways)
    assert {*aged, *following, *kept} == set(TABLES)
    assert len(aged) + len(following) + len(kept) == len(TABLES)
    assert [name for name, column in aged.items() if column not in TABLES[name].schema.fieldNames()] == []
    assert set(following.values()) <= set(aged)


def test_a_tweet_nobody_observed_for_two_years_goes_with_all_of_its_records(
    spark: SparkSession, offline_settings: Settings
) -> None:
    old, new = {"observed_at": NOON - TWO_YEARS}, {"observed_at": NOON}
    store_tweets(spark, offline_settings, {"tweet_id": "11"} | old, {"tweet_id": "12"} | new)
    append_rows(records(spark, a_record(a_payload(id="11"), 2)), offline_settings, "bronze.tweets")
    observe_metrics.run(spark, offline_settings)
    put(spark, offline_settings, "silver.tweet_entities", {"tweet_id": "11"}, {"tweet_id": "12"})
    before = reconcile_input.run(spark, offline_settings)
    assert (before.offered, before.distinct, before.repeats, before.erased) == (3, 2, 1, 0)

    assert expire(spark, offline_settings, 0, dry_run=True) == {"silver.tweets": 1}
    assert left(spark, offline_settings, "silver.tweets") == ["11", "12"]
    assert expire(spark, offline_settings, 0) == {"silver.tweets": 1}
    for name in ("silver.tweets", "silver.tweet_entities", "silver.metric_observations"):
        assert left(spark, offline_settings, name) == ["12"]
    after = reconcile_input.run(spark, offline_settings)
    assert (after.offered, after.distinct, after.repeats, after.erased) == (3, 1, 0, 2)
    assert expire(spark, offline_settings, 0) == {}


def test_bronze_goes_after_thirty_days_and_keeps_a_day_that_is_not_done(
    spark: SparkSession, offline_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    store_tweets(spark, offline_settings, {"tweet_id": "11", "observed_at": NOON})
    append_rows(records(spark, a_record("not a payload", 1)), offline_settings, "bronze.tweets")
    assert expire(spark, offline_settings, 30) == {}
    with caplog.at_level(logging.WARNING):
        assert expire(spark, offline_settings, 40) == {}
    assert "1 days of bronze.tweets are kept" in caplog.text

    put(spark, offline_settings, "silver.rejected_tweets", a_reject(1))
    before = reconcile_input.run(spark, offline_settings)
    assert expire(spark, offline_settings, 40) == {"bronze.tweets": 2}
    assert reconcile_input.run(spark, offline_settings) == before


def test_rejects_and_notices_that_go_are_counted_and_mended_ones_were_before(
    spark: SparkSession, offline_settings: Settings
) -> None:
    store_tweets(spark, offline_settings, {"tweet_id": "11", "observed_at": NOON + TWO_YEARS})
    put(spark, offline_settings, "silver.rejected_tweets", a_reject(0) | {"redriven_at": NOON}, a_reject(7))
    notice = {"event_key": "e", "topic": "compliance.v1", "partition": 0, "offset": 0, "ingested_at": NOON}
    put(spark, offline_settings, "bronze.compliance", notice)
    before = reconcile_input.run(spark, offline_settings)
    assert (before.distinct, before.rejected, before.notices, before.erased) == (1, 1, 1, 0)
    gone = expire(spark, offline_settings, 731)
    assert gone == {"bronze.tweets": 1, "bronze.compliance": 1, "silver.rejected_tweets": 2}
    after = reconcile_input.run(spark, offline_settings)
    assert (after.offered, after.distinct, after.rejected, after.notices, after.erased) == (3, 1, 0, 0, 2)


def test_reads_of_profiles_are_kept_as_long_as_the_setting_says(
    spark: SparkSession, offline_settings: Settings, noting: NoteReads
) -> None:
    noting(offline_settings, key_of("1"), at=NOON - TWO_YEARS)
    noting(offline_settings, key_of("2"), at=NOON)
    for dry_run in (True, False):
        assert expire(spark, offline_settings, 0, dry_run=dry_run) == {"accounts_auditentry": 1}
    assert read_subjects(offline_settings) == [key_of("2")]
