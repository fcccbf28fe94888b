"""How many tweets per second does the streaming job annotate, compared with plain onnxruntime on the same cores?

    python -m benchmarks.throughput [--texts 100000]

All texts are distinct, so that each is scored; the first batch is left out. Plain onnxruntime scores the yardstick
(`benchmarks/yardstick`) before and after the stream, in batches of 32 sorted by length (its fastest way); the mean of
both corrects for drift of the machine. Entities are extracted after all tweets: their rate is in candidates of tickets
per second.
"""

import argparse
import subprocess
import sys

from benchmarks.harness import batches, bench_settings, environment, job, payloads, save, send
from benchmarks.yardstick import plain_rate
from conf.session import build_session
from conf.settings import Settings
from generator import texts
from pipelines.sources.lake import read_table
from runtime.resources import PROJECT

BATCH_ROWS = 10_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=100_000, help="distinct texts to annotate (default: 100000)")
    count = parser.parse_args().texts
    with bench_settings(stream_tweets={"max_offsets_per_trigger": BATCH_ROWS}) as (settings, overlay):
        print(f"sending {send(settings, payloads(texts(count, seed=1))):,} distinct texts")
        before = plain_rate(settings)
        subprocess.run(
            job("stream_tweets", overlay, "--once"), cwd=PROJECT, env=environment(settings), check=True,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        plain = (before + plain_rate(settings)) / 2
        steady = batches(settings)[1:]
        entity_seconds = sum(batch["batch_seconds"] for batch in batches(settings, "extract_candidate_entities"))
        candidates = count_rows(settings, "silver.tweet_entities")
    rows, seconds = sum(batch["rows"] for batch in steady), sum(batch["batch_seconds"] for batch in steady)
    stream = rows / seconds
    save(
        "throughput",
        {"texts": count, "stream_per_second": stream, "plain_onnxruntime_per_second": plain, "ratio": stream / plain}
        | {"candidates": candidates, "candidates_per_second": candidates / entity_seconds},
    )
    for batch in steady:
        print(f"batch {batch['batch']}: {batch['rows']:,} rows in {batch['batch_seconds']:.1f} s")
    print(f"streaming job {stream:.0f} tweets/s, plain onnxruntime {plain:.0f} tweets/s, ratio {stream / plain:.2f}")
    print(f"entities afterwards: {candidates:,} candidates, {candidates / entity_seconds:.0f} per second")
    return 0


def count_rows(settings: Settings, name: str) -> int:
    spark = build_session(settings, "throughput")
    rows = read_table(spark, settings, name).count()
    spark.stop()
    return rows


if __name__ == "__main__":
    sys.exit(main())
