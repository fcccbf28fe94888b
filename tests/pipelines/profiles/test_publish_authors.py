"""Profiles and segments as documents: what is in them, and what a second run publishes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql.types import NumericType, TimestampType

from conf.command_line import Options
from conf.schemas.gold import GOLD_AUTHOR_PROFILES
from conf.settings import Settings
from conf.tables import TABLES
from pipelines.profiles import publish_authors
from pipelines.sinks.lake import create_table, overwrite_rows
from pipelines.sources.mongo import count_current, read_current, read_pointer

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
PROFILE = {"brand": "acme", "author_key": "ann", "tweet_count": 3, "last_tweet_at": NOON, "run_id": 1, "as_of": NOON}
MEMBER = {"brand": "acme", "author_key": "ann", "segment_id": "s02", "distance_score": 0.5, "run_id": 1}


def asked(**fields: Any) -> Options:
    return Options(
        **({"env": None, "brand": None, "as_of": NOON, "run_id": 1, "dry_run": False, "full": False} | fields)
    )


def fill(spark: SparkSession, settings: Settings, name: str, *rows: dict[str, Any]) -> None:
    create_table(spark, settings, name)
    schema = TABLES[name].schema
    given = [tuple(row.get(column) for column in schema.names) for row in rows]
    overwrite_rows(spark.createDataFrame(given, schema), settings, name)


def test_a_document_is_the_profile_with_its_segment(spark: SparkSession, settings: Settings) -> None:
    fill(spark, settings, "gold.author_profiles", PROFILE, PROFILE | {"brand": "globex"})
    fill(spark, settings, "gold.author_segments", MEMBER)
    publish_authors.run(spark, settings, asked(run_id=5))
    ann, other = read_current(settings, "author_profiles", sort=[("_id", 1)])
    assert ann == dict.fromkeys(publish_authors.DOCUMENT) | {
        "_id": "acme:ann",
        "brand": "acme",
        "author_key": "ann",
        "tweet_count": 1,
        "last_tweet_at": NOON.replace(day=1, hour=0),
        "segment_id": "s02",
    }
    assert (other["_id"], other["segment_id"]) == ("globex:ann", None)


def test_unchanged_tables_publish_the_same_content_and_changed_ones_new(
    spark: SparkSession, settings: Settings
) -> None:
    fill(spark, settings, "gold.author_profiles", PROFILE)
    publish_authors.run(spark, settings, asked(run_id=5))
    first = read_pointer(settings, "author_profiles")
    publish_authors.run(spark, settings, asked(run_id=6, as_of=NOON + timedelta(days=1)))
    assert read_pointer(settings, "author_profiles") == first
    fill(spark, settings, "gold.author_profiles", PROFILE | {"tweet_count": 40})
    publish_authors.run(spark, settings, asked(run_id=7))
    after = read_pointer(settings, "author_profiles")
    assert first is not None
    assert after is not None
    assert (after["run"], after["checksum"] == first["checksum"]) == (7, False)
    assert read_current(settings, "author_profiles")[0]["tweet_count"] == 10


def test_a_dry_run_publishes_nothing(spark: SparkSession, settings: Settings) -> None:
    fill(spark, settings, "gold.author_profiles", PROFILE)
    publish_authors.run(spark, settings, asked(dry_run=True))
    assert read_pointer(settings, "author_profiles") is None


def test_tables_that_no_job_has_made_yet_publish_an_empty_snapshot(spark: SparkSession, settings: Settings) -> None:
    publish_authors.run(spark, settings, asked())
    assert read_pointer(settings, "author_profiles") is not None
    assert count_current(settings, "author_profiles") == 0


@pytest.mark.parametrize(
    ("exact", "coarse"),
    [
        ({"followers_count": 1534, "engagement_per_tweet": 0.7}, {"followers_count": 1000, "engagement_per_tweet": 0}),
        (
            {"followers_count": 1000, "engagement_per_tweet": 99.9},
            {"followers_count": 1000, "engagement_per_tweet": 10},
        ),
        ({"followers_count": 0, "engagement_per_tweet": None}, {"followers_count": 0, "engagement_per_tweet": None}),
        ({"sentiment_mean": 0.4567, "complaint_share": 0.8}, {"sentiment_mean": 0.5, "complaint_share": 1.0}),
        ({"sentiment_mean": None, "last_tweet_at": None}, {"sentiment_mean": None, "last_tweet_at": None}),
    ],
)
def test_figures_are_coarse(spark: SparkSession, exact: dict[str, Any], coarse: dict[str, Any]) -> None:
    rows = [tuple((PROFILE | exact).get(name) for name in GOLD_AUTHOR_PROFILES.names)]
    (row,) = publish_authors.coarsen(spark.createDataFrame(rows, GOLD_AUTHOR_PROFILES)).collect()
    assert {name: row[name] for name in coarse} == coarse


def test_every_number_and_time_of_a_document_is_made_coarse() -> None:
    kinds = {field.name: field.dataType for field in GOLD_AUTHOR_PROFILES if field.name in publish_authors.DOCUMENT}
    fine = {name for name, kind in kinds.items() if isinstance(kind, NumericType | TimestampType)}
    assert fine == {*publish_authors.SHARES, *publish_authors.AMOUNTS, "last_tweet_at"}
