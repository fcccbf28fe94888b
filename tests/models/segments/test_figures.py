"""Figures of segments and of everyone, from profiles."""

from collections.abc import Sequence
from typing import Any

import pytest
from pyspark.sql import Column, DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from models.privacy.limits import K
from models.segments.figures import keep_servable, read_figures, summarise_segments
from tests.models.segments.profiles import profiles


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


def test_complaints_are_told_only_of_categories_that_many_share(spark: SparkSession) -> None:
    counts = {("s01", "delay"): 3, ("s01", "billing"): 2, ("s01", None): 4, ("s02", "billing"): 1, ("s02", None): 2}
    rows = [{"segment_id": s, "top_category": c} for (s, c), count in counts.items() for _ in range(count)]
    found, everyone = read_figures(members(spark, *rows), 3)
    assert (found["s01"].categories, found["s01"].complainers) == ({"delay": 3}, 5)
    assert (everyone.categories, everyone.complainers) == ({"delay": 3, "billing": 3}, 6)


def some(spark: SparkSession, rows: Sequence[tuple[str, int]], **figures: Column) -> DataFrame:
    """Profiles of (segment_id, number): the figures that are named are made of `number`, the rest is null."""
    known = profiles(spark, [{}]).limit(0)
    columns = {field.name: F.lit(None).cast(field.dataType) for field in known.schema.fields}
    return spark.createDataFrame(rows, "segment_id string, number long").withColumns(columns | figures)


def served(members: DataFrame) -> dict[str | None, Row]:
    return {row["segment_id"]: row for row in keep_servable(summarise_segments(members), K).collect()}


def numbered(**sizes: int) -> list[tuple[str, int]]:
    return [(segment, number) for segment, size in sizes.items() for number in range(size)]


def test_a_figure_that_rests_on_few_is_not_told_though_the_segment_is(spark: SparkSession) -> None:
    one = F.when(F.col("number") == 0, F.lit(0.9))
    shown = served(some(spark, numbered(s01=150), sentiment_mean=one, followers_count=one * 1000, reply_share=F.lit(0)))
    for row in (shown["s01"], shown[None]):
        assert (row["author_count"], row["reply_share"]) == (150, 0.0)
        assert (row["sentiment_mean"], row["followers_count"], row["followers_count_median"]) == (None, None, None)
        assert (row["reach"], row["tweet_sum"], row["peak_night"]) == (None, None, None)


def test_a_figure_of_all_segments_but_one_is_hidden_in_the_next_smallest_too(spark: SparkSession) -> None:
    known = {"s01": 500, "s02": 150, "s03": 1, "s04": 0}
    limits = F.coalesce(*[F.when(F.col("segment_id") == name, F.lit(count)) for name, count in known.items()])
    mood = F.when(F.col("number") < limits, F.lit(0.4))
    shown = served(some(spark, numbered(s01=500, s02=400, s03=300, s04=200), sentiment_mean=mood))
    assert {name: row["author_count"] for name, row in shown.items()} == {
        None: 1400,
        "s01": 500,
        "s02": 400,
        "s03": 300,
        "s04": 200,
    }
    assert {name for name, row in shown.items() if row["sentiment_mean"] is not None} == {None, "s01"}


def test_one_giant_who_leaves_moves_nothing_that_is_told(spark: SparkSession) -> None:
    usual = F.col("number") % 7 + 3
    amounts = ("engagement_per_tweet", "tweet_count", "followers_count", "account_tweet_count")
    figures = dict.fromkeys(amounts, F.when(F.col("number") == 150, F.lit(100_000)).otherwise(usual))
    everybody = numbered(s01=151)
    before, after = (served(some(spark, rows, **figures)) for rows in (everybody, everybody[:-1]))
    sums = ("tweet_sum", "reach")
    names = [name for name in before["s01"].asDict() if name not in ("segment_id", "author_count", *sums)]
    for segment in ("s01", None):
        assert [before[segment][name] for name in names] == [after[segment][name] for name in names]
        assert [(before[segment][name], after[segment][name]) for name in sums] == [(900, 890)] * 2
    assert before["s01"]["engagement_per_tweet"] == 6.0


def test_a_segment_that_has_shrunk_is_not_shown_nor_one_that_would_give_it_away(spark: SparkSession) -> None:
    rows = numbered(s01=300, s02=120, s03=99)
    shown = served(some(spark, rows, tweet_count=F.col("number"), sentiment_mean=F.lit(0.123456)))
    assert set(shown) == {"s01", None}
    assert (shown[None]["author_count"], shown["s01"]["author_count"]) == (520, 300)
    assert (shown["s01"]["sentiment_mean"], shown["s01"]["tweet_count"]) == (0.12, 150.0)
