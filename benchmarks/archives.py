"""Importing archives: seconds and peak memory for many small files, and for one large file of pretty-printed JSON.

    python -m benchmarks.archives [--files 300,3000] [--megabytes 1024]

The small files are one-minute files of 20 tweets each, sent to the embedded broker by the job as its own process. The
large file is an array of pretty-printed tweets, read with --dry-run. Memory is the peak of the process; Python and its
imports, measured with a file of one tweet, are the base.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.harness import bench_stack, environment, job, save
from conf.settings import Settings
from pipelines.sinks.kafka_clients import create_topics
from runtime.resources import PROJECT

TWEETS_PER_FILE = 20
MINUTE_MS = 60_000
EPOCH_MS = 1_288_834_974_657
START_MS = 1_777_885_200_000
WORDS = ("The gate changed again", "and nobody knows", "where we should go now", "third time this week", "why")


class Cost(NamedTuple):
    """Seconds, of the clock and of the processors, and peak memory in megabytes of a process."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", default="300,3000", help="numbers of one-minute files (default: 300,3000)")
    parser.add_argument("--megabytes", type=int, default=1024, help="size of the large file (default: 1024)")
    flags = parser.parse_args()
    counts = [int(count) for count in flags.files.split(",")]
    folder = Path(tempfile.mkdtemp(prefix="brandpulse-archives-"))
    try:
        with bench_stack() as (settings, overlay):
            create_topics(settings)
            figures = measure(settings, overlay, folder, counts, flags.megabytes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    save("archives", figures)
    for line in described(figures):
        print(line)
    return 0


def measure(settings: Settings, overlay: Path, folder: Path, counts: list[int], megabytes: int) -> dict[str, Any]:
    """The figures of every import."""
    base = collect(settings, overlay, write_minutes(folder / "one", 1), "--dry-run")
    many = {}
    for count in counts:
        cost = collect(settings, overlay, write_minutes(folder / str(count), count))
        many[str(count)] = {
            "seconds": cost.seconds,
            "cpu_seconds": cost.cpu_seconds,
            "peak_mb": cost.peak_mb,
            "per_file_ms": 1000 * cost.seconds / count,
        }
    large = write_large(folder / "large.json", megabytes)
    cost = collect(settings, overlay, large, "--dry-run")
    return {
        "base_mb": base.peak_mb,
        "files": many,
        "tweets_per_file": TWEETS_PER_FILE,
        "large_mb": large.stat().st_size / 1e6,
        "large_seconds": cost.seconds,
        "large_cpu_seconds": cost.cpu_seconds,
        "large_peak_mb": cost.peak_mb,
    }


def described(figures: dict[str, Any]) -> list[str]:
    """The figures in words."""
    lines = [
        f"{count} files: {each['seconds']:.1f} s ({each['per_file_ms']:.1f} ms per file; "
        f"{each['cpu_seconds']:.1f} s of processors), peak {each['peak_mb']:.0f} MB"
        for count, each in figures["files"].items()
    ]
    return [
        *lines,
        f"{figures['large_mb']:,.0f} MB of pretty-printed JSON: {figures['large_seconds']:.0f} s "
        f"({figures['large_cpu_seconds']:.0f} s of processors), "
        f"peak {figures['large_peak_mb']:.0f} MB (a file of {TWEETS_PER_FILE} tweets: {figures['base_mb']:.0f} MB)",
    ]


def collect(settings: Settings, overlay: Path, source: Path, *more: str) -> Cost:
    """Import `source` by the job as a process; RuntimeError when it fails."""
    command = job("collect_tweets", overlay, "--source", "archive", "--input", str(source), *more)
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=PROJECT, env=environment(settings), stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return Cost(time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def write_minutes(folder: Path, count: int) -> Path:
    """Write `count` one-minute files in a folder per hour."""
    for minute in range(count):
        path = folder / f"{minute // 60:04}" / f"{minute % 60:02}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        tweets = (a_tweet(START_MS + minute * MINUTE_MS, number) for number in range(TWEETS_PER_FILE))
        path.write_text("".join(json.dumps(tweet) + "\n" for tweet in tweets))
    return folder


def write_large(path: Path, megabytes: int) -> Path:
    """Write an array of pretty-printed tweets."""
    with path.open("w") as out:
        out.write("[\n")
        number, size = 0, 0
        while size < megabytes * 1024 * 1024:
            text = ",\n".join(json.dumps(a_tweet(START_MS + n, n), indent=2) for n in range(number, number + 500))
            size += out.write((",\n" if number else "") + text)
            number += 500
        out.write("\n]\n")
    return path


def a_tweet(at_ms: int, number: int) -> dict[str, Any]:
    """A tweet of v1.1 with what such tweets have."""
    key = str((at_ms - EPOCH_MS) << 22 | number % 4096)
    author = {"id_str": str(1000 + number % 5000), "screen_name": "a_name", "followers_count": 7, "location": ""}
    return {
        "created_at": time.strftime("%a %b %d %H:%M:%S +0000 %Y", time.gmtime(at_ms / 1000)),
        "id": int(key),
        "id_str": key,
        "text": ", ".join(WORDS[number % 4 :]),
        "user": author | {"description": "x" * 160, "friends_count": 3, "statuses_count": 80, "listed_count": 0},
        "entities": {"hashtags": [{"text": "gate", "indices": [0, 5]}], "urls": [], "user_mentions": []},
        "lang": "en",
        "retweet_count": 0,
        "favorite_count": 1,
    }


if __name__ == "__main__":
    sys.exit(main())
