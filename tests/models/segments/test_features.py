"""How a figure becomes a coordinate: the fitted SQL against the formulas, nulls and giants among the rows."""

from datetime import timedelta
from math import log1p
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from models.segments.features import FEATURES, NAMES, PRIOR_TWEETS, RECENCY_SQL, Limits, fit_limits, preparation_sql
from tests.builders import NOON
from tests.models.segments.profiles import profiles

FREE = {name: Limits(0.0, 0.0, 1e9) for name in NAMES}


def prepared(spark: SparkSession, rows: list[dict[str, Any]], limits: dict[str, Limits]) -> list[Row]:
    given = spark.sql(RECENCY_SQL.replace("__THIS__", "{given}"), given=profiles(spark, rows))
    return (
        spark.sql(preparation_sql(limits).replace("__THIS__", "{given}"), given=given).orderBy("author_key").collect()
    )


def test_counts_are_logarithms_and_rates_are_drawn_to_the_mean_by_few_tweets(spark: SparkSession) -> None:
    limits = FREE | {"reply_share": Limits(0.4, 0.0, 1.0)}
    rows = [{"tweet_count": 1, "reply_share": 1.0}, {"tweet_count": 97, "reply_share": 1.0}]
    once, often = prepared(spark, rows, limits)
    assert once["feature_tweet_count"] == pytest.approx(log1p(1))
    assert once["feature_reply_share"] == pytest.approx((1 + PRIOR_TWEETS * 0.4) / (1 + PRIOR_TWEETS))
    assert often["feature_reply_share"] == pytest.approx(0.982)


def test_what_is_not_known_is_typical_and_giants_are_cut(spark: SparkSession) -> None:
    limits = FREE | {"followers_count": Limits(50.0, 10.0, 900.0), "night_share": Limits(0.3, 0.0, 1.0)}
    unknown, giant, tiny = prepared(spark, [{}, {"followers_count": 10**9}, {"followers_count": -3}], limits)
    assert unknown["feature_followers_count"] == pytest.approx(log1p(50))
    assert unknown["feature_night_share"] == pytest.approx(0.3)
    assert giant["feature_followers_count"] == pytest.approx(log1p(900))
    assert tiny["feature_followers_count"] == pytest.approx(log1p(10))


def test_recency_is_counted_to_the_newest_tweet_of_the_brand(spark: SparkSession) -> None:
    rows = [{"last_tweet_at": NOON - timedelta(days=days)} for days in (0, 6)] + [{}]
    now, then, unknown = prepared(spark, rows, FREE)
    assert [now["recency_days"], then["recency_days"], unknown["recency_days"]] == [0.0, 6.0, None]


def test_limits_are_medians_means_and_the_outer_hundredths(spark: SparkSession) -> None:
    rows = [{"tweet_count": 7, "followers_count": number, "reply_share": number / 400} for number in range(401)]
    frame = profiles(spark, [*rows, {"tweet_count": 7}]).withColumn("recency_days", F.lit(None).cast("double"))
    limits = fit_limits(frame.select(*NAMES).toPandas())
    assert limits["followers_count"].typical == 200.0
    assert limits["followers_count"].low == pytest.approx(4.0, abs=0.1)
    assert limits["followers_count"].high == pytest.approx(396.0, abs=0.1)
    assert limits["reply_share"].typical == pytest.approx(0.5)
    assert limits["reply_share"].low == pytest.approx((7 * 0.01 + PRIOR_TWEETS * 0.5) / (7 + PRIOR_TWEETS), abs=0.001)
    assert limits["sentiment_mean"] == Limits(0.0, 0.0, 0.0)


def test_a_share_that_is_the_same_for_all_has_no_spread_whatever_the_number_of_tweets(spark: SparkSession) -> None:
    rows = [{"tweet_count": number, "retweet_share": 0.9 if number % 2 else None} for number in range(1, 60)]
    found = prepared(spark, rows, FREE | {"retweet_share": Limits(0.9, 0.0, 1.0)})
    assert {row["feature_retweet_share"] for row in found} == {0.9}


def test_every_feature_has_its_own_words() -> None:
    assert len(set(NAMES)) == len(FEATURES)
    words = [word for feature in FEATURES for word in (feature.high, feature.low, feature.label)]
    assert len(set(words)) == len(words)
    assert all(words)
