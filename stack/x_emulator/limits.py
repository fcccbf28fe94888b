"""Rate limits per 15 minutes and per day, and their headers."""

from dataclasses import dataclass

from stack.x_emulator.clock import DAY_SECONDS, Clock
from stack.x_emulator.contract import Endpoint

WINDOW_SECONDS = 900


@dataclass(frozen=True)
class Budget:
    """The remaining requests of a window; `reset` is a time of the emulator's clock."""

    limit: int
    remaining: int
    reset: int
    is_over: bool = False

    def headers(self, prefix: str = "x-rate-limit") -> list[tuple[str, str]]:
        return [
            (f"{prefix}-limit", str(self.limit)),
            (f"{prefix}-remaining", str(self.remaining)),
            (f"{prefix}-reset", str(self.reset)),
        ]


class Limits:
    """Counts requests; a window begins with the first request after the previous window ended."""

    def __init__(self, clock: Clock, *, is_on: bool) -> None:
        self._clock, self._is_on = clock, is_on
        self._windows: dict[tuple[str, str, int], tuple[float, int]] = {}

    def take(self, endpoint: Endpoint, kind: str) -> Budget:
        """Count one request by an app or a user."""
        limit = endpoint.limits.get(kind) or next(iter(endpoint.limits.values()))
        return self._take(endpoint.name, kind, limit, WINDOW_SECONDS)

    def take_day(self, endpoint: Endpoint) -> Budget | None:
        limit = endpoint.daily.get("app")
        return self._take(endpoint.name, "app", limit, DAY_SECONDS) if limit else None

    def reset(self) -> None:
        """Start all windows again."""
        self._windows.clear()

    def _take(self, name: str, kind: str, limit: int, seconds: int) -> Budget:
        now = self._clock.now()
        ends, used = self._windows.get((name, kind, seconds), (0.0, 0))
        if now >= ends:
            ends, used = now + seconds, 0
        is_over = self._is_on and used >= limit
        used += 0 if is_over else 1
        self._windows[name, kind, seconds] = (ends, used)
        return Budget(limit, max(0, limit - used), int(ends), is_over)
