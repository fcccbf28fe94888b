"""gold.brand_trends follows silver.tweets: what changed is computed anew, and equals what a full run computes."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import SparkSession

from conf.command_line import Options
from conf.settings import Settings
from pipelines.sinks.lake import Merge, create_table, delete_rows, merge_rows
from pipelines.sources.lake import read_table, table_version
from pipelines.sources.mongo import read_current
from pipelines.trends import publish_trends, summarise_brands
from tests.builders import NOON, a_tweet, tweets
from tests.stored import stored_rows

SILVER, TRENDS = "silver.tweets", "gold.brand_trends"
STAMPS = ("run_id", "as_of")


def asked(**fields: Any) -> Options:
    return Options(
        **({"env": None, "brand": None, "as_of": NOON, "run_id": 1, "dry_run": False, "full": False} | fields)
    )


def put(spark: SparkSession, settings: Settings, *rows: dict[str, Any]) -> None:
    create_table(spark, settings, SILVER)
    merge_rows(tweets(spark, *rows), settings, SILVER, Merge(gains="true"))


def stored(spark: SparkSession, settings: Settings) -> list[tuple[Any, ...]]:
    rows = read_table(spark, settings, TRENDS).drop(*STAMPS).orderBy("brand", "window", "started_at").collect()
    return [tuple(row) for row in rows]


def counts(spark: SparkSession, settings: Settings, window: str = "day") -> dict[datetime, int]:
    rows = read_table(spark, settings, TRENDS).where(f"window = '{window}'").collect()
    return {row["started_at"]: row["tweet_count"] for row in rows}


def days_ago(number: int) -> dict[str, Any]:
    at = NOON - timedelta(days=number)
    return {"created_at": at, "created_on": at.date()}


def test_a_run_computes_the_weeks_that_changed_and_leaves_the_others(
    spark: SparkSession, offline_settings: Settings
) -> None:
    put(spark, offline_settings, a_tweet(tweet_id="1"), a_tweet(tweet_id="2", **days_ago(14)))
    summarise_brands.run(spark, offline_settings, asked())
    put(spark, offline_settings, a_tweet(tweet_id="3"))
    summarise_brands.run(spark, offline_settings, asked(run_id=2))
    runs = {row["started_at"]: row["run_id"] for row in stored_rows(offline_settings, TRENDS)}
    noon = NOON.replace(tzinfo=None)
    assert counts(spark, offline_settings)[noon.replace(hour=0)] == 2
    assert runs[noon.replace(minute=0)] == 2
    assert runs[(noon - timedelta(days=14)).replace(hour=0)] == 1


def test_changes_of_older_days_are_seen_by_the_first_run_of_the_next_day(
    spark: SparkSession, offline_settings: Settings
) -> None:
    put(spark, offline_settings, a_tweet(tweet_id="1"))
    summarise_brands.run(spark, offline_settings, asked())
    put(spark, offline_settings, a_tweet(tweet_id="2", **days_ago(10)))
    summarise_brands.run(spark, offline_settings, asked(run_id=2, as_of=NOON + timedelta(hours=1)))
    assert len(counts(spark, offline_settings)) == 1
    summarise_brands.run(spark, offline_settings, asked(run_id=3, as_of=NOON + timedelta(hours=13)))
    assert len(counts(spark, offline_settings)) == 2


def test_what_is_deleted_takes_its_windows_along(spark: SparkSession, offline_settings: Settings) -> None:
    put(spark, offline_settings, a_tweet(tweet_id="1"), a_tweet(tweet_id="2", brands=["globex"]))
    summarise_brands.run(spark, offline_settings, asked())
    delete_rows(tweets(spark, a_tweet(tweet_id="1")).select("tweet_id"), offline_settings, SILVER, by=("tweet_id",))
    summarise_brands.run(spark, offline_settings, asked(run_id=2))
    assert {row["brand"] for row in stored_rows(offline_settings, TRENDS)} == {"globex"}


def test_a_dry_run_and_a_run_without_changes_write_nothing(spark: SparkSession, offline_settings: Settings) -> None:
    put(spark, offline_settings, a_tweet(tweet_id="1"))
    summarise_brands.run(spark, offline_settings, asked(dry_run=True))
    assert table_version(spark, offline_settings, TRENDS) == -1
    summarise_brands.run(spark, offline_settings, asked())
    before = stored(spark, offline_settings)
    summarise_brands.run(spark, offline_settings, asked(run_id=2))
    assert stored(spark, offline_settings) == before


def test_one_brand_leaves_the_others_and_their_changes_for_the_next_run(
    spark: SparkSession, offline_settings: Settings
) -> None:
    put(spark, offline_settings, a_tweet(tweet_id="1"), a_tweet(tweet_id="2", brands=["globex"]))
    summarise_brands.run(spark, offline_settings, asked(brand="acme"))
    assert {row["brand"] for row in stored_rows(offline_settings, TRENDS)} == {"acme"}
    summarise_brands.run(spark, offline_settings, asked(run_id=2))
    assert {row["brand"] for row in stored_rows(offline_settings, TRENDS)} == {"acme", "globex"}


@pytest.mark.parametrize("batches", [3, pytest.param(50, marks=[pytest.mark.slow, pytest.mark.timeout(3000)])])
def test_after_random_batches_the_table_is_what_a_full_run_computes(
    spark: SparkSession, offline_settings: Settings, batches: int
) -> None:
    """Late tweets, new metrics and erasures, in random order."""
    rng = random.Random(batches)
    known: list[dict[str, Any]] = []
    for number in range(batches):
        fresh = [a_random_tweet(rng, f"{number}-{each}") for each in range(rng.randint(200, 300))]
        again = [row | {"metrics": {"like_count": rng.randint(0, 50)}} for row in rng.sample(known, min(len(known), 5))]
        put(spark, offline_settings, *fresh, *again)
        gone = rng.sample(known, min(len(known), rng.randint(0, 3)))
        if gone:
            ids = spark.createDataFrame([(row["tweet_id"],) for row in gone], "tweet_id string")
            delete_rows(ids, offline_settings, SILVER, by=("tweet_id",))
        known = [row for row in [*known, *fresh] if row["tweet_id"] not in {each["tweet_id"] for each in gone}]
        at = NOON + timedelta(hours=5 * number)
        summarise_brands.run(spark, offline_settings, asked(run_id=number, as_of=at))
    last = NOON + timedelta(hours=5 * batches + 24)
    summarise_brands.run(spark, offline_settings, asked(run_id=batches, as_of=last))
    followed = stored(spark, offline_settings)
    summarise_brands.run(spark, offline_settings, asked(run_id=batches + 1, as_of=last, full=True))
    assert followed == stored(spark, offline_settings)
    assert any(row[6] for row in followed)


def a_random_tweet(rng: random.Random, tweet_id: str) -> dict[str, Any]:
    at = NOON - timedelta(hours=rng.choice((1, 1, 2, 30, 100, 400)))
    score = rng.choice((0.1, 0.5, 0.9))
    label = {0.1: "negative", 0.5: "neutral", 0.9: "positive"}[score]
    return a_tweet(
        tweet_id=tweet_id,
        author_key=f"author {rng.randint(0, 400)}",
        brands=rng.choice((["acme"], ["globex"], ["acme", "globex"], ["acme:competitors"])),
        created_at=at,
        created_on=at.date(),
        lang=rng.choice(("en", "fr")),
        sentiment={"label": label, "score": score, "negative": 0.0, "neutral": 0.0, "positive": 0.0},
        complaint={"is_complaint": score < 0.5, "score": 1 - score},
        metrics={"like_count": rng.randint(0, 50)},
    )


def test_a_window_is_a_document_under_brand_window_and_start(spark: SparkSession, settings: Settings) -> None:
    put(spark, settings, a_tweet(tweet_id="1"))
    summarise_brands.run(spark, settings, asked())
    publish_trends.run(spark, settings, asked())
    found = {document["_id"]: document for document in read_current(settings, "trends")}
    assert set(found) == {
        "acme:week:2026-05-04T00Z",
        "acme:day:2026-05-04T00Z",
        "acme:6h:2026-05-04T12Z",
        "acme:hour:2026-05-04T12Z",
    }
    assert found["acme:hour:2026-05-04T12Z"]["tweet_count"] == 1
