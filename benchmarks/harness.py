"""Shared by the benchmarks: the data, a stack and home of their own, jobs as processes, results as JSON."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

import stack
from conf.settings import Settings, load_settings
from pipelines.sinks.kafka_clients import create_topics, open_producer
from pipelines.sources.x.clock import EPOCH_MS, SEQUENCE_BITS
from runtime.resources import PROJECT
from stack.local_keys import child_environment

RESULTS = PROJECT / "benchmarks" / "results"
DATA = PROJECT.parent / "shared" / "data"
REAL_TWEETS = Path("profiles/tweets_with_user_fields.csv.gz")
"""Tweets of real authors, in DATA."""


@contextmanager
def bench_stack(**sections: Any) -> Iterator[tuple[Settings, Path]]:
    """Settings of a temporary home with its own broker and store, and their overlay file for jobs."""
    home = Path(tempfile.mkdtemp(prefix="brandpulse-bench-"))
    try:
        stack.start(home / "stack")
        overlay = home / "bench.yaml"
        content = {"home": str(home), "stack_home": str(home / "stack"), **sections}
        overlay.write_text(json.dumps(content), "utf-8")
        yield load_settings(str(overlay)), overlay
    finally:
        stack.stop(home / "stack")
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def bench_settings(tree: Path = PROJECT, /, **sections: Any) -> Iterator[tuple[Settings, Path]]:
    """`bench_stack` with the annotator of the checkout `tree`, imported, and the topics."""
    with bench_stack(**sections) as (settings, overlay):
        command = job("import_annotator", overlay, tree=tree)
        subprocess.run(command, cwd=tree, env=environment(settings, tree), check=True)
        create_topics(settings)
        yield settings, overlay


def job(name: str, overlay: Path, *arguments: str, tree: Path = PROJECT) -> list[str]:
    """The command of a job of the checkout `tree` under these settings, to be run there."""
    python = sys.executable if tree == PROJECT else str(tree / ".venv" / "bin" / "python")
    return [python, f"jobs/{name}.py", "--env", str(overlay), *arguments]


def environment(settings: Settings, tree: Path = PROJECT) -> dict[str, str]:
    """The environment of a job of the checkout `tree` that runs as a process."""
    return child_environment(settings.stack_home) | {"PYTHONPATH": str(tree), "PYTHONWARNINGS": "ignore"}


def payloads(texts: Iterable[str]) -> Iterator[tuple[bytes, bytes]]:
    """(key, value) of one v2 payload per text, about 1 kB each; the ids carry the current time."""
    for number, text in enumerate(texts):
        at = time.time()
        tweet_id = str((int(at * 1000) - EPOCH_MS) << SEQUENCE_BITS | number % (1 << 22))
        author = str(1000 + number % 5000)
        data = {
            "id": tweet_id,
            "text": text,
            "author_id": author,
            "created_at": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(at)),
            "lang": "en",
            "conversation_id": tweet_id,
            "edit_history_tweet_ids": [tweet_id],
            "public_metrics": dict.fromkeys(("retweet_count", "reply_count", "like_count", "quote_count"), 0),
        }
        metrics = dict.fromkeys(("followers_count", "following_count", "tweet_count", "listed_count"), 7)
        user = {
            "id": author,
            "username": f"a{author}",
            "name": "a",
            "description": "x" * 300,
            "public_metrics": metrics,
        }
        payload = {"data": data, "includes": {"users": [user]}, "matching_rules": [{"id": "1", "tag": "brand:bench"}]}
        yield tweet_id.encode(), json.dumps(payload).encode()


def send(settings: Settings, rows: Iterable[tuple[bytes, bytes]], rate: float | None = None) -> int:
    """Send the rows to the topic of the tweets, at `rate` records per second if given; return how many."""
    producer = open_producer(settings)
    started, count = time.monotonic(), 0
    for key, value in rows:
        if rate:
            time.sleep(max(0.0, started + count / rate - time.monotonic()))
        producer.send(
            settings.kafka.tweets_topic, value=value, key=key, headers=[("format", b"v2"), ("source", b"bench")]
        )
        count += 1
    producer.flush()
    producer.close()
    return count


def family(pid: int) -> list[psutil.Process]:
    """A job's processes: its own and, below it, the JVM and its workers."""
    one = psutil.Process(pid)
    return [one, *one.children(recursive=True)]


def wait_for(is_met: Callable[[], bool], process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Wait until the condition is met; raise RuntimeError if the process ends or the time is up before."""
    deadline = time.monotonic() + seconds
    while not is_met():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the condition was not met within {seconds} s (exit code {process.returncode})")
        time.sleep(0.2)


def batches(settings: Settings, query: str = "annotate_tweets") -> list[dict[str, Any]]:
    """The query's batches so far, from the log of the stream's listener."""
    log = settings.home / "logs" / "stream_progress.jsonl"
    lines = log.read_text("utf-8").splitlines() if log.exists() else []
    return [line for line in map(json.loads, lines) if line["query"] == query]


def save(name: str, figures: dict[str, Any]) -> None:
    """Write the figures and the number of cores to benchmarks/results/<name>.json."""
    RESULTS.mkdir(exist_ok=True)
    figures = figures | {"cores": os.cpu_count()}
    (RESULTS / f"{name}.json").write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n", "utf-8")
