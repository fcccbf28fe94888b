"""Settings, processes and expected results for tests that collect from the X emulator into a real broker."""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import tweepy
from kafka import KafkaConsumer, TopicPartition

from conf.command_line import Options
from conf.settings import Secrets, Settings
from pipelines.collection import collect_stream
from pipelines.sources.collector.gap_ledger import Gap, GapLedger, State
from pipelines.sources.collector.store import Store
from pipelines.sources.x.clients import open_stream
from pipelines.sources.x.stream.connection import SOURCE
from runtime.resources import PROJECT
from runtime.threads import Workers
from stack.processes import find, mark, wait_until
from stack.x_emulator.local import Running
from stack.x_emulator.readers import items_of
from tests.conftest import job_environment
from tests.end_to_end.processes import job, overlay

SPEED = 20
SILENCE = 80.0
"""Longer than X's 20 s, which are one second at this speed: a busy machine pauses as long."""
RULES = {"skyvarn (flight OR coffee)": "brand:skyvarn:keywords", "@FlySkyvarn": "brand:skyvarn:handle"}
STREAM = ("--source", "stream")
TEXT = "the skyvarn flight was fine"


def collecting(settings: Settings, running: Running, **sections: dict[str, Any]) -> Settings:
    """`settings` for the emulator, at its speed; keywords change members of sections."""
    defaults: dict[str, dict[str, Any]] = {
        "x": {"base_url": running.base_url, "retry_timeout_seconds": 2.0},
        "collect_stream": {"clock_speed": float(SPEED), "silence_seconds": SILENCE},
        "kafka": {"timeout_seconds": 10},
    }
    changes = {
        name: getattr(settings, name).model_copy(update=defaults.get(name, {}) | sections.get(name, {}))
        for name in defaults.keys() | sections.keys()
    }
    secrets = Secrets.model_validate({"x_bearer_token": running.credentials.bearer_token})
    return settings.model_copy(update=changes | {"secrets": secrets})


def with_rules(settings: Settings, rules: dict[str, str] | None = None) -> Settings:
    """Give X these rules: {value: tag}."""
    client: tweepy.StreamingClient = open_stream(settings)
    wanted = RULES if rules is None else rules
    client.add_rules([tweepy.StreamRule(value=value, tag=tag) for value, tag in wanted.items()])
    return settings


def some_options(**extra: Any) -> Options:
    shared: dict[str, Any] = {name: extra.pop(name, False) for name in ("dry_run", "full")}
    brand = extra.pop("brand", None)
    return Options(env=None, brand=brand, as_of=datetime.now(UTC), run_id=1, extra=extra, **shared)


class Collecting:
    """A collector in threads of the test's process."""

    def __init__(self, settings: Settings) -> None:
        self._stop = threading.Event()
        self._workers = Workers(self._stop)
        self._thread = self._workers.start(lambda: collect_stream.run(settings, some_options(), self._stop))

    @property
    def error(self) -> Exception | None:
        return self._workers.errors[0] if self._workers.errors else None

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def wait(self, seconds: float = 20) -> None:
        """Wait until it has ended."""
        self._thread.join(seconds)
        assert not self._thread.is_alive(), f"the collector still runs after {seconds} s"

    def end(self) -> None:
        self._stop.set()
        self.wait(6)


@contextmanager
def a_collector(settings: Settings) -> Iterator[Collecting]:
    """Collect while the block runs; an error of the collector is the test's."""
    collector = Collecting(settings)
    try:
        yield collector
    finally:
        collector.end()
    if collector.error:
        raise collector.error


def wait_for(is_true: Callable[[], object], seconds: float = 60, what: str = "it") -> None:
    assert wait_until(lambda: bool(is_true()), seconds), f"{what} did not come true in {seconds} s"


def connected(running: Running, times: int = 1) -> Callable[[], bool]:
    """So many connections were made, and one is open."""
    return lambda: len(running.admin.connections()) >= times and running.admin.state()["open"] == 1


def records(settings: Settings, topic: str | None = None) -> list[tuple[str, bytes, dict[str, str]]]:
    """(key, value, headers) of everything in a topic, that of the tweets by default."""
    return [
        (one.key.decode(), one.value, {name: text.decode() for name, text in one.headers})
        for one in everything_in(settings.endpoint("kafka"), topic or settings.kafka.tweets_topic)
    ]


def everything_in(broker: str, topic: str) -> list[Any]:
    """kafka-python's records of a topic, partition by partition; none without the topic."""
    consumer = _consumer(broker)
    partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
    if not partitions:
        return []
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    ends = consumer.end_offsets(partitions)
    found: list[Any] = []
    while any(consumer.position(one) < ends[one] for one in partitions):
        for batch in consumer.poll(timeout_ms=1000).values():
            found += batch
    return found


@cache
def _consumer(broker: str) -> KafkaConsumer:
    """One for each broker: opening one takes longer than reading a test's topic."""
    return KafkaConsumer(bootstrap_servers=broker)


def whole_ids(settings: Settings) -> set[str]:
    """Ids of the tweets in the topic; fragments and lines without a tweet are none."""
    found = set()
    for _, value, _ in records(settings):
        try:
            found.add(json.loads(value)["data"]["id"])
        except (ValueError, KeyError):
            continue
    return found


def gaps(settings: Settings, *states: State) -> list[Gap]:
    store = Store(settings)
    try:
        return GapLedger(store, SOURCE, settings.collect_stream.overlap_seconds).gaps(*states)
    finally:
        store.close()


def all_settled(settings: Settings, count: int) -> Callable[[], bool]:
    """So many gaps are known, and none is open."""
    return lambda: len(gaps(settings)) >= count and not gaps(settings, State.OPEN)


def the_posts() -> Iterator[Any]:
    """Posts that fit the rules, every fifth a retweet."""
    for number in range(500):
        data: dict[str, Any] = {"id": str(10_000 + number), "text": f"{TEXT} {number}", "author_id": "7001"}
        if number % 5 == 4:
            data |= {"text": f"RT @quiet: {TEXT}", "referenced_tweets": [{"type": "retweeted", "id": "10001"}]}
        yield from items_of({"data": data})


@dataclass(frozen=True)
class Reconciliation:
    """What X played since the first connection, and what became of it."""

    sent: int
    delivered: int
    repaired: int
    searchable: frozenset[str]
    """Ids that X's search can return."""
    lost_searchable: frozenset[str]
    lost_retweets: frozenset[str]
    unknown_retweets: frozenset[str]
    """Retweets that were missed without being in a gap of the ledger."""

    def __str__(self) -> str:
        return (
            f"sent {self.sent}, delivered {self.delivered}, repaired {self.repaired}, lost {len(self.lost_searchable)} "
            f"searchable and {len(self.lost_retweets)} retweets ({len(self.unknown_retweets)} not in the ledger)"
        )


def reconcile(settings: Settings, running: Running) -> Reconciliation:
    """Compare X's own account with the topic and the ledger."""
    posts = [post for post in running.admin.posts() if post["rules"]]
    sources: dict[str, set[str]] = {}
    for _, value, headers in records(settings):
        with suppress(ValueError, KeyError):
            sources.setdefault(json.loads(value)["data"]["id"], set()).add(headers["source"])
    missed = [post for post in posts if post["id"] not in sources]
    retweets = frozenset(post["id"] for post in missed if post["kind"] == "retweet")
    spans = [(gap.since_id, gap.until_id or 0) for gap in gaps(settings)]
    return Reconciliation(
        sent=len(posts),
        delivered=sum("x:stream" in found for found in sources.values()),
        repaired=sum("x:stream" not in found for found in sources.values()),
        searchable=frozenset(post["id"] for post in posts if not post["unsearchable"]),
        lost_searchable=frozenset(post["id"] for post in missed if not post["unsearchable"]),
        lost_retweets=retweets,
        unknown_retweets=frozenset(each for each in retweets if not any(a < int(each) < b for a, b in spans)),
    )


_STARTED: list["Process"] = []


def kill_what_was_left() -> None:
    """For the end of a test that failed half-way."""
    while _STARTED:
        _STARTED.pop().kill()


class Process:
    """The collector as a process; its output goes to `log`."""

    def __init__(self, command: list[str], log: Path) -> None:
        self.log = log
        _STARTED.append(self)
        with log.open("ab") as file:
            self.process = subprocess.Popen(command, cwd=PROJECT, env=job_environment(), stderr=file)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def started(settings: Settings, folder: Path, **sections: dict[str, Any]) -> Process:
    """A collector of the stream; keywords change members of sections."""
    return Process(job("collect_tweets", overlay(settings, **sections), *STREAM), folder / "collector.log")


def ended(collector: Process, seconds: float = 30) -> tuple[int, str]:
    """Exit code and last log line of a collector."""
    code = collector.process.wait(seconds)
    return code, collector.log.read_text().strip().splitlines()[-1]


def kill_broker(home: Path) -> None:
    process = find(mark(home, "kafka"))
    assert process is not None
    process.kill()
    assert wait_until(lambda: find(mark(home, "kafka")) is None, 10)
    _consumer.cache_clear()
