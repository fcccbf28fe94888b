"""Matches the segments of two fits, and names the events of those without a match.

The cost of matching an old segment with a new one is the mean of two distances 0..1: of the centroids (root mean square
over the features, in standard deviations, at most 1) and of the members (1 - Jaccard over the authors of both fits).
The Hungarian method (Kuhn 1955) finds the pairs of the lowest total cost; pairs above MATCHED_BELOW are dropped.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import linear_sum_assignment

from models.segments.criteria import rand_index

MATCHED_BELOW = 0.6
"""Half of the members and a third of a standard deviation cost 0.42; another segment with chance members 0.9 up."""
FLOW = 0.3
"""A segment was split when two or more have this share of its members, merged when two or more gave this share."""

Centroid = Mapping[str, float]
Together = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Match:
    """An old and a new segment that are the same: overlap (Jaccard) and distance, 0..1."""

    old: str
    new: str
    overlap: float
    distance: float


@dataclass(frozen=True)
class Event:
    """What happened to `segment_id`, an id after the fit (`died`, `split`: before it), and to the `others` involved.

    `returned`: found again after it had died with a fit that found no structure. `emerged`: a topic without a fit.
    """

    event: Literal["born", "died", "kept", "returned", "split", "merged", "emerged"]
    segment_id: str
    others: tuple[str, ...] = ()
    overlap: float | None = None
    distance: float | None = None


def match_segments(old: Mapping[str, Centroid], new: Mapping[str, Centroid], together: Together) -> list[Match]:
    """Pairs of old and new segments; centroids are in standard deviations, `together` counts common members."""
    if not old or not new:
        return []
    pairs = [[_match(one, other, old, new, together) for other in new] for one in old]
    costs = np.array([[_cost(pair) for pair in row] for row in pairs])
    rows, columns = linear_sum_assignment(costs)
    found = [pairs[row][column] for row, column in zip(rows, columns, strict=True)]
    return [pair for pair in found if _cost(pair) <= MATCHED_BELOW]


def highest_number(ids: Iterable[str]) -> int:
    """The highest number among segment ids; 0 without any."""
    return max((int(one[1:]) for one in ids), default=0)


def assign_ids(new: Sequence[str], matches: Sequence[Match], last: int, prefix: str = "s") -> dict[str, str]:
    """The id of every new segment: the matched one's, or `prefix` and the next number after `last`."""
    ids = {match.new: match.old for match in matches}
    for one in new:
        if one not in ids:
            last += 1
            ids[one] = f"{prefix}{last:02d}"
    return ids


def build_events(
    old: Collection[str], ids: Mapping[str, str], matches: Sequence[Match], together: Together
) -> list[Event]:
    """The events, sorted by id; `ids` come from `assign_ids`, `together` is by old id and new segment.

    `old`: the segments that lived until this fit; a match with any other one is its return.
    """
    kept = [Event("kept" if one.old in old else "returned", one.old, (), one.overlap, one.distance) for one in matches]
    matched = {one.old for one in matches}
    died = [Event("died", one) for one in old if one not in matched]
    born = [Event("born", ids[one]) for one in ids if ids[one] not in matched]
    renamed = {(one, ids[other]): count for (one, other), count in together.items()}
    split = _flows(renamed, 0, "split")
    merged = _flows(renamed, 1, "merged")
    return sorted([*kept, *died, *born, *split, *merged], key=lambda one: (one.segment_id, one.event))


def agreement(together: Together) -> float | None:
    """Adjusted Rand index of the two fits on their common members; None without any."""
    rows, columns = (sorted({pair[side] for pair in together}) for side in (0, 1))
    if not together:
        return None
    return rand_index([[together.get((one, other), 0) for other in columns] for one in rows])


def _match(one: str, other: str, old: Mapping[str, Centroid], new: Mapping[str, Centroid], together: Together) -> Match:
    squares = [(value - new[other].get(name, 0.0)) ** 2 for name, value in old[one].items()]
    common = together.get((one, other), 0)
    either = sum(count for pair, count in together.items() if pair[0] == one or pair[1] == other)
    distance = min(float(np.sqrt(np.mean(squares))) if squares else 1.0, 1.0)
    return Match(one, other, round(common / either if either else 0.0, 6), round(distance, 6))


def _cost(match: Match) -> float:
    return (1 - match.overlap + match.distance) / 2


def _flows(together: Together, side: int, event: Literal["split", "merged"]) -> list[Event]:
    """Segments of one side with FLOW or more of their members in each of two or more segments of the other side."""
    found = []
    for segment in sorted({pair[side] for pair in together}):
        flows = {pair[1 - side]: count for pair, count in together.items() if pair[side] == segment}
        large = tuple(sorted(one for one, count in flows.items() if count >= FLOW * sum(flows.values())))
        found += [Event(event, segment, large)] if len(large) > 1 else []
    return found
