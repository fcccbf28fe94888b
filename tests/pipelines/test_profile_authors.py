"""Author profiles from silver tweets: the formulas on small worlds, and what a second run changes."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession

from conf.command_line import Options
from conf.settings import Settings
from conf.tables import NO_BRAND
from pipelines import profile_authors
from pipelines.profile_authors import build_profiles
from pipelines.sinks.lake import create_table, overwrite_rows
from pipelines.sources.lake import read_changes, read_table, table_version
from tests.builders import NOON, a_tweet, tweets

GOLDEN = Path(__file__).parents[1] / "golden" / "author_profiles.jsonl"
ANN = "a" * 64


def asked(**fields: Any) -> Options:
    return Options(
        **({"env": None, "brand": None, "as_of": NOON, "run_id": 1, "dry_run": False, "full": False} | fields)
    )


def profiles_of(
    spark: SparkSession, offline_settings: Settings, *rows: dict[str, Any], **flags: Any
) -> dict[tuple[str, str], Row]:
    built = build_profiles(tweets(spark, *rows), offline_settings, asked(**flags)).collect()
    return {(row["brand"], row["author_key"]): row for row in built}


def stored(spark: SparkSession, offline_settings: Settings) -> dict[str, Row]:
    return {row["author_key"]: row for row in read_table(spark, offline_settings, "gold.author_profiles").collect()}


def fill_silver(spark: SparkSession, offline_settings: Settings, *rows: dict[str, Any]) -> None:
    create_table(spark, offline_settings, "silver.tweets")
    overwrite_rows(tweets(spark, *rows), offline_settings, "silver.tweets")


def a_world() -> list[dict[str, Any]]:
    """Two brands, four authors, every kind of tweet, nulls of every sort, one tweet without author."""
    glad = {"label": "positive", "score": 0.9, "negative": 0.05, "neutral": 0.1, "positive": 0.85}
    cross = {"label": "negative", "score": 0.1, "negative": 0.85, "neutral": 0.1, "positive": 0.05}
    met = {"retweet_count": 3, "reply_count": 2, "like_count": 5, "quote_count": 0, "impression_count": 900}
    ann = {"followers_count": 10, "following_count": 7, "created_at": NOON - timedelta(days=100), "is_verified": False}
    newer = {"followers_count": 12, "tweet_count": 40}
    return [
        a_tweet(tweet_id="1", sentiment=glad, subjectivity=0.9, metrics=met, author=ann, observed_at=NOON),
        a_tweet(tweet_id="2", kind="reply", sentiment=cross, subjectivity=0.9, created_at=NOON + timedelta(hours=11)),
        a_tweet(tweet_id="3", kind="retweet", metrics=met | {"retweet_count": 5000}, sentiment=glad, subjectivity=0.9),
        a_tweet(tweet_id="4", kind="quote", metrics={"like_count": 4}, author=newer, observed_at=NOON + timedelta(1)),
        a_tweet(tweet_id="5", author_key="bob", brands=["acme", "globex", "acme"], sentiment=cross, subjectivity=0.25),
        a_tweet(tweet_id="6", author_key="bob", brands=["globex"], kind="retweet", metrics=met),
        a_tweet(tweet_id="7", author_key="cat", brands=[], created_at=None, observed_at=None),
        a_tweet(tweet_id="8", author_key="dan", brands=None, author={"created_at": NOON + timedelta(days=9)}),
        a_tweet(tweet_id="9", author_key=None),
    ]


def test_profiles_of_a_small_world_are_those_of_the_golden_file(
    spark: SparkSession, offline_settings: Settings
) -> None:
    built = build_profiles(tweets(spark, *a_world()), offline_settings, asked()).orderBy("brand", "author_key")
    expected = [json.loads(line) for line in GOLDEN.read_text("utf-8").splitlines()]
    assert [json.loads(line) for line in built.toJSON().collect()] == expected


def test_a_retweet_gives_its_author_no_credit_for_the_original(spark: SparkSession, offline_settings: Settings) -> None:
    metrics = {"retweet_count": 5000, "reply_count": 10, "like_count": 900, "quote_count": 7}
    small = {"retweet_count": 1, "reply_count": 1, "like_count": 1, "quote_count": 1}
    rows = profiles_of(
        spark,
        offline_settings,
        a_tweet(tweet_id="1", kind="retweet", metrics=metrics),
        a_tweet(tweet_id="2", metrics=small),
        a_tweet(tweet_id="3", author_key="bob", kind="retweet", metrics=metrics),
    )
    assert rows["acme", ANN].engagement_per_tweet == 4.0
    assert rows["acme", ANN].retweet_share == 0.5
    assert rows["acme", "bob"].engagement_per_tweet is None


def test_every_brand_of_a_tweet_counts_it_once_and_no_tweet_is_left_out(
    spark: SparkSession, offline_settings: Settings
) -> None:
    rows = profiles_of(
        spark,
        offline_settings,
        a_tweet(tweet_id="1", brands=["acme", "acme", "globex"]),
        a_tweet(tweet_id="2", brands=[]),
        a_tweet(tweet_id="3", brands=None),
        a_tweet(tweet_id="4", author_key=None),
    )
    assert {key: row.tweet_count for key, row in rows.items()} == {
        ("acme", ANN): 1,
        ("globex", ANN): 1,
        (NO_BRAND, ANN): 2,
    }


def test_hours_are_local_and_the_earliest_of_equally_busy_ones_is_the_peak(spark: SparkSession) -> None:
    from conf.settings import load_settings

    local = load_settings(None, {"profile_authors": {"utc_offset_hours": 3}})
    at_19, at_20, at_9 = (NOON.replace(hour=hour) for hour in (19, 20, 9))
    rows = profiles_of(
        spark,
        local,
        *[a_tweet(tweet_id=str(hour), created_at=hour) for hour in (at_19, at_20, at_9)],
        a_tweet(tweet_id="none", created_at=None),
    )
    found = rows["acme", ANN]
    assert (found.active_hours_count, found.peak_hour, found.active_days_count) == (3, 12, 1)
    assert found.night_share == pytest.approx(2 / 3)


def test_no_tweets_make_no_profiles(spark: SparkSession, offline_settings: Settings) -> None:
    profile_authors.run(spark, offline_settings, asked())
    assert stored(spark, offline_settings) == {}


def test_a_profile_is_created_then_updated_by_author_key_and_only_where_it_changed(
    spark: SparkSession, offline_settings: Settings
) -> None:
    first = [a_tweet(tweet_id="1"), a_tweet(tweet_id="2", author_key="bob")]
    fill_silver(spark, offline_settings, *first)
    profile_authors.run(spark, offline_settings, asked(run_id=1))
    fill_silver(spark, offline_settings, *first, a_tweet(tweet_id="3"), a_tweet(tweet_id="4", author_key="cat"))
    profile_authors.run(spark, offline_settings, asked(run_id=2, as_of=NOON + timedelta(days=1)))
    assert {key: (row.tweet_count, row.run_id) for key, row in stored(spark, offline_settings).items()} == {
        ANN: (2, 2),
        "bob": (1, 1),
        "cat": (1, 2),
    }
    version = table_version(spark, offline_settings, "gold.author_profiles")
    profile_authors.run(spark, offline_settings, asked(run_id=3, as_of=NOON + timedelta(days=30)))
    assert {row.run_id for row in stored(spark, offline_settings).values()} == {1, 2}
    if table_version(spark, offline_settings, "gold.author_profiles") > version:
        assert read_changes(spark, offline_settings, "gold.author_profiles", version + 1).count() == 0


def test_an_author_whose_tweets_are_gone_loses_the_profile_but_only_of_the_brand_asked_for(
    spark: SparkSession, offline_settings: Settings
) -> None:
    fill_silver(
        spark, offline_settings, a_tweet(tweet_id="1"), a_tweet(tweet_id="2", author_key="bob", brands=["globex"])
    )
    profile_authors.run(spark, offline_settings, asked())
    fill_silver(spark, offline_settings)
    profile_authors.run(spark, offline_settings, asked(brand="acme", run_id=2))
    assert list(stored(spark, offline_settings)) == ["bob"]


def test_a_dry_run_writes_nothing(spark: SparkSession, offline_settings: Settings) -> None:
    fill_silver(spark, offline_settings, a_tweet(tweet_id="1"))
    profile_authors.run(spark, offline_settings, asked(dry_run=True))
    assert table_version(spark, offline_settings, "gold.author_profiles") == -1
