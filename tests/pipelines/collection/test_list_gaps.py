"""The list of gaps on the console."""

import io
import json

import pytest
from rich.console import Console

from conf.settings import Settings
from pipelines.collection import list_gaps
from pipelines.sources.collector.gap_ledger import GapLedger, State
from pipelines.sources.collector.store import Store
from pipelines.sources.x.clock import first_id
from runtime.errors import MissingPrerequisite
from tests.collecting import some_options

NOON = 1_790_000_000.0


@pytest.fixture
def collected(offline_settings: Settings) -> Settings:
    """A home with a repaired gap, one with lost retweets, and one that is not over."""
    store = Store(offline_settings)
    ledger = GapLedger(store, "x:stream", 30.0)
    for number, state in enumerate((State.REPAIRED, State.LOST_RETWEETS)):
        ledger.open("abort", "IncompleteRead", first_id(NOON), NOON)
        ledger.end(NOON + 60)
        ledger.settle(ledger.gaps(State.OPEN)[0], state, 7, "X's search returns no retweets" * number, NOON + 500)
    ledger.open("silence", "", first_id(NOON + 600), NOON + 600)
    store.close()
    return offline_settings


def shown(settings: Settings, *, full: bool = False, **extra: bool) -> str:
    console = Console(file=io.StringIO(), width=200)
    list_gaps.run(settings, some_options(full=full, **extra), console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_what_could_not_be_repaired_is_listed_with_the_reason(collected: Settings) -> None:
    text = shown(collected)
    assert "X's search returns no retweets" in text
    assert "abort: IncompleteRead" in text
    assert "2026-09-21 14:13:20" in text
    assert "not searched yet" in text
    assert "1 open, 1 lost retweets; 60 s in total" in text


def test_full_shows_the_repaired_ones_too(collected: Settings) -> None:
    assert "1 repaired" in shown(collected, full=True)


def test_json_is_one_object_a_gap(collected: Settings) -> None:
    rows = [json.loads(line) for line in shown(collected, json=True).splitlines()]
    assert [(row["state"], row["cause"], row["found"]) for row in rows] == [
        ("lost_retweets", "abort", 7),
        ("open", "silence", 0),
    ]


def test_a_home_without_a_collector_says_how_to_begin(offline_settings: Settings) -> None:
    with pytest.raises(MissingPrerequisite, match=r"start one with jobs\.collect_tweets --source stream"):
        shown(offline_settings)
    assert not (offline_settings.home / "collector").exists()
