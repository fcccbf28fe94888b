"""How far a day's predictions are from the reference: bins, stability index and verdict as Spark columns.

PSI, the population stability index (N. Siddiqi, Credit Risk Scorecards, 2006; the symmetric divergence of Kullback and
Leibler, 1951), over bins b: the sum of (actual_b - expected_b) * ln(actual_b / expected_b), where both are shares 0..1.
An empty bin counts as half a text, so that one rare score does not make the index infinite. Siddiqi's limits: below 0.1
`stable`, below 0.25 `moderate`, else `shifted`.

On days with few texts PSI is large by chance: without drift it is about chi-squared with (bins - 1) degrees of freedom
times (1 / day's texts + 1 / reference's texts) (B. Yurdakul, Statistical Properties of the Population Stability Index,
2018), at 100 texts 0.09 on average. So for such days both limits are raised to what 1 % of days without drift exceed.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import pandas as pd
from pyspark.sql import Column
from pyspark.sql import functions as F

from models.annotation.drift import BINS, count_pieces
from models.annotation.text.word_pieces import WordPieces

STABLE_BELOW, MODERATE_BELOW = 0.1, 0.25
CHI_SQUARED = 21.67
"""The 99th percentile of chi-squared with BINS - 1 = 9 degrees of freedom; there are as many categories as bins."""

_HALF_A_TEXT = 0.5


def bin_counts(score: Column, edges: Sequence[float]) -> list[Column]:
    """Aggregates: the number of scores in each bin between `edges`, lower edge included; a null is in no bin."""
    inner = edges[1:-1]
    place = reduce(lambda total, edge: total + (score >= edge).cast("int"), inner, F.lit(0))
    return [F.count_if(place == number) for number in range(BINS)]


def label_counts(label: Column, labels: Sequence[str]) -> list[Column]:
    """Aggregates: the number of rows with each of `labels`."""
    return [F.count_if(label == name) for name in labels]


def stability_index(counts: Column, expected: Sequence[float], texts: int) -> Column:
    """PSI of an array of counts against the `expected` shares of `texts` texts; null when all counts are 0."""
    total = F.aggregate(counts, F.lit(0).cast("bigint"), lambda sum_, count: sum_ + count)
    terms = []
    for place, share in enumerate(expected):
        actual = F.greatest(F.get(counts, F.lit(place)).cast("double"), F.lit(_HALF_A_TEXT)) / total
        floored = F.lit(max(share, _HALF_A_TEXT / texts))
        terms.append((actual - floored) * F.log(actual / floored))
    return F.when(total > 0, sum(terms[1:], terms[0]))


def verdict(indices: Sequence[Column], day_texts: Column, texts: int) -> Column:
    """`stable`, `moderate` or `shifted`, by the largest index of a day with `day_texts` texts (reference: `texts`)."""
    worst = F.greatest(*indices)
    chance = F.lit(CHI_SQUARED) * (1 / day_texts + F.lit(1 / texts))
    return (
        F.when(worst < F.greatest(F.lit(STABLE_BELOW), chance), "stable")
        .when(worst < F.greatest(F.lit(MODERATE_BELOW), chance), "moderate")
        .when(worst.isNotNull(), "shifted")
    )


def build_piece_counter(pieces: WordPieces) -> Callable[[Column], Column]:
    """A column of normalised texts -> struct{pieces, unknown}, counts of word pieces; 0 for null.

    A pandas UDF, because SQL has no expression for the loop of the greedy longest match. Only the daily batch uses it,
    never the stream.
    """

    def count(texts: pd.Series) -> pd.DataFrame:
        counted = [count_pieces(pieces, text) for text in texts.fillna("")]
        return pd.DataFrame(counted, columns=["pieces", "unknown"])

    typed_by_hints: Any = F.pandas_udf  # its stubs require the functionType that the type hints replace
    counter: Callable[[Column], Column] = typed_by_hints(count, "pieces bigint, unknown bigint")
    return counter


def exact_mean(value: Column) -> Column:
    """The mean of exact decimals: the order of the rows does not change its last digit."""
    return F.sum(value.cast("decimal(28,16)")).cast("double") / F.count(value)
