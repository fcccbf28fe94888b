"""The collector as a process: a clean end, a kill, an unavailable broker, and its exit codes."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import stack
from conf.settings import Settings, load_settings
from pipelines.sinks.kafka_clients import create_topics
from pipelines.sources.collector.gap_ledger import State
from stack.x_emulator.local import Running, serve
from stack.x_emulator.options import Options
from tests.collecting import (
    SPEED,
    TEXT,
    a_collector,
    all_settled,
    collecting,
    connected,
    ended,
    gaps,
    kill_broker,
    kill_what_was_left,
    reconcile,
    started,
    the_posts,
    wait_for,
    whole_ids,
    with_rules,
)

QUICK = {"clock_speed": float(SPEED), "overlap_seconds": 10.0}


@pytest.fixture
def x(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    options = Options(speed=SPEED, rule_delay_seconds=0.0, search_delay_seconds=30.0)
    with serve(options, source=the_posts) as running:
        monkeypatch.setenv("BRANDPULSE_X_BEARER_TOKEN", running.credentials.bearer_token)
        yield running
        kill_what_was_left()


@pytest.fixture
def ready(settings: Settings, x: Running) -> Settings:
    return with_rules(collecting(settings, x, collect_stream=QUICK))


def test_sigterm_inside_a_silent_read_ends_it_within_5_seconds(ready: Settings, x: Running, tmp_path: Path) -> None:
    collector = started(ready, tmp_path, collect_stream={"silence_seconds": 10_000.0})
    wait_for(connected(x), what="the connection")
    ids = {x.admin.post(f"{TEXT} {number}") for number in range(30)}
    x.admin.fault("silence", seconds=10_000)
    wait_for(lambda: whole_ids(ready) == ids, what="all 30 in Kafka: X has sent more than the collector has read")
    before = time.monotonic()
    collector.process.send_signal(signal.SIGTERM)
    code, _ = ended(collector)
    assert code == 0
    assert time.monotonic() - before < 5
    assert whole_ids(ready) == ids
    assert [gap.cause for gap in gaps(ready)] == ["stopped"]


def test_after_a_kill_the_next_start_repairs_from_the_last_position(
    ready: Settings, x: Running, tmp_path: Path
) -> None:
    collector = started(ready, tmp_path)
    wait_for(connected(x), what="the connection")
    x.admin.play(100)
    x.admin.wait_for(300)
    x.admin.fault("occupied_slot", seconds=10_000)
    collector.kill()
    played = x.admin.state()["posts"]
    x.admin.wait_for(played + 100)
    collector = started(ready, tmp_path)
    wait_for(connected(x, 2), what="the second connection, though X keeps the place of the first")
    x.admin.play(0)
    wait_for(all_settled(ready, 1), what="the repair")
    result = reconcile(ready, x)
    collector.process.send_signal(signal.SIGTERM)
    assert ended(collector)[0] == 0
    assert (result.lost_searchable, result.unknown_retweets) == (frozenset(), frozenset())
    assert result.lost_retweets
    assert gaps(ready)[0].cause == "killed"


def test_a_second_collector_of_the_same_home_ends_with_code_7(ready: Settings, x: Running, tmp_path: Path) -> None:
    with a_collector(ready):
        wait_for(connected(x))
        code, said = ended(started(ready, tmp_path))
    assert code == 7
    assert "already collects from stream: stop it" in said


def test_without_a_token_it_says_what_to_set_and_who_gives_it(
    ready: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("BRANDPULSE_X_BEARER_TOKEN")
    code, said = ended(started(ready, tmp_path))
    assert code == 3
    assert "BRANDPULSE_X_BEARER_TOKEN is not set" in said
    assert "developer.x.com" in said


@pytest.mark.parametrize(
    ("fault", "expected", "words"),
    [
        ("unauthorized", 8, "X rejects the token"),
        ("forbidden", 8, "has no access to this part of X's API"),
        ("no_rules", 10, "X has no stream rules"),
        ("usage_capped", 9, "X's cap on reads is used up"),
    ],
)
def test_what_only_a_person_can_mend_ends_in_one_sentence_and_its_own_code(
    ready: Settings, x: Running, tmp_path: Path, fault: str, expected: int, words: str
) -> None:
    x.admin.fault(fault)
    collector = started(ready, tmp_path)
    code, said = ended(collector)
    assert (code, words in said) == (expected, True), said
    text = collector.log.read_text()
    assert "Traceback" not in text
    assert x.credentials.bearer_token not in text


def test_a_slot_that_stays_taken_ends_with_code_7(ready: Settings, x: Running, tmp_path: Path) -> None:
    x.admin.fault("too_many_connections", seconds=10_000)
    code, said = ended(started(ready, tmp_path, collect_stream={"slot_takeover_seconds": 30.0}))
    assert code == 7
    assert "another connection reads the stream" in said


@pytest.fixture(scope="module")
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A stack of these tests' own: they kill its broker."""
    home = tmp_path_factory.mktemp("collector-stack").resolve()
    yield home
    stack.stop(home)


@pytest.fixture
def mortal(ready: Settings, own_home: Path) -> Settings:
    """Settings of a broker that a test may kill."""
    endpoints = stack.start(own_home, load_settings())
    changed = ready.kafka.model_copy(update={"bootstrap_servers": endpoints.kafka})
    settings = ready.model_copy(update={"kafka": changed})
    create_topics(settings)
    return settings


def test_while_kafka_is_away_the_stream_ends_and_is_repaired_when_it_is_back(
    mortal: Settings, own_home: Path, x: Running, tmp_path: Path
) -> None:
    small = {"buffer_bytes": 50_000}
    collector = started(mortal, tmp_path, collect_stream=small, kafka={"max_in_flight_bytes": 50_000})
    wait_for(connected(x), what="the connection")
    x.admin.play(100)
    x.admin.wait_for(100)
    kill_broker(own_home)
    wait_for(lambda: x.admin.state()["open"] == 0, what="the end of the stream")
    x.admin.wait_for(x.admin.state()["posts"] + 100)
    stack.start(own_home, load_settings())
    wait_for(connected(x, 2), what="the second connection")
    x.admin.play(0)
    wait_for(all_settled(mortal, 1), what="the repair")
    result = reconcile(mortal, x)
    collector.process.send_signal(signal.SIGTERM)
    assert ended(collector)[0] == 0
    assert (result.lost_searchable, result.unknown_retweets) == (frozenset(), frozenset())
    assert (gaps(mortal)[0].cause, gaps(mortal)[0].state) == ("kafka_unavailable", State.LOST_RETWEETS)


@pytest.mark.slow
def test_sigterm_while_kafka_is_away_ends_it_in_time_and_the_next_start_repairs(
    mortal: Settings, own_home: Path, x: Running, tmp_path: Path
) -> None:
    collector = started(mortal, tmp_path)
    wait_for(connected(x), what="the connection")
    x.admin.play(100)
    x.admin.wait_for(100)
    kill_broker(own_home)
    x.admin.wait_for(x.admin.state()["posts"] + 50)
    before = time.monotonic()
    collector.process.send_signal(signal.SIGTERM)
    code, said = ended(collector)
    assert time.monotonic() - before < 6
    assert code == 5
    assert "the next start repairs what is missing" in said
    x.admin.play(0)
    stack.start(own_home, load_settings())
    with a_collector(mortal):
        wait_for(all_settled(mortal, 1), what="the repair")
        result = reconcile(mortal, x)
    assert (result.lost_searchable, result.unknown_retweets) == (frozenset(), frozenset())
