"""Expected retweet trees of one post (probabilistic diffusion inference, DeVerna et al. 2024), exact and in one pass.

X reports every retweet as a retweet of the root, so the tree is unknown. In the model retweet i has the parent j < i
with probability p_ij = gamma f_j / sum f + (1 - gamma) dt_ij^-alpha / sum dt^-alpha: f are followers, dt the seconds
between the two plus one. The draws are independent, so that expectations need no simulation:

    D_i = 1 + sum_j p_ij D_j          expected depth, D_0 = 0
    C_j = sum_i p_ij (1 + C_i)        expected retweets below j, C_0 = n - 1

Both are triangular systems, solved block by block: memory grows with the number of retweets, not with its square. Only
the deepest level, the widest level and the structural virality of a tree are estimated from draws.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg.lapack import dtrtrs

Numbers = npt.NDArray[np.float64]
Parents = npt.NDArray[np.int64]

GAMMAS = (0.25, 0.5, 0.75)
"""The weight of followers against time. Nobody knows it, so that every estimate is shown for all three."""
ALPHA = 2.0
DRAWS = 200
BLOCK = 512


@dataclass(frozen=True)
class Expected:
    """Per participant, the root first: expected depth, and retweets below it."""

    depth: Numbers
    credit: Numbers


@dataclass(frozen=True)
class Spread:
    """Figures of whole trees, one per tree: deepest level, participants of the widest level, structural virality."""

    depth: npt.NDArray[np.int64]
    breadth: npt.NDArray[np.int64]
    virality: Numbers


def parent_probabilities(
    seconds: Numbers, followers: Numbers, gamma: float, first: int, last: int, alpha: float = ALPHA
) -> Numbers:
    """Rows `first` to `last` (exclusive) of p, as [rows, last]; zero from the diagonal on, and in the root's row.

    `seconds` since the root, sorted. Where nobody before i has followers the time alone decides.
    """
    return _mixed(*_kernels(np.asarray(seconds, float), np.asarray(followers, float), first, last, alpha), gamma)


def expect_trees(
    seconds: Numbers, followers: Numbers, gammas: Sequence[float] = GAMMAS, alpha: float = ALPHA
) -> list[Expected]:
    """The exact expectations of the participants of one cascade at each gamma; the root is first of sorted `seconds`.

    ValueError if the times are not sorted or a number of followers is negative.
    """
    times, reach = np.asarray(seconds, float), np.asarray(followers, float)
    if np.any(np.diff(times) < 0) or np.any(reach < 0):
        raise ValueError("times must be sorted, and followers must not be negative")
    depth, credit = np.zeros((len(gammas), len(times))), np.zeros((len(gammas), len(times)))
    starts = range(0, len(times), BLOCK)
    kept = {first: _kernels(times, reach, first, min(first + BLOCK, len(times)), alpha) for first in starts[:1]}
    for first in starts:
        parts = kept.get(first) or _kernels(times, reach, first, min(first + BLOCK, len(times)), alpha)
        for place, gamma in enumerate(gammas):
            _descend(depth[place], _mixed(*parts, gamma), first)
    for first in reversed(starts):
        parts = kept.get(first) or _kernels(times, reach, first, min(first + BLOCK, len(times)), alpha)
        for place, gamma in enumerate(gammas):
            _ascend(credit[place], _mixed(*parts, gamma), first)
    return [Expected(*pair) for pair in zip(depth, credit, strict=True)]


def _descend(depth: Numbers, p: Numbers, first: int) -> None:
    """Solve D = 1 + p D for the rows from `first` on; the root's row is 0."""
    known = p[:, :first] @ depth[:first] + 1.0
    known[: max(0, 1 - first)] = 0.0
    # The diagonal is taken as 1, so that the matrix is I - p.
    depth[first : first + len(p)] = dtrtrs(-p[:, first:], known, lower=1, unitdiag=1)[0]


def _ascend(credit: Numbers, p: Numbers, first: int) -> None:
    """Solve C = p' (1 + C) for the rows from `first` on, and give the rows before what is due to them."""
    last = first + len(p)
    known = credit[first:last] + p[:, first:].sum(axis=0)
    credit[first:last] = dtrtrs(-p[:, first:], known, lower=1, trans=1, unitdiag=1)[0]
    credit[:first] += (1.0 + credit[first:last]) @ p[:, :first]


def likely_parents(seconds: Numbers, followers: Numbers, gamma: float) -> tuple[Parents, Numbers]:
    """The most probable parent of every participant and its probability; -1 and 1 for the root."""
    parents, sure = np.full(len(seconds), -1), np.ones(len(seconds))
    for first, last, p in _blocks(np.asarray(seconds, float), np.asarray(followers, float), gamma, ALPHA):
        parents[first:last], sure[first:last] = p.argmax(axis=1), p.max(axis=1)
    parents[:1], sure[:1] = -1, 1.0
    return parents, sure


def draw_parents(
    seconds: Numbers, followers: Numbers, gamma: float, draws: int = DRAWS, seed: int = 1, alpha: float = ALPHA
) -> Parents:
    """Random trees as [draws, participants]: the parent of each; -1 for the root."""
    luck = np.random.default_rng(seed).random((draws, len(seconds)))
    parents = np.full((draws, len(seconds)), -1)
    for first, last, p in _blocks(np.asarray(seconds, float), np.asarray(followers, float), gamma, alpha):
        sums = np.cumsum(p, axis=1)
        for place in range(max(first, 1), last):
            row = sums[place - first, :place]
            parents[:, place] = np.searchsorted(row, luck[:, place] * row[-1], side="right").clip(max=place - 1)
    return parents


def summarise_trees(parents: Parents) -> Spread:
    """Figures of trees [trees, participants] whose parents stand before their children; -1 is the root.

    Structural virality is the mean distance between two participants (Goel et al. 2016), by the sizes of all subtrees.
    """
    trees, size = parents.shape
    depth, below, row = np.zeros((trees, size), np.int64), np.ones((trees, size), np.int64), np.arange(trees)
    for place in range(1, size):
        depth[:, place] = depth[row, parents[:, place]] + 1
    for place in range(size - 1, 0, -1):
        below[row, parents[:, place]] += below[:, place]
    levels = np.bincount((depth + row[:, None] * size).ravel(), minlength=trees * size).reshape(trees, size)
    distances = (below[:, 1:] * (size - below[:, 1:])).sum(axis=1)
    virality = 2.0 * distances / max(1, size * (size - 1))
    breadth = levels[:, 1:].max(axis=1) if size > 1 else np.zeros(trees, np.int64)
    return Spread(depth.max(axis=1), breadth, virality)


def _blocks(seconds: Numbers, followers: Numbers, gamma: float, alpha: float) -> Iterator[tuple[int, int, Numbers]]:
    for first in range(0, len(seconds), BLOCK):
        last = min(first + BLOCK, len(seconds))
        yield first, last, parent_probabilities(seconds, followers, gamma, first, last, alpha)


def _kernels(seconds: Numbers, followers: Numbers, first: int, last: int, alpha: float) -> tuple[Numbers, Numbers]:
    """Rows of both terms of p, each with the sum 1; that of the root is 0."""
    is_before = np.tri(last - first, last, first - 1)
    waited = np.maximum(seconds[first:last, None] - seconds[None, :last] + 1.0, 1.0)
    by_time = is_before / waited**alpha
    sums = by_time.sum(axis=1, keepdims=True)
    by_time /= np.where(sums > 0, sums, 1.0)
    total = (np.cumsum(followers[:last]) - followers[:last])[first:, None]
    by_reach = is_before * followers[None, :last] / np.where(total > 0, total, 1.0)
    return np.where(total > 0, by_reach, by_time), by_time


def _mixed(by_reach: Numbers, by_time: Numbers, gamma: float) -> Numbers:
    mixed: Numbers = gamma * by_reach + (1.0 - gamma) * by_time
    return mixed
