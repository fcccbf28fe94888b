"""Criteria for a number of segments, on points [authors, features] of unit variance."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

Points = npt.NDArray[np.float64]
Labels = npt.NDArray[np.intp]


def within(points: Points, labels: Labels) -> float:
    """Sum of squared distances of the points to the mean of their segment."""
    return float(
        sum(np.square(points[labels == one] - points[labels == one].mean(axis=0)).sum() for one in set(labels))
    )


def knee_heights(costs: Sequence[float]) -> list[float]:
    """How far each point of a falling convex curve lies below its chord, 0..1; the highest is the elbow.

    Kneedle (Satopää et al. 2011) with both axes scaled to 0..1 and without smoothing.
    """
    values = np.asarray(costs, dtype=float)
    spread = float(values.max() - values.min())
    if len(values) < 3 or spread == 0:
        return [0.0] * len(values)
    across = np.linspace(0.0, 1.0, len(values))
    return [float(height) for height in 1.0 - across - (values - values.min()) / spread]


def reference_points(points: Points, rng: np.random.Generator) -> Points:
    """As many points without structure: uniform in the box along the principal axes (Tibshirani et al. 2001)."""
    middle = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points - middle, full_matrices=False)
    turned = (points - middle) @ axes.T
    drawn: Points = rng.uniform(turned.min(axis=0), turned.max(axis=0), turned.shape)
    return drawn @ axes + middle


def counted_together(one: Labels, other: Labels) -> npt.NDArray[np.int64]:
    """How many points are in segment i of `one` and j of `other`."""
    _, rows = np.unique(one, return_inverse=True)
    _, columns = np.unique(other, return_inverse=True)
    table = np.zeros((rows.max() + 1, columns.max() + 1), dtype=np.int64)
    np.add.at(table, (rows, columns), 1)
    return table


def rand_index(table: npt.ArrayLike) -> float:
    """Adjusted Rand index of two splits of the same points from their table of counts (Hubert and Arabie 1985).

    1: the same split; 0: no more alike than chance.
    """
    counts = np.asarray(table, dtype=float)
    together, rows, columns = (_pairs(each) for each in (counts, counts.sum(axis=1), counts.sum(axis=0)))
    total = counts.sum() * (counts.sum() - 1) / 2
    expected = rows * columns / total if total else 0.0
    most = (rows + columns) / 2
    return 1.0 if most == expected else float((together - expected) / (most - expected))


def nearest(points: Points, centres: Points) -> Labels:
    """The index of the nearest centre of each point."""
    found: Labels = cdist(points, centres, "sqeuclidean").argmin(axis=1)
    return found


def _pairs(counts: Points) -> float:
    return float((counts * (counts - 1) / 2).sum())
