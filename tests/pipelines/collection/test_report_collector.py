"""The report on a running collector, and on one that has ended."""

import io
import json
import os
from datetime import UTC, datetime

import pytest
from rich.console import Console

from conf.command_line import Options
from conf.settings import Settings
from pipelines.collection import report_collector
from pipelines.sources.collector.gap_ledger import GapLedger
from pipelines.sources.collector.read_budget import ReadBudget
from pipelines.sources.collector.state import State, save_state
from pipelines.sources.collector.store import Store, save_note
from pipelines.sources.x.clock import Clock
from runtime.errors import MissingPrerequisite

BEGUN = 1_790_000_000.0  # 2026-09-21 14:13:20 UTC
DEAD = 2**22 + 1  # above Linux's largest process id


def a_state(pid: int) -> State:
    return State(
        pid=pid,
        source="x:stream",
        started_at=1_790_000_000.0,
        written_at=1_790_000_060.0,
        is_connected=True,
        received=1200,
        received_bytes=3_400_000,
        delivered=1190,
        repaired=30,
        waiting=8,
        waiting_bytes=9000,
        under_way=2,
        connects=3,
        rate=20.5,
        lag=1.5,
        latency_p50=0.02,
        latency_p99=0.08,
        endings={"silence": 2},
    )


def shown(settings: Settings, *, is_json: bool = False) -> str:
    console = Console(file=io.StringIO(), width=160)
    options = Options(None, None, datetime.now(UTC), 1, dry_run=False, full=False, extra={"json": is_json})
    report_collector.run(settings, options, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.fixture
def collected(offline_settings: Settings) -> Settings:
    store = Store(offline_settings)
    save_state(store, a_state(os.getpid()))
    GapLedger(store, "x:stream", 30.0).open("silence", "", 0, 1_790_000_000.0)
    budget = ReadBudget(offline_settings, store, Clock())
    budget.count("x:stream", range(300))
    budget.save()
    save_note(store, "compliance:jobs:tweets", {"begun_at": BEGUN, "job_id": "77", "done_at": BEGUN - 100_000})
    save_note(store, "compliance:jobs:users", {"begun_at": BEGUN, "job_id": None})
    save_note(store, "compliance:lookup", {"started_at": BEGUN, "after_id": 5, "is_done": False})
    store.close()
    return offline_settings


def test_a_page_tells_when_x_was_asked_what_is_gone(collected: Settings) -> None:
    text = shown(collected)
    for words in (
        "job about tweets: running as X's job 77, the last one finished at 2026-09-20 10:26 UTC",
        "job about users: not running, none has finished yet",
        "lookup: the round started at 2026-09-21 14:13 UTC is in progress, up to tweet 5",
    ):
        assert words in text
    assert json.loads(shown(collected, is_json=True))["compliance"]["compliance:jobs:tweets"]["job_id"] == "77"


def test_a_page_tells_rates_gaps_and_the_months_reads(collected: Settings) -> None:
    text = shown(collected)
    for words in (f"connected, process {os.getpid()}", "1,200 (3.4 MB)", "20 ms, 80 ms", "silence 2", "gaps: 1 open"):
        assert words in text
    assert "300 of 3,000,000 (0.0%), 1.50 USD" in text


def test_a_collector_that_is_gone_is_told_from_one_that_listens(collected: Settings) -> None:
    store = Store(collected)
    save_state(store, a_state(DEAD))
    store.close()
    assert "ended" in shown(collected)
    assert json.loads(shown(collected, is_json=True))["collectors"][0]["is_running"] is False


def test_json_holds_the_same_for_programs(collected: Settings) -> None:
    report = json.loads(shown(collected, is_json=True))
    assert report["gaps"] == {"open": 1}
    assert report["reads"] == {"x:stream": 300}
    assert report["collectors"][0]["endings"] == {"silence": 2}


def test_a_home_without_a_collector_says_how_to_begin(offline_settings: Settings) -> None:
    with pytest.raises(MissingPrerequisite, match="no collector has run"):
        shown(offline_settings)
