"""How fast are tweets assigned to topics, and how do time and memory grow?

    python -m benchmarks.topic_scale [--tweets 100000 1000000]

Tweets about invented subjects are written to silver; topics are fitted on `discover_topics.sample_texts` of them. Then
a process of its own assigns all tweets by vocabulary and writes gold.tweet_topics, as discover_topics does. Its time
begins when Spark is up; its memory is that of Python and the JVM together. `ratio`: how many times the seconds grow for
ten times the tweets; more than 10 would be more than linear.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.harness import save
from benchmarks.insights_scale import AS_OF, tweets, watch_memory
from benchmarks.topic_weeks import COMMON, SUBJECTS
from conf.schemas.shapes import conform
from conf.schemas.topics import GOLD_TWEET_TOPICS
from conf.session import build_session
from conf.settings import Settings, load_settings
from models.topics.assignment import assign_topics
from models.topics.fit import Rules, fit_topics
from models.topics.model import align_fit, read_model
from pipelines.sinks.lake import append_rows, create_table, overwrite_rows
from pipelines.sources.lake import read_table
from pipelines.topics.discover_topics import sample_texts
from runtime.resources import PROJECT

BRAND, TOPICS, PER_AUTHOR = "bench", 10, 5
SILVER, MEMBERS = "silver.tweets", "gold.tweet_topics"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tweets", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    flags = parser.parse_args()
    if flags.step:
        return run_step(flags.step, flags.home, flags.tweets[0])
    sizes = {count: measure(count) for count in sorted(flags.tweets)}
    found: dict[str, object] = {"sizes": {str(count): figures for count, figures in sizes.items()}}
    ratio = growth(sizes)
    if ratio is not None:
        print(f"ten times the tweets take {ratio:.1f} times the seconds")
        found["ratio"] = ratio
    save("topic_scale", found)
    return int(ratio is not None and ratio > 10)


def growth(sizes: dict[int, dict[str, float]]) -> float | None:
    """How many times the seconds grow for ten times the tweets, of the two largest sizes; None for a single one."""
    if len(sizes) < 2:
        return None
    small, large = sorted(sizes)[-2:]
    return 10 * (sizes[large]["seconds"] / sizes[small]["seconds"]) / (large / small)


def measure(count: int) -> dict[str, float]:
    """Tweets per second, seconds, peak memory in MB and the share with a topic at one size."""
    with tempfile.TemporaryDirectory(prefix="brandpulse-topics-") as home:
        found: dict[str, float] = {}
        for step in STEPS:
            command = [sys.executable, "-m", "benchmarks.topic_scale", "--step", step, "--home", home]
            started = subprocess.Popen(
                [*command, "--tweets", str(count)], cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            peak = watch_memory(started)
            if started.returncode:
                raise RuntimeError(f"{step} of {count:,} tweets ended with code {started.returncode}")
            assert started.stdout is not None
            found = json.loads(started.stdout.read().splitlines()[-1]) | {"peak_mb": peak}
    found["tweets_per_second"] = count / found["seconds"]
    print(
        f"{count:,} tweets: {found['seconds']:.1f} s, {found['tweets_per_second']:,.0f} per second, peak "
        f"{found['peak_mb']:,.0f} MB, {found['assigned']:.0%} with a topic",
        flush=True,
    )
    return found


def run_step(step: str, home: Path, count: int) -> int:
    """Run a step in this process and print its figures as JSON."""
    settings = load_settings(overrides={"home": str(home)})
    spark = build_session(settings, "topic_scale")
    started = time.monotonic()
    share = STEPS[step](spark, settings, count)
    print(json.dumps({"seconds": time.monotonic() - started, "assigned": share}))
    spark.stop()
    return 0


def lay(spark: SparkSession, settings: Settings, count: int) -> float:
    """Write the tweets, and a model of a sample of them."""
    create_table(spark, settings, SILVER)
    rows = tweets(spark, max(count // PER_AUTHOR, 1), 0, count).withColumn("text", text_column())
    append_rows(rows, settings, SILVER)
    asked = settings.discover_topics
    texts = sample_texts(own_tweets(spark, settings), BRAND, settings)
    fit = fit_topics(texts, Rules((TOPICS,), asked.seed, min(asked.min_authors, max(count // 200, 2))))
    model, _ = align_fit(fit, None, texts, AS_OF.isoformat())
    model.write(Path(settings.home) / "model")
    return 0.0


def assign(spark: SparkSession, settings: Settings, count: int) -> float:
    """Assign all tweets and write their topics; returns the share of tweets that have one."""
    model = read_model(Path(settings.home) / "model")
    stamps = {"run_id": F.lit(1), "as_of": F.lit(AS_OF.isoformat()).cast("timestamp")}
    named = assign_topics(own_tweets(spark, settings), model, ()).withColumns(stamps)
    create_table(spark, settings, MEMBERS)
    overwrite_rows(conform(named, GOLD_TWEET_TOPICS), settings, MEMBERS)
    return read_table(spark, settings, MEMBERS).count() / count


STEPS: dict[str, Callable[[SparkSession, Settings, int], float]] = {"lay": lay, "assign": assign}


def own_tweets(spark: SparkSession, settings: Settings) -> DataFrame:
    return read_table(spark, settings, SILVER).withColumn("brand", F.lit(BRAND))


def text_column() -> Column:
    """A mention, four words of the tweet's subject and two common ones."""
    subjects = F.array(*(F.array(*map(F.lit, words.split())) for words in SUBJECTS))
    own = F.element_at(subjects, _place("subject", len(SUBJECTS)))
    words = [F.element_at(own, _place(f"word {number}", 8)) for number in range(4)]
    common = F.array(*map(F.lit, COMMON))
    words += [F.element_at(common, _place(f"common {number}", len(COMMON))) for number in range(2)]
    return F.concat_ws(" ", F.lit("@user"), *words)


def _place(seed: str, count: int) -> Column:
    return (F.pmod(F.xxhash64("tweet_id", F.lit(seed)), F.lit(count)) + 1).cast("int")


if __name__ == "__main__":
    sys.exit(main())
