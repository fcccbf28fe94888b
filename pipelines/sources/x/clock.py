"""X's time: what its ids carry, and a clock that follows X's own and that tests can make run faster."""

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from threading import Event

EPOCH_MS = 1_288_834_974_657
"""Where the milliseconds of X's ids begin; they stand above the 22nd bit."""
SEQUENCE_BITS = 22
_TOLERANCE_SECONDS = 1.5  # X's `date` knows whole seconds


def first_id(moment: float) -> int:
    """The smallest id of a moment (Unix seconds)."""
    return max(0, int(moment * 1000) - EPOCH_MS) << SEQUENCE_BITS


def moment_of(tweet_id: int) -> float:
    """The moment that an id carries, in Unix seconds."""
    return ((tweet_id >> SEQUENCE_BITS) + EPOCH_MS) / 1000


class Clock:
    """Seconds of X's clock: ours, until an answer's `date` says otherwise; `speed` of them pass in one of ours."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._base, self._since = time.time(), time.monotonic()
        self._offset = 0.0

    def now(self) -> float:
        """Unix seconds."""
        return self._base + self.elapsed() + self._offset

    def elapsed(self) -> float:
        """Seconds since the clock was made; never set back."""
        return (time.monotonic() - self._since) * self.speed

    def follow(self, date: str | None) -> None:
        """Set the clock by an answer's `date`, unless that is within its whole second; unreadable ones are ignored."""
        try:
            theirs = parsedate_to_datetime(date or "").timestamp() + 0.5
        except ValueError:
            return
        if abs(theirs - self.now()) > _TOLERANCE_SECONDS:
            self._offset += theirs - self.now()

    def note_answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Follow the `date` of an answer; what a client is opened with, so that each of its answers sets the clock."""
        self.follow(headers.get("date"))

    def wait(self, event: Event, seconds: float) -> bool:
        """Wait until `event` is set (True) or so many seconds have passed (False)."""
        return event.wait(max(0.0, seconds) / self.speed)
