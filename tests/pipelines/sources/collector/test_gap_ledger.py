"""The ledger of gaps: what a gap spans, when it is due, and that it outlives the process."""

from collections.abc import Iterator

import pytest

from conf.settings import Settings
from pipelines.sources.collector.gap_ledger import GapLedger, Position, State, read_gaps
from pipelines.sources.collector.store import Store
from pipelines.sources.x.clock import first_id

NOON = 1_790_000_000.0
OVERLAP = 30.0


@pytest.fixture
def store(offline_settings: Settings) -> Iterator[Store]:
    store = Store(offline_settings)
    yield store
    store.close()


@pytest.fixture
def ledger(store: Store) -> GapLedger:
    return GapLedger(store, "x:stream", OVERLAP)


def test_a_gap_reaches_from_the_last_tweet_to_the_first_and_is_searched_beyond_both(ledger: GapLedger) -> None:
    last, first = first_id(NOON), first_id(NOON + 100)
    ledger.open("abort", "IncompleteRead", last, NOON - 500)
    ledger.end(NOON + 90)
    ledger.first_after(first)
    (gap,) = ledger.gaps()
    assert (gap.cause, gap.detail, gap.state) == ("abort", "IncompleteRead", State.OPEN)
    assert (gap.from_id, gap.to_id) == (last, first)
    assert (gap.since_id, gap.until_id) == (first_id(NOON - OVERLAP), first_id(NOON + 90 + OVERLAP))
    assert gap.seconds == pytest.approx(90)


def test_a_quiet_stream_was_alive_until_its_last_idle_moment(ledger: GapLedger) -> None:
    ledger.open("abort", "", first_id(NOON - 5000), NOON)
    assert ledger.gaps()[0].since_id == first_id(NOON - OVERLAP)


def test_a_gap_that_lasts_grows_instead_of_becoming_two(ledger: GapLedger) -> None:
    ledger.open("abort", "", first_id(NOON), NOON)
    ledger.open("killed", "", first_id(NOON - 10), NOON - 10)
    (gap,) = ledger.gaps()
    assert (gap.cause, gap.from_id) == ("abort", first_id(NOON - 10))


def test_a_gap_is_due_once_search_knows_its_end(ledger: GapLedger) -> None:
    ledger.open("abort", "", first_id(NOON), NOON)
    assert ledger.due(NOON + 10_000) == []
    ledger.end(NOON + 60)
    assert ledger.due(NOON + 60 + OVERLAP - 1) == []
    assert [gap.gap_id for gap in ledger.due(NOON + 60 + OVERLAP + 1)] == [1]


def test_a_settled_gap_is_not_due_again_but_one_left_open_is(ledger: GapLedger) -> None:
    for number in range(2):
        ledger.open("abort", "", first_id(NOON + number), NOON)
        ledger.end(NOON + 60 + number)
    first, second = ledger.gaps()
    ledger.settle(first, State.LOST_RETWEETS, 7, "no retweets", NOON + 500)
    ledger.settle(second, State.OPEN, 0, "X is unavailable", NOON + 500)
    assert [gap.gap_id for gap in ledger.due(NOON + 1000)] == [second.gap_id]
    settled = ledger.gaps(State.LOST_RETWEETS)[0]
    assert (settled.found, settled.reason, settled.settled_at) == (7, "no retweets", NOON + 500)


def test_the_position_and_the_gaps_are_there_for_the_next_process(
    ledger: GapLedger, offline_settings: Settings
) -> None:
    assert ledger.position() is None
    ledger.save(Position(5, NOON, is_clean=False))
    ledger.open("abort", "", 5, NOON)
    again = Store(offline_settings)
    assert GapLedger(again, "x:stream", OVERLAP).position() == Position(5, NOON, is_clean=False)
    assert GapLedger(again, "x:search", OVERLAP).position() is None
    assert len(read_gaps(again)) == 1
    again.close()
