"""Compares the stream's rate with its usual rate: a stream can lose a part of its tweets while bytes still arrive."""

_INTERVAL_SECONDS = 60.0
_MEMORY = 0.9  # weight of the usual rate in each minute: it adapts within 15 minutes
_MIN_RATE = 0.2
_MIN_INTERVALS = 10


class RateWatch:
    """Takes the number of tweets so far; seconds are of the clock."""

    def __init__(self, low_rate_share: float) -> None:
        self._share = low_rate_share
        self._usual = 0.0
        self._intervals = 0
        self._since: tuple[float, int] | None = None
        self.is_low = False
        self.rate = 0.0
        """Tweets per second in the last full minute."""

    def update(self, moment: float, count: int) -> str | None:
        """`low` or `normal` when that has just changed, else None."""
        if self._since is None:
            self._since = (moment, count)
        started, before = self._since
        if moment - started < _INTERVAL_SECONDS:
            return None
        self._since = (moment, count)
        self.rate = (count - before) / (moment - started)
        was_low, self.is_low = self.is_low, self._is_below()
        if not self.is_low:
            self._intervals += 1
            weight = max(1 - _MEMORY, 1 / self._intervals)
            self._usual += weight * (self.rate - self._usual)
        if was_low == self.is_low:
            return None
        return "low" if self.is_low else "normal"

    def _is_below(self) -> bool:
        is_known = self._intervals >= _MIN_INTERVALS and self._usual >= _MIN_RATE
        return is_known and self.rate < self._share * self._usual
