"""How do the time and memory of profiles and segments grow with the authors, and how much does an update save?

    python -m benchmarks.insights_scale [--authors 10000 100000 1000000]

Authors of five kinds with five tweets each are written to silver. The steps in one line of PROCESSES share a process;
its memory is that of Python and the JVM together. The first step includes the start of the JVM; those called `_warm` do
not. The growth exponent is the slope of log(seconds) over log(authors) between the two largest sizes: 1 is linear.

Targets at the largest size: no step of profiling or segmentation above MAX_MB, and an update (`follow`) TARGET_GAIN
times as fast as a full run, in a cold and in a warm JVM. Missed targets are printed, and the exit code is 1.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.harness import family, save
from conf.command_line import Options
from conf.schemas.shapes import conform
from conf.schemas.silver import SILVER_TWEETS
from conf.session import build_session
from conf.settings import Settings, load_settings
from pipelines.profiles import profile_authors
from pipelines.segments import segment_authors
from pipelines.sinks.lake import append_rows, create_table
from runtime.resources import PROJECT

TWEETS_PER_AUTHOR = 5
CHANGED_SHARE = 0.01
AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
POLL_SECONDS, YOUNG_SECONDS = 0.2, 1
MAX_MB, TARGET_GAIN = 6000, 10
PREPARING = ("lay", "change", "change_again")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--authors", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--steps", nargs="+", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    flags = parser.parse_args()
    if flags.steps:
        return run_steps(flags.steps, flags.home, flags.authors[0])
    sizes = {authors: measure(authors) for authors in sorted(flags.authors)}
    exponents = growth(sizes)
    save("insights_scale", {"sizes": {str(authors): found for authors, found in sizes.items()}, "growth": exponents})
    for name, exponent in exponents.items():
        print(f"{name}: seconds grow with authors to the power of {exponent:.2f}")
    largest = sizes[max(sizes)]
    for kind, saved in gains(largest).items():
        print(f"{max(sizes):,} authors: {kind} of {CHANGED_SHARE:.0%} is {saved:.1f} times as fast as a full run")
    missed = misses(largest)
    for one in missed:
        print(f"missed: {one}")
    return int(bool(missed))


def gains(found: dict[str, dict[str, float]]) -> dict[str, float]:
    """How many times as fast as a full run each update is."""
    return {
        f"follow{one}": found[f"profile{one}"]["seconds"] / found[f"follow{one}"]["seconds"] for one in ("", "_warm")
    }


def misses(found: dict[str, dict[str, float]]) -> list[str]:
    """The targets that the steps of one size (`measure`) miss."""
    memory = {step: figures["peak_mb"] for step, figures in found.items() if step not in PREPARING}
    return [
        *(f"{step} used {peak:,.0f} MB, the limit is {MAX_MB:,}" for step, peak in memory.items() if peak > MAX_MB),
        *(f"{way} is {gain:.1f} times as fast as a full run, the target is {TARGET_GAIN}"
          for way, gain in gains(found).items() if gain < TARGET_GAIN),
    ]  # fmt: skip


def measure(authors: int) -> dict[str, dict[str, float]]:
    """Step -> its seconds, and the peak memory of its process in MB, at one size."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="brandpulse-scale-") as home:
        for steps in PROCESSES:
            command = [sys.executable, "-m", "benchmarks.insights_scale", "--steps", *steps, "--home", home]
            started = subprocess.Popen(
                [*command, "--authors", str(authors)], cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            peak = watch_memory(started)
            if started.returncode:
                raise RuntimeError(f"{steps} of {authors:,} authors ended with code {started.returncode}")
            assert started.stdout is not None
            for step, seconds in json.loads(started.stdout.read().splitlines()[-1]).items():
                found[step] = {"seconds": seconds, "peak_mb": peak}
                print(f"{authors:,} authors, {step}: {seconds:.1f} s, peak {peak:,.0f} MB", flush=True)
    return found


def watch_memory(process: "subprocess.Popen[bytes]") -> float:
    """Wait for the process to end; return the peak memory in MB of it and its children.

    Children younger than a second do not count: until they run their own program, they show their parent's memory.
    """
    peak, seen = 0.0, dict[psutil.Process, float]()
    while process.poll() is None:
        try:
            grown = [
                each
                for each in family(process.pid)
                if time.monotonic() - seen.setdefault(each, time.monotonic()) > YOUNG_SECONDS
            ]
            peak = max(peak, sum(each.memory_info().rss for each in grown) / 1e6)
        except psutil.NoSuchProcess:
            continue
        time.sleep(POLL_SECONDS)
    return peak


def growth(sizes: dict[int, dict[str, dict[str, float]]]) -> dict[str, float]:
    """The growth exponent of each step between the two largest sizes; empty for a single size."""
    if len(sizes) < 2:
        return {}
    small, large = sorted(sizes)[-2:]
    return {
        step: math.log(sizes[large][step]["seconds"] / sizes[small][step]["seconds"]) / math.log(large / small)
        for step in STEPS
        if step not in PREPARING
    }


def run_steps(steps: Sequence[str], home: Path, authors: int) -> int:
    """Run the steps in this process and print the seconds of each as JSON."""
    settings = load_settings(overrides={"home": str(home)})
    spark = build_session(settings, "insights_scale")
    seconds = {}
    for step in steps:
        started = time.monotonic()
        STEPS[step](spark, settings, authors)
        seconds[step] = time.monotonic() - started
    print(json.dumps(seconds))
    spark.stop()
    return 0


def lay(spark: SparkSession, settings: Settings, authors: int) -> None:
    """Write the tweets of all authors."""
    create_table(spark, settings, "silver.tweets")
    append_rows(tweets(spark, authors, 0, authors * TWEETS_PER_AUTHOR), settings, "silver.tweets")


def change(spark: SparkSession, settings: Settings, authors: int, turn: int = 0) -> None:
    """Write one more tweet of each of 1 % of the authors."""
    changed = int(authors * CHANGED_SHARE)
    first = authors * TWEETS_PER_AUTHOR + turn * changed
    append_rows(tweets(spark, authors, first, first + changed), settings, "silver.tweets")


def profile(spark: SparkSession, settings: Settings, authors: int, run_id: int = 1, full: bool = False) -> None:
    """Profile the changed authors; all of them the first time or when `full`. Each run is an hour later."""
    as_of = AS_OF + timedelta(hours=run_id)
    profile_authors.run(spark, settings, Options(None, None, as_of, run_id, dry_run=False, full=full))


def segment(spark: SparkSession, settings: Settings, authors: int) -> None:
    """Segment all authors."""
    segment_authors.run(spark, settings, Options(None, None, AS_OF, 5, dry_run=False, full=False))


STEPS: dict[str, Callable[[SparkSession, Settings, int], None]] = {
    "lay": lay,
    "profile": profile,
    "change": change,
    "follow": partial(profile, run_id=2),
    "change_again": partial(change, turn=1),
    "follow_warm": partial(profile, run_id=3),
    "profile_warm": partial(profile, run_id=4, full=True),
    "segment": segment,
}
PROCESSES = (
    ("lay",),
    ("profile",),
    ("change",),
    ("follow", "change_again", "follow_warm", "profile_warm"),
    ("segment",),
)


def tweets(spark: SparkSession, authors: int, first: int, last: int) -> DataFrame:
    """SILVER_TWEETS rows `first` to `last` (exclusive): the authors take turns; there are five kinds of them."""
    kind, luck = F.col("author") % 5, (F.xxhash64("id", F.lit(7)).bitwiseAND(0xFFFF)) / 0x10000
    angry = luck < F.element_at(F.array(*map(F.lit, (0.8, 0.1, 0.4, 0.2, 0.1))), kind.cast("int") + 1)
    followers = F.pow(F.lit(10.0), 1 + kind + F.col("author") % 97 / 97)
    columns: dict[str, Any] = {
        "tweet_id": F.col("id").cast("string"),
        "created_at": F.timestamp_seconds(
            F.lit(int(AS_OF.timestamp())) - F.xxhash64("id").bitwiseAND(0xFFFFF) * 5 - kind * 7200
        ),
        "brands": F.array(F.lit("bench")),
        "author_key": F.sha2(F.col("author").cast("string"), 256),
        "kind": F.when(luck < kind * 0.2, "retweet").when(luck > 0.8, "reply").otherwise("tweet"),
        "text_hash": F.sha2(F.col("id").cast("string"), 256),
        "sentiment.score": F.when(angry, luck * 0.3).otherwise(0.5 + luck * 0.5),
    }
    rows = spark.range(first, last).withColumn("author", F.col("id") % authors)
    score = columns.pop("sentiment.score")
    rows = rows.withColumns(columns).withColumns(
        {
            "created_on": F.to_date("created_at"),
            "observed_at": F.col("created_at"),
            "subjectivity": luck,
            "sentiment": F.struct(F.when(angry, "negative").otherwise("positive").alias("label"), score.alias("score")),
            "complaint": F.struct(angry.alias("is_complaint"), luck.alias("score")),
            "category": F.struct(F.lit("delay").alias("label"), luck.alias("score")),
            "metrics": F.struct((luck * 20).cast("long").alias("like_count")),
            "author": F.struct(
                followers.cast("long").alias("followers_count"),
                (F.col("author") % 900).alias("following_count"),
                (followers * 3).cast("long").alias("tweet_count"),
            ),
        }
    )
    missing = [field for field in SILVER_TWEETS.fields if field.name not in rows.columns]
    rows = rows.withColumns({field.name: F.lit(None).cast(field.dataType) for field in missing})
    nested = {
        name: F.from_json(F.to_json(name), SILVER_TWEETS[name].dataType.simpleString())
        for name in ("sentiment", "complaint", "category", "metrics", "author")
    }
    return conform(rows.withColumns(nested), SILVER_TWEETS)


if __name__ == "__main__":
    sys.exit(main())
