"""Figures of segments and of everyone, from profiles."""

from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from models.segment_figures import read_figures
from tests.models.segment_profiles import profiles


def members(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    segments = [row.pop("segment_id") for row in rows]
    keys = F.array(*[F.lit(segment) for segment in segments])
    number = F.substring("author_key", 7, 4).cast("int")
    return profiles(spark, rows).withColumn("segment_id", keys[number])


def test_figures_are_of_each_segment_and_of_everyone(spark: SparkSession) -> None:
    found, everyone = read_figures(
        members(
            spark,
            {"segment_id": "s01", "tweet_count": 2, "followers_count": 10, "sentiment_mean": 0.2, "peak_hour": 23},
            {"segment_id": "s01", "tweet_count": 4, "followers_count": 30, "sentiment_mean": None, "peak_hour": 5},
            {"segment_id": "s02", "tweet_count": 9, "followers_count": 50, "sentiment_mean": 0.8, "peak_hour": 6},
        )
    )
    assert (found["s01"]["author_count"], found["s01"]["tweet_sum"], found["s01"]["tweet_count"]) == (2, 6, 3.0)
    assert (found["s01"]["reach"], everyone["reach"]) == (40, 90)
    assert found["s01"]["sentiment_mean"] == 0.2
    assert everyone["sentiment_mean"] == 0.5
    assert (found["s01"]["peak_night"], found["s02"]["peak_morning"]) == (1.0, 1.0)
    assert everyone["peak_night"] == pytest.approx(2 / 3)
    assert found["s02"]["reply_share"] is None


def test_complaints_are_counted_by_category(spark: SparkSession) -> None:
    rows = [{"segment_id": "s01", "top_category": each} for each in ("delay", "delay", None)]
    found, everyone = read_figures(members(spark, *rows, {"segment_id": "s02", "top_category": "billing"}))
    assert found["s01"].categories == {"delay": 2}
    assert everyone.categories == {"delay": 2, "billing": 1}
    assert found["s02"]["tweet_sum"] is None
