"""Live numbers follow what Spark commits to silver.tweets, and are read without Spark."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pyspark.sql import SparkSession

from conf.settings import Settings
from pipelines.sinks.lake import Merge, create_table, merge_rows
from pipelines.sinks.mongo_live import replace_newer
from pipelines.sources.mongo import read_current
from pipelines.trends.publish_live import Live
from tests.builders import a_tweet, tweets

SILVER = "silver.tweets"


def put(spark: SparkSession, settings: Settings, *rows: dict[str, Any]) -> None:
    create_table(spark, settings, SILVER)
    merge_rows(tweets(spark, *rows), settings, SILVER, Merge(gains="true"))


def published(settings: Settings) -> dict[str, int]:
    return {document["_id"]: document["tweet_count"] for document in read_current(settings, "live")}


def test_new_tweets_are_counted_once_and_updated_ones_not_again(spark: SparkSession, settings: Settings) -> None:
    live = Live(settings)
    assert live.publish(datetime.now(UTC)) == 0
    put(spark, settings, a_tweet(tweet_id="1"), a_tweet(tweet_id="2", brands=["globex"]))
    live.publish(datetime.now(UTC))
    assert published(settings) == {"acme": 1, "globex": 1}
    put(spark, settings, a_tweet(tweet_id="1", lang="fr"), a_tweet(tweet_id="3"))
    live.publish(datetime.now(UTC))
    assert published(settings) == {"acme": 2, "globex": 1}


def test_a_process_that_starts_again_finds_what_was_committed_before_it(
    spark: SparkSession, settings: Settings
) -> None:
    put(spark, settings, a_tweet(tweet_id="1"))
    assert Live(settings).publish(datetime.now(UTC)) == 1
    assert published(settings) == {"acme": 1}


def test_an_older_document_never_replaces_a_newer_one(settings: Settings) -> None:
    now = datetime(2026, 5, 4, 12, tzinfo=UTC)
    replace_newer(settings, "live", [{"_id": "acme", "tweet_count": 2, "as_of": now}])
    replace_newer(settings, "live", [{"_id": "acme", "tweet_count": 1, "as_of": now - timedelta(seconds=1)}])
    assert published(settings) == {"acme": 2}
