"""Drift of a brand's authors since the last fit, by feature.

PSI, the population stability index (N. Siddiqi, Credit Risk Scorecards, 2006): the sum over bins of
(now - before) ln(now / before), with bins at the deciles of the last fit. Below 0.1 there is no drift, above 0.25 much.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.segments.criteria import Points
from models.segments.features import DIGITS

DECILES = np.linspace(0.1, 0.9, 9)
_MINIMUM = 1e-4  # an empty bin would make the index infinite


@dataclass(frozen=True)
class Spread:
    """Distribution of a prepared feature: rising inner edges, and the share of authors in each bin (one more)."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]


def measure_spread(values: Points, edges: Sequence[float] | None = None) -> Spread:
    """The spread of values [authors] in bins between `edges`; without them between the values' own deciles.

    Both are rounded as prepared features are: scaling and unscaling changes the last bits, and a count that many
    authors share would fall on the other side of its own edge.
    """
    exact = np.round(values, DIGITS)
    inner = np.unique(np.round(np.quantile(exact, DECILES), DIGITS)) if edges is None else np.round(edges, DIGITS)
    places = np.searchsorted(inner, exact, side="left")
    shares = np.bincount(places, minlength=len(inner) + 1) / len(values)
    return Spread(tuple(map(float, inner)), tuple(map(float, shares)))


def stability_index(before: Spread, values: Points) -> float:
    """PSI of values [authors] against an earlier spread."""
    now = np.maximum(measure_spread(values, before.edges).shares, _MINIMUM)
    then = np.maximum(before.shares, _MINIMUM)
    return float(np.sum((now - then) * np.log(now / then)))
