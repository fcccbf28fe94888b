"""Usage: a post counts once per UTC day, however often it was sent."""

from collections.abc import Callable, Iterable

from stack.x_emulator.clock import DAY_SECONDS, Clock, iso, parse_time, utc_day, utc_month
from stack.x_emulator.contract import Json

PROJECT_ID, APP_ID = "30000001", "10000001"


class Usage:
    """Counts reads per UTC day and month of the emulator's clock."""

    def __init__(self, clock: Clock, cap: int) -> None:
        self._clock, self.cap = clock, cap
        self._day = ""
        self._seen: set[int] = set()
        self._counts: dict[str, int] = {}

    def read(self, ids: Iterable[int]) -> None:
        """Count posts that were delivered or looked up."""
        day = utc_day(self._clock.now())
        if day != self._day:
            self._day, self._seen = day, set()
        before = len(self._seen)
        self._seen.update(ids)
        self._counts[day] = self._counts.get(day, 0) + len(self._seen) - before

    @property
    def month(self) -> int:
        """Reads of this month so far."""
        month = utc_month(self._clock.now())
        return sum(count for day, count in self._counts.items() if day.startswith(month))

    @property
    def is_over(self) -> bool:
        return self.month >= self.cap

    def document(self, days: int, spelling: str) -> Json:
        """The fields of `GET /2/usage/tweets` for the last `days`; 2.167 writes most numbers as text."""
        number: Callable[[int], int | str] = int if spelling == "2.166" else str
        now = self._clock.now()
        dates = [utc_day(now - DAY_SECONDS * ago) for ago in range(days - 1, -1, -1)]
        usage = [{"date": iso(parse_time(date)), "usage": number(self._counts.get(date, 0))} for date in dates]
        return {
            "cap_reset_day": _days_to_next_month(now),
            "daily_client_app_usage": [{"client_app_id": APP_ID, "usage": usage, "usage_result_count": len(usage)}],
            "daily_project_usage": {"project_id": number(int(PROJECT_ID)), "usage": usage},
            "project_cap": number(self.cap),
            "project_id": PROJECT_ID,
            "project_usage": number(self.month),
        }


def _days_to_next_month(now: float) -> int:
    return next(days for days in range(1, 32) if utc_month(now + days * DAY_SECONDS) != utc_month(now))
