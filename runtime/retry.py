"""Retries with back-off until a timeout: of a service that is unavailable, of a write that conflicts with others."""

import logging
from collections.abc import Callable
from typing import TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_before_delay,
    wait_exponential,
    wait_exponential_jitter,
)

from runtime.errors import ServiceUnavailable, TableLocked

logger = logging.getLogger("brandpulse.retry")

Answer = TypeVar("Answer")
PAUSE = wait_exponential(multiplier=0.2, max=5.0)
"""Seconds after each failure in a row."""


def retry_unavailable(
    ask: Callable[[], Answer], away: tuple[type[Exception], ...], seconds: float, service: str, remedy: str
) -> Answer:
    """Return `ask()`, asking again after each error of `away` until `seconds` have passed.

    The first failure is one warning, the last one ServiceUnavailable with `remedy`; `ask` must be safe to repeat.
    """
    try:
        return retry_while(lambda error: isinstance(error, away), ask, seconds, f"{service} does not answer")
    except away as error:
        reason = type(error).__name__
        raise ServiceUnavailable(f"{service} did not answer for {seconds:g} s ({reason}): {remedy}") from None


def retry_conflicts(
    write: Callable[[], Answer], conflicts: tuple[type[Exception], ...], seconds: float, table: str
) -> Answer:
    """Return `write()`, writing again after each error of `conflicts`: another writer's commit came first.

    TableLocked when `seconds` have passed without a gap between the others' commits; `write` must be safe to repeat.
    """
    trouble = f"{table} was changed by another writer meanwhile"
    try:
        return retry_while(lambda error: isinstance(error, conflicts), write, seconds, trouble)
    except conflicts as error:
        raise TableLocked(
            f"{table} was changed by others for {seconds:g} s at each attempt to write it ({type(error).__name__}): "
            "try again when they write less"
        ) from None


def retry_while(
    may_pass: Callable[[BaseException], bool], ask: Callable[[], Answer], seconds: float, trouble: str
) -> Answer:
    """Return `ask()`, asking again after errors that `may_pass`; the last error when `seconds` have passed.

    The first failure is one warning that names the `trouble`.
    """

    def warn(state: RetryCallState) -> None:
        if state.attempt_number == 1:
            logger.warning("%s; trying again for %g s", trouble, seconds)

    retrying = Retrying(
        wait=PAUSE, stop=stop_before_delay(seconds), retry=retry_if_exception(may_pass), before_sleep=warn, reraise=True
    )
    return retrying(ask)


def pause_after(attempt: int, longest: float) -> float:
    """Seconds to wait after failed attempt number 1, 2, 3 …: one, doubling up to `longest`, and up to one at random."""
    state = RetryCallState(Retrying(), None, (), {})
    state.attempt_number = attempt
    return wait_exponential_jitter(max=longest, jitter=1)(state)
