"""Do authors keep the id of their segment over weekly refits?"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from pyspark.sql import SparkSession

from benchmarks.segments.recovery import RULES, world_profiles
from benchmarks.segments.worlds import load_level
from conf.schemas.gold import GOLD_AUTHOR_PROFILES
from conf.settings import Settings
from models.segments.fit import Before, fit_segments
from models.segments.segmenter import assign_segments

CHANGED_PER_WEEK, NOISE = 0.05, 0.02
BEHAVIOUR = ("sentiment_mean", "subjectivity_mean", "reply_share", "quote_share", "retweet_share", "night_share")
COUNTS = ("tweet_count", "followers_count", "following_count", "account_tweet_count", "engagement_per_tweet")


def follow_weeks(spark: SparkSession, settings: Settings, weeks: int) -> dict[str, Any]:
    """The share of unchanged authors who keep the segment id of the first fit, after each refit."""
    world = load_level("medium")
    start = world_profiles(spark, settings, world).toPandas()
    before, first, shares = None, pd.Series(dtype=str), []
    for week, (rows, unchanged) in enumerate(_weeks(start, weeks)):
        profiles = spark.createDataFrame(_tuples(rows), GOLD_AUTHOR_PROFILES).persist()
        fit = fit_segments(profiles, RULES, before)
        if fit.segmentation is None:
            raise RuntimeError(f"week {week}: no segments: {fit.choice.reason}")
        members = assign_segments(fit.segmentation, profiles).select("author_key", "segment_id").persist()
        ids = members.toPandas().set_index("author_key")["segment_id"]
        first = ids if week == 0 else first
        shares.append(float((ids[unchanged] == first[unchanged]).mean()))
        centroids = {one.segment_id: one.prepared for one in fit.segmentation.centroids}
        before = Before(centroids, members, fit.last_number, fit.spreads)
        events = ", ".join(f"{one.event} {one.segment_id}" for one in fit.moved.events if one.event != "kept")
        print(
            f"week {week}: {len(unchanged):,} unchanged authors, {shares[-1]:.1%} keep their id; "
            f"events: {events or 'none'}",
            flush=True,
        )
    return {"kept_share": shares[-1], "lowest_share": min(shares), "weeks": weeks, "unchanged": len(unchanged)}


def _weeks(start: pd.DataFrame, weeks: int) -> Iterator[tuple[pd.DataFrame, list[str]]]:
    """The profiles at the start and after each week, with the keys of the authors who have not changed so far."""
    rng = np.random.default_rng(3)
    figures = [*BEHAVIOUR, *COUNTS]
    settled, changed = start[figures].astype(float), np.zeros(len(start), dtype=bool)
    yield start, list(start["author_key"])
    for _ in range(weeks):
        now = rng.random(len(start)) < CHANGED_PER_WEEK
        changed |= now
        settled[now] = settled.to_numpy()[rng.permutation(len(start))][now]
        seen = settled.copy()
        for name in figures:
            noise = rng.normal(0, NOISE, len(seen))
            seen[name] = (seen[name] + noise).clip(0, 1) if name in BEHAVIOUR else seen[name] * np.exp(noise)
        counts = {name: seen[name].round() for name in COUNTS if name != "engagement_per_tweet"}
        yield start.assign(**seen).assign(**counts), list(start["author_key"][~changed])


def _tuples(rows: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Rows for `createDataFrame`: None instead of NaN, whole numbers as int."""
    kinds = {field.name: field.dataType.typeName() for field in GOLD_AUTHOR_PROFILES.fields}

    def value(name: str, given: Any) -> Any:
        if pd.isna(given):
            return None
        whole = kinds[name] in ("long", "integer")
        return int(given) if whole else given.to_pydatetime() if isinstance(given, pd.Timestamp) else given

    names = GOLD_AUTHOR_PROFILES.names
    return [
        tuple(value(name, each) for name, each in zip(names, row, strict=True))
        for row in rows[names].to_numpy(dtype=object)
    ]
