"""How good topics are: coherence (c_v and NPMI), diversity, and stability over seeds.

c_v (Roeder, Both, Hinneburg 2015): boolean occurrence in windows of 110 words; NPMI(a, b) = ln((P(a,b) + e) / (P(a)
P(b))) / -ln(P(a,b) + e) with e = 1e-12; a term's vector has its NPMI with every term of the topic; the score is the
mean cosine of each vector with the sum of all. The values equal gensim's `CoherenceModel(coherence="c_v")`. They can
only be compared on the same texts and terms.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

WINDOW, NPMI_WINDOW = 110, 10
TINY = 1e-12
Terms = Sequence[str]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Occurrences:
    """In how many windows a term, and a pair of terms in either order, occurs."""

    windows: int
    single: Counter[str]
    both: Counter[tuple[str, str]]

    def share(self, one: str, other: str) -> float:
        return self.both[min(one, other), max(one, other)] / max(self.windows, 1)


def count_occurrences(texts: Iterable[Terms], wanted: Iterable[str], window: int = WINDOW) -> Occurrences:
    """Boolean occurrences of the `wanted` terms in sliding windows; a shorter text is one window."""
    known = set(wanted)
    single: Counter[str] = Counter()
    both: Counter[tuple[str, str]] = Counter()
    windows = 0
    for text in texts:
        for part in _windows(text, window):
            windows += 1
            found = sorted(known.intersection(part))
            single.update(found)
            both.update(combinations_with_replacement(found, 2))
    return Occurrences(windows, single, both)


def c_v(topics: Sequence[Terms], counted: Occurrences) -> list[float]:
    """The coherence of each topic, 0..1; terms of a topic must be among those counted."""
    return [_c_v(topic, counted) for topic in topics]


def mean_npmi(topics: Sequence[Terms], counted: Occurrences) -> list[float]:
    """The mean NPMI of the pairs of each topic's terms, -1..1."""
    return [
        float(np.mean([_npmi(counted, *pair) for pair in combinations(topic, 2)])) if len(topic) > 1 else 0.0
        for topic in topics
    ]


def diversity(topics: Sequence[Terms]) -> float:
    """The share of distinct terms among the terms of all topics."""
    terms = [term for topic in topics for term in topic]
    return len(set(terms)) / len(terms) if terms else 0.0


def stability(runs: Sequence[Sequence[Terms]]) -> float:
    """The mean overlap (Jaccard) of matched topics over all pairs of runs; 1.0 of a single run."""
    overlaps = [_matched_overlap(one, other) for one, other in combinations(runs, 2)]
    return float(np.mean(overlaps)) if overlaps else 1.0


def overlaps(one: Sequence[Terms], other: Sequence[Terms]) -> Numbers:
    """[topic, topic] the Jaccard overlap of their terms."""
    return np.array([[len({*a} & {*b}) / max(len({*a} | {*b}), 1) for b in other] for a in one])


def _matched_overlap(one: Sequence[Terms], other: Sequence[Terms]) -> float:
    table = overlaps(one, other)
    rows, columns = linear_sum_assignment(-table)
    return float(table[rows, columns].sum() / max(len(one), len(other)))


def _windows(text: Terms, window: int) -> Iterator[Terms]:
    last = max(len(text) - window, 0)
    return (text[first : first + window] for first in range(last + 1))


def _npmi(counted: Occurrences, one: str, other: str) -> float:
    together = counted.share(one, other)
    alone = counted.share(one, one) * counted.share(other, other)
    return float(np.log((together + TINY) / alone) / -np.log(together + TINY)) if alone else 0.0


def _c_v(topic: Terms, counted: Occurrences) -> float:
    vectors = np.array([[_npmi(counted, one, other) for other in topic] for one in topic])
    whole = vectors.sum(axis=0)
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(whole)
    return float(np.mean((vectors @ whole) / np.where(lengths > 0, lengths, 1.0)))
