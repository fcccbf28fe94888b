"""How well the segmenter recovers the segments of a generated world, and how it splits real authors."""

from pathlib import Path
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame, SparkSession

from benchmarks.segments.people import read_people
from benchmarks.segments.worlds import read_segments, read_silver
from conf.command_line import Options
from conf.schemas.gold import GOLD_AUTHOR_PROFILES
from conf.schemas.silver import SILVER_TWEETS
from conf.settings import Settings
from generator import World
from models.segments.choice import LARGEST_SHARE, STABLE
from models.segments.criteria import counted_together, rand_index
from models.segments.fit import Fit, Rules, fit_segments
from models.segments.segmenter import assign_segments
from pipelines.profiles.profile_authors import build_profiles

MANY_TWEETS = 5
RULES = Rules(range(2, 13), seed=42, smallest=100)


def measure_world(spark: SparkSession, settings: Settings, world: World) -> dict[str, Any]:
    """The recovery of one world's segments and the description of the fit."""
    profiles = world_profiles(spark, settings, world)
    fit = fit_segments(profiles, RULES)
    return recovery(profiles, fit, read_segments(world)) | describe(fit)


def world_profiles(spark: SparkSession, settings: Settings, world: World) -> DataFrame:
    """Profiles of the world's first brand."""
    tweets = spark.createDataFrame(list(read_silver(world)), SILVER_TWEETS)
    end = world.scenario.ends_at
    options = Options(env=None, brand=None, as_of=end, run_id=1, dry_run=False, full=True)
    return build_profiles(tweets, settings, options).where(f"brand = '{world.brands[0].slug}'").persist()


def recovery(profiles: DataFrame, fit: Fit, truth: dict[str, str]) -> dict[str, Any]:
    """Adjusted Rand index with the true segments, for all authors and those with MANY_TWEETS; 0 without segments."""
    if fit.segmentation is None:
        return {"rand_index": 0.0, "rand_index_many": 0.0}
    rows = assign_segments(fit.segmentation, profiles).select("author_key", "segment_id", "tweet_count").toPandas()
    rows["truth"] = rows["author_key"].map(truth)
    known = rows.dropna(subset=["truth"])
    many = known[known["tweet_count"] >= MANY_TWEETS]
    scores = [_rand(one["truth"], one["segment_id"]) for one in (known, many)]
    return {"rand_index": scores[0], "rand_index_many": scores[1], "authors": len(known), "authors_many": len(many)}


def describe(fit: Fit) -> dict[str, Any]:
    """The number, sizes and quality of the segments of a fit."""
    chosen = fit.choice.chosen
    sizes = pd.Series(fit.labels, dtype=str).value_counts(normalize=True)
    return {
        "segments": len(sizes),
        "largest_share": float(sizes.max()) if len(sizes) else None,
        "smallest_share": float(sizes.min()) if len(sizes) else None,
        "stability": chosen.stability if chosen else None,
        "silhouette": chosen.silhouette if chosen else None,
        "reason": fit.choice.reason,
    }


def measure_people(spark: SparkSession, path: Path) -> dict[str, Any]:
    """The description of a fit of real authors, without sentiment."""
    profiles = spark.createDataFrame(list(read_people(path)), GOLD_AUTHOR_PROFILES).persist()
    return {"authors": profiles.count()} | describe(fit_segments(profiles, RULES))


def are_split(people: dict[str, Any]) -> bool:
    """True if `measure_people` found stable segments, none of them too small or too large."""
    if people["stability"] is None or people["stability"] < STABLE:
        return False
    smallest = people["smallest_share"] * people["authors"]
    return bool(smallest >= RULES.smallest and people["largest_share"] <= LARGEST_SHARE)


def _rand(truth: pd.Series, found: pd.Series) -> float:
    return rand_index(counted_together(*(pd.factorize(each)[0] for each in (truth, found))))
