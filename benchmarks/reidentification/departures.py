"""The figures of gold.segments computed in memory, so that hundreds of people can leave one after the other.

The formulas are those of models/segments/figures.py; `check_cells` fails where the figures differ from the served ones.
"""

from collections.abc import Iterable, Sequence
from math import floor
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.reidentification.attacks import MEANS, SUMS, UNBOUNDED
from models.privacy.limits import SHARE_DECIMALS, TAILS, K, amount_decimals, round_count

AMOUNTS = ("tweet_count", "followers_count", "engagement_per_tweet")
NEAR = 0.05
"""Tolerance of an amount: quantiles of more authors than models.privacy.anonymity.ACCURACY are approximate."""
Documents = list[dict[str, Any]]


def build_cells(authors: pd.DataFrame, *, is_protected: bool) -> Documents:
    """One document per segment with the figures that an attacker compares; `authors`: one row per person."""
    known = authors.assign(**{name: _within(authors[name]) for name in AMOUNTS}) if is_protected else authors
    return [_document(str(segment_id), own, is_protected) for segment_id, own in known.groupby("segment_id")]


def check_cells(cells: Iterable[dict[str, Any]], served: Sequence[dict[str, Any]]) -> None:
    """Raise AssertionError if `cells` differ from the figures of `served`, documents of gold.segments."""
    by_id = {one["segment_id"]: one for one in served}
    for cell in cells:
        other = by_id[cell["segment_id"]]
        for name, value in cell.items():
            is_near = value == other[name] or (None not in (value, other[name]) and _is_near(value, other[name]))
            assert is_near, f"{cell['segment_id']} {name}: {value} in memory, {other[name]} served"


def _is_near(value: float, other: float) -> bool:
    return abs(value - other) <= max(NEAR * abs(other), 0.01)


def _document(segment_id: str, own: pd.DataFrame, is_protected: bool) -> dict[str, Any]:
    means = {name: _mean(own[column], name, is_protected) for name, column in MEANS.items()}
    sums = {name: float(own[column].sum()) for name, column in SUMS.items()}
    count = len(own)
    if is_protected:
        sums = {name: _amount(value) for name, value in sums.items()}
        count = round_count(count)
    return {"segment_id": segment_id, "author_count": count} | means | sums


def _mean(values: pd.Series, name: str, is_protected: bool) -> float | None:
    known = values.dropna()
    if len(known) < (K if is_protected else 1):
        return None
    mean = float(known.mean())
    if not is_protected:
        return mean
    return _amount(mean) if name in UNBOUNDED else _half_up(mean, SHARE_DECIMALS)


def _amount(value: float) -> float:
    return _half_up(value, amount_decimals(value))


def _half_up(value: float, decimals: int) -> float:
    return floor(value * 10.0**decimals + 0.5) / 10.0**decimals


def _within(amounts: pd.Series) -> pd.Series:
    low, high = np.quantile(amounts.dropna(), TAILS, method="inverted_cdf")
    return amounts.clip(low, high)
