"""How far a brand's authors have moved since the last fit, feature by feature.

PSI, the population stability index (N. Siddiqi, Credit Risk Scorecards, 2006): the sum over bins of
(now - before) ln(now / before), with bins at the deciles of the fit before. Below 0.1 nothing moved, above 0.25 much.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.segments.criteria import Points
from models.segments.features import DIGITS

DECILES = np.linspace(0.1, 0.9, 9)
_LEAST = 1e-4  # an empty bin would make the index infinite


@dataclass(frozen=True)
class Spread:
    """How a prepared feature is spread: inner edges that rise, and the share of authors in each bin, one more."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]


def measure_spread(values: Points, edges: Sequence[float] | None = None) -> Spread:
    """The spread of values [authors] in bins between `edges`; without them between the values' own deciles.

    Both are rounded as prepared features are: scaling there and back moves the last bits, and a count that many authors
    share would fall on the other side of an edge that it made itself.
    """
    exact = np.round(values, DIGITS)
    kept = np.unique(np.round(np.quantile(exact, DECILES), DIGITS)) if edges is None else np.round(edges, DIGITS)
    places = np.searchsorted(kept, exact, side="left")
    shares = np.bincount(places, minlength=len(kept) + 1) / len(values)
    return Spread(tuple(map(float, kept)), tuple(map(float, shares)))


def stability_index(before: Spread, values: Points) -> float:
    """PSI of values [authors] against a spread of before."""
    now = np.maximum(measure_spread(values, before.edges).shares, _LEAST)
    then = np.maximum(before.shares, _LEAST)
    return float(np.sum((now - then) * np.log(now / then)))
