"""The attacks on trends and live sentiment of a generated week, with the protection on and off.

`dense` is the whole week, `base` a quarter of its tweets, so that windows of six hours have few authors. `base` is
published many times at once, each time as a brand of its own, without one author or without one tweet: so that hundreds
of publications are one run of the real formulas.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
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
    FIGURES,
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
from models.trends import brand_figures
from models.trends.brand_figures import summarise_authors, with_mentioned_brand
from models.trends.windows import with_windows
from pipelines.sinks.lake import create_table, overwrite_rows
from pipelines.trends import publish_trends, summarise_brands

TABLE, DENSE, BASE = "gold.brand_trends", "dense", "base"
WORLD = {"authors": 3000, "days": 7, "tweets": 20_000}
SEED, BASE_SHARE, UNPROTECTED = 20261130, 0.25, 12
REGIONS = {"GB": 60, "US": 30, "IE": 1, None: 9}
Silver = list[dict[str, Any]]
CHANGES = {"author": ("departures", changes_by_author), "tweet": ("one more tweet", changes_by_tweet)}


def measure_trends(spark: SparkSession, settings: Settings, viewer: Viewer, changes: int) -> dict[str, Any]:
    """What each attack finds, with protection and without, and what is not protected against: of how many erased
    authors the exact numbers of tweets show who they were (`seen_by_count`), or all figures (`seen_by_recomputation`).
    """
    week = read_week()
    with unprotected():
        bare, _ = try_trends(spark, settings, viewer, week, UNPROTECTED, is_protected=False)
        bare |= {"live sentiment": live.try_changes(settings, viewer, week, is_protected=False)}
    ways, seen = try_trends(spark, settings, viewer, week, changes, is_protected=True)
    ways |= {"live sentiment": live.try_changes(settings, viewer, week, is_protected=True)}
    return {
        "ways": ways,
        "linked": sum(each["linked"] for each in ways.values()),
        "linked_unprotected": sum(each["linked"] for each in bare.values()),
        "ways_unprotected": bare,
        **seen,
    }


def try_trends(
    spark: SparkSession, settings: Settings, viewer: Viewer, week: Silver, changes: int, *, is_protected: bool
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    """What each attack finds in the trends and summaries of one run, and what is seen besides."""
    rng = Random(SEED)
    base = [row for row in week if rng.random() < BASE_SHARE]
    tweets = {name: to_silver(spark, rows, name) for name, rows in ((DENSE, week), (BASE, base))}
    drawn = {
        "author": rng.sample(sorted({row["author_key"] for row in base}), changes),
        "tweet": [row["tweet_id"] for row in rng.sample(base, changes)],
    }
    publish(spark, settings, tweets, drawn)
    start, end = week[0]["created_at"] - timedelta(days=8), week[-1]["created_at"] + timedelta(days=8)
    known = {name: read_known(frame) for name, frame in tweets.items()}
    served = {name: viewer.read_trends(name, start, end) for name in tweets}
    people = {name: known[name]["author"].nunique() for name in tweets}
    named = find_named([*served[DENSE], *viewer.read_summary(DENSE)], read_people(week))
    found = {"names, texts, times": summarise_trials(people[DENSE], len(named))}
    for name in tweets:
        windows, cells = (find(served[name], known[name]) for find in (find_in_small_windows, find_in_small_cells))
        found[f"small windows ({name})"] = summarise_trials(people[name], len(windows))
        found[f"small cells ({name})"] = summarise_trials(people[name], len(cells))
    authors = {row["tweet_id"]: row["author_key"] for row in base}
    counted, seen = count_tweets(known[BASE]), 0
    recognised = find_by_recomputation(served[BASE], known[BASE])
    for kind, (name, build) in CHANGES.items():
        change, right = build(known[BASE], is_capped=is_protected), 0
        for number, one in enumerate(drawn[kind]):
            after = viewer.read_trends(slug_of(kind, number), start, end)
            right += authors.get(one, one) in find_by_change(served[BASE], after, change)
            seen += kind == "author" and one in find_by_count(served[BASE], after, counted)
        found[name] = summarise_trials(changes, right)
    return found, {
        "seen_by_count": summarise_trials(changes, seen),
        "seen_by_recomputation": summarise_trials(people[BASE], len(recognised)),
    }


def read_week() -> Silver:
    """The tweets of a generated week, the oldest first; scores and regions vary more than the generator's."""
    rng, names = Random(SEED), SILVER_TWEETS.names
    rows = [dict(zip(names, values, strict=True)) for values in read_silver(load_level("easy", **WORLD))]
    for row in rows:
        score = row["sentiment"]["score"] + rng.uniform(-0.09, 0.09)
        (region,) = rng.choices([*REGIONS], [*REGIONS.values()])
        row |= {"sentiment": row["sentiment"] | {"score": score}, "place": {"country_code": region}}
    return sorted(rows, key=lambda row: row["created_at"])


def to_silver(spark: SparkSession, rows: Silver, brand: str) -> DataFrame:
    named = [tuple((row | {"brands": [brand]}).get(name) for name in SILVER_TWEETS.names) for row in rows]
    return spark.createDataFrame(named, SILVER_TWEETS).persist()


def publish(
    spark: SparkSession, settings: Settings, tweets: dict[str, DataFrame], drawn: Mapping[str, Sequence[str]]
) -> None:
    """Publish the trends of `tweets`, and of those of BASE without each of `drawn`, under `slug_of` it."""
    rows = [
        (slug_of(kind, number), *(one if kind == each else "" for each in CHANGES))
        for kind, keys in drawn.items()
        for number, one in enumerate(keys)
    ]
    erased = F.broadcast(spark.createDataFrame(rows, "slug string, _author string, _tweet string"))
    is_left = (F.col("author_key") != F.col("_author")) & (F.col("tweet_id") != F.col("_tweet"))
    changed = tweets[BASE].crossJoin(erased).where(is_left).withColumn("brands", F.array("slug"))
    silver = tweets[DENSE].unionByName(tweets[BASE]).unionByName(changed.select(*SILVER_TWEETS.names))
    options = options_of(next(RUNS))
    create_table(spark, settings, TABLE)
    overwrite_rows(summarise_brands.build_trends(silver, None, options), settings, TABLE)
    publish_trends.run(spark, settings, options)


def slug_of(kind: str, number: int) -> str:
    return f"{kind}-{number:03}"


def read_known(silver: DataFrame) -> pd.DataFrame:
    """What the attacker knows, as windows.py describes it."""
    rows = silver.transform(with_mentioned_brand).transform(with_windows)
    each = rows.groupBy("tweet_id").agg(F.first("author_key").alias("author"))
    of_one = rows.withColumn("author_key", F.col("tweet_id")).transform(summarise_authors)
    lists = [F.get(name, F.lit(0)).alias(name) for name in LISTS]
    known = of_one.withColumnRenamed("author_key", "tweet_id").join(each, "tweet_id", how="inner")
    frame = known.select(*KEY, "author", "tweet_id", *FIGURES, *lists).toPandas()
    return frame.assign(started_at=frame["started_at"].dt.tz_localize("UTC"))


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
