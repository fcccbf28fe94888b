"""The attacks on trends and live sentiment of a generated week, with the protection on and off.

`dense` is the whole week, `base` a quarter of its tweets, so that windows of six hours have few authors. `base` is
published many times at once, each time as a brand of its own, without one author or without one tweet: so that hundreds
of publications are one run of the real formulas.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from unittest.mock import patch

import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.reidentification import live
from benchmarks.reidentification.attacks import Person, find_named
from benchmarks.reidentification.served import RUNS, options_of
from benchmarks.reidentification.trials import summarise_trials
from benchmarks.reidentification.viewer import Viewer
from benchmarks.reidentification.windows import (
    AMOUNT,
    KEY,
    LISTS,
    changes_by_author,
    changes_by_tweet,
    count_tweets,
    find_by_change,
    find_by_count,
    find_by_recomputation,
    find_in_small_cells,
    find_in_small_windows,
)
from benchmarks.segments.worlds import load_level, read_silver
from conf.schemas.silver import SILVER_TWEETS
from conf.settings import Settings
from models.profiles.author_features import REPORTABLE_CATEGORIES, own_engagement
from models.trends import brand_figures
from models.trends.brand_figures import with_mentioned_brand
from models.trends.windows import with_windows
from pipelines.sinks.lake import create_table, overwrite_rows
from pipelines.sources.changed_weeks import Plan
from pipelines.sources.pipeline_state import PipelineState
from pipelines.trends import publish_trends, summarise_brands

TABLE, DENSE, BASE = "gold.brand_trends", "dense", "base"
WORLD = {"authors": 3000, "days": 7, "tweets": 16_000}
SEED, BASE_SHARE = 20261130, 0.25
REGIONS = {"GB": 60, "US": 30, "IE": 1, None: 9}
Silver = list[dict[str, Any]]
CHANGES = {"author": ("departures", changes_by_author), "tweet": ("one more tweet", changes_by_tweet)}


@dataclass(frozen=True)
class World:
    """The week's tweets, whose tweets or which tweet the brands of `slug_of` lack, and what the attacker knows of DENSE
    and of BASE (windows.py)."""

    week: Silver
    silver: DataFrame
    drawn: Mapping[str, Sequence[str]]
    known: Mapping[str, pd.DataFrame]

    @property
    def span(self) -> tuple[datetime, datetime]:
        """From the start of the first week."""
        return self.week[0]["created_at"] - timedelta(days=7), self.week[-1]["created_at"] + timedelta(hours=1)


def measure_trends(spark: SparkSession, settings: Settings, viewer: Viewer, changes: int) -> dict[str, Any]:
    """What each attack finds, with protection and without, and what is not protected against: of how many erased
    authors the exact numbers of tweets show who they were (`seen_by_count`), or all figures (`seen_by_recomputation`).
    """
    world = build_world(spark, changes)
    with unprotected():
        publish(spark, settings, world)
        bare, _ = try_trends(viewer, world, is_protected=False)
    publish(spark, settings, world)
    ways, seen = try_trends(viewer, world, is_protected=True)
    for found, is_protected in ((bare, False), (ways, True)):
        found["live sentiment"] = live.try_changes(settings, viewer, world.week, is_protected=is_protected)
    return {
        "ways": ways,
        "linked": sum(each["linked"] for each in ways.values()),
        "linked_unprotected": sum(each["linked"] for each in bare.values()),
        "ways_unprotected": bare,
        **seen,
    }


def try_trends(
    viewer: Viewer, world: World, *, is_protected: bool
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    """What each attack finds in the published trends and summaries, and what is seen besides."""
    served = {brand: viewer.read_trends(brand, *world.span) for brand in (DENSE, BASE)}
    people = {brand: known["author"].nunique() for brand, known in world.known.items()}
    shown = [*served[DENSE], *viewer.read_summary(DENSE), *viewer.read_pages(DENSE)]
    named = find_named(shown, read_people(world.week))
    found = {"names, texts, times": summarise_trials(people[DENSE], len(named))}
    for brand, known in world.known.items():
        for name, find in (("windows", find_in_small_windows), ("cells", find_in_small_cells)):
            found[f"small {name} ({brand})"] = summarise_trials(people[brand], len(find(served[brand], known)))
    known, changed = world.known[BASE], {"author": Counter[bool](), "tweet": Counter[bool]()}
    authors, tweets, seen = known.set_index("tweet_id")["author"].to_dict(), count_tweets(known), Counter[bool]()
    for kind, (_, build) in CHANGES.items():
        change = build(known, is_capped=is_protected)
        for number, one in enumerate(world.drawn[kind]):
            after = viewer.read_trends(slug_of(kind, number), *world.span)
            changed[kind][authors.get(one, one) in find_by_change(served[BASE], after, change)] += 1
            seen[one in find_by_count(served[BASE], after, tweets)] += kind == "author"
    found |= {CHANGES[kind][0]: summarise_trials(each.total(), each[True]) for kind, each in changed.items()}
    recognised = find_by_recomputation(served[BASE], known)
    return found, {
        "seen_by_count": summarise_trials(seen.total(), seen[True]),
        "seen_by_recomputation": summarise_trials(people[BASE], len(recognised)),
    }


def build_world(spark: SparkSession, changes: int) -> World:
    """A generated week: every tweet mentions DENSE, some also BASE and all brands of `slug_of` that do not lack it."""
    rng, week = Random(SEED), read_week()
    base = [row for row in week if rng.random() < BASE_SHARE]
    drawn = {
        "author": rng.sample(sorted({row["author_key"] for row in base}), changes),
        "tweet": [row["tweet_id"] for row in rng.sample(base, changes)],
    }
    slugs = [(slug_of(kind, number), one) for kind, keys in drawn.items() for number, one in enumerate(keys)]
    for row in base:
        row["brands"] = [BASE, *(slug for slug, one in slugs if one not in (row["author_key"], row["tweet_id"]))]
    rows = [row | {"brands": [DENSE, *(row["brands"] if BASE in row["brands"] else ())]} for row in week]
    silver = spark.createDataFrame([tuple(row[name] for name in SILVER_TWEETS.names) for row in rows], SILVER_TWEETS)
    silver = silver.persist()
    return World(week, silver, drawn, {brand: read_known(silver, brand) for brand in (DENSE, BASE)})


def read_week() -> Silver:
    """The tweets of a generated week, the oldest first; scores and regions vary more than the generator's."""
    rng, names = Random(SEED), SILVER_TWEETS.names
    rows = [dict(zip(names, values, strict=True)) for values in read_silver(load_level("easy", **WORLD))]
    for row in rows:
        score = row["sentiment"]["score"] + rng.uniform(-0.09, 0.09)
        (region,) = rng.choices([*REGIONS], [*REGIONS.values()])
        row |= {"sentiment": row["sentiment"] | {"score": score}, "place": {"country_code": region}}
    return sorted(rows, key=lambda row: row["created_at"])


def publish(spark: SparkSession, settings: Settings, world: World) -> None:
    options = options_of(next(RUNS))
    create_table(spark, settings, TABLE)
    plan = Plan(None, None, PipelineState(0, options.as_of, options.run_id, ""), ())
    overwrite_rows(summarise_brands.build_trends(world.silver, plan), settings, TABLE)
    publish_trends.run(spark, settings, options)


def slug_of(kind: str, number: int) -> str:
    return f"{kind}-{number:03}"


def read_known(silver: DataFrame, brand: str) -> pd.DataFrame:
    """What the attacker knows of a brand, as windows.py describes it; the columns are those of `summarise_authors`."""
    rows = silver.transform(with_mentioned_brand).where(F.col("brand") == brand).transform(with_windows)
    complains, category = F.col("complaint.is_complaint"), F.col("category.label")
    values = {f"{name}_share": F.col("sentiment.label") == name for name in ("positive", "neutral", "negative")}
    values |= {"sentiment_mean": F.col("sentiment.score"), "complaint_share": complains, AMOUNT: own_engagement()}
    reported = F.when(complains & category.isin(*REPORTABLE_CATEGORIES), category)
    lists = zip(LISTS, (reported, F.col("lang"), F.col("place.country_code")), strict=True)
    figures = [value.cast("double").alias(name) for name, value in values.items()]
    named = [value.alias(name) for name, value in lists]
    known = rows.select(*KEY, F.col("author_key").alias("author"), "tweet_id", *figures, *named).toPandas()
    return known.assign(started_at=known["started_at"].dt.tz_localize("UTC"))


def read_people(week: Silver) -> list[Person]:
    """Everybody with their key, texts and times."""
    own: dict[str, Silver] = {}
    for row in week:
        own.setdefault(row["author_key"], []).append(row)
    return [
        Person(key, (key,), {}, tuple(row["text"] for row in rows), tuple(row["created_at"] for row in rows))
        for key, rows in own.items()
    ]


@contextmanager
def unprotected() -> Iterator[None]:
    """Publish exact figures of every window and cell, also those of one author (k = 1)."""
    off = {"round_figures": lambda rows, *_: rows, "SHARE_DECIMALS": 15, "TAILS": (0.0, 1.0)}
    with ExitStack() as patches:
        for name, value in off.items():
            patches.enter_context(patch.object(brand_figures, name, value))
        shown = partial(brand_figures.summarise_brands, k=1)
        patches.enter_context(patch.object(summarise_brands, "summarise_brands", shown))
        yield
