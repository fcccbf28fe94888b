"""One fit of a brand's segments: preparation, choice of k, the segments of all authors, their ids and the drift."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from pyspark.sql import DataFrame

from models.segments.choice import SMALLEST_SHARE, Choice, choose_segments
from models.segments.criteria import Points
from models.segments.drift import Spread, measure_spread, stability_index
from models.segments.features import NAMES
from models.segments.matching import Event, agreement, assign_ids, build_events, highest_number, match_segments
from models.segments.segmenter import (
    Prepared,
    Segmentation,
    Split,
    build_segmentation,
    count_together,
    fit_preparation,
    fit_split,
    standardise,
    unscale,
)


@dataclass(frozen=True)
class Rules:
    """How to fit: the ks to try, `smallest` authors of a segment, authors of the sample."""

    ks: range
    seed: int
    smallest: int
    sample_authors: int = 20_000


@dataclass(frozen=True)
class Before:
    """The last segments of the brand, and the spread of each prepared feature at the last fit.

    `centroids`: id -> feature -> prepared units; `members`: author_key, segment_id; `last_number`: the highest number
    of any id so far; `is_living`: False where the last fit found no structure, and the segments are those of an earlier
    one.
    """

    centroids: dict[str, dict[str, float]]
    members: DataFrame
    last_number: int
    spreads: dict[str, Spread] = field(default_factory=dict)
    is_living: bool = True


@dataclass(frozen=True)
class Moved:
    """What a fit changed: PSI of each feature, adjusted Rand index with the earlier members, events."""

    psi: dict[str, float]
    rand_index: float | None
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Fit:
    """A fit. Without structure `segmentation` is None and `choice.reason` says why.

    `points` [authors, features] is the scaled sample, `labels` the segment of each of its rows; `last_number` the
    highest number of any id of the brand so far.
    """

    authors: int
    choice: Choice
    segmentation: Segmentation | None
    spreads: dict[str, Spread]
    moved: Moved
    points: Points
    labels: tuple[str, ...]
    last_number: int


def fit_segments(
    profiles: DataFrame, rules: Rules, before: Before | None = None, report: Callable[[], object] = lambda: None
) -> Fit:
    """Fit the segments of one brand's GOLD_AUTHOR_PROFILES (one row per author); `report` is called after each k."""
    prepared = fit_preparation(profiles, rules.sample_authors)
    try:
        authors = prepared.rows.count()
        share = rules.smallest / max(authors, 1)
        known = len(before.centroids) if before else None
        choice = choose_segments(prepared.points, rules.ks, rules.seed, share, known, report)
        choice, split = _first_within(prepared, choice, rules, authors)
        segmentation, rand_index, events = _identify(prepared, split, before)
        labels = _labels(prepared, segmentation)
    finally:
        prepared.rows.unpersist()
    values = unscale(prepared.scaler, prepared.points)
    spreads = {name: measure_spread(values[:, number]) for number, name in enumerate(NAMES)}
    moved = Moved(_psi(values, before), rand_index, events)
    ids = [one.segment_id for one in segmentation.centroids] if segmentation else []
    last_number = max(highest_number(ids), before.last_number if before else 0)
    return Fit(authors, choice, segmentation, spreads, moved, prepared.points, labels, last_number)


def _first_within(prepared: Prepared, choice: Choice, rules: Rules, authors: int) -> tuple[Choice, Split | None]:
    """The first of the ranked ks whose segments of all authors are within the limits of their size."""
    smallest = max(rules.smallest, int(np.ceil(SMALLEST_SHARE * authors)))
    for number, k in enumerate(choice.ranked):
        split = fit_split(prepared, k, rules.seed)
        if split.is_within(smallest):
            return replace(choice, ranked=choice.ranked[number:]), split
    reason = choice.reason or f"no split of all authors gives every segment at least {smallest} authors"
    return replace(choice, ranked=(), reason=reason), None


def _identify(
    prepared: Prepared, split: Split | None, before: Before | None
) -> tuple[Segmentation | None, float | None, tuple[Event, ...]]:
    """The segments with the ids of the earlier segments that they match, the Rand index and the events."""
    old = {one: standardise(prepared.scaler, centre) for one, centre in before.centroids.items()} if before else {}
    living = sorted(old) if before and before.is_living else []
    if split is None:
        return None, None, tuple(Event("died", one) for one in living)
    order = sorted(split.sizes, key=lambda index: (-split.sizes[index], split.centres[index].tolist()))
    new = {str(index): dict(zip(NAMES, split.centres[index].tolist(), strict=True)) for index in order}
    counted = count_together(prepared, split, before.members) if before and old else {}
    together = {(one, str(index)): count for (one, index), count in counted.items() if one in old}
    matches = match_segments(old, new, together)
    ids = assign_ids(list(new), matches, before.last_number if before else 0)
    events = build_events(living, ids, matches, together)
    built = build_segmentation(prepared, split, {index: ids[str(index)] for index in order})
    return built, agreement(together), tuple(events)


def _labels(prepared: Prepared, segmentation: Segmentation | None) -> tuple[str, ...]:
    """The segment of every row of the sample, in its order."""
    if segmentation is None:
        return ()
    *_, clusterer, naming = segmentation.model.stages
    wanted = prepared.rows.sparkSession.createDataFrame([(key,) for key in prepared.keys], "author_key string")
    sampled = prepared.rows.join(wanted, "author_key", how="inner")
    found = naming.transform(clusterer.transform(sampled)).select("author_key", "segment_id")
    known = dict(found.toPandas().itertuples(index=False, name=None))
    return tuple(known[key] for key in prepared.keys)


def _psi(values: Points, before: Before | None) -> dict[str, float]:
    spreads = before.spreads if before else {}
    return {
        name: stability_index(spreads[name], values[:, number]) for number, name in enumerate(NAMES) if name in spreads
    }
