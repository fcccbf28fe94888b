"""The usual rate of the stream, and when it is far below: a stream can be silent in part while bytes still come."""

_INTERVAL_SECONDS = 60.0
_MEMORY = 0.9  # of the usual rate is kept each minute: it follows within a quarter of an hour
_LEAST_RATE = 0.2
_LEARNING = 10


class RateWatch:
    """Fed with the count of tweets so far; seconds are of the clock."""

    def __init__(self, low_rate_share: float) -> None:
        self._share = low_rate_share
        self._usual = 0.0
        self._intervals = 0
        self._since: tuple[float, int] | None = None
        self.is_quiet = False
        self.rate = 0.0
        """Tweets a second in the last whole minute."""

    def look(self, moment: float, count: int) -> str | None:
        """`quiet` or `back` when that has just changed."""
        if self._since is None:
            self._since = (moment, count)
        started, before = self._since
        if moment - started < _INTERVAL_SECONDS:
            return None
        self._since = (moment, count)
        self.rate = (count - before) / (moment - started)
        was_quiet, self.is_quiet = self.is_quiet, self._is_below()
        if not self.is_quiet:
            self._intervals += 1
            weight = max(1 - _MEMORY, 1 / self._intervals)
            self._usual += weight * (self.rate - self._usual)
        if was_quiet == self.is_quiet:
            return None
        return "quiet" if self.is_quiet else "back"

    def _is_below(self) -> bool:
        is_known = self._intervals >= _LEARNING and self._usual >= _LEAST_RATE
        return is_known and self.rate < self._share * self._usual
