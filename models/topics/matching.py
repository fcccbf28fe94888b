"""Matches the topics of two fits, so that a topic keeps its id and its name.

As for segments (models/segments/matching.py, whose ids, events and Hungarian method these are), with topics' own
distances: of the terms (1 - cosine of the loadings over the terms of both fits) and of the tweets (1 - Jaccard over the
texts that both fits assign).
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from models.segments.matching import MATCHED_BELOW, Match, Together

Loadings = Mapping[str, float]


def match_topics(old: Mapping[str, Loadings], new: Mapping[str, Loadings], together: Together) -> list[Match]:
    """Pairs of old and new topics; `together` counts the texts that had the old and have the new one."""
    if not old or not new:
        return []
    pairs = [[_match(one, other, old[one], new[other], together) for other in new] for one in old]
    costs = np.array([[cost(pair) for pair in row] for row in pairs])
    rows, columns = linear_sum_assignment(costs)
    found = [pairs[row][column] for row, column in zip(rows, columns, strict=True)]
    return [pair for pair in found if cost(pair) <= MATCHED_BELOW]


def count_together(old: Sequence[str | None], new: Sequence[str | None]) -> dict[tuple[str, str], int]:
    """How many texts have each pair of topics; unclassified ones count nowhere."""
    pairs = ((one, other) for one, other in zip(old, new, strict=True) if one is not None and other is not None)
    return dict(Counter(pairs))


def cost(match: Match) -> float:
    return (1 - match.overlap + match.distance) / 2


def _match(one: str, other: str, before: Loadings, after: Loadings, together: Together) -> Match:
    common = together.get((one, other), 0)
    either = sum(count for pair, count in together.items() if pair[0] == one or pair[1] == other)
    return Match(one, other, round(common / either if either else 0.0, 6), round(1 - _cosine(before, after), 6))


def _cosine(before: Loadings, after: Loadings) -> float:
    product = sum(value * after.get(term, 0.0) for term, value in before.items())
    lengths = [sum(value * value for value in each.values()) ** 0.5 for each in (before, after)]
    return product / (lengths[0] * lengths[1]) if all(lengths) else 0.0
