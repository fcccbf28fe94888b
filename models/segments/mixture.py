"""A Gaussian mixture beside K-Means on the same sample, for segments that are clouds of several shapes.

The mixture (full covariances, scikit-learn) has the k of the lowest BIC. It replaces K-Means only where it is clearly
better at its own k: both silhouette and stability higher by CLEARLY. K-Means has no covariances to fit, and a member of
a segment is simply nearest to its centre.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from models.segments.choice import EVALUATED, SILHOUETTES, SMALLEST_SHARE, Candidate, stability
from models.segments.criteria import Labels, Points

CLEARLY = 0.05
RESAMPLES = 5
_FLOOR = 1e-3  # added to variances: a feature without variance in a segment must not fail the fit


@dataclass(frozen=True)
class Mixture:
    """The mixture of the lowest BIC: figures as of `Candidate`; `bics` of each k tried."""

    k: int
    bics: dict[int, float]
    silhouette: float
    stability: float
    smallest_share: float

    def is_clearly_better(self, kmeans: Candidate) -> bool:
        """True where silhouette and stability are both higher by CLEARLY, and no segment is too small."""
        gains = (self.silhouette - kmeans.silhouette, self.stability - kmeans.stability)
        return min(gains) >= CLEARLY and self.smallest_share >= SMALLEST_SHARE


def compare_mixture(points: Points, ks: Iterable[int], seed: int) -> Mixture:
    """Fit every k of `ks` (at least one, none above the number of points), judge the one of the lowest BIC."""
    from sklearn.metrics import silhouette_score

    rng = np.random.default_rng(seed)
    evaluated = points[rng.permutation(len(points))[:EVALUATED]]
    with threadpool_limits(1):
        bics = {k: float(_fit(evaluated, k, seed).bic(evaluated)) for k in ks}
        k = min(bics, key=lambda one: (bics[one], one))
        splits = [
            _labels(evaluated[rng.integers(0, len(evaluated), len(evaluated))], evaluated, k, seed + number)
            for number in range(RESAMPLES)
        ]
        near = [split[:SILHOUETTES] for split in splits if len(set(split[:SILHOUETTES])) > 1]
        silhouettes = [float(silhouette_score(evaluated[:SILHOUETTES], split)) for split in near] or [0.0]
    smallest = float(np.mean([np.bincount(split, minlength=k).min() for split in splits])) / len(evaluated)
    return Mixture(k, bics, float(np.mean(silhouettes)), stability(splits), smallest)


def _fit(points: Points, k: int, seed: int) -> Any:  # scikit-learn has no types
    from sklearn.mixture import GaussianMixture

    return GaussianMixture(k, reg_covar=_FLOOR, max_iter=60, tol=1e-2, random_state=seed).fit(points)


def _labels(drawn: Points, evaluated: Points, k: int, seed: int) -> Labels:
    labels: Labels = _fit(drawn, k, seed).predict(evaluated)
    return labels
