"""Gaps filled from the emulator's search; the test acts as Kafka and acknowledges what the buffer returns."""

import threading
from collections.abc import Iterator
from itertools import pairwise

import pytest

from conf.settings import Settings
from pipelines.sources.collector.gap_ledger import Gap, GapLedger, State
from pipelines.sources.collector.store import Store
from pipelines.sources.x.clock import Clock, first_id, moment_of
from pipelines.sources.x.rules import StoredRule
from pipelines.sources.x.search import searchable
from pipelines.sources.x.stream.buffer import Buffer, Item
from pipelines.sources.x.stream.repair import Repairer, slices
from stack.x_emulator.local import Running
from tests.collecting import TEXT, collecting, with_rules
from tests.x_emulator import an_emulator

QUICK = {"clock_speed": 1.0, "overlap_seconds": 5.0}
NO_RETWEETS = {"skyvarn -is:retweet": "brand:skyvarn:names"}


@pytest.fixture
def x() -> Iterator[Running]:
    with an_emulator() as running:
        yield running


class Repairing:
    """A repairer, its ledger, and a reader that acknowledges everything."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.items: list[Item] = []
        self.reads: list[int] = []
        self.store, self.stop, self._clock = Store(settings), threading.Event(), clock
        self.ledger = GapLedger(self.store, "x:stream", 5.0)
        self._buffer = Buffer(10_000_000)
        self._repairer = Repairer(settings, self._buffer, self.ledger, clock, self.stop, self.reads.extend)
        self._thread = threading.Thread(target=self._acknowledge, daemon=True)
        self._thread.start()

    def repair(self, began: float, ended: float) -> Gap:
        """Fill a gap between two moments and say what became of it."""
        self.ledger.open("abort", "", 0, began)
        self.ledger.end(ended)
        self._repairer.repair(self.ledger.gaps(State.OPEN)[0])
        return self.ledger.gaps()[-1]

    def close(self) -> None:
        self.stop.set()
        self._thread.join(5)
        self.store.close()

    def _acknowledge(self) -> None:
        while not self.stop.is_set():
            item = self._buffer.get(0.02)
            if item is not None:
                self.items.append(item)
                assert item.done is not None
                item.done()


@pytest.fixture
def repairing(offline_settings: Settings, x: Running) -> Iterator[Repairing]:
    settings = with_rules(collecting(offline_settings, x, collect_stream=QUICK))
    repairing = Repairing(settings, Clock())
    yield repairing
    repairing.close()


def test_everything_in_the_gap_is_found_once_over_all_pages_with_the_tags_of_all_rules(
    repairing: Repairing, x: Running
) -> None:
    began = x.admin.state()["now"]
    ids = [int(x.admin.post(f"{TEXT} {number}")) for number in range(230)]
    mention = {"start": 0, "end": 11, "username": "FlySkyvarn", "id": "555"}
    both = int(x.admin.post(f"@FlySkyvarn {TEXT}", entities={"mentions": [mention]}))
    x.admin.post(f"RT @quiet: {TEXT}", referenced_tweets=[{"type": "retweeted", "id": "1"}])
    gap = repairing.repair(began, x.admin.state()["now"])
    assert [item.tweet_id for item in repairing.items] == [*ids, both]
    assert (gap.state, gap.found, gap.reason) == (State.LOST_RETWEETS, 231, "X's search returns no retweets")
    tags = {item.tweet_id: set(item.rules) for item in repairing.items}
    assert tags[both] == {"brand:skyvarn:keywords", "brand:skyvarn:handle"}
    assert tags[ids[0]] == {"brand:skyvarn:keywords"}
    assert set(repairing.reads) == {*ids, both}


def test_a_gap_in_which_nothing_was_posted_costs_no_read(repairing: Repairing, x: Running) -> None:
    now = x.admin.state()["now"]
    assert repairing.repair(now - 60, now - 30).found == 0
    assert repairing.reads == []


def test_rules_without_retweets_leave_nothing_lost(offline_settings: Settings, x: Running) -> None:
    repairing = Repairing(with_rules(collecting(offline_settings, x), NO_RETWEETS), Clock())
    now = x.admin.state()["now"]
    gap = repairing.repair(now - 1, now)
    repairing.close()
    assert (gap.state, gap.reason) == (State.REPAIRED, "")


def test_what_is_older_than_search_knows_stays_lost(repairing: Repairing, x: Running) -> None:
    now = x.admin.state()["now"]
    gap = repairing.repair(now - 9 * 86_400, now)
    assert (gap.state, gap.reason) == (State.LOST, "its beginning is older than X's search covers")


def test_rules_that_search_cannot_answer_are_named() -> None:
    long = " ".join(f"word{number}" for number in range(100))
    stored = [StoredRule("1", "skyvarn", "brand:skyvarn:names"), StoredRule("2", long, "brand:skyvarn:keywords")]
    found = searchable([*stored, StoredRule("3", "somebody -is:retweet", "")], [], 512)
    assert [query.text for query in found.queries] == ["skyvarn", "somebody -is:retweet"]
    assert found.left_out == ("brand:skyvarn:keywords",)
    assert found.has_retweets


@pytest.mark.parametrize("seconds", [1.0, 599.0, 3600.0, 7 * 86_400.0])
def test_the_slices_of_a_gap_leave_no_id_out_and_are_few(seconds: float) -> None:
    low, high = first_id(1_790_000_000.0), first_id(1_790_000_000.0 + seconds)
    parts = list(slices(low, high))
    assert (parts[0][0], parts[-1][1]) == (low, high)
    assert all(after[0] == before[1] - 1 for before, after in pairwise(parts))
    assert len(parts) <= 26
    assert moment_of(parts[0][1]) - moment_of(low) == pytest.approx(min(seconds, max(600, seconds / 24)), abs=1)
