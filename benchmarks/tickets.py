"""How long from a tweet's Kafka timestamp to its ticket at the help desk, with everything running?

    python -m benchmarks.tickets [--rate 250] [--complaints 12] [--seconds 120]

The stream, the dispatcher and the dashboard run as processes; the help desk is the webhook emulator. `--complaints` of
the `--rate` tweets per second complain: they mention the brand's account, and each is a conversation of its own, so
that each opens a ticket. The others only name the brand. The first five minutes are left out: the JVM still compiles.
Complaints that the annotator does not take for any open no ticket; others that it takes for complaints open one.
Published by others: 2.8 to 3.1 s for one tweet alone, 16.7 tweets per second at most.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import numpy as np
import requests

from benchmarks.harness import batches, bench_settings, environment, job, save, send, wait_for
from conf.settings import Settings
from generator.authors import Crowd
from generator.language import write
from generator.scenario import Brand, Scenario
from generator.world import World, regions, segments
from pipelines.sinks.lake_rows import read_plain_rows
from pipelines.sources.x.clock import EPOCH_MS, SEQUENCE_BITS
from runtime.resources import PROJECT
from stack.desk_emulator.app import SECRET

WARM_UP_SECONDS = 300
SETTLE_SECONDS = 300
SLUG, HANDLE, ACCOUNT = "skyvarn", "FlySkyvarn", "900000000000000900"
CALM = ("praise", "question", "news", "joke", "chat", "offer")
PROCESSES = ("stream_tweets", "dispatch_tickets", "serve_dashboard")
Record = tuple[bytes, bytes]


@dataclass(frozen=True)
class Accepted:
    """When the help desk accepted the ticket of a tweet, in Unix seconds."""

    tweet_id: str
    at: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=250, help="tweets per second (default: 250, X's cap)")
    parser.add_argument("--complaints", type=float, default=12, help="complaints per second among them (default: 12)")
    parser.add_argument("--seconds", type=int, default=120, help="seconds measured after the warm-up (default: 120)")
    flags = parser.parse_args()
    total = int(flags.rate * (WARM_UP_SECONDS + flags.seconds))
    every = max(1, round(flags.rate / flags.complaints))
    with help_desk() as url, bench_settings(**sections(url)) as (settings, overlay), ExitStack() as running:
        started = {name: running.enter_context(process(job(name, overlay), settings)) for name in PROCESSES}
        send(settings, payloads(100, every, seed=3))
        wait_for(lambda: bool(batches(settings)), started["stream_tweets"], 300)
        since = datetime.now(UTC) + timedelta(seconds=WARM_UP_SECONDS)
        send(settings, payloads(total, every, seed=4), rate=flags.rate)
        wait_for(
            lambda: sum(batch["rows"] for batch in batches(settings)) >= total + 100, started["stream_tweets"], 600
        )
        wait_until_settled(url, settings)
        figures = measure(settings, read_accepted(url), since)
    save("tickets", {"rate": flags.rate, "complaints_per_second": flags.complaints} | figures)
    print(as_text(figures))
    return 0


def sections(url: str) -> dict[str, dict[str, Any]]:
    """The settings by which the desk sends to the emulator."""
    return {"dispatch_tickets": {"adapter": "webhook", "url": url}}


@contextmanager
def help_desk() -> Iterator[str]:
    """The address of a webhook emulator."""
    command = [sys.executable, "-m", "stack.desk_emulator", "--desk", "webhook"]
    emulator = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    try:
        assert emulator.stdout is not None
        yield emulator.stdout.readline().split()[-1]
    finally:
        emulator.kill()
        emulator.wait()


@contextmanager
def process(command: list[str], settings: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    """A job until the end of the block."""
    values = environment(settings) | {"BRANDPULSE_WEBHOOK_SECRET": SECRET}
    running = subprocess.Popen(command, cwd=PROJECT, env=os.environ | values, stderr=subprocess.DEVNULL)
    try:
        yield running
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(300)


def payloads(count: int, every: int, seed: int) -> Iterator[Record]:
    """(key, value) of `count` v2 payloads; one in `every` complains and mentions the brand, the others name it."""
    brand = Brand(SLUG, "Skyvarn Air", HANDLE, "airline")
    ends_at = datetime(2026, 3, 1, tzinfo=UTC)
    crowd = Crowd(World(Scenario("tickets", seed, ends_at, 1, count, 4000, (brand,)), segments({}), regions()))
    dice, seen = Random(seed), set[str]()
    while len(seen) < count:
        author = crowd.pick(dice, 0, 12)
        is_complaint = len(seen) % every == 0
        words = write(dice, brand, author, "complaint" if is_complaint else dice.choice(CALM))
        plain = words.text.replace(f"@{HANDLE}", brand.name)
        text = f"@{HANDLE} {plain}" if is_complaint else plain
        if words.lang == "en" and text not in seen:
            seen.add(text)
            yield payload(text, len(seen), author.user_id, mentions=is_complaint)


def payload(text: str, number: int, author: str, *, mentions: bool) -> Record:
    at = time.time()
    tweet_id = str((int(at * 1000) - EPOCH_MS) << SEQUENCE_BITS | number % (1 << SEQUENCE_BITS))
    metrics = dict.fromkeys(("followers_count", "following_count", "tweet_count", "listed_count"), 7)
    data = {
        "id": tweet_id,
        "text": text,
        "author_id": author,
        "created_at": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(at)),
        "lang": "en",
        "conversation_id": tweet_id,
        "edit_history_tweet_ids": [tweet_id],
        "entities": {"mentions": [{"username": HANDLE, "id": ACCOUNT}] if mentions else []},
        "public_metrics": dict.fromkeys(("retweet_count", "reply_count", "like_count", "quote_count"), 0),
    }
    user = {"id": author, "username": f"a{author[-9:]}", "name": "a", "description": "x" * 300}
    included = {"users": [user | {"public_metrics": metrics}]}
    body = {"data": data, "includes": included, "matching_rules": [{"id": "1", "tag": f"brand:{SLUG}"}]}
    return tweet_id.encode(), json.dumps(body).encode()


def read_accepted(url: str) -> list[Accepted]:
    """The tickets that the emulator has, by the tweet that opened them."""
    with closing(requests.get(f"{url.removesuffix('/hook')}/_emulator/state", timeout=30)) as answer:
        tickets = answer.json()["tickets"].values()
    return [Accepted(each["tweets"][0]["link"].rsplit("/", 1)[-1], each["accepted_at"]) for each in tickets]


def wait_until_settled(url: str, settings: Settings) -> None:
    """Until the help desk has as many tickets as there are complaints, and no more came for ten seconds."""
    deadline, before = time.monotonic() + SETTLE_SECONDS, -1
    while time.monotonic() < deadline:
        accepted = len(read_accepted(url))
        if accepted == before and accepted >= len(read_complaints(settings)):
            return
        before = accepted
        time.sleep(10)


def read_complaints(settings: Settings) -> dict[str, datetime]:
    """{tweet id: its Kafka timestamp} of the candidates that complain."""
    columns = ("tweet_id", "role", "received_at")
    rows = read_plain_rows(settings, "gold.ticket_candidates", columns, [("role", "=", "complaint")])
    return {row["tweet_id"]: row["received_at"] for row in rows}


def measure(settings: Settings, accepted: list[Accepted], since: datetime) -> dict[str, Any]:
    """Seconds from Kafka to the help desk of complaints received after `since`, and to the candidate's commit."""
    received = {tweet: at for tweet, at in read_complaints(settings).items() if at > since}
    known = {each.tweet_id: each.at for each in accepted}
    waited = [known[tweet] - at.timestamp() for tweet, at in received.items() if tweet in known]
    problems = len(accepted) - len(known)
    p50, p95 = (float(np.percentile(waited, share)) for share in (50, 95)) if waited else (None, None)
    return {"tickets": len(waited), "missing": len(received) - len(waited), "twice": problems} | {
        "p50_seconds": p50,
        "p95_seconds": p95,
    }


def as_text(figures: dict[str, Any]) -> str:
    if not figures["tickets"]:
        return "no ticket was accepted"
    return (
        f"{figures['tickets']:,} tickets: p50 {figures['p50_seconds']:.1f} s, p95 {figures['p95_seconds']:.1f} s from "
        f"Kafka to the help desk; {figures['missing']} missing, {figures['twice']} twice (published by others: 2.8 to "
        "3.1 s for one tweet alone)"
    )


if __name__ == "__main__":
    sys.exit(main())
