"""The stability index in Spark: against its formula in numpy, on empty bins, and the verdict on small days."""

import numpy as np
import pytest
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from models.annotation.drift import BINS
from models.annotation.drift_columns import (
    CHI_SQUARED,
    bin_counts,
    build_piece_counter,
    exact_mean,
    label_counts,
    stability_index,
    verdict,
)
from models.annotation.text.word_pieces import WordPieces

EDGES = [number / BINS for number in range(BINS + 1)]
EVEN = (0.1,) * BINS


def of(spark: SparkSession, column: Column) -> object:
    return spark.range(1).select(column.alias("value")).collect()[0].value


def index_of(spark: SparkSession, counts: list[int], expected: tuple[float, ...], texts: int) -> object:
    return of(spark, stability_index(F.array(*[F.lit(count) for count in counts]), expected, texts))


def test_the_index_is_what_its_formula_says(spark: SparkSession) -> None:
    counts = np.array([5, 10, 15, 20, 10, 10, 10, 5, 5, 10])
    expected = np.array([0.05, 0.05, 0.1, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    actual = counts / counts.sum()
    by_hand = float(((actual - expected) * np.log(actual / expected)).sum())
    assert index_of(spark, counts.tolist(), tuple(expected.tolist()), 1000) == pytest.approx(by_hand)


def test_the_same_shares_are_no_drift_and_nothing_counted_is_no_index(spark: SparkSession) -> None:
    assert index_of(spark, [7] * BINS, EVEN, 50) == pytest.approx(0)
    assert index_of(spark, [0] * BINS, EVEN, 50) is None


def test_an_empty_bin_counts_half_a_text_on_either_side(spark: SparkSession) -> None:
    found = index_of(spark, [50, 50, 0, *[0] * 7], (0.5, 0.0, 0.5, *[0.0] * 7), 200)
    one = (0.5 - 0.0025) * np.log(0.5 / 0.0025)
    other = (0.005 - 0.5) * np.log(0.005 / 0.5)
    rest = 7 * (0.005 - 0.0025) * np.log(0.005 / 0.0025)
    assert found == pytest.approx(one + other + rest)


def test_scores_fall_into_the_bins_of_numpy(spark: SparkSession) -> None:
    scores = [0.0, 0.05, 0.1, 0.3, 0.29999999999999993, 0.6, 0.7, 0.95, 1.0]
    frame = spark.createDataFrame([(score,) for score in [*scores, None]], "score double")
    found = list(frame.agg(*bin_counts(F.col("score"), EDGES)).collect()[0])
    places = np.searchsorted(EDGES[1:-1], scores, side="right")
    assert found == np.bincount(places, minlength=BINS).tolist()


def test_labels_are_counted_in_their_order_and_unknown_ones_not(spark: SparkSession) -> None:
    frame = spark.createDataFrame([("b",), ("a",), ("b",), ("z",), (None,)], "label string")
    assert list(frame.agg(*label_counts(F.col("label"), ["a", "b", "c"])).collect()[0]) == [1, 2, 0]


@pytest.mark.parametrize(
    ("worst", "day_texts", "expected"),
    [
        (0.09, 10_000, "stable"),
        (0.11, 10_000, "moderate"),
        (0.25, 10_000, "shifted"),
        (0.2, 100, "stable"),
        (0.24, 100, "moderate"),
        (0.26, 100, "shifted"),
    ],
)
def test_a_small_day_may_wander_further_than_a_large_one(
    spark: SparkSession, worst: float, day_texts: int, expected: str
) -> None:
    indices = [F.lit(0.0), F.lit(worst), F.lit(None).cast("double")]
    assert of(spark, verdict(indices, F.lit(day_texts), 100_000)) == expected


def test_days_without_drift_are_called_stable_but_for_one_in_a_hundred(spark: SparkSession) -> None:
    chance = np.random.default_rng(11)
    days, texts, reference = 400, 150, 5000
    counts = chance.multinomial(texts, EVEN, size=days).tolist()
    frame = spark.createDataFrame([(row,) for row in counts], "counts array<bigint>")
    index = stability_index(F.col("counts"), EVEN, reference)
    judged = frame.select(
        verdict([index, index], F.lit(texts), reference).alias("verdict"), index.alias("psi")
    ).collect()
    assert sum(row.verdict != "stable" for row in judged) <= 12
    assert np.mean([row.psi for row in judged]) == pytest.approx((BINS - 1) * (1 / texts), rel=0.2)
    assert np.percentile([row.psi for row in judged], 99) == pytest.approx(CHI_SQUARED / texts, rel=0.25)


def test_without_any_index_there_is_no_verdict(spark: SparkSession) -> None:
    assert of(spark, verdict([F.lit(None).cast("double"), F.lit(None).cast("double")], F.lit(100), 100)) is None


def test_word_pieces_and_unknown_ones_are_counted_and_null_counts_none(spark: SparkSession) -> None:
    pieces = WordPieces({piece: place for place, piece in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "so", "##n"])})
    frame = spark.createDataFrame([("so son",), ("so \u6b20",), ("",), (None,)], "text string")
    found = [tuple(row[0]) for row in frame.select(build_piece_counter(pieces)(F.col("text"))).collect()]
    assert found == [(3, 0), (2, 1), (0, 0), (0, 0)]


def test_the_mean_does_not_depend_on_the_order_of_rows(spark: SparkSession) -> None:
    values = [0.1, 0.7, 1e-9, 0.3, None]
    one, other = (
        spark.createDataFrame([(value,) for value in order], "x double").agg(exact_mean(F.col("x"))).collect()[0][0]
        for order in (values, values[::-1])
    )
    assert one == other == pytest.approx(0.27500000025)
