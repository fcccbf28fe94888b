"""How do time and memory of segment_authors grow with the number of authors?

    python -m benchmarks.segments_scale [--authors 10000 100000 1000000]

Each size is a process of its own (two cores, settings as shipped) that writes made-up profiles of six kinds, then runs
the hop as a job does: fit, figures, tables, report, mlflow. Timed is the hop alone; memory is the highest resident size
of Python and its JVM together while the process lives. The last line gives the growth exponents: 1 is linear.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from math import log
from typing import Any

import psutil
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.harness import save
from conf.command_line import Options
from conf.resources import PROJECT
from conf.schemas import GOLD_AUTHOR_PROFILES, conform
from conf.session import build_session
from conf.settings import load_settings
from pipelines import segment_authors
from pipelines.sinks.lake import create_table, overwrite_rows
from pipelines.sources.lake import read_table

SIZES = (10_000, 100_000)
LIMIT_GB = 6.0
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
KINDS = 6
# feature: its median in each kind (counts, drawn from lognormals), or its mean (shares, drawn round it).
COUNTS: dict[str, tuple[float, ...]] = {
    "tweet_count": (3, 12, 40, 6, 20, 4),
    "followers_count": (80, 900, 40_000, 30, 400, 2_500),
    "following_count": (200, 3_000, 1_500, 90, 400, 700),
    "account_tweet_count": (1_500, 30_000, 50_000, 150, 6_000, 9_000),
    "account_age_days": (1_300, 1_900, 4_000, 250, 2_300, 3_000),
    "engagement_per_tweet": (2, 6, 90, 1, 5, 12),
}
SHARES: dict[str, tuple[float, ...]] = {
    "sentiment_mean": (0.25, 0.55, 0.5, 0.48, 0.75, 0.35),
    "subjectivity_mean": (0.7, 0.45, 0.4, 0.35, 0.6, 0.65),
    "complaint_share": (0.7, 0.15, 0.2, 0.15, 0.1, 0.5),
    "reply_share": (0.3, 0.1, 0.1, 0.55, 0.2, 0.4),
    "quote_share": (0.05, 0.05, 0.3, 0.02, 0.08, 0.1),
    "retweet_share": (0.15, 0.75, 0.2, 0.15, 0.2, 0.1),
    "night_share": (0.5, 0.15, 0.1, 0.15, 0.05, 0.3),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every size, print a line each and the exponents; 1 when a size took more than the limit of memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--authors", type=int, nargs="+", default=list(SIZES), help="numbers of authors to measure")
    parser.add_argument(
        "--here", action="store_true", help="segment one size in this process (what the others are made of)"
    )
    flags = parser.parse_args(arguments)
    if flags.here:
        print(json.dumps(segment(flags.authors[0])))
        return 0
    runs = [measure(authors) for authors in flags.authors]
    for run in runs:
        print("{authors:>9,} authors: {seconds:7.1f} s, {peak_gb:.2f} GB, {segments} segments".format(**run))
    exponents = {name: _exponent(runs[0], runs[-1], name) for name in ("seconds", "peak_gb")}
    save("segments_scale", {"runs": runs, "exponents": exponents})
    print("growth exponents: time {seconds:.2f}, memory {peak_gb:.2f}".format(**exponents))
    return int(any(run["peak_gb"] > LIMIT_GB for run in runs))


def measure(authors: int) -> dict[str, Any]:
    """Run one size in a process of its own and watch its memory."""
    command = [sys.executable, "-m", "benchmarks.segments_scale", "--here", "--authors", str(authors)]
    environment = dict(os.environ) | {"PYTHONPATH": str(PROJECT), "SPARK_LOCAL_IP": "127.0.0.1"}
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, cwd=PROJECT, stdout=out, env=environment)
        peak = 0
        while process.poll() is None:
            peak = max(peak, _resident(process.pid))
            time.sleep(0.25)
        out.seek(0)
        lines = out.read().splitlines()
    if process.returncode:
        raise RuntimeError(f"{authors} authors: the process ended with code {process.returncode}")
    return json.loads(lines[-1]) | {"peak_gb": peak / 1e9}


def segment(authors: int) -> dict[str, Any]:
    """Write the profiles, run the hop, return what it took."""
    with tempfile.TemporaryDirectory(prefix="brandpulse-scale-") as home:
        settings = load_settings(overrides={"home": home})
        spark = build_session(settings, "segments_scale")
        create_table(spark, settings, "gold.author_profiles")
        overwrite_rows(make_profiles(spark, authors), settings, "gold.author_profiles")
        options = Options(env=None, brand=None, as_of=NOW, run_id=1, dry_run=False, full=True)
        started = time.monotonic()
        segment_authors.run(spark, settings, options)
        seconds = time.monotonic() - started
        segments = read_table(spark, settings, "gold.segments").count()
        members = read_table(spark, settings, "gold.author_segments").count()
        spark.stop()
    return {"authors": authors, "seconds": seconds, "segments": segments, "members": members}


def make_profiles(spark: SparkSession, authors: int) -> DataFrame:
    """GOLD_AUTHOR_PROFILES rows of made-up authors of KINDS kinds, the same on every run."""
    kind = F.pmod(F.xxhash64("id"), F.lit(KINDS)).cast("int")
    given: dict[str, Column] = {field.name: F.lit(None).cast(field.dataType) for field in GOLD_AUTHOR_PROFILES.fields}
    given |= {"brand": F.lit("scale"), "author_key": F.sha2(F.col("id").cast("string"), 256)}
    given |= {
        "last_tweet_at": F.lit(NOW.isoformat()).cast("timestamp") - F.make_dt_interval((F.rand(1) * 14).cast("int"))
    }
    given |= {"run_id": F.lit(1), "as_of": F.lit(NOW.isoformat()).cast("timestamp")}
    given |= {"peak_hour": (F.rand(2) * 24).cast("int"), "top_category": F.when(F.rand(3) < 0.3, F.lit("delay"))}
    for number, (name, medians) in enumerate(COUNTS.items()):
        drawn = F.exp(0.6 * F.randn(10 + number)) * _of_kind(kind, medians)
        given[name] = drawn if name == "engagement_per_tweet" else F.ceil(drawn)
    for number, (name, means) in enumerate(SHARES.items()):
        given[name] = F.greatest(F.lit(0.0), F.least(F.lit(1.0), _of_kind(kind, means) + 0.12 * F.randn(30 + number)))
    return conform(
        spark.range(0, authors, 1, 4).select(*[column.alias(name) for name, column in given.items()]),
        GOLD_AUTHOR_PROFILES,
    )


def _of_kind(kind: Column, values: Sequence[float]) -> Column:
    return F.array(*[F.lit(float(value)) for value in values])[kind]


def _resident(pid: int) -> int:
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        return sum(one.memory_info().rss for one in family)
    except psutil.NoSuchProcess:
        return 0


def _exponent(first: dict[str, Any], last: dict[str, Any], name: str) -> float:
    if first["authors"] == last["authors"]:
        return float("nan")
    return log(last[name] / first[name]) / log(last["authors"] / first["authors"])


if __name__ == "__main__":
    sys.exit(main())
