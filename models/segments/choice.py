"""The number of segments, k, of a brand's authors, chosen on a sample of authors; possibly none.

Each k is fitted to RESAMPLES bootstrap samples with K-Means (scikit-learn) and judged on the same evaluation points:

- silhouette, Calinski-Harabasz, the gap statistic and the height of kneedle on the elbow, each scaled to 0..1 over the
  ks tried; `agreement` is their mean, `agreement_error` its standard deviation over the resamples (its standard error);
- `stability`: the mean adjusted Rand index of all pairs of resamples.

A k is allowed when its stability reaches STABLE, its smallest segment has at least max(`smallest`, SMALLEST_SHARE) of
the authors and its largest at most LARGEST_SHARE. Chosen is the smallest allowed k within one standard error of the
best agreement, or the last fit's k while its agreement is within LOYALTY of the best. Where no k is allowed, or one
group has as large a gap statistic as the chosen k, the authors have no structure, and there are no segments.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations

import numpy as np
from threadpoolctl import threadpool_limits

from models.segments.criteria import (
    Labels,
    Points,
    counted_together,
    knee_heights,
    nearest,
    rand_index,
    reference_points,
    within,
)

STABLE = 0.8
SMALLEST_SHARE, LARGEST_SHARE = 0.01, 0.70
LOYALTY = 0.1
RESAMPLES, REFERENCES = 10, 5
STARTS = 10  # with 3, chance alone made k = 6 of 20,000 real authors agree with itself by 0.79 instead of 0.95
EVALUATED, SILHOUETTES = 3000, 1500  # points that are judged; a silhouette needs every pair of them


@dataclass(frozen=True)
class Candidate:
    """One k that was tried; means over the resamples. Shares 0..1 of the sample's authors.

    silhouette -1..1; cost: sum of squared distances of the points judged; knee, agreement 0..1; stability at most 1.
    """

    k: int
    silhouette: float
    calinski_harabasz: float
    gap: float
    gap_error: float
    cost: float
    knee: float
    stability: float
    smallest_share: float
    largest_share: float
    agreement: float = 0.0
    agreement_error: float = 0.0


@dataclass(frozen=True)
class Choice:
    """The ks tried, and those that may be used, the chosen first; `reason`: why there is none."""

    candidates: tuple[Candidate, ...]
    ranked: tuple[int, ...]
    reason: str | None
    single_gap: float = 0.0

    @property
    def chosen(self) -> Candidate | None:
        """The candidate of the chosen k."""
        return next((one for one in self.candidates if self.ranked and one.k == self.ranked[0]), None)


@dataclass(frozen=True)
class Judged:
    """One k on the evaluation points: its figures, and each criterion of each resample [RESAMPLES]."""

    candidate: Candidate
    silhouettes: Points
    variance_ratios: Points
    gaps: Points
    costs: Points


def choose_segments(
    points: Points,
    ks: Iterable[int],
    seed: int,
    smallest_share: float = SMALLEST_SHARE,
    before: int | None = None,
    report: Callable[[], object] = lambda: None,
) -> Choice:
    """Judge every k of `ks` on `points` [authors, features]; `report` is called after each.

    `before`: the k of the last fit. A k above the number of distinct points is not tried. The same points in the same
    order give the same choice.
    """
    distinct = len(np.unique(points.round(9), axis=0))
    possible = [k for k in sorted(ks) if 1 < k <= distinct]
    if not possible:
        return Choice(
            (), (), "all authors are alike" if distinct < 2 else f"there are only {distinct} kinds of authors"
        )
    rng = np.random.default_rng(seed)
    evaluated = points[rng.permutation(len(points))[:EVALUATED]]
    drawn = [points[rng.integers(0, len(points), min(len(points), EVALUATED))] for _ in range(RESAMPLES)]
    references = [reference_points(evaluated, rng) for _ in range(REFERENCES)]
    judged = []
    import sklearn.cluster  # noqa: F401  # the limit reaches only libraries that are loaded already

    # A second thread spends more on waiting than these small fits take: 6.3 s of CPU for one k instead of 0.7 s.
    with threadpool_limits(1):
        single_gap = float(_gaps(references, [_spread(evaluated)], 1, seed)[0][0])
        for k in possible:
            judged.append(_judge(points, evaluated, drawn, references, k, seed))
            report()
    candidates = _with_agreement(judged)
    return choose_among(candidates, max(smallest_share, SMALLEST_SHARE), before, single_gap)


def choose_among(
    candidates: tuple[Candidate, ...], smallest_share: float, before: int | None, single_gap: float
) -> Choice:
    """The choice among judged candidates; `single_gap` is the gap statistic of one group."""
    stable = [one for one in candidates if one.stability >= STABLE]
    allowed = [one for one in stable if one.smallest_share >= smallest_share and one.largest_share <= LARGEST_SHARE]
    none = partial(Choice, candidates, ())
    if not stable:
        best = max(candidates, key=lambda one: one.stability)
        reason = f"no number of segments is stable: the best, k = {best.k}, has a stability of {best.stability:.2f}"
        return none(f"{reason} (adjusted Rand index; at least {STABLE} is required)", single_gap)
    if not allowed:
        return none(
            f"every stable split has a segment of fewer than {smallest_share:.1%} or more than {LARGEST_SHARE:.0%} of "
            "the authors",
            single_gap,
        )
    ranked = _ranked(allowed, before)
    first = next(one for one in allowed if one.k == ranked[0])
    if single_gap >= first.gap - first.gap_error:
        return none(f"one group explains the authors as well as {first.k} (gap statistic)", single_gap)
    return Choice(candidates, ranked, None, single_gap)


def fit_centres(points: Points, k: int, seed: int, starts: int) -> Points:
    """The centres of the best of `starts` runs of K-Means."""
    from sklearn.cluster import KMeans

    centres: Points = KMeans(k, n_init=starts, max_iter=50, tol=1e-3, random_state=seed).fit(points).cluster_centers_
    return centres


def stability(labels: Sequence[Labels]) -> float:
    """Mean adjusted Rand index of all pairs of splits of the same points."""
    return float(np.mean([rand_index(counted_together(one, other)) for one, other in combinations(labels, 2)]))


def _judge(
    points: Points, evaluated: Points, drawn: Sequence[Points], references: Sequence[Points], k: int, seed: int
) -> Judged:
    from sklearn.metrics import calinski_harabasz_score, silhouette_score

    splits = [nearest(evaluated, fit_centres(sample, k, seed + number, STARTS)) for number, sample in enumerate(drawn)]
    costs = [within(evaluated, split) for split in splits]
    gaps, gap_error = _gaps(references, costs, k, seed)
    near = [split[:SILHOUETTES] for split in splits]
    silhouettes = [_scored(partial(silhouette_score, evaluated[:SILHOUETTES]), split) for split in near]
    ratios = [_scored(partial(calinski_harabasz_score, evaluated), split) for split in splits]
    sizes = np.bincount(nearest(points, fit_centres(points, k, seed, 3)), minlength=k) / len(points)
    figures = Candidate(
        k=k,
        silhouette=float(np.mean(silhouettes)),
        calinski_harabasz=float(np.mean(ratios)),
        gap=float(np.mean(gaps)),
        gap_error=gap_error,
        cost=float(np.mean(costs)),
        knee=0.0,
        stability=stability(splits),
        smallest_share=float(sizes.min()),
        largest_share=float(sizes.max()),
    )
    return Judged(figures, np.array(silhouettes), np.array(ratios), gaps, np.array(costs))


def _scored(score: Callable[[Labels], float], split: Labels) -> float:
    """The score of a split; 0 where it is not defined: for one segment, or one per point."""
    return float(score(split)) if 1 < len(set(split)) < len(split) else 0.0


def _spread(points: Points) -> float:
    return within(points, np.zeros(len(points), dtype=np.intp))


def _gaps(references: Sequence[Points], costs: Sequence[float], k: int, seed: int) -> tuple[Points, float]:
    """The gap of each cost and its simulation error: the mean of log(cost) of the references less log(cost)."""
    tiny = np.finfo(float).tiny
    logs = np.log(np.maximum([_reference_cost(each, k, seed) for each in references], tiny))
    return np.mean(logs) - np.log(np.maximum(costs, tiny)), float(np.std(logs) * np.sqrt(1 + 1 / len(logs)))


def _reference_cost(points: Points, k: int, seed: int) -> float:
    return within(points, nearest(points, fit_centres(points, k, seed, 1))) if k > 1 else _spread(points)


def _with_agreement(judged: Sequence[Judged]) -> tuple[Candidate, ...]:
    knees = np.array([knee_heights(costs) for costs in zip(*(one.costs for one in judged), strict=True)]).T
    criteria = (
        np.array([one.silhouettes for one in judged]),
        np.array([one.variance_ratios for one in judged]),
        np.array([one.gaps for one in judged]),
        knees,
    )
    agreement = np.mean([_scaled(each) for each in criteria], axis=0)
    return tuple(
        replace(one.candidate, knee=float(knee.mean()), agreement=float(row.mean()), agreement_error=float(row.std()))
        for one, knee, row in zip(judged, knees, agreement, strict=True)
    )


def _scaled(values: Points) -> Points:
    """Each column [ks, resamples] scaled to 0..1; all 1 where every k has the same value."""
    low, high = values.min(axis=0), values.max(axis=0)
    scaled: Points = np.where(high > low, (values - low) / np.where(high > low, high - low, 1.0), 1.0)
    return scaled


def _ranked(allowed: Sequence[Candidate], before: int | None) -> tuple[int, ...]:
    best = max(allowed, key=lambda one: one.agreement)
    near = [one.k for one in allowed if one.agreement >= best.agreement - best.agreement_error]
    loyal = [one.k for one in allowed if one.k == before and one.agreement >= best.agreement - LOYALTY]
    others = sorted(allowed, key=lambda one: (-one.agreement, one.k))
    return tuple(dict.fromkeys([*loyal, min(near), *(one.k for one in others)]))
