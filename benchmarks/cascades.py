"""Expected retweet trees of real cascades: the exact pass compared with 2,000 simulations of each.

    python -m benchmarks.cascades [--cascades 50] [--draws 2000]

The cascades are those of ../shared/data/cascades with 20 events or more, evenly spread over their sizes. A plain
simulation draws a parent for every retweet and counts depths and credits, tree by tree, from the sums of the same
probabilities. A participant is compared where 100 draws or more gave a figure other than 0 (fewer are too rare for a
standard error); within 5 standard errors a difference is sampling error: of the 12,600 comparisons together one run in
100 would show a larger one. The baseline with all draws of a cascade in one array is timed too.
"""

import argparse
import csv
import gzip
import sys
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random

import numpy as np

from benchmarks.harness import DATA, save
from models.influence.retweet_trees import (
    GAMMAS,
    Numbers,
    draw_parents,
    expect_trees,
    parent_probabilities,
    summarise_trees,
)

FILE = Path("cascades/auspol_cascades.csv.gz")
SMALLEST, WITHIN, OFTEN = 20, 5.0, 100


@dataclass(frozen=True)
class Compared:
    """One cascade: seconds of processor time of each way, and the largest difference in standard errors."""

    exact_seconds: float
    plain_seconds: float
    arrays_seconds: float
    largest_error: float
    comparisons: int
    mean_depths: list[float]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cascades", type=int, default=50, help="number of cascades (default: 50)")
    parser.add_argument("--draws", type=int, default=2000, help="simulations of each (default: 2000)")
    flags = parser.parse_args()
    cascades = choose(read_cascades(DATA / FILE), flags.cascades)
    found = [compare(*one, flags.draws) for one in cascades]
    figures = summarise(found) | {
        "cascades": len(cascades),
        "draws": flags.draws,
        "smallest": min(len(seconds) for seconds, _ in cascades),
        "largest": max(len(seconds) for seconds, _ in cascades),
        "mean_depth": dict(
            zip(map(str, GAMMAS), np.mean([one.mean_depths for one in found], axis=0).tolist(), strict=True)
        ),
    }
    save("cascades", figures)
    print(figures)
    return 0


def read_cascades(file: Path) -> list[tuple[Numbers, Numbers]]:
    """(seconds, followers) of each cascade, the post first."""
    rows: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            rows[row["cascade"]].append((float(row["time_seconds"]), float(row["magnitude_followers"])))
    columns = (np.array(sorted(each, key=lambda pair: pair[0])).T for each in rows.values())
    return [(each[0], each[1]) for each in columns]


def choose(cascades: Sequence[tuple[Numbers, Numbers]], count: int) -> list[tuple[Numbers, Numbers]]:
    """`count` cascades of SMALLEST events or more, evenly spread over their sizes, the largest included."""
    large = sorted((one for one in cascades if len(one[0]) >= SMALLEST), key=lambda one: len(one[0]))
    places = np.linspace(0, len(large) - 1, min(count, len(large))).round().astype(int)
    return [large[place] for place in places]


def compare(seconds: Numbers, followers: Numbers, draws: int) -> Compared:
    """One cascade at every gamma."""
    started = time.process_time()
    exact = expect_trees(seconds, followers)
    exactly = time.process_time()
    drawn = [simulate(seconds, followers, gamma, draws) for gamma in GAMMAS]
    plainly = time.process_time()
    for gamma in GAMMAS:
        summarise_trees(draw_parents(seconds, followers, gamma, draws))
    ended = time.process_time()
    errors = [
        float(error)
        for tree, (depths, below) in zip(exact, drawn, strict=True)
        for known, several in ((tree.depth, depths), (tree.credit, below))
        for error in standard_errors(known, several)
    ]
    times = (exactly - started, plainly - exactly, ended - plainly)
    return Compared(*times, max(errors), len(errors), [float(tree.depth[1:].mean()) for tree in exact])


def standard_errors(exact: Numbers, drawn: Numbers) -> Numbers:
    """How far the simulated means are from the exact values, of the participants that are compared."""
    often = (drawn > 0).sum(axis=0) >= min(OFTEN, len(drawn) / 20)
    error = np.maximum(drawn.std(axis=0) / len(drawn) ** 0.5, 2.0 / len(drawn))
    distance: Numbers = np.abs(exact - drawn.mean(axis=0)) / error
    return distance[often]


def simulate(seconds: Numbers, followers: Numbers, gamma: float, draws: int, seed: int = 1) -> tuple[Numbers, Numbers]:
    """Depths and credits of `draws` trees as [draws, participants], one tree after another."""
    size, chance = len(seconds), Random(seed)
    p = parent_probabilities(seconds, followers, gamma, 0, size)
    sums = [list(accumulate(p[place, :place].tolist())) for place in range(size)]
    depths, below = np.zeros((draws, size)), np.zeros((draws, size))
    for draw in range(draws):
        parents, depth, credit = [0] * size, [0] * size, [0] * size
        for place in range(1, size):
            row = sums[place]
            parents[place] = min(bisect_right(row, chance.random() * row[-1]), place - 1)
            depth[place] = depth[parents[place]] + 1
        for place in range(size - 1, 0, -1):
            credit[parents[place]] += credit[place] + 1
        depths[draw], below[draw] = depth, credit
    return depths, below


def summarise(compared: Sequence[Compared]) -> dict[str, float | bool]:
    exact = sum(one.exact_seconds for one in compared)
    errors = [one.largest_error for one in compared]
    return {
        "exact_seconds": exact,
        "plain_seconds": sum(one.plain_seconds for one in compared),
        "arrays_seconds": sum(one.arrays_seconds for one in compared),
        "times_faster": sum(one.plain_seconds for one in compared) / exact,
        "times_faster_than_arrays": sum(one.arrays_seconds for one in compared) / exact,
        "largest_error": max(errors),
        "comparisons": sum(one.comparisons for one in compared),
        "is_within_error": bool(max(errors) <= WITHIN),
    }


if __name__ == "__main__":
    sys.exit(main())
