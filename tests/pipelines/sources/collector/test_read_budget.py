"""What was read, its cost, the forecast, and when reading is reduced."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from conf.settings import Settings
from pipelines.sources.collector.read_budget import EXHAUSTED, ReadBudget, forecast_reads
from pipelines.sources.collector.store import Store
from pipelines.sources.x.clock import Clock
from runtime.errors import BudgetExhausted


class SetClock(Clock):
    """A clock that says what the test sets."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.set(text)

    def set(self, text: str) -> None:
        self._moment = datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()

    def now(self) -> float:
        return self._moment


@pytest.fixture
def store(offline_settings: Settings) -> Iterator[Store]:
    store = Store(offline_settings)
    yield store
    store.close()


@pytest.fixture
def clock() -> SetClock:
    return SetClock("2026-09-10T12:00:00")


def a_budget(settings: Settings, store: Store, clock: Clock, **x: Any) -> ReadBudget:
    changed = settings.model_copy(update={"x": settings.x.model_copy(update={"price_per_read": 0.01, **x})})
    return ReadBudget(changed, store, clock)


def test_a_post_costs_once_in_a_utc_day_whoever_reads_it(
    offline_settings: Settings, store: Store, clock: SetClock
) -> None:
    budget = a_budget(offline_settings, store, clock)
    budget.count("x:stream", range(1000))
    budget.count("x:repair", range(500, 1500))
    budget.save()
    again = a_budget(offline_settings, store, clock)  # as another process, or after a kill
    again.count("x:search", range(1500), price=0.001)
    again.save()
    assert again.spending().reads == 1500
    assert again.spending().cost == pytest.approx(15)
    clock.set("2026-09-11T00:00:01")
    again.count("x:stream", range(10))
    again.save()
    assert again.spending().reads == 1510
    assert {
        row["source"]: row["reads"] for row in store.rows("SELECT source, sum(reads) AS reads FROM reads GROUP BY 1")
    } == {
        "x:stream": 1010,
        "x:repair": 500,
        "x:search": 0,
    }


def test_a_new_month_begins_with_nothing(offline_settings: Settings, store: Store, clock: SetClock) -> None:
    budget = a_budget(offline_settings, store, clock)
    budget.count("x:stream", range(10))
    budget.save()
    clock.set("2026-10-01T00:00:00")
    assert (budget.spending().month, budget.spending().reads) == ("2026-10", 0)


@pytest.mark.parametrize(
    ("reads", "expected"),
    [
        ({}, 0),
        ({"2026-09-10": 500}, 500 + round(1000 * 20.5)),
        ({"2026-09-01": 9_000, "2026-09-08": 1000, "2026-09-09": 1000, "2026-09-10": 500}, 11_500 + 1000 * 20.5),
    ],
)
def test_the_forecast_goes_on_as_in_the_last_days(reads: dict[str, int], expected: float, clock: SetClock) -> None:
    assert forecast_reads(reads, clock.now()) == expected


@pytest.mark.parametrize(("reads", "level"), [(0, 0), (79, 0), (80, 1), (90, 2), (100, 3), (150, 3)])
def test_the_level_rises_with_the_share_of_the_month(
    offline_settings: Settings, store: Store, clock: SetClock, reads: int, level: int
) -> None:
    budget = a_budget(offline_settings, store, clock, monthly_reads=100)
    budget.count("x:stream", range(reads))
    budget.save()
    assert budget.level(budget.spending()) == level
    if level == EXHAUSTED:
        with pytest.raises(BudgetExhausted, match=r"posts were read in 2026-09, 1\d0% of x.monthly_reads"):
            budget.check_hard_limit()
    else:
        budget.check_hard_limit()


def test_each_alert_is_said_once_a_month(
    offline_settings: Settings, store: Store, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    budget = a_budget(offline_settings, store, clock, monthly_reads=100)
    caplog.set_level(logging.WARNING, "brandpulse.budget")
    said = []
    for reads in (40, 50, 60, 85, 120):
        budget.count("x:stream", range(reads))
        budget.save()
        said += budget.alert(budget.spending())
    assert said == [0.5, 0.8, 1.0]
    assert len(caplog.records) == 3
    assert a_budget(offline_settings, store, clock, monthly_reads=100).alert(budget.spending()) == []


def test_almost_no_post_is_taken_for_one_that_was_read(
    offline_settings: Settings, store: Store, clock: SetClock
) -> None:
    budget = a_budget(offline_settings, store, clock)
    budget.count("x:stream", (first << 22 for first in range(200_000)))
    budget.save()
    assert budget.spending().reads >= 199_990
