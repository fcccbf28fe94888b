"""Each fault of X's stream alone: the collector continues, and missed tweets are repaired or in the ledger."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from conf.settings import Settings
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
    gaps,
    reconcile,
    records,
    the_posts,
    wait_for,
    whole_ids,
    with_rules,
)

RATE, COUNT = 100, 200
ENDINGS: dict[str, dict[str, Any]] = {
    "clean_close": {"cause": "disconnected"},
    "abort": {"cause": "unreachable"},
    "abort_in_line": {"cause": "unreachable"},
    "end_in_line": {"cause": "disconnected"},
    "html_page": {"cause": "disconnected"},
    "silence": {"cause": "silence", "seconds": 120},
    "disconnect": {"cause": "disconnected", "disconnect_type": "UpstreamOperationalDisconnect"},
    "disconnect-SlowReader": {"cause": "slow_reader", "disconnect_type": "SlowReader"},
    "disconnect-InternalError": {"cause": "x_failed", "disconnect_type": "InternalError"},
}
"""Fault -> the cause in the ledger, and the fault's values."""
REJECTIONS = {
    "unavailable": "x_failed",
    "unavailable_html": "x_failed",
    "bad_gateway": "x_failed",
    "rate_limited_without_reset": "rate_limited",
    "too_many_connections": "too_many_connections",
}
"""Faults that reject a connection, and their cause."""
LINES = {
    "duplicate": 5,
    "disorder": 0,
    "no_tag": 0,
    "errors_beside_data": 0,
    "not_json": 5,
    "bad_date": 5,
    "no_text": 5,
    "null_edit_controls": 5,
    "unknown_message": 5,
}
"""Faults of five lines each -> the records that they add."""


@pytest.fixture
def x() -> Iterator[Running]:
    options = Options(speed=SPEED, rule_delay_seconds=0.0, search_delay_seconds=30.0)
    with serve(options, source=the_posts) as running:
        yield running


@pytest.fixture
def ready(settings: Settings, x: Running) -> Settings:
    """Settings of a collector with stream rules."""
    return with_rules(collecting(settings, x, collect_stream={"clock_speed": float(SPEED), "overlap_seconds": 10.0}))


def play_to_the_end(ready: Settings, x: Running, count: int = COUNT) -> None:
    """Wait until all posts were played and everything is delivered or repaired."""
    x.admin.wait_for(count)
    wait_for(lambda: not reconcile(ready, x).lost_searchable, what="the repair")


@pytest.mark.parametrize("name", ENDINGS)
def test_a_connection_that_ends_leaves_a_gap_that_search_fills(ready: Settings, x: Running, name: str) -> None:
    about = dict(ENDINGS[name])
    cause = about.pop("cause")
    with a_collector(ready):
        wait_for(connected(x))
        x.admin.play(RATE, COUNT)
        x.admin.wait_for(50)
        x.admin.fault(name.split("-", maxsplit=1)[0], **about)
        wait_for(connected(x, 2))
        x.admin.post(TEXT)
        play_to_the_end(ready, x, COUNT + 1)
        wait_for(all_settled(ready, 1))
        result = reconcile(ready, x)
    assert result.sent == COUNT + 1
    assert result.unknown_retweets == frozenset()
    first = gaps(ready)[0]
    assert (first.cause, first.state) == (cause, State.LOST_RETWEETS)
    assert first.found >= result.repaired
    assert first.since_id < first.from_id < (first.to_id or 0) < (first.until_id or 0)


@pytest.mark.parametrize("name", REJECTIONS)
def test_a_refused_connection_is_tried_again_and_counted(
    ready: Settings, x: Running, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with a_collector(ready):
        wait_for(connected(x))
        x.admin.play(RATE, COUNT)
        x.admin.wait_for(50)
        x.admin.fault(name)
        x.admin.fault("clean_close")
        wait_for(connected(x, 2))
        play_to_the_end(ready, x)
        wait_for(all_settled(ready, 1))
        assert reconcile(ready, x).unknown_retweets == frozenset()
    statuses = [each["status"] for each in x.admin.requests() if each["endpoint"] == "stream"]
    assert len(statuses) == 3
    assert statuses[1] >= 400
    assert f"stream ended cause={REJECTIONS[name]}" in caplog.text
    assert len(gaps(ready)) == 2  # the one of the fault, and the one that the end of the collector opened


def _has_arrived(ready: Settings, count: int) -> bool:
    return len(whole_ids(ready)) == count


def test_lines_that_tweepy_could_not_read_end_nothing(ready: Settings, x: Running) -> None:
    played = 0
    with a_collector(ready):
        wait_for(connected(x))
        for name, extra in LINES.items():
            before = len(records(ready))
            x.admin.fault(name, times=5)
            x.admin.play(RATE, 20)
            played += 20
            x.admin.wait_for(played)
            wait_for(partial(_has_arrived, ready, played), what=f"the delivery after {name}")
            assert len(records(ready)) - before == 20 + extra, name
    assert len(x.admin.connections()) == 1
