"""How many people can be found in what is served?

    python -m benchmarks.reidentification [--authors 3000] [--data FOLDER] [--leaving 500] [--refits 5]

A world of the generator goes through the real profiles, segments, documents and exports; the attacker knows everybody's
true figures, texts and times and the rules of rounding (`benchmarks.attack`). Of the aggregate audience's segments,
their history, events and files every way is told with how often it was tried, how often it found the right person, and
the 95 % upper bound of that (Clopper and Pearson):

- `names, texts, times`, `small cells` and `figures`: tried on everybody.
- `leaving`: people drawn by chance leave, one at a time, and the figures of before and after are compared; everybody
  else stays in their segment, as they do for a week, and the figures are computed in memory (`benchmarks.leaving`).
  `unusual leaving`: the most followed, answered and talkative. `leaving before a refit`: the segments are fitted anew
  in between, as many as they were.

The same with k-anonymity, limits and rounding switched off shows that the attack can succeed. For those who see
documents by author key the share of people is told whom alone a document fits by all of its columns. With `--data` also
for profiles of other people's tweets (profiles/). Not attacked: gold.campaign_results and gold.model_drift.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from scipy.stats import beta
from tqdm import tqdm

from benchmarks.attack import Person, find_by_difference, find_by_figure, find_in_small_cells, find_named
from benchmarks.harness import save
from benchmarks.leaving import AMOUNTS, Documents, check_cells, tell_cells
from benchmarks.segment_worlds import author_key, load_level, read_people, read_silver
from benchmarks.served import keep_cells, options_of, serve, unprotected
from conf.schemas import GOLD_AUTHOR_PROFILES, SILVER_TWEETS
from conf.session import build_session
from conf.settings import Settings, load_settings
from generator.authors import Crowd
from models.privacy.anonymity import cap_amounts
from pipelines.profiles import publish_authors
from pipelines.profiles.profile_authors import build_profiles
from pipelines.segments import segment_authors
from pipelines.sources.lake import read_table
from runtime.resources import PROJECT

PEOPLE = Path("profiles/tweets_with_user_fields.csv.gz")
UNUSUAL, OFF, SEED = 12, 12, 20261127
"""How many unusual people leave; how many people by chance where the protection is off."""
FIGURES = (
    *(*AMOUNTS, "sentiment_mean", "subjectivity_mean"),
    *("reply_share", "quote_share", "retweet_share", "complaint_share", "night_share"),
)
NOBODY = ("author_key", "_id", "run_id", "as_of")
"""Columns that say nothing of a person."""


@dataclass(frozen=True)
class Effort:
    """How many people leave, drawn by chance, and how many of them before a refit."""

    leaving: int
    refits: int


@dataclass(frozen=True)
class Known:
    """What the attacker knows besides figures, by author key: [(text, time)], and names."""

    said: Mapping[str, Sequence[tuple[str, datetime]]]
    names: Mapping[str, tuple[str, ...]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--authors", type=int, default=3000)
    parser.add_argument("--leaving", type=int, default=500, help="people who leave, one at a time")
    parser.add_argument("--refits", type=int, default=5, help="of them, those before a refit")
    parser.add_argument(
        "--data", type=Path, default=PROJECT.parent / "shared" / "data", help="folder that holds profiles/"
    )
    flags = parser.parse_args()
    effort, figures = Effort(flags.leaving, flags.refits), dict[str, Any]()
    with tempfile.TemporaryDirectory(prefix="brandpulse-attack-") as home:
        settings = load_settings(overrides={"home": home})
        spark = build_session(settings, "reidentification")
        world = load_level("easy", authors=flags.authors)
        silver = spark.createDataFrame(list(read_silver(world)), SILVER_TWEETS)
        profiles = build_profiles(silver, settings, options_of(0)).persist()
        figures["generated"] = attack(spark, settings, profiles, read_all(silver, Crowd(world)), effort)
        if (flags.data / PEOPLE).is_file():
            others = spark.createDataFrame(list(read_people(flags.data / PEOPLE)), GOLD_AUTHOR_PROFILES).persist()
            figures["people"] = attack(spark, settings, others, Known({}, {}), effort)
        spark.stop()
    save("reidentification", figures)
    for name, found in figures.items():
        print(f"{name}:\n{_told(found)}")
    return 0 if all(found["linked"] == 0 < found["linked_unprotected"] for found in figures.values()) else 1


def attack(
    spark: SparkSession, settings: Settings, profiles: DataFrame, known: Known, effort: Effort
) -> dict[str, Any]:
    """What every way finds, with protection and without, and the share of people whom alone a document fits."""
    customers = profiles.transform(segment_authors.keep_customers).persist()
    with unprotected():
        bare = find_anyone(spark, settings, customers, known, Effort(OFF, 0), is_protected=False)
    ways = find_anyone(spark, settings, customers, known, effort, is_protected=True)
    members = read_table(spark, settings, "gold.author_segments")
    documents = profiles.transform(publish_authors.coarsen).transform(
        lambda df: publish_authors.with_segment(df, members)
    )
    return {
        "ways": ways,
        "linked": sum(each["linked"] for each in ways.values()),
        "linked_unprotected": sum(each["linked"] for each in bare.values()),
        "ways_unprotected": bare,
        "unique_profiles": share_unique(profiles),
        "unique_documents": share_unique(documents),
    }


def find_anyone(
    spark: SparkSession, settings: Settings, customers: DataFrame, known: Known, effort: Effort, *, is_protected: bool
) -> dict[str, dict[str, float]]:
    """What each way finds in the aggregates of one run, or in two runs between which somebody left."""
    counted = cap_amounts(customers, AMOUNTS) if is_protected else customers
    people = list(read_known(counted, known))
    before, members = serve(spark, settings, customers, 1)
    found = {
        "names, texts, times": find_named(before, people),
        "small cells": find_in_small_cells(keep_cells(before), members),
        "figures": find_by_figure(keep_cells(before), people),
    }
    ways = {name: told(len(people), len(keys)) for name, keys in found.items()}
    drawn = random.Random(SEED).sample(list(people), min(len(people), effort.leaving))
    segments = read_table(spark, settings, "gold.author_segments").select("author_key", "segment_id")
    placed = customers.join(segments, "author_key").select("author_key", "segment_id", *FIGURES).toPandas()
    for name, leaving in (("leaving", drawn), ("unusual leaving", unusual(people)[:UNUSUAL])):
        ways[name] = leave(placed, people, leaving, keep_cells(before), is_protected)
    if effort.refits:
        ways["leaving before a refit"] = refit_without(
            spark, settings, customers, people, keep_cells(before), drawn[: effort.refits]
        )
    return ways


def leave(
    placed: pd.DataFrame, people: Sequence[Person], leaving: Sequence[Person], served: Documents, is_protected: bool
) -> dict[str, float]:
    """What is found where each of `leaving` leaves and everybody else stays in their segment."""
    before = tell_cells(placed, is_protected=is_protected)
    check_cells(before, served)
    right = []
    for one in tqdm(leaving, desc="leaving"):
        after = tell_cells(placed[placed["author_key"] != one.key], is_protected=is_protected)
        right.append(one.key in find_by_difference(before, after, people))
    return told(len(right), sum(right))


def refit_without(
    spark: SparkSession,
    settings: Settings,
    customers: DataFrame,
    people: Sequence[Person],
    before: Documents,
    leaving: Sequence[Person],
) -> dict[str, float]:
    """What is found where each of `leaving` leaves before the segments, as many as they were, are fitted anew."""
    count = len({one["segment_id"] for one in before})
    limits = {"min_segments": count, "max_segments": count}
    same = settings.segment_authors.model_copy(update=limits)
    refitting = settings.model_copy(update={"segment_authors": same})
    right = []
    for day, one in enumerate(tqdm(leaving, desc="refits"), start=2):
        rest = customers.where(F.col("author_key") != one.key)
        after, _ = serve(spark, refitting, rest, day, full=True)
        right.append(one.key in find_by_difference(before, keep_cells(after), people))
    return told(len(right), sum(right))


def told(tried: int, linked: int) -> dict[str, float]:
    """A way: how often it was tried and found the right person, and the 95 % upper bound of its share."""
    bound = 1.0 if linked >= tried else float(beta.ppf(0.95, linked + 1, tried - linked))
    return {"tried": tried, "linked": linked, "upper_bound": bound}


def read_all(silver: DataFrame, crowd: Crowd) -> Known:
    """What everybody of a generated world said, and their ids and handles."""
    said: dict[str, list[tuple[str, datetime]]] = {}
    for key, *tweet in silver.select("author_key", "text", "created_at").collect():
        said.setdefault(key, []).append((tweet[0], tweet[1]))
    authors = map(crowd.author, range(crowd.size))
    return Known(said, {author_key(one.user_id): (one.user_id, one.username) for one in authors})


def read_known(profiles: DataFrame, known: Known) -> Iterator[Person]:
    """Everybody's figures, and what they wrote and when."""
    for row in profiles.select("author_key", *FIGURES).collect():
        key = row["author_key"]
        texts, moments = zip(*known.said.get(key, ()), strict=True) if known.said.get(key) else ((), ())
        figures = {name: row[name] for name in FIGURES}
        yield Person(key, (key, *known.names.get(key, ())), figures, texts, moments)


def unusual(people: Sequence[Person]) -> list[Person]:
    """The most followed and the most answered, in turn."""
    names = ("followers_count", "engagement_per_tweet", "tweet_count")
    orders = [sorted(people, key=partial(_rarity, name)) for name in names]
    return list({one.key: one for turn in zip(*orders, strict=True) for one in turn}.values())


def _rarity(name: str, one: Person) -> float:
    return -(one.figures[name] or 0)


def share_unique(rows: DataFrame) -> float:
    """The share of people whom alone a row fits by all of its columns but keys and runs, 0..1."""
    counts: Iterable[Any] = rows.drop(*NOBODY).collect()
    seen = Counter(tuple(row) for row in counts)
    return sum(count for count in seen.values() if count == 1) / max(sum(seen.values()), 1)


def _told(found: Mapping[str, Any]) -> str:
    lines = [
        f"  {name}: {each['linked']} of {each['tried']:,} found, at most {each['upper_bound']:.2%}; "
        f"{found['ways_unprotected'].get(name, {}).get('linked', '-')} when nothing is protected"
        for name, each in found["ways"].items()
    ]
    lines.append(
        f"  documents by key that fit one person alone {found['unique_documents']:.1%}, exact profiles "
        f"{found['unique_profiles']:.1%}"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
