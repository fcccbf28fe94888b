"""Trying again: what is retried, what is said, and the end."""

import pytest
from tenacity import wait_exponential

from runtime import retry
from runtime.errors import ServiceUnavailable, TableLocked
from runtime.retry import retry_conflicts, retry_unavailable


class Conflict(Exception):
    """Another writer was first."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "PAUSE", wait_exponential(multiplier=0.001))


def failing(times: int, error: type[Exception]) -> list[Exception | str]:
    return [*(error() for _ in range(times)), "written"]


def next_of(outcomes: list[Exception | str]) -> str:
    outcome = outcomes.pop(0)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def test_a_write_is_done_again_after_each_conflict_with_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    outcomes = failing(3, Conflict)
    assert retry_conflicts(lambda: next_of(outcomes), (Conflict,), 60, "silver.tweets") == "written"
    assert [record.message for record in caplog.records] == [
        "silver.tweets was changed by another writer meanwhile; trying again for 60 s"
    ]


def test_conflicts_without_end_are_a_lease_that_others_hold() -> None:
    outcomes = failing(1000, Conflict)
    with pytest.raises(TableLocked, match=r"silver\.tweets was changed by others for 0\.01 s"):
        retry_conflicts(lambda: next_of(outcomes), (Conflict,), 0.01, "silver.tweets")


def test_any_other_error_is_not_retried() -> None:
    with pytest.raises(ValueError):
        retry_conflicts(lambda: next_of(failing(1, ValueError)), (Conflict,), 60, "silver.tweets")


def test_a_service_that_stays_away_is_unavailable() -> None:
    with pytest.raises(ServiceUnavailable, match="MongoDB did not answer"):
        retry_unavailable(lambda: next_of(failing(1, Conflict)), (Conflict,), 0, "MongoDB", "start it")
