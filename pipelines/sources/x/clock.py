"""X's time: the moment in each id, and a clock that follows X's and that tests can speed up."""

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from threading import Event

EPOCH_MS = 1_288_834_974_657
"""Unix milliseconds at which X's ids begin; an id is milliseconds << 22 | sequence."""
SEQUENCE_BITS = 22
FIRST_SNOWFLAKE = 30_000_000_000
"""Lower ids are consecutive, from before November 2010, and contain no time."""
_TOLERANCE_SECONDS = 1.5  # X's `date` has whole seconds


def first_id(moment: float) -> int:
    """The smallest id of a moment (Unix seconds)."""
    return max(0, int(moment * 1000) - EPOCH_MS) << SEQUENCE_BITS


def moment_of(tweet_id: int) -> float:
    """The moment of an id, in Unix seconds."""
    return ((tweet_id >> SEQUENCE_BITS) + EPOCH_MS) / 1000


class Clock:
    """Seconds of X's clock: the machine's, corrected by the `date` of responses; it runs `speed` times as fast."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._base, self._since = time.time(), time.monotonic()
        self._offset = 0.0

    def now(self) -> float:
        """Unix seconds."""
        return self._base + self.elapsed() + self._offset

    def elapsed(self) -> float:
        """Seconds since the clock was created; monotonic."""
        return (time.monotonic() - self._since) * self.speed

    def follow(self, date: str | None) -> None:
        """Set the clock by a response's `date` if they differ by more than its precision; ignore an unreadable one."""
        try:
            theirs = parsedate_to_datetime(date or "").timestamp() + 0.5
        except ValueError:
            return
        if abs(theirs - self.now()) > _TOLERANCE_SECONDS:
            self._offset += theirs - self.now()

    def note_response(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Follow the `date` of a response; pass it to a client as `on_response`."""
        self.follow(headers.get("date"))

    def wait(self, event: Event, seconds: float) -> bool:
        """Wait until `event` is set (True) or `seconds` have passed (False)."""
        return event.wait(max(0.0, seconds) / self.speed)
