"""How long does it take from a tweet to a ranking that counts it, beside a stream at a steady rate?

    python -m benchmarks.influence_freshness [--rate 100] [--rounds 4] [--pause 120]

`rank_influencers` runs beside the streaming job, start to start every `--pause` seconds; six tweets in ten are retweets
of the twenty authors of the others. A tweet waits for its row in silver, for the next start, and for that run. Where
runs start every ten minutes, the longest wait is the sum of the slowest row, ten minutes and the slowest run; both are
measured. The first run, which also computes the network, is stated by itself.
"""

import argparse
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

from benchmarks.freshness import read_delays
from benchmarks.harness import batches, bench_settings, environment, job, payloads, save, send, wait_for
from generator import texts
from runtime.resources import PROJECT

START_TO_START = 600
AUTHORS, RETWEETS_OF_TEN = 20, 6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=100, help="tweets per second (default: 100)")
    parser.add_argument("--rounds", type=int, default=4, help="runs after the first one (default: 4)")
    parser.add_argument("--pause", type=float, default=120, help="seconds from start to start (default: 120)")
    flags = parser.parse_args()
    with bench_settings(influence={"min_followers": 1, "min_posts": 1}) as (settings, overlay):
        given: dict[str, Any] = {"cwd": PROJECT, "env": environment(settings), "stderr": subprocess.DEVNULL}
        stream = subprocess.Popen(job("stream_tweets", overlay), **given)
        done = threading.Event()
        rows = until(done, reactions(payloads(texts(int(1e6), seed=5))))
        sender = threading.Thread(target=send, args=(settings, rows, flags.rate))
        sender.start()
        try:
            wait_for(lambda: len(batches(settings)) >= 3, stream, 300)
            since, seconds = datetime.now(UTC), list[float]()
            for _ in range(1 + flags.rounds):
                started = time.monotonic()
                subprocess.run(job("rank_influencers", overlay), check=True, **given)
                seconds.append(time.monotonic() - started)
                time.sleep(max(0.0, flags.pause - seconds[-1]))
        finally:
            done.set()
            sender.join()
            stream.send_signal(signal.SIGTERM)
            stream.wait(300)
        delays, _, _ = read_delays(settings, since)
    first, *later = seconds
    figures = {
        "rate": flags.rate,
        "tweets": len(delays),
        "slowest_row_seconds": max(delays),
        "first_run_seconds": first,
        "slowest_run_seconds": max(later),
        "longest_wait_seconds": max(delays) + START_TO_START + max(later),
    }
    save("influence_freshness", figures)
    print(
        f"{len(delays):,} tweets at {flags.rate:.0f}/s: slowest row {max(delays):.0f} s, first run {first:.0f} s, "
        f"later ones up to {max(later):.0f} s; every ten minutes a tweet waits at most "
        f"{figures['longest_wait_seconds'] / 60:.1f} minutes for its ranking"
    )
    return 0


def reactions(rows: Iterator[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """The payloads: of ten in a row, six retweet the first of the four that are not retweets."""
    popular: dict[str, str] = {}
    for number, (key, value) in zip(count(), rows, strict=False):
        payload = json.loads(value)
        data, user = payload["data"], payload["includes"]["users"][0]
        if number % 10 < 10 - RETWEETS_OF_TEN:
            author = str(1000 + number // 10 % AUTHORS)
            data["author_id"] = user["id"] = author
            user["username"] = f"a{author}"
            if number % 10 == 0:
                popular = {"id": data["id"], "author": author}
        else:
            data["referenced_tweets"] = [{"type": "retweeted", "id": popular["id"]}]
            mention = {"start": 3, "end": 3 + len(popular["author"]) + 2, "username": f"a{popular['author']}"}
            data["entities"] = {"mentions": [mention | {"id": popular["author"]}]}
            data["text"] = f"RT @a{popular['author']}: {data['text']}"
        yield key, json.dumps(payload).encode()


def until(done: threading.Event, rows: Iterator[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    for row in rows:
        if done.is_set():
            return
        yield row


if __name__ == "__main__":
    sys.exit(main())
