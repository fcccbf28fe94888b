"""How long the collector waits, by cause."""

import random

import pytest

from pipelines.sources.x.causes import VERDICTS, Cause
from pipelines.sources.x.failures import Failure
from pipelines.sources.x.stream.backoff import STEPS, WINDOW_SECONDS, Backoff


class NoJitter(random.Random):
    def random(self) -> float:
        return 0.0


def waits(cause: Cause, count: int) -> list[float]:
    backoff = Backoff(50, NoJitter())
    return [backoff.after(Failure(cause), None) for _ in range(count)]


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (Cause.DISCONNECTED, [0, 0.25, 0.5]),
        (Cause.UNREACHABLE, [0, 0.25, 0.5]),
        (Cause.X_FAILED, [5, 10, 20]),
        (Cause.RATE_LIMITED, [60, 120, 240, 320]),
        (Cause.TOO_MANY_CONNECTIONS, [60, 120, 240, 320, 320]),
    ],
)
def test_each_cause_waits_as_x_asks(cause: Cause, expected: list[float]) -> None:
    assert waits(cause, len(expected)) == expected


def test_the_waits_end_at_16_and_320_seconds() -> None:
    assert waits(Cause.UNREACHABLE, 100)[-1] == 16
    assert waits(Cause.X_FAILED, 100)[-1] == 320


def test_every_cause_that_may_be_tried_again_has_its_step() -> None:
    assert {cause for cause, verdict in VERDICTS.items() if verdict.may_retry} == set(STEPS)


def test_no_request_is_made_before_the_limit_is_reset() -> None:
    backoff = Backoff(50, NoJitter())
    assert backoff.after(Failure(Cause.RATE_LIMITED), None, reset_in=700.0) == 700
    assert backoff.after(Failure(Cause.RATE_LIMITED), None, reset_in=-5.0) == 120


def test_a_200_that_ends_at_once_does_not_begin_anew_but_a_minute_does() -> None:
    backoff = Backoff(50, NoJitter())
    assert [backoff.after(Failure(Cause.DISCONNECTED), lasted) for lasted in (1.0, 1.0, 61.0, 1.0)] == [
        0,
        0.25,
        0,
        0.25,
    ]


def test_jitter_only_ever_adds() -> None:
    backoff = Backoff(50, random.Random(7))
    found = [backoff.after(Failure(Cause.X_FAILED), 100.0) for _ in range(200)]
    assert min(found) >= 5
    assert max(found) <= 6.25
    assert len(set(found)) > 100


def test_connects_stay_within_the_budget_of_a_quarter_of_an_hour() -> None:
    backoff = Backoff(3)
    for moment in (0.0, 10.0, 20.0):
        assert backoff.until_allowed(moment) == 0
        backoff.note_connect(moment)
    assert backoff.until_allowed(30.0) == WINDOW_SECONDS - 30
    assert backoff.until_allowed(WINDOW_SECONDS) == 0
