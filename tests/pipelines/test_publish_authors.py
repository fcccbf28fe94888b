"""Profiles and segments as documents: what is in them, and what a second run publishes."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql.types import NumericType

from conf.command_line import Options
from conf.schemas import GOLD_AUTHOR_PROFILES, GOLD_AUTHOR_SEGMENTS
from conf.settings import Settings
from conf.tables import TABLES
from pipelines import publish_authors
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
    assert ann == dict.fromkeys(GOLD_AUTHOR_PROFILES.names) | PROFILE | {
        "_id": "acme:ann",
        "last_tweet_at": NOON.replace(hour=0),
        "segment_id": "s02",
        "distance_score": 0.5,
    }
    assert (other["_id"], other["segment_id"]) == ("globex:ann", None)


def test_documents_carry_no_column_but_those_of_the_two_tables(spark: SparkSession, settings: Settings) -> None:
    fill(spark, settings, "gold.author_profiles", PROFILE)
    publish_authors.run(spark, settings, asked())
    (document,) = read_current(settings, "author_profiles")
    assert set(document) == {"_id", *GOLD_AUTHOR_PROFILES.names, *GOLD_AUTHOR_SEGMENTS.names}
    assert not [name for name in document if "handle" in name or name == "author_id"]


def test_unchanged_tables_publish_the_same_content_and_changed_ones_new(
    spark: SparkSession, settings: Settings
) -> None:
    fill(spark, settings, "gold.author_profiles", PROFILE)
    publish_authors.run(spark, settings, asked(run_id=5))
    first = read_pointer(settings, "author_profiles")
    publish_authors.run(spark, settings, asked(run_id=6, as_of=NOON + timedelta(days=1)))
    assert read_pointer(settings, "author_profiles") == first
    fill(spark, settings, "gold.author_profiles", PROFILE | {"tweet_count": 4})
    publish_authors.run(spark, settings, asked(run_id=7))
    after = read_pointer(settings, "author_profiles")
    assert first is not None
    assert after is not None
    assert (after["run"], after["checksum"] == first["checksum"]) == (7, False)
    assert read_current(settings, "author_profiles")[0]["tweet_count"] == 4


def test_a_dry_run_publishes_nothing(spark: SparkSession, settings: Settings) -> None:
    fill(spark, settings, "gold.author_profiles", PROFILE)
    publish_authors.run(spark, settings, asked(dry_run=True))
    assert read_pointer(settings, "author_profiles") is None


def test_tables_that_no_job_has_made_yet_publish_an_empty_snapshot(spark: SparkSession, settings: Settings) -> None:
    publish_authors.run(spark, settings, asked())
    assert read_pointer(settings, "author_profiles") is not None
    assert count_current(settings, "author_profiles") == 0


def test_figures_are_coarse(spark: SparkSession, settings: Settings) -> None:
    exact = {"followers_count": 1534, "sentiment_mean": 0.4567, "first_tweet_at": NOON, "account_age_days": 999}
    fill(spark, settings, "gold.author_profiles", PROFILE | exact)
    publish_authors.run(spark, settings, asked())
    (document,) = read_current(settings, "author_profiles")
    told = {name: document[name] for name in exact}
    assert told == {
        "followers_count": 1500,
        "sentiment_mean": 0.5,
        "first_tweet_at": NOON.replace(hour=0),
        "account_age_days": 1000,
    }


def test_every_number_of_a_profile_is_made_coarse_or_is_known_to_be() -> None:
    few = {"active_hours_count", "brands_count", "peak_hour", "run_id"}
    numbers = {each.name for each in GOLD_AUTHOR_PROFILES if isinstance(each.dataType, NumericType)}
    assert numbers - few == {*publish_authors.SHARES, *publish_authors.AMOUNTS}
