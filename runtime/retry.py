"""Retries with back-off until a timeout: of a service that is unavailable, of a write that conflicts with others."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from runtime.errors import JobError, ServiceUnavailable, TableLocked

logger = logging.getLogger("brandpulse.retry")

Answer = TypeVar("Answer")
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0


def retry_unavailable(
    ask: Callable[[], Answer], away: tuple[type[Exception], ...], seconds: float, service: str, remedy: str
) -> Answer:
    """Return `ask()`, asking again after each error of `away` until `seconds` have passed.

    The first failure is one warning, the last one ServiceUnavailable with `remedy`; `ask` must be safe to repeat.
    """

    def give_up(reason: str) -> JobError:
        return ServiceUnavailable(f"{service} did not answer for {seconds:g} s ({reason}): {remedy}")

    return _again(ask, away, seconds, f"{service} does not answer", give_up)


def retry_conflicts(
    write: Callable[[], Answer], conflicts: tuple[type[Exception], ...], seconds: float, table: str
) -> Answer:
    """Return `write()`, writing again after each error of `conflicts`: another writer's commit came first.

    TableLocked when `seconds` have passed without a gap between the others' commits; `write` must be safe to repeat.
    """

    def give_up(reason: str) -> JobError:
        return TableLocked(
            f"{table} was changed by others for {seconds:g} s at each attempt to write it ({reason}): "
            "try again when they write less"
        )

    return _again(write, conflicts, seconds, f"{table} was changed by another writer meanwhile", give_up)


def _again(
    ask: Callable[[], Answer],
    errors: tuple[type[Exception], ...],
    seconds: float,
    trouble: str,
    give_up: Callable[[str], JobError],
) -> Answer:
    deadline, pause = time.monotonic() + seconds, FIRST_PAUSE_SECONDS
    while True:
        try:
            return ask()
        except errors as error:
            if time.monotonic() + pause > deadline:
                raise give_up(type(error).__name__) from None
        if pause == FIRST_PAUSE_SECONDS:
            logger.warning("%s; trying again for %g s", trouble, seconds)
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
