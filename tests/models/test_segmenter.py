"""Segments: k is found, ids are stable, nulls and flat features do no harm; names and chart follow from the numbers."""

import random
from collections.abc import Iterable
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.schemas import GOLD_AUTHOR_PROFILES
from models.segment_chart import build_chart
from models.segment_names import build_description, build_names
from models.segmenter import FEATURES, Segmentation, assign_segments, fit_segments

GROUPS: tuple[dict[str, float], ...] = (
    {"tweet_count": 1_000, "followers_count": 90_000, "sentiment_mean": 0.9},
    {"tweet_count": 20, "followers_count": 100, "sentiment_mean": 0.1},
    {"tweet_count": 140, "followers_count": 3_000, "sentiment_mean": 0.5},
)


def profiles(spark: SparkSession, rows: Iterable[dict[str, Any]]) -> DataFrame:
    given = [{"brand": "acme", "author_key": f"author{number:03d}"} | row for number, row in enumerate(rows)]
    return spark.createDataFrame(
        [tuple(row.get(name) for name in GOLD_AUTHOR_PROFILES.names) for row in given], GOLD_AUTHOR_PROFILES
    )


def blobs(sizes: tuple[int, ...] = (40, 30, 20)) -> list[dict[str, Any]]:
    """Authors round three centres that lie far apart, in no order."""
    draw = random.Random(7)
    rows: list[dict[str, Any]] = []
    for group, size in zip(GROUPS, sizes, strict=True):
        for _ in range(size):
            counts = {name: int(group[name] * draw.uniform(0.8, 1.2)) for name in ("tweet_count", "followers_count")}
            rows.append(counts | {"sentiment_mean": group["sentiment_mean"] + draw.uniform(-0.02, 0.02)})
    draw.shuffle(rows)
    return rows


def members(fitted: Segmentation, df: DataFrame) -> dict[str, str]:
    return {row["author_key"]: row["segment_id"] for row in assign_segments(fitted, df).collect()}


@pytest.fixture(scope="module")
def blob_profiles(spark: SparkSession) -> DataFrame:
    return profiles(spark, blobs()).persist()


def fit(df: DataFrame, ks: Iterable[int], smallest: int = 1) -> Segmentation:
    fitted = fit_segments(df, ks, seed=42, smallest=smallest)
    assert fitted is not None
    return fitted


@pytest.fixture(scope="module")
def blob_segments(blob_profiles: DataFrame) -> Segmentation:
    return fit(blob_profiles, range(2, 6))


def test_the_number_of_blobs_is_found_by_silhouette(blob_segments: Segmentation) -> None:
    assert [tried.k for tried in blob_segments.candidates] == [2, 3, 4, 5]
    assert blob_segments.chosen_k == 3
    assert blob_segments.silhouette == max(tried.silhouette for tried in blob_segments.candidates)
    costs = [tried.cost for tried in blob_segments.candidates]
    assert costs[0] > 5 * costs[1], "the elbow is at 3"


def test_segments_are_numbered_by_size_and_hold_the_blobs(
    blob_segments: Segmentation, blob_profiles: DataFrame
) -> None:
    assert [(one.segment_id, one.author_count) for one in blob_segments.centroids] == [
        ("s01", 40),
        ("s02", 30),
        ("s03", 20),
    ]
    found = assign_segments(blob_segments, blob_profiles)
    spread = found.groupBy("segment_id").agg(
        F.min("followers_count"), F.max("followers_count"), F.max("distance_score")
    )
    low_high = {row[0]: row for row in spread.collect()}
    assert low_high["s01"][1] > 70_000
    assert low_high["s02"][2] < 130
    assert all(row[3] < 0.5 for row in low_high.values())


def test_the_same_profiles_in_another_order_and_layout_give_the_same_segments(
    blob_segments: Segmentation, blob_profiles: DataFrame
) -> None:
    shuffled = blob_profiles.repartition(5, F.rand(3)).orderBy(F.rand(4))
    again = fit(shuffled, [3])
    assert again.version == blob_segments.version
    assert members(again, blob_profiles) == members(blob_segments, blob_profiles)


def test_a_split_that_leaves_a_segment_too_small_is_not_chosen(blob_profiles: DataFrame) -> None:
    assert fit(blob_profiles, [2, 3], smallest=20).chosen_k == 3
    assert fit(blob_profiles, [2, 3], smallest=21).chosen_k == 2
    assert fit_segments(blob_profiles, [2, 3], seed=42, smallest=46) is None


def test_nulls_take_the_median_of_what_is_known(spark: SparkSession, blob_segments: Segmentation) -> None:
    known = blobs()
    unknown = [row | {"sentiment_mean": None} if row["tweet_count"] in range(100, 200) else row for row in known]
    df = profiles(spark, unknown)
    # The group in the middle loses its sentiment; the median of the others' is no sentiment of its own.
    assert len(set(members(fit(df, [3]), df).values())) == 3


def test_one_distinct_author_and_features_that_nobody_has_make_one_segment(spark: SparkSession) -> None:
    df = profiles(spark, [{"tweet_count": 3}] * 6)
    fitted = fit(df, range(2, 13))
    assert (fitted.candidates, fitted.silhouette, fitted.chosen_k) == ((), None, None)
    assert set(members(fitted, df).values()) == {"s01"}
    assert set(fitted.centroids[0].z.values()) == {0.0}


def test_more_segments_are_not_tried_than_there_are_distinct_authors(spark: SparkSession) -> None:
    df = profiles(spark, [{"tweet_count": number} for number in (1, 20, 300)] * 3)
    fitted = fit(df, range(2, 13))
    assert [tried.k for tried in fitted.candidates] == [2, 3]


def test_names_are_words_of_what_stands_out_one_a_theme() -> None:
    flat = dict.fromkeys(FEATURES, 0.0)
    loud = flat | {"tweet_count": 2.0, "active_days_count": 1.9, "sentiment_mean": -1.5, "followers_count": -0.9}
    assert build_names([loud, flat]) == ["Frequent, negative, small audience", "Average authors"]


def test_names_that_clash_gain_a_word_or_a_number() -> None:
    flat = dict.fromkeys(FEATURES, 0.0)
    one = flat | {"tweet_count": 2.0, "sentiment_mean": 1.5, "followers_count": 1.0}
    assert build_names([one, one | {"night_share": 0.5}, flat, flat]) == [
        "Frequent, positive, large audience",
        "Frequent, positive, large audience, active at night",
        "Average authors (3)",
        "Average authors (4)",
    ]


def test_a_description_gives_the_figures_against_everyone() -> None:
    centroid = dict.fromkeys(FEATURES, 0.0) | {"followers_count": 2.0, "reply_share": -1.0}
    means = {"author_count": 1200, "mean_followers_count": 5300.4, "mean_reply_share": None}
    everyone = {"author_count": 4800, "mean_followers_count": 61.27, "mean_reply_share": 0.5}
    assert build_description(centroid, means, everyone) == (
        "1,200 authors, 25% of the brand's. "
        "On average: followers 5,300 (all authors: 61.3); replies unknown (all authors: 50%)."
    )


def test_every_feature_has_words_and_units() -> None:
    for feature in FEATURES:
        (name,) = build_names([dict.fromkeys(FEATURES, 0.0) | {feature: 1.0}])
        assert name != "Average authors"
        means = {"author_count": 1, f"mean_{feature}": 0.5}
        assert "(all authors: " in build_description({feature: 1.0}, means, means)


def test_the_chart_is_a_png() -> None:
    png = build_chart("acme", [(2, 0.4, 90.0, 300), (3, 0.7, 20.0, 200), (4, 0.8, 15.0, 60)], 3, 100)
    assert png.startswith(b"\x89PNG")
    assert len(png) > 10_000
