"""The attacks on one set of profiles: each tried, its finds counted, with the protection on and off."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from scipy.stats import beta
from tqdm import tqdm

from benchmarks.reidentification.attacks import (
    Person,
    find_by_difference,
    find_by_figure,
    find_in_small_cells,
    find_named,
)
from benchmarks.reidentification.departures import AMOUNTS, Documents, build_cells, check_cells
from benchmarks.reidentification.served import keep_cells, serve, unprotected
from benchmarks.reidentification.viewer import Viewer
from benchmarks.segments.worlds import author_key
from conf.settings import Settings
from generator.authors import Crowd
from models.privacy.anonymity import cap_amounts
from pipelines.profiles import publish_authors
from pipelines.segments import segment_authors
from pipelines.sources.lake import read_table

UNUSUAL, UNPROTECTED, SEED = 12, 12, 20261127
"""How many unusual people leave; how many people leave at random where the protection is off."""
FIGURES = (
    *(*AMOUNTS, "sentiment_mean", "subjectivity_mean"),
    *("reply_share", "quote_share", "retweet_share", "complaint_share", "night_share"),
)
IMPERSONAL = ("author_key", "_id", "run_id", "as_of")
"""Columns that describe no person."""


@dataclass(frozen=True)
class Effort:
    """How many people leave, chosen at random, and how many of them before a refit."""

    departures: int
    refits: int


@dataclass(frozen=True)
class Known:
    """What the attacker knows besides figures, by author key: [(text, time)], and names."""

    tweets: Mapping[str, Sequence[tuple[str, datetime]]]
    names: Mapping[str, tuple[str, ...]]


def measure_attacks(
    spark: SparkSession, settings: Settings, viewer: Viewer, profiles: DataFrame, known: Known, effort: Effort
) -> dict[str, Any]:
    """What each attack finds, with protection and without, and the shares of unique profiles and documents."""
    customers = profiles.transform(segment_authors.keep_customers).persist()
    with unprotected():
        bare = try_attacks(spark, settings, viewer, customers, known, Effort(UNPROTECTED, 0), is_protected=False)
    protected = try_attacks(spark, settings, viewer, customers, known, effort, is_protected=True)
    members = read_table(spark, settings, "gold.author_segments")
    documents = profiles.transform(publish_authors.coarsen).transform(
        lambda df: publish_authors.with_segment(df, members)
    )
    return {
        "ways": protected,
        "linked": sum(each["linked"] for each in protected.values()),
        "linked_unprotected": sum(each["linked"] for each in bare.values()),
        "ways_unprotected": bare,
        "unique_profiles": unique_share(profiles),
        "unique_documents": unique_share(documents),
    }


def try_attacks(
    spark: SparkSession,
    settings: Settings,
    viewer: Viewer,
    customers: DataFrame,
    known: Known,
    effort: Effort,
    *,
    is_protected: bool,
) -> dict[str, dict[str, float]]:
    """What each attack finds in the aggregates of one run, or of two runs between which somebody left."""
    counted = cap_amounts(customers, AMOUNTS) if is_protected else customers
    people = list(read_known(counted, known))
    before, members = serve(spark, settings, viewer, customers, 1)
    linked = {
        "names, texts, times": find_named(before, people),
        "small cells": find_in_small_cells(keep_cells(before), members),
        "figures": find_by_figure(keep_cells(before), people),
    }
    found = {name: summarise_trials(len(people), len(keys)) for name, keys in linked.items()}
    drawn = random.Random(SEED).sample(list(people), min(len(people), effort.departures))
    segments = read_table(spark, settings, "gold.author_segments").select("author_key", "segment_id")
    placed = customers.join(segments, "author_key").select("author_key", "segment_id", *FIGURES).toPandas()
    for name, leaving in (("departures", drawn), ("unusual departures", unusual(people)[:UNUSUAL])):
        found[name] = try_departures(placed, people, leaving, keep_cells(before), is_protected)
    if effort.refits:
        found["departures before a refit"] = try_refits(
            spark, settings, viewer, customers, people, keep_cells(before), drawn[: effort.refits]
        )
    return found


def try_departures(
    placed: pd.DataFrame, people: Sequence[Person], leaving: Sequence[Person], served: Documents, is_protected: bool
) -> dict[str, float]:
    """What is found when each of `leaving` leaves and everybody else stays in their segment."""
    before = build_cells(placed, is_protected=is_protected)
    check_cells(before, served)
    right = []
    for one in tqdm(leaving, desc="departures"):
        after = build_cells(placed[placed["author_key"] != one.key], is_protected=is_protected)
        right.append(one.key in find_by_difference(before, after, people))
    return summarise_trials(len(right), sum(right))


def try_refits(
    spark: SparkSession,
    settings: Settings,
    viewer: Viewer,
    customers: DataFrame,
    people: Sequence[Person],
    before: Documents,
    leaving: Sequence[Person],
) -> dict[str, float]:
    """What is found when each of `leaving` leaves before the segments, as many as before, are fitted again."""
    count = len({one["segment_id"] for one in before})
    limits = {"min_segments": count, "max_segments": count}
    same = settings.segment_authors.model_copy(update=limits)
    refitting = settings.model_copy(update={"segment_authors": same})
    right = []
    for day, one in enumerate(tqdm(leaving, desc="refits"), start=2):
        rest = customers.where(F.col("author_key") != one.key)
        after, _ = serve(spark, refitting, viewer, rest, day, full=True)
        right.append(one.key in find_by_difference(before, keep_cells(after), people))
    return summarise_trials(len(right), sum(right))


def summarise_trials(tried: int, linked: int) -> dict[str, float]:
    """How often an attack was tried and found the right person, and the 95 % upper bound of that share."""
    bound = 1.0 if linked >= tried else float(beta.ppf(0.95, linked + 1, tried - linked))
    return {"tried": tried, "linked": linked, "upper_bound": bound}


def read_world(silver: DataFrame, crowd: Crowd) -> Known:
    """The texts and times of everybody in a generated world, and their ids and handles."""
    tweets: dict[str, list[tuple[str, datetime]]] = {}
    for key, *tweet in silver.select("author_key", "text", "created_at").collect():
        tweets.setdefault(key, []).append((tweet[0], tweet[1]))
    authors = map(crowd.author, range(crowd.size))
    return Known(tweets, {author_key(one.user_id): (one.user_id, one.username) for one in authors})


def read_known(profiles: DataFrame, known: Known) -> Iterator[Person]:
    """Everybody with their figures, texts and times."""
    for row in profiles.select("author_key", *FIGURES).collect():
        key = row["author_key"]
        texts, moments = zip(*known.tweets.get(key, ()), strict=True) if known.tweets.get(key) else ((), ())
        figures = {name: row[name] for name in FIGURES}
        yield Person(key, (key, *known.names.get(key, ())), figures, texts, moments)


def unusual(people: Sequence[Person]) -> list[Person]:
    """Those with the most followers, engagement and tweets, in turn."""
    names = ("followers_count", "engagement_per_tweet", "tweet_count")
    orders = [sorted(people, key=partial(_rarity, name)) for name in names]
    return list({one.key: one for turn in zip(*orders, strict=True) for one in turn}.values())


def _rarity(name: str, one: Person) -> float:
    return -(one.figures[name] or 0)


def unique_share(rows: DataFrame) -> float:
    """The share of people whose row is unique in all columns but keys and runs, 0..1."""
    counts: Iterable[Any] = rows.drop(*IMPERSONAL).collect()
    seen = Counter(tuple(row) for row in counts)
    return sum(count for count in seen.values() if count == 1) / max(sum(seen.values()), 1)
