"""How many people can be found in what is served?

    python -m benchmarks.reidentification [--authors 3000] [--data FOLDER]

A world of the generator goes through the real profiles, segments, documents and exports; the attacker knows
everybody's true figures, texts and times (`benchmarks.attack`). For the aggregate audience the run is repeated after
each of some people has left, and with k-anonymity and rounding switched off, which shows that the attack can succeed.
For those who see profiles by author key the share of people who alone fit a document is told. With `--data` also for
profiles of other people's tweets (profiles/).
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.attack import Person, find_by_difference, find_by_figure, find_in_small_cells, find_named
from benchmarks.harness import save
from benchmarks.segment_worlds import author_key, load_level, read_people, read_silver
from conf.command_line import Options
from conf.resources import PROJECT
from conf.schemas import GOLD_AUTHOR_PROFILES, SILVER_TWEETS
from conf.session import build_session
from conf.settings import Settings, load_settings
from generator.authors import Crowd
from models import segment_figures
from pipelines import export_segments, publish_authors, publish_segments, segment_authors
from pipelines.profile_authors import build_profiles
from pipelines.sinks.lake import create_table, overwrite_rows
from pipelines.sources.lake import read_table

PROFILES, SERVED = "gold.author_profiles", ("gold.segments", "gold.segment_history", "gold.segment_events")
PEOPLE = Path("profiles/tweets_with_user_fields.csv.gz")
LEAVING = 4
"""People who leave one after the other, those first whose figures are the most unusual."""
FIGURES = (
    *("tweet_count", "followers_count", "engagement_per_tweet", "sentiment_mean", "subjectivity_mean"),
    *("reply_share", "quote_share", "retweet_share", "complaint_share", "night_share"),
)
Documents = list[dict[str, Any]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--authors", type=int, default=3000)
    parser.add_argument(
        "--data", type=Path, default=PROJECT.parent / "shared" / "data", help="folder that holds profiles/"
    )
    flags = parser.parse_args()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="brandpulse-attack-") as home:
        settings = load_settings(overrides={"home": home})
        spark = build_session(settings, "reidentification")
        world = load_level("easy", authors=flags.authors)
        silver = spark.createDataFrame(list(read_silver(world)), SILVER_TWEETS)
        profiles = build_profiles(silver, settings, _options(0)).persist()
        crowd = Crowd(world)
        names = {author_key(one.user_id): (one.user_id, one.username) for one in map(crowd.author, range(crowd.size))}
        people = list(read_known(profiles, silver, names))
        figures["generated"] = attack(spark, settings, profiles, people)
        if (flags.data / PEOPLE).is_file():
            others = spark.createDataFrame(list(read_people(flags.data / PEOPLE)), GOLD_AUTHOR_PROFILES).persist()
            figures["people"] = attack(spark, settings, others, list(read_known(others)))
        spark.stop()
    save("reidentification", figures)
    for name, found in figures.items():
        print(f"{name}: {_told(found)}")
    return 0 if all(found["linked"] == 0 < found["linked_unprotected"] for found in figures.values()) else 1


def attack(spark: SparkSession, settings: Settings, profiles: DataFrame, people: Sequence[Person]) -> dict[str, Any]:
    """The share of `people` found by every way, for both audiences, with protection and without."""
    with unprotected():
        bare = find_anyone(spark, settings, profiles, people)
    linked = find_anyone(spark, settings, profiles, people)
    exact, coarse = (share_unique(each) for each in (profiles, publish_authors.coarsened(profiles)))
    return {
        "people": len(people),
        "linked": len(linked),
        "upper_bound": 3 / len(people),
        "linked_unprotected": len(bare),
        "unique_profiles_exact": exact,
        "unique_profiles_served": coarse,
    }


def find_anyone(spark: SparkSession, settings: Settings, profiles: DataFrame, people: Sequence[Person]) -> set[str]:
    """Everybody who is found in the aggregates of one run, or by the difference to the run after somebody left."""
    before, members = serve(spark, settings, profiles, 1)
    found = find_named(before, people) | find_in_small_cells(_cells(before), members)
    found |= find_by_figure(_cells(before), people)
    for number, leaving in enumerate(unusual(people)[:LEAVING], start=2):
        after, _ = serve(spark, settings, profiles.where(F.col("author_key") != leaving.key), number)
        found |= find_by_difference(_cells(before), _cells(after), people)
    return found


def serve(
    spark: SparkSession, settings: Settings, profiles: DataFrame, day: int
) -> tuple[Documents, Mapping[str, Sequence[str]]]:
    """What the aggregate audience sees after the run of a day, and who is in which segment."""
    create_table(spark, settings, PROFILES)
    overwrite_rows(profiles, settings, PROFILES)
    segment_authors.run(spark, settings, _options(day))
    tables = {name: read_table(spark, settings, name) for name in SERVED}
    tables["gold.segments"] = tables["gold.segments"].transform(publish_segments.with_document_id)
    documents = [row.asDict(recursive=True) for table in tables.values() for row in table.collect()]
    asked = _options(day, format="json", output=str(settings.home / "exports"))
    for file in export_segments.run(spark, settings, asked):
        documents += [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    rows = read_table(spark, settings, "gold.author_segments").select("segment_id", "author_key").collect()
    members: dict[str, list[str]] = {}
    for segment_id, key in rows:
        members.setdefault(segment_id, []).append(key)
    return documents, members


@contextmanager
def unprotected() -> Iterator[None]:
    """Figures as they are: neither small cells hidden nor anything rounded."""
    with patch.object(segment_figures, "keep_servable", lambda summary, least: summary):
        yield


def read_known(
    profiles: DataFrame, silver: DataFrame | None = None, names: Mapping[str, tuple[str, ...]] | None = None
) -> Iterator[Person]:
    """Everybody's exact figures, and what they wrote and when, where `silver` tells."""
    said: dict[str, list[Any]] = {}
    for key, *tweet in silver.select("author_key", "text", "created_at").collect() if silver is not None else ():
        said.setdefault(key, []).append(tweet)
    for row in profiles.select("author_key", *FIGURES).collect():
        key = row["author_key"]
        own = (key, *(names or {}).get(key, ()))
        texts, moments = zip(*said.get(key, ()), strict=True) if key in said else ((), ())
        yield Person(key, own, {name: row[name] for name in FIGURES}, texts, moments)


def unusual(people: Sequence[Person]) -> list[Person]:
    """The most followed and the most answered, in turn."""
    names = ("followers_count", "engagement_per_tweet", "tweet_count")
    orders = [sorted(people, key=partial(_rarity, name)) for name in names]
    return list({one.key: one for turn in zip(*orders, strict=True) for one in turn}.values())


def _rarity(name: str, one: Person) -> float:
    return -(one.figures[name] or 0)


def share_unique(profiles: DataFrame) -> float:
    """The share of authors whose figures nobody else has, 0..1."""
    rows: Iterable[Any] = profiles.select(*FIGURES).collect()
    counts = Counter(tuple(row) for row in rows)
    return sum(count for count in counts.values() if count == 1) / max(sum(counts.values()), 1)


def _cells(documents: Documents) -> Documents:
    return [each for each in documents if "followers_median" in each]


def _options(day: int, **extra: str) -> Options:
    as_of = datetime(2026, 6, 1, tzinfo=UTC) + timedelta(days=day)
    return Options(None, None, as_of, day, dry_run=False, full=False, extra=extra)


def _told(found: Mapping[str, Any]) -> str:
    return (
        f"of {found['people']:,} people {found['linked']} are found in aggregates (95 % upper bound "
        f"{found['upper_bound']:.2%}), {found['linked_unprotected']} when nothing is protected; of profiles by key "
        f"{found['unique_profiles_served']:.0%} fit one person alone, "
        f"{found['unique_profiles_exact']:.0%} before they are made coarse"
    )


if __name__ == "__main__":
    sys.exit(main())
