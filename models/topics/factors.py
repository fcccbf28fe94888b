"""Topics as factors of the matrix of how strongly terms occur together (after SeaNMF: Shi et al., WWW 2018).

Tweets are too short for a factorisation of tweets by terms. Here NMF (scikit-learn) factorises the positive NPMI of the
terms, weighted by the square root of how often they are used: `python -m benchmarks.topics` compares the two.

A topic's ten terms are chosen one after the other from its CANDIDATES strongest: the one that occurs most with those
already chosen. A tweet's share of a topic is the weighted mean, over its terms, of how much each speaks for the topic
(its loadings to the power SHARPNESS, so that a term of one topic speaks for that alone); a term's weight is its inverse
document frequency times its strength, its largest loading compared with the topic's largest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]
CANDIDATES, TOP_TERMS = 20, 10
WEAKEST = 0.03
"""A term with a smaller loading, compared with the topic's strongest, has nothing to do with the topic."""
SHARPNESS = 8
UNCLASSIFIED_BELOW = 0.4
"""A tweet whose largest share is smaller has no topic."""
ROUNDS, TOLERANCE = 200, 1e-3


@dataclass(frozen=True)
class Factors:
    """`loadings` [topic, term]; `tops`: the columns of each topic's terms, the most typical first."""

    loadings: Numbers
    tops: tuple[tuple[int, ...], ...]

    @property
    def votes(self) -> Numbers:
        """[topic, term] how much a term speaks for a topic: 1 in all, or 0 where it speaks for none."""
        largest = self.loadings.max(axis=0, keepdims=True, initial=0.0)
        sharp = _ratio(self.loadings, largest) ** SHARPNESS
        return _ratio(sharp, sharp.sum(axis=0, keepdims=True))

    @property
    def strengths(self) -> Numbers:
        """[term] 0..1: the largest loading compared with that of the topic's strongest term."""
        if not len(self.loadings):
            return np.zeros(self.loadings.shape[1])
        return np.asarray(_ratio(self.loadings, self.loadings.max(axis=1, keepdims=True)).max(axis=0))


def _ratio(above: Numbers, below: Numbers) -> Numbers:
    """The quotient, 0 where the divisor is."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def associate_terms(found: csr_matrix) -> Numbers:
    """[term, term] the NPMI of two terms in the same tweet, -1 where they never meet; `found` is [text, term]."""
    texts = max(found.shape[0], 1)
    together = np.asarray((found.T @ found).todense(), dtype=float) / texts
    alone = np.diag(together)
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.log(together / np.outer(alone, alone)) / -np.log(together)
    scores[~np.isfinite(scores)] = -1.0
    np.fill_diagonal(scores, 1.0)
    return scores


def fit_factors(
    scores: Numbers, tweet_counts: Sequence[int], topics: int, seed: int, start: Numbers | None = None
) -> Factors:
    """`topics` factors of `associate_terms`; fewer terms than topics are a ValueError.

    `start` [topic, term]: loadings to begin from, so that what has not changed is found again.
    """
    from sklearn.decomposition import NMF

    if len(tweet_counts) < topics:
        raise ValueError(f"{topics} topics of {len(tweet_counts)} terms")
    often = np.sqrt(np.asarray(tweet_counts, dtype=float))
    strengths = np.maximum(scores, 0.0) * np.sqrt(np.outer(often, often))
    np.fill_diagonal(strengths, 0.0)
    init = "nndsvdar" if start is None else "custom"
    model: Any = NMF(topics, init=init, random_state=seed, max_iter=ROUNDS, tol=TOLERANCE)
    given = {} if start is None else {"W": np.ascontiguousarray(start.T), "H": start.copy()}
    model.fit_transform(csr_matrix(strengths), **given)
    loadings = np.asarray(model.components_, dtype=float)
    loadings[loadings < WEAKEST * loadings.max(axis=1, keepdims=True)] = 0.0
    return Factors(loadings, tuple(choose_terms(row, scores) for row in loadings))


def choose_terms(loadings: Numbers, scores: Numbers, count: int = TOP_TERMS) -> tuple[int, ...]:
    """The columns of the terms that stand for a factor."""
    strongest = [int(place) for place in np.argsort(-loadings, kind="stable")[:CANDIDATES] if loadings[place] > 0]
    chosen = strongest[:1]
    while len(chosen) < min(count, len(strongest)):
        rest = [place for place in strongest if place not in chosen]
        fits = {
            place: (loadings[place] / loadings[chosen[0]]) ** 0.25 * (1 + scores[place, chosen].mean())
            for place in rest
        }
        chosen.append(max(rest, key=lambda place: fits[place]))
    return tuple(chosen)


def assign_texts(found: csr_matrix, factors: Factors, rarity: Sequence[float]) -> tuple[Places, Numbers]:
    """The topic of each text, -1 where unclassified, and its share; `found` is [text, term], `rarity` their idf."""
    if not len(factors.tops):
        return np.full(found.shape[0], -1), np.zeros(found.shape[0])
    weighted = found.multiply(np.asarray(rarity) * factors.strengths).tocsr()
    total = np.asarray(weighted.sum(axis=1)).reshape(-1, 1)
    sums = np.asarray(weighted @ factors.votes.T)
    shares = np.divide(sums, total, out=np.zeros_like(sums), where=total > 0)
    best = shares.argmax(axis=1)
    share = shares[np.arange(len(best)), best]
    return np.where(share >= UNCLASSIFIED_BELOW, best, -1), share
