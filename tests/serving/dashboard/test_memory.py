"""What a page shows while the document store is unavailable."""

from collections.abc import Callable
from typing import Any

import pytest

from runtime.errors import ServiceUnavailable
from serving.dashboard.memory import MOST_PAGES, PAUSE_SECONDS, Memory


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def away() -> dict[str, Any]:
    raise ServiceUnavailable("MongoDB is away")


def content(value: int) -> Callable[[], dict[str, Any]]:
    return lambda: {"value": value}


def test_the_last_content_is_shown_again_as_stale_and_then_read_anew() -> None:
    clock = Clock()
    memory = Memory(clock)
    assert not memory.read("page", content(1)).is_stale
    stale = memory.read("page", away)
    assert (stale.content, stale.is_stale) == ({"value": 1}, True)
    clock.now += PAUSE_SECONDS
    fresh = memory.read("page", content(2))
    assert (fresh.content, fresh.is_stale) == ({"value": 2}, False)


def test_a_store_that_is_away_is_not_asked_again_at_once() -> None:
    clock, asked = Clock(), []
    memory = Memory(clock)

    def ask() -> dict[str, Any]:
        asked.append(1)
        return away()

    for _ in range(3):
        with pytest.raises(ServiceUnavailable):
            memory.read("page", ask)
    assert len(asked) == 1


def test_what_must_not_be_kept_is_not_shown_again() -> None:
    clock = Clock()
    memory = Memory(clock)
    memory.read("persons", content(1), keep=False)
    with pytest.raises(ServiceUnavailable):
        memory.read("persons", away)


def test_the_memory_is_bounded() -> None:
    memory = Memory(Clock())
    for number in range(MOST_PAGES + 1):
        memory.read(str(number), content(number))
    with pytest.raises(ServiceUnavailable):
        memory.read("0", away)
    assert memory.read(str(MOST_PAGES), away).content == {"value": MOST_PAGES}
