"""SIGTERM and SIGINT as an event that a loop looks at."""

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from runtime.errors import TableLocked

logger = logging.getLogger("brandpulse.signals")


@contextmanager
def set_when_told_to_end(stop: threading.Event) -> Iterator[None]:
    """Within the block both signals set `stop`; outside of the main thread, which alone can say so, nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def repeat_until_told_to_end(work: Callable[[], None], seconds: float) -> None:
    """Call `work` every so many seconds, from start to start and the first time after them, until SIGTERM or SIGINT.

    A call that finds its tables locked is passed over: the next one sees the same changes.
    """
    stop, due = threading.Event(), time.monotonic() + seconds
    with set_when_told_to_end(stop):
        while not stop.wait(max(0.0, due - time.monotonic())):
            due = time.monotonic() + seconds
            try:
                work()
            except TableLocked as error:
                logger.info("passed over: %s", error)
