"""The composite score: weighted, shrunk z-scores of an author's figures, their rank, and its bootstrap interval.

Formulas (Bakshy et al. 2011; DeVerna et al. 2024): each figure as ln(1 + x), standardised over the ranked authors of
the brand; the weighted sum is multiplied by n / (n + shrink_posts), n tweets seen, so that little evidence pulls an
author to the mean. The interval resamples each author's tweets (Poisson bootstrap); the network's figures stay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import nnls

Numbers = npt.NDArray[np.float64]

FEATURES = (
    *("downstream_credit", "h_index", "pagerank", "engagement_per_follower", "audience_uniqueness"),
    *("retweet_count", "engagement_count", "followers_count"),
)
RIDGE = 0.02
"""How strongly a fit is shrunk towards equal weights: a penalty, in observations per author."""
SHRINKS = (0.25, 1.0, 3.0)
"""Of these the fit chooses how many tweets pull an author half-way to the mean."""
SCALES = {"engagement_per_follower": 1e3, "pagerank": 1e6}
"""Small figures, scaled so that ln(1 + x) is not simply x."""
DRAWS = 200
SMALLEST_SPREAD = 1e-9
"""A figure that varies less is constant but for rounding."""
RANKED = {
    "brand": "string",
    "author_key": "string",
    "score": "double",
    "rank": "int",
    "rank_low": "int",
    "rank_high": "int",
}


@dataclass(frozen=True)
class Composite:
    """The weight of each of FEATURES, 0..1 with the sum 1, and how many tweets pull half-way to the mean."""

    weights: Mapping[str, float]
    shrink_posts: float = SHRINKS[-1]

    def score(self, prepared: Numbers, posts: Numbers) -> Numbers:
        """The score of each author, shrunk by evidence."""
        weighted = prepared @ np.array([self.weights[name] for name in FEATURES])
        scores: Numbers = weighted * _trust(posts, self.shrink_posts)
        return scores


EQUAL = Composite(dict.fromkeys(FEATURES, 1.0 / len(FEATURES)))
"""Until a back-test has fitted others."""


def prepare(figures: pd.DataFrame) -> Numbers:
    """Columns FEATURES -> [authors, features], standardised; unknown figures are 0, a constant one has no weight."""
    logs = np.log1p(np.column_stack([_scaled(figures[name], name) for name in FEATURES]))
    spread = logs.std(axis=0)
    standard: Numbers = (logs - logs.mean(axis=0)) / np.where(spread > SMALLEST_SPREAD, spread, np.inf)
    return standard


def fit_composite(prepared: Numbers, posts: Numbers, later: Numbers) -> Composite:
    """What predicts the logs of the `later` engagement best: non-negative ridge regression, for each of SHRINKS."""
    target = np.log1p(later)
    spread = target.std()
    target = (target - target.mean()) / (spread if spread > 0 else 1.0)
    penalty = np.sqrt(RIDGE * len(target))
    known = np.concatenate([target, penalty * np.full(len(FEATURES), 1.0 / len(FEATURES))])
    fits = []
    for shrink in SHRINKS:
        rows = np.vstack([prepared * _trust(posts, shrink)[:, None], penalty * np.eye(len(FEATURES))])
        fits.append((*nnls(rows, known)[::-1], shrink))
    _, found, shrink = min(fits, key=lambda fit: fit[0])
    return Composite({name: float(value) for name, value in zip(FEATURES, found / found.sum(), strict=True)}, shrink)


def rank_authors(authors: pd.DataFrame, composite: Composite, seed: int = 1) -> pd.DataFrame:
    """Authors of one brand, with `posts` as lists of reactions -> RANKED rows; ranks begin at 1, ties by author key."""
    ordered = authors.sort_values("author_key", ignore_index=True)
    seen = ordered["post_count"].to_numpy(float)
    scores = composite.score(prepare(ordered), seen)
    found = ordered[["brand", "author_key"]].assign(score=np.round(scores, 6), rank=_ranks(scores))
    drawn = np.stack([_ranks(each) for each in _bootstrap(ordered, seen, composite, seed)])
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    found["rank_low"] = np.minimum(np.floor(low).astype(int), found["rank"])
    found["rank_high"] = np.maximum(np.ceil(high).astype(int), found["rank"])
    return found[[*RANKED]]


def h_indices(counts: Numbers, times: Numbers) -> Numbers:
    """h-index per row of `counts` (the largest first), where each count stands `times` times."""
    reached = np.cumsum(times, axis=1)
    best: Numbers = np.minimum(counts, reached).max(axis=1, initial=0.0)
    return np.floor(best)


def _bootstrap(authors: pd.DataFrame, seen: Numbers, composite: Composite, seed: int) -> Sequence[Numbers]:
    """Scores under resampled tweets."""
    chance, tweets = np.random.default_rng(seed), _padded(authors["posts"])
    known = (tweets["engagement_count"] >= 0).astype(float)
    engaged, counts = np.maximum(tweets["engagement_count"], 0.0), np.maximum(tweets["retweet_count"], 0.0)
    total = np.maximum(engaged.sum(axis=1), 1.0)
    drawn = []
    for _ in range(DRAWS):
        times = chance.poisson(1.0, known.shape) * known
        number = np.maximum(times.sum(axis=1), 1.0)
        mean_ratio = (times * engaged).sum(axis=1) / total * known.sum(axis=1) / number
        total_ratio = (times * counts).sum(axis=1) / np.maximum(counts.sum(axis=1), 1.0)
        resampled = authors.assign(
            engagement_per_follower=authors["engagement_per_follower"].to_numpy(float) * mean_ratio,
            engagement_count=authors["engagement_count"].to_numpy(float) * mean_ratio,
            downstream_credit=authors["downstream_credit"].to_numpy(float) * total_ratio,
            retweet_count=authors["retweet_count"].to_numpy(float) * total_ratio,
            h_index=h_indices(counts, times),
        )
        drawn.append(composite.score(prepare(resampled), seen))
    return drawn


def _padded(posts: "pd.Series[Any]") -> dict[str, Numbers]:
    """Each figure of the tweets as [authors, most tweets], those with most retweets first; -1 where there is none."""
    rows = [sorted(each, key=lambda post: -post["retweet_count"]) for each in posts]
    width = max((len(each) for each in rows), default=0)
    return {
        name: np.array([[*(post[name] for post in each), *[-1] * (width - len(each))] for each in rows], float)
        for name in ("engagement_count", "retweet_count")
    }


def _ranks(scores: Numbers) -> npt.NDArray[np.int64]:
    ranks = np.empty(len(scores), np.int64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return ranks


def _scaled(column: "pd.Series[float]", name: str) -> Numbers:
    known = np.nan_to_num(column.to_numpy(float), nan=0.0)
    scaled: Numbers = np.maximum(known, 0.0) * SCALES.get(name, 1.0)
    return scaled


def _trust(posts: Numbers, shrink_posts: float) -> Numbers:
    share: Numbers = posts / (posts + shrink_posts)
    return share
