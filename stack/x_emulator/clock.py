"""The emulator's clock, which may run faster than real time, and X's ids, which contain the time."""

import asyncio
import time
from datetime import UTC, datetime

EPOCH_MS = 1_288_834_974_657
"""The Unix time in milliseconds that X's ids count from."""
SEQUENCE_BITS = 22
DAY_SECONDS = 86_400
_SLICE_SECONDS = 0.05


class Clock:
    """Seconds since 1970, UTC; `speed` of its seconds pass per real second."""

    def __init__(self, speed: float = 1.0, start: float | None = None) -> None:
        self.speed = speed
        self._base = time.time() if start is None else start
        self._since = time.monotonic()

    def now(self) -> float:
        return self._base + (time.monotonic() - self._since) * self.speed

    def advance(self, seconds: float) -> None:
        """Jump forward."""
        self._base += seconds

    def set_speed(self, speed: float) -> None:
        self._base, self._since, self.speed = self.now(), time.monotonic(), speed

    def real(self, seconds: float) -> float:
        """Convert seconds of this clock to real seconds."""
        return seconds / self.speed

    async def wait(self, seconds: float) -> None:
        """Wait for seconds of this clock, even if it is set meanwhile."""
        ends = self.now() + seconds
        while (left := ends - self.now()) > 0:
            await asyncio.sleep(min(self.real(left), _SLICE_SECONDS))


class Ids:
    """Increasing ids in X's form (snowflakes)."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, now: float) -> int:
        self._last = max(self._last + 1, first_id(now))
        return self._last


def first_id(seconds: float) -> int:
    """The smallest id of a time in seconds since 1970."""
    return max(0, int(seconds * 1000) - EPOCH_MS) << SEQUENCE_BITS


def moment_of(tweet_id: int) -> float:
    """The time that an id contains, in seconds since 1970."""
    return ((tweet_id >> SEQUENCE_BITS) + EPOCH_MS) / 1000


def iso(seconds: float) -> str:
    """`2021-01-06T18:40:40.000Z`."""
    return f"{datetime.fromtimestamp(int(seconds * 1000) / 1000, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def parse_time(text: str) -> float:
    """Seconds since 1970 of an RFC 3339 time. Raises ValueError for other text."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def utc_day(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def utc_month(seconds: float) -> str:
    return utc_day(seconds)[:7]
