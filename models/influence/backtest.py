"""Does a ranking predict what follows? Precision, rank correlation and NDCG on later engagement, with intervals.

Precision@k: the share of the k highest that are among the k highest later. NDCG@k (Järvelin and Kekäläinen 2002) with
ln(1 + engagement) as the gain. Differences between two rankings are bootstrapped over the authors, paired: both
rankings are measured on the same resample, so that the difficulty of a week cancels out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

Numbers = npt.NDArray[np.float64]

SIZES = (10, 50)
DRAWS = 1000
MEASURES = (*(f"precision_at_{size}" for size in SIZES), "spearman", "ndcg_at_50")


@dataclass(frozen=True)
class Gain:
    """How much better a ranking is than another one in a measure: the difference and its 95 % interval."""

    measure: str
    difference: float
    low: float
    high: float

    @property
    def is_proven(self) -> bool:
        return self.low > 0


def measure(scores: Numbers, later: Numbers) -> dict[str, float]:
    """MEASURES of one ranking; of equal scores the first author stands first."""
    figures = {f"precision_at_{size}": _precision(scores, later, size) for size in SIZES}
    return figures | {"spearman": _spearman(scores, later), "ndcg_at_50": _ndcg(scores, later, 50)}


def intervals(scores: Numbers, later: Numbers, draws: int = DRAWS, seed: int = 7) -> dict[str, tuple[float, float]]:
    """The 95 % bootstrap interval of each measure."""
    drawn = [measure(scores[pick], later[pick]) for pick in _picks(len(later), draws, seed)]
    return {name: _ends([each[name] for each in drawn]) for name in MEASURES}


def compare(
    scores: Numbers, baselines: Mapping[str, Numbers], later: Numbers, draws: int = DRAWS, seed: int = 7
) -> dict[str, list[Gain]]:
    """{baseline: gains of `scores` over it, per measure}."""
    rankings = {"": scores, **baselines}
    drawn: list[dict[str, dict[str, float]]] = [
        {name: measure(each[pick], later[pick]) for name, each in rankings.items()}
        for pick in _picks(len(later), draws, seed)
    ]
    whole = {name: measure(each, later) for name, each in rankings.items()}
    return {
        baseline: [
            Gain(
                name,
                whole[""][name] - whole[baseline][name],
                *_ends([each[""][name] - each[baseline][name] for each in drawn]),
            )
            for name in MEASURES
        ]
        for baseline in baselines
    }


def _picks(size: int, draws: int, seed: int) -> list[npt.NDArray[np.int64]]:
    chance = np.random.default_rng(seed)
    return [np.sort(chance.integers(0, size, size)) for _ in range(draws)]


def _precision(scores: Numbers, later: Numbers, size: int) -> float:
    k = min(size, len(scores))
    return len(set(_top(scores, k)) & set(_top(later, k))) / k if k else 0.0


def _spearman(scores: Numbers, later: Numbers) -> float:
    ranks = rankdata(scores), rankdata(later)
    if len(scores) < 2 or not all(each.std() for each in ranks):
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])


def _ndcg(scores: Numbers, later: Numbers, size: int) -> float:
    gains, k = np.log1p(later), min(size, len(later))
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    ideal = float((np.sort(gains)[::-1][:k] * discounts).sum())
    return float((gains[_top(scores, k)] * discounts).sum()) / ideal if ideal else 0.0


def _top(values: Numbers, k: int) -> list[int]:
    found: list[int] = np.argsort(-values, kind="stable")[:k].tolist()
    return found


def _ends(values: list[float]) -> tuple[float, float]:
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
