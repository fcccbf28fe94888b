"""Asking a service again while it is away: back-off, one clear line, and an end."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from conf.errors import ServiceUnavailable

logger = logging.getLogger("brandpulse.patience")

Answer = TypeVar("Answer")
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0


def patiently(
    ask: Callable[[], Answer], away: tuple[type[Exception], ...], seconds: float, service: str, remedy: str
) -> Answer:
    """Return `ask()`, asking again after each error of `away` until `seconds` have passed.

    The first failure is one warning, the last one ServiceUnavailable with `remedy`; `ask` must be safe to repeat.
    """
    deadline, pause = time.monotonic() + seconds, FIRST_PAUSE_SECONDS
    while True:
        try:
            return ask()
        except away as error:
            if time.monotonic() + pause > deadline:
                reason = type(error).__name__
                raise ServiceUnavailable(f"{service} did not answer for {seconds:g} s ({reason}): {remedy}") from None
        if pause == FIRST_PAUSE_SECONDS:
            logger.warning("%s does not answer; trying again for %g s", service, seconds)
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
