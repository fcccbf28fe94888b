"""An emulator in this process for each test, with short delays."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from stack.x_emulator.local import serve
from stack.x_emulator.options import Options
from stack.x_emulator.readers import Item
from tests.stack.x_emulator.probe import Probe

Start = Callable[..., Probe]
QUICK: dict[str, Any] = {"rule_delay_seconds": 0.0, "search_delay_seconds": 0.0, "username": "TealFinch"}


def no_source() -> Iterable[Item]:
    return ()


@pytest.fixture
def start() -> Iterator[Start]:
    """Start an emulator with options; by default rules and search have no delay."""
    with ExitStack() as stack:

        def begin(source: Callable[[], Iterable[Item]] | Path = no_source, **options: Any) -> Probe:
            running = stack.enter_context(serve(Options(**(QUICK | options)), source))
            return Probe(running, options.get("spelling", "2.166"))

        yield begin


@pytest.fixture
def x(start: Start) -> Probe:
    return start()


@pytest.fixture(scope="session")
def shared() -> Iterator[Probe]:
    """One emulator for all tests that change nothing; without rate limits."""
    with serve(Options(**QUICK, rate_limits=False), no_source) as running:
        yield Probe(running)
