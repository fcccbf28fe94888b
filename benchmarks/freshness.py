"""How long does it take from a tweet's Kafka timestamp to the Delta commit of its annotated row, at a steady rate?

    python -m benchmarks.freshness [--rate 250] [--seconds 120]

Also measured for tweets that complain: the time to the commit of their entities, which follow in the background. All
queries of the streaming job run, each with its own trigger. The first 60 seconds are left out: the JVM still compiles.
"""

import argparse
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
from pyspark.sql import functions as F

from benchmarks.harness import batches, bench_settings, environment, job, payloads, save, send, wait_for
from conf.session import build_session
from conf.settings import Settings
from generator import texts
from pipelines.sources.lake import read_changes
from runtime.resources import PROJECT

WARM_UP_SECONDS = 60


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=250, help="tweets per second (default: 250, X's cap)")
    parser.add_argument("--seconds", type=int, default=120, help="seconds measured after the warm-up (default: 120)")
    flags = parser.parse_args()
    total = int(flags.rate * (WARM_UP_SECONDS + flags.seconds))
    with bench_settings() as (settings, overlay):
        stream = subprocess.Popen(
            job("stream_tweets", overlay), cwd=PROJECT, env=environment(settings), stderr=subprocess.DEVNULL
        )
        send(settings, payloads(texts(100, seed=3)))
        wait_for(lambda: bool(batches(settings)), stream, 300)
        since = datetime.now(UTC) + timedelta(seconds=WARM_UP_SECONDS)
        send(settings, payloads(texts(total, seed=4)), rate=flags.rate)
        wait_for(lambda: sum(batch["rows"] for batch in batches(settings)) >= total + 100, stream, 600)
        wait_for(lambda: bool(batches(settings, "extract_entities")), stream, 600)
        stream.send_signal(signal.SIGTERM)
        stream.wait(300)
        delays, entity_delays, missing = read_delays(settings, since)
    p50, p95 = (float(np.percentile(delays, percent)) for percent in (50, 95))
    # A complaint without entities so far has an infinite delay, so that the percentiles include it.
    waited = np.array([*entity_delays, *[np.inf] * missing])
    entities = [float(np.percentile(waited, percent, method="lower")) for percent in (50, 95)]
    save(
        "freshness",
        {"rate": flags.rate, "tweets": len(delays), "p50_seconds": p50, "p95_seconds": p95}
        | {"complaints": len(entity_delays) + missing, "without_entities_yet": missing}
        | {"entities_p50_seconds": _known(entities[0]), "entities_p95_seconds": _known(entities[1])},
    )
    print(f"{len(delays):,} tweets at {flags.rate:.0f}/s: p50 {p50:.1f} s, p95 {p95:.1f} s, Kafka to committed row")
    print(
        f"{len(entity_delays) + missing:,} complaints: entities after p50 {entities[0]:.1f} s, "
        f"p95 {entities[1]:.1f} s; {missing:,} had no entities when the last tweet was committed"
    )
    return 0


def read_delays(settings: Settings, since: datetime) -> tuple[list[float], list[float], int]:
    """Seconds from Kafka's timestamp to the commit of each tweet received after `since`; the same for the entities of
    complaints; the number of complaints whose entities are missing."""
    spark = build_session(settings, "freshness")
    warm = read_changes(spark, settings, "silver.tweets", 0).where(F.col("observed_at") > F.lit(since)).persist()
    found = read_changes(spark, settings, "silver.tweet_entities", 0)
    kept = found.select("tweet_id", F.col("_commit_timestamp").alias("found_at"))
    late = warm.where("complaint.is_complaint").join(kept, "tweet_id", "left")
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
