"""Which cut-off to choose: precision and recall of a score, where complaints are rarer than in the labelled texts."""

from dataclasses import dataclass

import numpy as np

from models.metrics import Classes, Numbers


@dataclass(frozen=True)
class Point:
    """What a cut-off gives: `precision` and `recall` of the texts with at least this score."""

    cutoff: float
    precision: float
    recall: float


@dataclass(frozen=True)
class Curve:
    """Precision and recall at each distinct score, from the highest on."""

    cutoffs: Numbers
    precision: Numbers
    recall: Numbers

    def at_precision(self, precision: float) -> Point | None:
        """The point of the highest recall with at least this precision; None if there is none."""
        fitting = np.flatnonzero(self.precision >= precision)
        return self._point(int(fitting[np.argmax(self.recall[fitting])])) if len(fitting) else None

    def at_cutoff(self, cutoff: float) -> Point | None:
        """The point of a given cut-off; None if no text has that score."""
        kept = np.flatnonzero(self.cutoffs >= cutoff)
        return self._point(int(kept[-1])) if len(kept) else None

    def _point(self, place: int) -> Point:
        return Point(float(self.cutoffs[place]), float(self.precision[place]), float(self.recall[place]))


def measure_curve(truth: Classes, scores: Numbers, share: float) -> Curve:
    """The curve where a share of `share` of the tweets are complaints; `truth` is 0 or 1, NaN scores are never chosen.

    The texts are weighted: 1 in `truth` together `share`, 0 the rest.
    """
    weights = np.where(truth == 1, share / max(1, (truth == 1).sum()), (1 - share) / max(1, (truth == 0).sum()))
    order = np.argsort(-np.nan_to_num(scores, nan=-np.inf), kind="stable")
    order = order[~np.isnan(scores[order])]
    hits = np.cumsum(weights[order] * (truth[order] == 1))
    chosen = np.cumsum(weights[order])
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, [True] * (len(order) > 0)))
    return Curve(scores[order][last], hits[last] / chosen[last], hits[last] / share)


def recall_interval(
    truth: Classes, scores: Numbers, share: float, precision: float, draws: int = 1000, seed: int = 7
) -> tuple[float, float]:
    """The 2.5 and 97.5 percentiles of the recall at `precision` over resamples, each with a cut-off of its own."""
    chance = np.random.default_rng(seed)
    recalls = []
    for _ in range(draws):
        pick = chance.integers(0, len(truth), len(truth))
        point = measure_curve(truth[pick], scores[pick], share).at_precision(precision)
        recalls.append(point.recall if point else 0.0)
    low, high = np.percentile(recalls, [2.5, 97.5])
    return float(low), float(high)
