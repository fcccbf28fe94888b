"""Figures of segments and of everyone, from profiles."""

from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from models.segment_figures import keep_servable, read_figures, summarise_segments
from tests.models.segment_profiles import profiles


def members(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    segments = [row.pop("segment_id") for row in rows]
    keys = F.array(*[F.lit(segment) for segment in segments])
    number = F.substring("author_key", 7, 4).cast("int")
    return profiles(spark, rows).withColumn("segment_id", keys[number])


def test_figures_are_of_each_segment_and_of_everyone(spark: SparkSession) -> None:
    summary = summarise_segments(
        members(
            spark,
            {"segment_id": "s01", "tweet_count": 2, "followers_count": 10, "sentiment_mean": 0.2, "peak_hour": 23},
            {"segment_id": "s01", "tweet_count": 4, "followers_count": 30, "sentiment_mean": None, "peak_hour": 5},
            {"segment_id": "s02", "tweet_count": 9, "followers_count": 50, "sentiment_mean": 0.8, "peak_hour": 6},
        )
    )
    found = {row["segment_id"]: row for row in summary.collect()}
    everyone = found[None]
    assert (found["s01"]["author_count"], found["s01"]["tweet_sum"], found["s01"]["tweet_count"]) == (2, 6, 3.0)
    assert (found["s01"]["reach"], everyone["reach"]) == (40, 90)
    assert found["s01"]["sentiment_mean"] == 0.2
    assert everyone["sentiment_mean"] == 0.5
    assert (found["s01"]["peak_night"], found["s02"]["peak_morning"]) == (1.0, 1.0)
    assert everyone["peak_night"] == pytest.approx(2 / 3)
    assert found["s02"]["reply_share"] is None


def test_complaints_are_counted_by_category(spark: SparkSession) -> None:
    rows = [{"segment_id": "s01", "top_category": each} for each in ("delay", "delay", None)]
    found, everyone = read_figures(members(spark, *rows, {"segment_id": "s02", "top_category": "billing"}), 1)
    assert found["s01"].categories == {"delay": 2}
    assert everyone.categories == {"delay": 2, "billing": 1}
    assert found["s02"]["tweet_sum"] is None


def test_a_segment_that_has_shrunk_is_not_shown_nor_one_that_would_give_it_away(spark: SparkSession) -> None:
    sizes = {"s01": 300, "s02": 120, "s03": 99}
    rows = [(segment, number) for segment, size in sizes.items() for number in range(size)]
    some = spark.createDataFrame(rows, "segment_id string, number long")
    figures = {
        "tweet_count": F.col("number"),
        "sentiment_mean": F.lit(0.123456),
        "followers_count": F.col("number") * 7,
    }
    known = profiles(spark, [{}]).limit(0)
    columns = {field.name: F.lit(None).cast(field.dataType) for field in known.schema.fields}
    summary = summarise_segments(some.withColumns(columns | figures))
    shown = {row["segment_id"]: row for row in keep_servable(summary, 100).collect()}
    assert set(shown) == {"s01", None}
    assert (shown[None]["author_count"], shown["s01"]["author_count"]) == (520, 300)
    assert (shown["s01"]["sentiment_mean"], shown["s01"]["tweet_count"]) == (0.12, 150.0)
