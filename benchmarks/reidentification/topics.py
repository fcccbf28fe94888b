"""The attacks on topics and alerts of a generated week, with the protection on and off.

The week passes through the real hops (clean_tweets, discover_topics, summarise_topics, raise_alerts) and is read as a
viewer reads it. A burst of BURST authors on the last night is an incident of few people.
"""

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

from benchmarks.reidentification.attacks import find_named
from benchmarks.reidentification.served import RUNS
from benchmarks.reidentification.topic_attacks import (
    find_by_alert,
    find_by_term,
    find_in_small_segments,
    find_in_small_topics,
    terms_of,
)
from benchmarks.reidentification.trends import Silver, read_known, read_people, read_week
from benchmarks.reidentification.trends import unprotected as unprotected_trends
from benchmarks.reidentification.trials import summarise_trials
from benchmarks.reidentification.viewer import Viewer
from conf.command_line import Options
from conf.schemas.segments import GOLD_AUTHOR_SEGMENTS
from conf.schemas.silver import SILVER_TWEETS
from conf.settings import Settings
from models.trends.topic_figures import NO_TOPIC
from pipelines.alerts.raise_alerts import Watch
from pipelines.sinks.lake import create_table, delete_rows, overwrite_rows
from pipelines.sources.lake import read_table
from pipelines.topics import clean_tweets, discover_topics, publish_topics, summarise_topics
from pipelines.trends import publish_trends, summarise_brands

BRAND, SEED, BURST = "topical", 20261130, 60
SEGMENTS = {"s01": 50, "s02": 30, "s03": 17, "s04": 3}
"""Segments and their shares of the authors, in per cent."""
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class World:
    """The week's tweets, in rows and in the lake, and the segment of each author."""

    week: Silver
    silver: DataFrame
    segments: Mapping[str, str]

    @property
    def as_of(self) -> datetime:
        return max(row["created_at"] for row in self.week).replace(minute=0, second=0, microsecond=0) + HOUR


def measure_topics(spark: SparkSession, settings: Settings, viewer: Viewer) -> dict[str, Any]:
    """What each attack finds in topics and alerts, with protection and without."""
    world = build_world(spark, settings)
    publish(spark, settings, world)
    ways = try_topics(spark, settings, viewer, world)
    forget_alerts(spark, settings)
    with unprotected():  # last: topics keep what the fit before knew of them
        publish(spark, with_authors(settings, 1), world)
        bare = try_topics(spark, settings, viewer, world)
    return {
        "ways": ways,
        "linked": sum(each["linked"] for each in ways.values()),
        "linked_unprotected": sum(each["linked"] for each in bare.values()),
        "ways_unprotected": bare,
    }


def try_topics(spark: SparkSession, settings: Settings, viewer: Viewer, world: World) -> dict[str, dict[str, float]]:
    """What each attack finds in what is published now."""
    start, end = world.as_of - timedelta(days=14), world.as_of + HOUR
    topics, alerts = viewer.read_topics(BRAND), viewer.read_alerts(BRAND)
    trends = viewer.read_topic_trends(BRAND, start, end)
    if not topics or not alerts:
        raise RuntimeError(f"{len(topics)} topics and {len(alerts)} alerts: nothing to attack")
    known = with_topics(spark, settings, world)
    people, texts = read_people(world.week), texts_by_author(world.week)
    tweets = pd.DataFrame([{"at": row["created_at"], "author": row["author_key"]} for row in world.week])
    shown = [*topics, *alerts, *trends, *viewer.read_topic_pages(BRAND, topics, alerts)]
    found = {
        "names, texts, times": find_named(shown, people),
        "terms": find_by_term(terms_of(topics, alerts), texts),
        "small topics": find_in_small_topics(trends, known),
        "segments of topics": find_in_small_segments(topics, known, world.segments),
        "alerts": find_by_alert(alerts, tweets),
    }
    return {name: summarise_trials(len(people), len(keys)) for name, keys in found.items()}


def build_world(spark: SparkSession, settings: Settings) -> World:
    """The week in the lake, with a burst of few authors in the night before its end, and everybody's segment."""
    rng, week = Random(SEED), read_week()
    last = max(row["created_at"] for row in week).replace(hour=3, minute=0, second=0, microsecond=0)
    moved = {row["author_key"]: row for row in rng.sample(week, 3 * BURST)}
    for place, row in enumerate(list(moved.values())[:BURST]):
        at = last + timedelta(seconds=50 * place + 7, milliseconds=rng.randrange(1000))
        row |= {"created_at": at, "created_on": at.date()}
    for row in week:
        row["brands"] = [BRAND]
    rows = [tuple(row[name] for name in SILVER_TWEETS.names) for row in week]
    silver = spark.createDataFrame(rows, SILVER_TWEETS).persist()
    authors = sorted({row["author_key"] for row in week})
    drawn = rng.choices([*SEGMENTS], [*SEGMENTS.values()], k=len(authors))
    segments = dict(zip(authors, drawn, strict=True))
    members = [(BRAND, author, segment, 0.0, 1, last) for author, segment in segments.items()]
    for name, frame in (
        ("silver.tweets", silver),
        ("gold.author_segments", spark.createDataFrame(members, GOLD_AUTHOR_SEGMENTS)),
    ):
        create_table(spark, settings, name)
        overwrite_rows(frame, settings, name)
    return World(week, silver, segments)


def publish(spark: SparkSession, settings: Settings, world: World) -> None:
    """Everything of the week anew."""
    options = Options(None, None, world.as_of, next(RUNS), dry_run=False, full=True)
    for hop in (
        *(clean_tweets, discover_topics, summarise_topics, summarise_brands),
        *(publish_topics, publish_trends),
    ):
        hop.run(spark, settings, options)
    Watch(settings).look(world.as_of)


def with_topics(spark: SparkSession, settings: Settings, world: World) -> pd.DataFrame:
    """What the attacker knows: each usable tweet in each of its windows, with its topic."""
    members = read_table(spark, settings, discover_topics.MEMBERS).select("tweet_id", "topic_id")
    topical = discover_topics.read_topical(spark, settings, BRAND).select("tweet_id")
    topic_of = {row["tweet_id"]: row["topic_id"] for row in topical.join(members, "tweet_id", how="left").collect()}
    known = read_known(world.silver, BRAND)
    usable = known[known["tweet_id"].isin(topic_of.keys())]
    return usable.assign(topic_id=usable["tweet_id"].map(topic_of).fillna(NO_TOPIC))


def texts_by_author(week: Silver) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in week:
        found.setdefault(row["author_key"], []).append(row["text"] or "")
    return found


def forget_alerts(spark: SparkSession, settings: Settings) -> None:
    """Delete the alerts of the publication before, so that raise_alerts looks at the past again."""
    rows = read_table(spark, settings, "gold.alerts").select("alert_id")
    delete_rows(rows.localCheckpoint(), settings, "gold.alerts", by=("alert_id",))


def with_authors(settings: Settings, count: int) -> Settings:
    """Settings with which so many authors are enough."""
    sections: Sequence[str] = ("discover_topics", "raise_alerts")
    changed = {name: getattr(settings, name).model_copy(update={"min_authors": count}) for name in sections}
    return settings.model_copy(update=changed)


@contextmanager
def unprotected() -> Iterator[None]:
    """Publish exact figures of every topic and window, also those of one author (k = 1)."""
    with ExitStack() as patches:
        patches.enter_context(unprotected_trends())
        for module, name in ((discover_topics, "summarise_now"), (summarise_topics, "summarise_topics")):
            patches.enter_context(patch.object(module, name, partial(getattr(module, name), k=1)))
        yield
