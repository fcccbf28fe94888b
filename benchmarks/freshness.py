"""How long does it take from a tweet's Kafka timestamp to the Delta commit of its annotated row?

    python -m benchmarks.freshness [--rate 250 | --share 0.4] [--seconds 120]
    python -m benchmarks.freshness --burst [--share 0.4]

At a steady rate, or at a share of the rate that the yardstick (`benchmarks/yardstick`, an annotator of six layers that
stays the same) reaches in plain onnxruntime in the same run, which makes machines comparable. All queries of the
streaming job run, each with its own trigger; the first 60 seconds are left out: the JVM still compiles. Also measured:
the time to the entities of the candidates of tickets, the backlog in Kafka, and the job's memory. `--burst` sends ten
times the rate for a minute and reports the longest batch.
"""

import argparse
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import numpy as np
import psutil
from pyspark.sql import functions as F

from benchmarks.harness import (
    batches,
    bench_settings,
    environment,
    family,
    job,
    payloads,
    save,
    send,
    wait_for,
)
from benchmarks.yardstick import plain_rate
from conf.session import build_session
from conf.settings import Settings
from generator import texts
from pipelines.sources.lake import read_changes
from runtime.resources import PROJECT

WARM_UP_SECONDS, BURST_SECONDS, BURST = 60, 60, 10
MEMORY_SECONDS = 5.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=250, help="tweets per second (default: 250, X's cap)")
    parser.add_argument("--share", type=float, help="the rate as a share of the yardstick's")
    parser.add_argument("--seconds", type=int, default=120, help="seconds measured after the warm-up (default: 120)")
    parser.add_argument("--burst", action="store_true", help="ten times the rate for a minute")
    flags = parser.parse_args()
    with bench_settings() as (settings, overlay):
        rate = flags.share * plain_rate(settings) if flags.share else flags.rate
        stream = subprocess.Popen(
            job("stream_tweets", overlay), cwd=PROJECT, env=environment(settings), stderr=subprocess.DEVNULL
        )
        memory = watch_memory(stream.pid)
        sent = send(settings, payloads(texts(100, seed=3)))
        wait_for(lambda: bool(batches(settings)), stream, 300)
        since = datetime.now(UTC) + timedelta(seconds=WARM_UP_SECONDS)
        sent += send(settings, payloads(texts(int(rate * WARM_UP_SECONDS), seed=4)), rate=rate)
        warm = len(batches(settings)), len(memory)
        if flags.burst:
            sent += send(settings, payloads(texts(int(BURST * rate * BURST_SECONDS), seed=5)), rate=BURST * rate)
        else:
            sent += send(settings, payloads(texts(int(rate * flags.seconds), seed=5)), rate=rate)
        wait_for(lambda: sum(batch["rows"] for batch in batches(settings)) >= sent, stream, 1800)
        stream.send_signal(signal.SIGTERM)
        stream.wait(300)
        measured, used = batches(settings)[warm[0] :], memory[warm[1] :]
        figures = {"rate": rate, "share": flags.share, "batches": summarise_batches(measured)}
        figures |= {"memory_mb": {"start": float(np.median(used[:10])), "end": float(np.median(used[-10:]))}}
        if not flags.burst:
            figures |= summarise_delays(*read_delays(settings, since))
    name = "freshness_burst" if flags.burst else "freshness_share" if flags.share else "freshness"
    save(name, figures)
    for key, value in figures.items():
        print(f"{key}: {value}")
    return 0


def watch_memory(pid: int) -> list[float]:
    """The resident megabytes of the job's processes, every few seconds while it runs, in a list that grows."""
    found: list[float] = []

    def watch() -> None:
        done = threading.Event()
        while not done.wait(MEMORY_SECONDS):
            try:
                found.append(sum(each.memory_info().rss for each in family(pid)) / 1e6)
            except psutil.NoSuchProcess:
                return

    threading.Thread(target=watch, daemon=True).start()
    return found


def summarise_batches(done: list[dict[str, float]]) -> dict[str, float]:
    """The longest batch in seconds, the largest in records; records waiting in Kafka in both halves of the time."""
    lags = [batch["kafka_lag"] for batch in done]
    half = len(lags) // 2
    return {
        "longest_seconds": max(batch["batch_seconds"] for batch in done),
        "most_records": max(batch["rows"] for batch in done),
        "backlog_first_half": float(np.mean(lags[:half] or [0])),
        "backlog_second_half": float(np.mean(lags[half:])),
    }


def summarise_delays(delays: list[float], entity_delays: list[float], missing: int) -> dict[str, float | None]:
    """Percentiles; a candidate without entities so far has an infinite delay, so that they include it."""
    p50, p95 = (float(np.percentile(delays, percent)) for percent in (50, 95))
    waited = np.array([*entity_delays, *[np.inf] * missing] or [np.inf])
    entities = [float(np.percentile(waited, percent, method="lower")) for percent in (50, 95)]
    return {
        "tweets": len(delays),
        "p50_seconds": p50,
        "p95_seconds": p95,
        "candidates": len(entity_delays) + missing,
        "without_entities_yet": missing,
        "entities_p50_seconds": _known(entities[0]),
        "entities_p95_seconds": _known(entities[1]),
    }


def read_delays(settings: Settings, since: datetime) -> tuple[list[float], list[float], int]:
    """Seconds from Kafka's timestamp to the commit of each tweet received after `since`; the same for the entities of
    the candidates of tickets; the number of candidates whose entities are missing."""
    spark = build_session(settings, "freshness")
    warm = read_changes(spark, settings, "silver.tweets", 0).where(F.col("observed_at") > F.lit(since)).persist()
    candidates = read_changes(spark, settings, "gold.ticket_candidates", 0).where("_change_type = 'insert'")
    asked = candidates.where("role IN ('complaint', 'comment')").select("tweet_id").distinct()
    found = read_changes(spark, settings, "silver.tweet_entities", 0)
    kept = found.select("tweet_id", F.col("_commit_timestamp").alias("found_at"))
    late = warm.join(asked, "tweet_id", "left_semi").join(kept, "tweet_id", "left")
    rows = warm.select(F.unix_millis("_commit_timestamp") - F.unix_millis("observed_at")).collect()
    entity_rows = late.select(F.unix_millis("found_at") - F.unix_millis("observed_at")).collect()
    spark.stop()
    answered = [row[0] / 1000 for row in entity_rows if row[0] is not None]
    return [row[0] / 1000 for row in rows], answered, len(entity_rows) - len(answered)


def _known(seconds: float) -> float | None:
    """JSON knows no infinity."""
    return seconds if np.isfinite(seconds) else None


if __name__ == "__main__":
    sys.exit(main())
