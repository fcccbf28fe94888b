"""Are the segments rather clouds of several shapes? A Gaussian mixture next to K-Means on the same sample.

The mixture (full covariances, scikit-learn) has the k of the lowest BIC. It is shipped only where it is clearly better
than K-Means at its own k: both its silhouette and its stability higher by CLEARLY. Otherwise K-Means stays: it has no
covariances to fit, and a member of a segment is simply nearest to its centre.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from models.segments.choice import HELD, SILHOUETTES, SMALLEST_SHARE, Candidate, stability
from models.segments.criteria import Labels, Points

CLEARLY = 0.05
RESAMPLES = 5
_FLOOR = 1e-3  # added to variances: a feature that is flat inside a segment must not end the fit


@dataclass(frozen=True)
class Mixture:
    """The mixture of the lowest BIC: figures as of `Candidate`; `bics` of each k tried."""

    k: int
    bics: dict[int, float]
    silhouette: float
    stability: float
    smallest_share: float

    def is_clearly_better(self, kmeans: Candidate) -> bool:
        """By the rule of this module."""
        gains = (self.silhouette - kmeans.silhouette, self.stability - kmeans.stability)
        return min(gains) >= CLEARLY and self.smallest_share >= SMALLEST_SHARE


def compare_mixture(points: Points, ks: Iterable[int], seed: int) -> Mixture:
    """Fit every k of `ks` (at least one, none above the number of points), judge the one of the lowest BIC."""
    from sklearn.metrics import silhouette_score

    rng = np.random.default_rng(seed)
    held = points[rng.permutation(len(points))[:HELD]]
    with threadpool_limits(1):
        bics = {k: float(_fit(held, k, seed).bic(held)) for k in ks}
        k = min(bics, key=lambda one: (bics[one], one))
        splits = [
            _labels(held[rng.integers(0, len(held), len(held))], held, k, seed + number) for number in range(RESAMPLES)
        ]
        near = [split[:SILHOUETTES] for split in splits if len(set(split[:SILHOUETTES])) > 1]
        silhouettes = [float(silhouette_score(held[:SILHOUETTES], split)) for split in near] or [0.0]
    smallest = float(np.mean([np.bincount(split, minlength=k).min() for split in splits])) / len(held)
    return Mixture(k, bics, float(np.mean(silhouettes)), stability(splits), smallest)


def _fit(points: Points, k: int, seed: int) -> Any:  # scikit-learn has no types
    from sklearn.mixture import GaussianMixture

    return GaussianMixture(k, reg_covar=_FLOOR, max_iter=60, tol=1e-2, random_state=seed).fit(points)


def _labels(drawn: Points, held: Points, k: int, seed: int) -> Labels:
    labels: Labels = _fit(drawn, k, seed).predict(held)
    return labels
