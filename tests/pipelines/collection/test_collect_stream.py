"""The collector of X's stream against the emulator and a real broker."""

from collections.abc import Iterator

import pytest

from conf.settings import Settings
from pipelines.collection import collect_stream
from pipelines.sources.collector.state import read_states
from pipelines.sources.collector.store import Store
from pipelines.sources.x.clock import moment_of
from runtime.errors import BudgetExhausted
from stack.processes import free_port
from stack.x_emulator.local import Running
from tests.collecting import (
    SPEED,
    TEXT,
    Collecting,
    a_collector,
    all_settled,
    collecting,
    connected,
    gaps,
    records,
    some_options,
    wait_for,
    whole_ids,
    with_rules,
)
from tests.pipelines.sinks.test_metrics import read
from tests.x_emulator import an_emulator


@pytest.fixture
def x() -> Iterator[Running]:
    with an_emulator(speed=SPEED, search_delay_seconds=30.0) as running:
        yield running


@pytest.fixture
def ready(settings: Settings, x: Running) -> Settings:
    """Settings of a collector with stream rules."""
    return with_rules(collecting(settings, x))


def test_each_line_becomes_a_record_with_the_tweets_id_as_its_key(ready: Settings, x: Running) -> None:
    with a_collector(ready):
        wait_for(connected(x))
        ids = [x.admin.post(f"{TEXT} {number}") for number in range(20)]
        wait_for(lambda: len(records(ready)) == 20)
    found = records(ready)
    assert sorted(key for key, _, _ in found) == sorted(ids)
    assert all(value.startswith(b'{"data":{') and value.endswith(b"}") for _, value, _ in found)
    assert {headers["source"] for _, _, headers in found} == {"x:stream"}
    assert {headers["format"] for _, _, headers in found} == {"v2"}
    assert len({headers["position"] for _, _, headers in found}) == 20


def test_a_quiet_stream_that_breaks_leaves_a_gap_no_longer_than_the_silence(ready: Settings, x: Running) -> None:
    with a_collector(ready):
        wait_for(connected(x))
        tweet_id = int(x.admin.post(TEXT))
        before = x.admin.state()["now"]
        wait_for(lambda: x.admin.state()["now"] > before + 150, what="the passing of time")
        x.admin.fault("abort")
        wait_for(connected(x, 2))
        wait_for(lambda: gaps(ready)[0].until_id)
    gap = gaps(ready)[0]
    assert gap.from_id == tweet_id
    assert moment_of(gap.until_id or 0) - moment_of(gap.since_id) < 120


def test_slow_chunks_are_waited_for(ready: Settings, x: Running) -> None:
    with a_collector(ready):
        wait_for(connected(x))
        x.admin.fault("slow_chunks", seconds=30)
        ids = {x.admin.post(f"{TEXT} {number}") for number in range(10)}
        wait_for(lambda: whole_ids(ready) == ids)
    assert len(x.admin.connections()) == 1


def test_the_place_of_a_connection_that_we_broke_is_freed(ready: Settings, x: Running) -> None:
    with a_collector(ready):
        wait_for(connected(x))
        x.admin.fault("occupied_slot", seconds=10_000)
        x.admin.fault("silence", seconds=120)
        wait_for(connected(x, 2))
        wait_for(all_settled(ready, 1))
    statuses = [each["status"] for each in x.admin.requests() if each["endpoint"] == "stream"]
    assert statuses == [200, 429, 200]
    assert gaps(ready)[0].cause == "silence"


def test_a_limit_is_waited_for_until_x_resets_it(settings: Settings) -> None:
    with an_emulator(speed=200, search_delay_seconds=30.0) as x:
        patient = {"clock_speed": 200.0, "silence_seconds": 800.0}
        ready = with_rules(collecting(settings, x, collect_stream=patient))
        x.admin.fault("rate_limited")
        with a_collector(ready):
            wait_for(connected(x))
        rejected, accepted = [each for each in x.admin.requests() if each["endpoint"] == "stream"]
    assert (rejected["status"], accepted["status"]) == (429, 200)
    assert accepted["at"] - rejected["at"] > 880


def test_a_line_that_is_too_long_for_kafka_is_cut_and_says_so(ready: Settings, x: Running) -> None:
    small = ready.model_copy(update={"kafka": ready.kafka.model_copy(update={"max_record_bytes": 2000})})
    with a_collector(small):
        wait_for(connected(x))
        tweet_id = x.admin.post(TEXT + " word" * 600)
        wait_for(lambda: records(small))
    ((key, value, headers),) = records(small)
    assert (key, len(value), headers["format"]) == (tweet_id, 1024, "oversized")
    assert int(headers["bytes"]) > 3000


def test_the_hard_limit_of_the_budget_ends_it(ready: Settings, x: Running) -> None:
    poor = ready.model_copy(update={"x": ready.x.model_copy(update={"monthly_reads": 20})})
    collector = Collecting(poor)
    wait_for(connected(x))
    for number in range(25):
        x.admin.post(f"{TEXT} {number}")
    collector.wait(20)
    assert isinstance(collector.error, BudgetExhausted)
    assert len(records(poor)) == 25
    again = Collecting(poor)
    again.wait(20)
    assert isinstance(again.error, BudgetExhausted)
    assert len(x.admin.connections()) == 1


def test_metrics_and_state_are_told_while_it_works(ready: Settings, x: Running) -> None:
    port = free_port()
    limits = ready.collect_stream.model_copy(update={"metrics_port": port})
    open_ = ready.model_copy(update={"collect_stream": limits})
    with a_collector(open_):
        wait_for(connected(x))
        for number in range(10):
            x.admin.post(f"{TEXT} {number}")
        wait_for(lambda: "collector_delivered_total 10.0" in read(port))
        text = read(port)
        x.admin.fault("clean_close")
        wait_for(lambda: 'collector_reconnects_total{cause="disconnected"} 1.0' in read(port))
        store = Store(open_)
        wait_for(lambda: [state.connects for state in read_states(store)] == [2])
        store.close()
    assert "collector_received_total 10.0" in text
    assert "collector_queue_depth 0.0" in text
    assert 'collector_latency_seconds{quantile="0.99"}' in text
    assert "collector_budget_reads_limit 3e+06" in text


def test_a_dry_run_reads_nothing(ready: Settings, x: Running) -> None:
    collect_stream.run(ready, some_options(dry_run=True))
    assert x.admin.connections() == []
