"""The collector under stress: 60 seeded faults, kills of the process, restarts of the broker.

The streaming job then processes what it delivered: in bronze at least once, in silver exactly once.
"""

import json
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import stack
from conf.settings import Settings, load_settings
from pipelines.sinks.kafka_clients import create_topics
from pipelines.sinks.lake_rows import read_plain_rows
from pipelines.sources.collector.gap_ledger import State
from runtime.resources import PROJECT
from stack.processes import wait_until
from stack.x_emulator.client import EmulatorAdmin
from stack.x_emulator.local import Running
from stack.x_emulator.options import Credentials
from tests.collecting import (
    SPEED,
    TEXT,
    Process,
    Reconciliation,
    all_settled,
    collecting,
    connected,
    gaps,
    kill_broker,
    reconcile,
    started,
    wait_for,
    with_rules,
)
from tests.conftest import job_environment
from tests.end_to_end.processes import job, overlay, run

SEED, FAULTS, RATE = 20260504, 60, 250
SPOILED = 20
KILL_AT, BROKER_AT = (12, 30, 48), (20, 40)
ENDING: tuple[dict[str, Any], ...] = (
    {"kind": "clean_close"},
    {"kind": "abort"},
    {"kind": "abort_in_line"},
    {"kind": "end_in_line"},
    {"kind": "html_page"},
    {"kind": "silence", "seconds": 80},
    {"kind": "slow_chunks", "seconds": 20, "bytes": 4000},
    *(
        {"kind": "disconnect", "disconnect_type": each}
        for each in ("UpstreamOperationalDisconnect", "ForceDisconnect", "SlowReader", "InternalError")
    ),
)
REJECTING = ("unavailable", "unavailable_html", "bad_gateway", "rate_limited_without_reset", "rate_limited_old")
REJECTING_MORE = ("too_many_connections", "no_answer", "unauthorized", "forbidden", "no_rules")
SPOILING = ("duplicate", "disorder", "no_tag", "errors_beside_data", "not_json", "bad_date", "no_text")
SPOILING_MORE = ("null_edit_controls", "unknown_message")


def faults() -> Iterator[list[dict[str, Any]]]:
    """The same faults each time: one of each kind, the others at random, shuffled."""
    draw = random.Random(SEED)
    kinds: list[list[dict[str, Any]]] = [[each] for each in ENDING]
    kinds += [[{"kind": each}, {"kind": "clean_close"}] for each in (*REJECTING, *REJECTING_MORE)]
    kinds += [[{"kind": each, "times": SPOILED}] for each in (*SPOILING, *SPOILING_MORE)]
    kinds += [[{"kind": "occupied_slot", "seconds": 90}, {"kind": "silence", "seconds": 80}]]
    order = [*kinds, *draw.choices(kinds, k=FAULTS - len(kinds))]
    draw.shuffle(order)
    return iter(order)


def an_archive(folder: Path) -> Path:
    """2,000 posts that match the rules, every fifth a retweet, each with its author."""
    lines = []
    for number in range(2000):
        author = {"id": str(7000 + number % 97), "username": f"otter_{number % 97}", "name": "Quiet Otter"}
        data: dict[str, Any] = {"id": str(10_000 + number), "text": f"{TEXT} {number}", "author_id": author["id"]}
        if number % 5 == 4:
            data |= {"text": f"RT @quiet: {TEXT}", "referenced_tweets": [{"type": "retweeted", "id": "10001"}]}
        lines.append(json.dumps({"data": data, "includes": {"users": [author]}}))
    path = folder / "posts.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def x(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """An emulator in a separate process, because it needs a core."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "stack.x_emulator", "--port", str(port), "--source", str(an_archive(tmp_path))]
    command += ["--speed", str(SPEED), "--rule-delay-seconds", "0"]
    server = subprocess.Popen(command, cwd=PROJECT, env=job_environment(), stdout=subprocess.DEVNULL)
    running = Running(f"http://127.0.0.1:{port}", Credentials(), EmulatorAdmin(f"http://127.0.0.1:{port}"))
    monkeypatch.setenv("BRANDPULSE_X_BEARER_TOKEN", running.credentials.bearer_token)
    try:
        assert wait_until(lambda: _answers(running), 30)
        yield running
    finally:
        server.terminate()
        server.wait(10)


def _answers(running: Running) -> bool:
    try:
        return "posts" in running.admin.state()
    except OSError:
        return False


@pytest.fixture
def ready(settings: Settings, x: Running, tmp_path: Path) -> Iterator[Settings]:
    """Settings with a broker for this test alone, which kills it."""
    endpoints = stack.start(tmp_path / "stack", load_settings())
    broker = {"bootstrap_servers": endpoints.kafka, "max_in_flight_bytes": 300_000, "timeout_seconds": 15}
    quick = {"clock_speed": float(SPEED), "silence_seconds": 40.0, "overlap_seconds": 15.0, "buffer_bytes": 300_000}
    ready = with_rules(collecting(settings, x, kafka=broker, collect_stream=quick))
    create_topics(ready)
    yield ready
    stack.stop(tmp_path / "stack")


class Supervised:
    """The collector, restarted whenever it ends, as by the supervisor."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings, self._folder = settings, folder
        self.codes: list[int] = []
        self.collector = self._start()

    def look(self) -> bool:
        """Restart the collector if it has ended; True if so."""
        code = self.collector.process.poll()
        if code is not None:
            self.codes.append(code)
            self.collector = self._start()
        return code is not None

    def kill(self) -> None:
        self.collector.kill()
        self.look()

    def _start(self) -> Process:
        return started(self._settings, self._folder)


@pytest.mark.slow
@pytest.mark.usefixtures("imported_annotator")
@pytest.mark.timeout(2700)
def test_sixty_faults_three_kills_and_two_broker_restarts_lose_nothing_that_search_knows(
    ready: Settings, x: Running, tmp_path: Path
) -> None:
    draw = random.Random(SEED)
    supervised = Supervised(ready, tmp_path)
    wait_for(connected(x), 30, "the connection")
    x.admin.play(RATE)
    for number, several in enumerate(faults()):
        for fault in several:
            x.admin.fault(**fault)
        if number in KILL_AT:
            supervised.kill()
        if number in BROKER_AT:
            kill_broker((tmp_path / "stack").resolve())
            _watch_until_kafka_is_missed(supervised, ready)
            stack.start(tmp_path / "stack", load_settings())
        _watch(supervised, draw.uniform(2.0, 5.0))
    x.admin.cancel_faults()
    wait_for(lambda: supervised.look() or x.admin.state()["open"] == 1, 90, "the last connection")
    x.admin.play(0)
    wait_for(lambda: supervised.look() or all_settled(ready, 1)(), 240, "the last repair")
    supervised.collector.process.send_signal(signal.SIGTERM)
    assert supervised.collector.process.wait(10) == 0
    result = reconcile(ready, x)
    causes = [gap.cause for gap in gaps(ready)]
    print(f"\n{result}; {len(causes)} gaps, {len(x.admin.connections())} connections, ended with {supervised.codes}")
    assert result.sent > FAULTS * RATE
    assert result.lost_searchable == frozenset()
    assert result.unknown_retweets == frozenset()
    assert result.lost_retweets
    assert {"killed", "silence", "kafka_unavailable", "unreachable", "disconnected"} <= set(causes)
    assert supervised.codes.count(-signal.SIGKILL) == len(KILL_AT)
    assert {gap.state for gap in gaps(ready)[:-1]} == {State.LOST_RETWEETS}
    assert set(supervised.codes) <= {-signal.SIGKILL, 5, 8, 10}  # 5: the broker took long to restart
    assert x.credentials.bearer_token not in (tmp_path / "collector.log").read_text()
    rejected = rejected_after_streaming(ready, result)
    print(f"in silver exactly once, but for {len(rejected)} that were spoiled and are in the rejects with their reason")
    assert len(rejected) < FAULTS * SPOILED


def _times_without_kafka(settings: Settings) -> int:
    """How often the collector has ended the stream because its buffer was full."""
    return sum(gap.cause == "kafka_unavailable" for gap in gaps(settings))


def _watch_until_kafka_is_missed(supervised: Supervised, settings: Settings) -> None:
    """Wait until the collector ends the stream because its buffer is full, or ends itself."""
    before = _times_without_kafka(settings)
    wait_until(lambda: supervised.look() or _times_without_kafka(settings) > before, 20)


def rejected_after_streaming(settings: Settings, result: Reconciliation) -> set[str]:
    """Run the streaming job and check bronze and silver; return the ids of rejected tweets."""
    env = overlay(settings)
    run(job("stream_tweets", env, "--once"))
    run(job("check_reconciliation", env))
    landed = set()
    for row in read_plain_rows(settings, "bronze.tweets", ("value",)):
        with suppress(ValueError, KeyError):
            landed.add(json.loads(row["value"])["data"]["id"])
    assert result.searchable - landed == set()
    tweet_ids = [row["tweet_id"] for row in read_plain_rows(settings, "silver.tweets", ("tweet_id",))]
    assert len(tweet_ids) == len(set(tweet_ids))
    rejected = read_plain_rows(settings, "silver.rejected_tweets", ("tweet_id", "reason"))
    assert all(row["reason"] for row in rejected)
    missing = set(result.searchable.difference(tweet_ids))
    assert missing <= {row["tweet_id"] for row in rejected}
    return missing


def _watch(supervised: Supervised, seconds: float) -> None:
    """Supervise for so many seconds."""
    ends = time.monotonic() + seconds
    wait_until(lambda: supervised.look() or time.monotonic() > ends, seconds + 1)
