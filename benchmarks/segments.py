"""Are the segments that are found those that are there, and do they stay?

    python -m benchmarks.segments [--data FOLDER] [--parts worlds people weeks]

- Worlds of the generator at three levels of difficulty (`blend` of the scenario: 0, 0.3, 0.6), through the real
  profiles and the real segmenter; the annotator is replaced by the generator's truth. Adjusted Rand index with the
  segments that authors were drawn from: of everybody, and of authors with MANY tweets or more, because two tweets do
  not tell whether somebody complains or praises.
- Profiles of other people's tweets (profiles/ of the data folder; left out where it is absent): sizes and stability.
- Weekly refits of the medium world: 5 % of the authors take over another's behaviour each week, and stay changed; all
  figures are seen with a noise of 0.02 (shares) or 2 % (counts). How many of those who never changed keep the id of
  their segment?
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame, SparkSession

from benchmarks.harness import save
from benchmarks.segment_worlds import LEVELS, load_level, read_people, read_segments, read_silver
from conf.command_line import Options
from conf.schemas import GOLD_AUTHOR_PROFILES, SILVER_TWEETS
from conf.session import build_session
from conf.settings import Settings, load_settings
from generator import World
from models.segments.choice import LARGEST_SHARE, STABLE
from models.segments.criteria import counted_together, rand_index
from models.segments.fit import Before, Fit, Rules, fit_segments
from models.segments.segmenter import assign_segments
from pipelines.profiles.profile_authors import build_profiles
from runtime.resources import PROJECT

DATA = PROJECT.parent / "shared" / "data"
PEOPLE = Path("profiles/tweets_with_user_fields.csv.gz")
PARTS = ("worlds", "people", "weeks")
MANY, WEEKS = 5, 12
WANTED_RAND, WANTED_KEPT = 0.8, 0.95
CHANGED_A_WEEK, NOISE = 0.05, 0.02
BEHAVIOUR = ("sentiment_mean", "subjectivity_mean", "reply_share", "quote_share", "retweet_share", "night_share")
COUNTS = ("tweet_count", "followers_count", "following_count", "account_tweet_count", "engagement_per_tweet")
RULES = Rules(range(2, 13), seed=42, smallest=100)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures and write the result file, one for each part; 1 when one misses what is wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds profiles/")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="what to measure")
    flags = parser.parse_args(arguments)
    settings = load_settings()
    spark = build_session(settings, "segments")
    wrong = 0
    if "worlds" in flags.parts:
        worlds = {level: measure_world(spark, settings, load_level(level)) for level in LEVELS}
        save("segments_worlds", worlds)
        wrong += min(worlds["easy"]["rand_index"], worlds["medium"]["rand_index"]) < WANTED_RAND
        print("\n".join(f"{level}: {_told(figures)}" for level, figures in worlds.items()), flush=True)
    if "people" in flags.parts and (flags.data / PEOPLE).is_file():
        people = measure_people(spark, flags.data / PEOPLE)
        save("segments_people", people)
        wrong += not are_split(people)
        print(f"people: {_told(people)}", flush=True)
    if "weeks" in flags.parts:
        weeks = follow_weeks(spark, settings, WEEKS)
        save("segments_weeks", weeks)
        wrong += weeks["kept_share"] < WANTED_KEPT
        print(f"weeks: {_told(weeks)}")
    return int(wrong > 0)


def measure_world(spark: SparkSession, settings: Settings, world: World) -> dict[str, Any]:
    """Recovery of one world's segments."""
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
    """Adjusted Rand index with the true segments, of everybody and of authors with MANY tweets; 0 without segments."""
    if fit.segmentation is None:
        return {"rand_index": 0.0, "rand_index_many": 0.0}
    rows = assign_segments(fit.segmentation, profiles).select("author_key", "segment_id", "tweet_count").toPandas()
    rows["truth"] = rows["author_key"].map(truth)
    known = rows.dropna(subset=["truth"])
    many = known[known["tweet_count"] >= MANY]
    scores = [_rand(one["truth"], one["segment_id"]) for one in (known, many)]
    return {"rand_index": scores[0], "rand_index_many": scores[1], "authors": len(known), "authors_many": len(many)}


def describe(fit: Fit) -> dict[str, Any]:
    """Number, sizes and quality of a fit."""
    judged = fit.judged
    sizes = pd.Series(fit.labels, dtype=str).value_counts(normalize=True)
    return {
        "segments": len(sizes),
        "largest_share": float(sizes.max()) if len(sizes) else None,
        "smallest_share": float(sizes.min()) if len(sizes) else None,
        "stability": judged.stability if judged else None,
        "silhouette": judged.silhouette if judged else None,
        "reason": fit.choice.reason,
        "mixture_k": fit.mixture.k if fit.mixture else None,
        "mixture_stability": fit.mixture.stability if fit.mixture else None,
        "method": fit.method,
    }


def measure_people(spark: SparkSession, path: Path) -> dict[str, Any]:
    """A fit of real authors, without sentiment."""
    profiles = spark.createDataFrame(list(read_people(path)), GOLD_AUTHOR_PROFILES).persist()
    return {"authors": profiles.count()} | describe(fit_segments(profiles, RULES))


def are_split(people: dict[str, Any]) -> bool:
    """True where a fit of `measure_people` found stable segments, each of them of a size that is wanted."""
    if people["stability"] is None or people["stability"] < STABLE:
        return False
    smallest = people["smallest_share"] * people["authors"]
    return bool(smallest >= RULES.smallest and people["largest_share"] <= LARGEST_SHARE)


def follow_weeks(spark: SparkSession, settings: Settings, weeks: int) -> dict[str, Any]:
    """The share of authors who never changed that keep their id, from the first fit to each refit."""
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
        told = ", ".join(f"{one.event} {one.segment_id}" for one in fit.moved.events if one.event != "kept")
        print(
            f"week {week}: {len(unchanged):,} unchanged authors, {shares[-1]:.1%} keep their id; {told or 'all kept'}",
            flush=True,
        )
    return {"kept_share": shares[-1], "lowest_share": min(shares), "weeks": weeks, "unchanged": len(unchanged)}


def _weeks(start: pd.DataFrame, weeks: int) -> Iterator[tuple[pd.DataFrame, list[str]]]:
    """Profiles of the start and of each week, and the keys of those who have not changed until then."""
    rng = np.random.default_rng(3)
    figures = [*BEHAVIOUR, *COUNTS]
    settled, changed = start[figures].astype(float), np.zeros(len(start), dtype=bool)
    yield start, list(start["author_key"])
    for _ in range(weeks):
        now = rng.random(len(start)) < CHANGED_A_WEEK
        changed |= now
        settled[now] = settled.to_numpy()[rng.permutation(len(start))][now]
        seen = settled.copy()
        for name in figures:
            noise = rng.normal(0, NOISE, len(seen))
            seen[name] = (seen[name] + noise).clip(0, 1) if name in BEHAVIOUR else seen[name] * np.exp(noise)
        counts = {name: seen[name].round() for name in COUNTS if name != "engagement_per_tweet"}
        yield start.assign(**seen).assign(**counts), list(start["author_key"][~changed])


def _tuples(rows: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Rows as Spark takes them: no NaN, whole numbers whole."""
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


def _rand(truth: pd.Series, found: pd.Series) -> float:
    return rand_index(counted_together(*(pd.factorize(each)[0] for each in (truth, found))))


def _told(figures: dict[str, Any]) -> str:
    shown = {name: value for name, value in figures.items() if value is not None}
    return ", ".join(
        f"{name} {value:.3f}" if isinstance(value, float) else f"{name} {value}" for name, value in shown.items()
    )


if __name__ == "__main__":
    sys.exit(main())
