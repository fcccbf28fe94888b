"""X's time: ids, and a clock that follows the server's."""

import threading
import time
from email.utils import formatdate

import pytest

from pipelines.sources.x.clock import Clock, first_id, moment_of


def test_an_id_carries_its_moment() -> None:
    assert moment_of(1490448039991025664) == pytest.approx(1644185478.0, abs=1)
    assert moment_of(first_id(1_790_000_000.25)) == 1_790_000_000.25
    assert first_id(0) == 0


def test_the_clock_follows_x_and_ignores_what_is_no_date() -> None:
    clock = Clock()
    clock.follow(formatdate(time.time() + 3600, usegmt=True))
    assert clock.now() == pytest.approx(time.time() + 3600, abs=2)
    for text in (None, "", "yesterday", formatdate(clock.now(), usegmt=True)):
        before = clock.now() - clock.elapsed()
        clock.follow(text)
        assert clock.now() - clock.elapsed() == pytest.approx(before, abs=0.01)


def test_a_fast_clock_waits_less() -> None:
    clock, started = Clock(speed=1000.0), time.monotonic()
    assert not clock.wait(threading.Event(), 100.0)
    assert 0.09 < time.monotonic() - started < 5
    assert clock.elapsed() >= 100
