"""What is usual for a brand: tweets per hour of the week, complaints, sentiment, and how much they vary.

The expected number of tweets in an hour is the median over the same hour of the weeks before, times the level of the
last days. Counts vary more than by chance: they are taken to be negative binomial with variance m + phi m^2, where phi
comes from the median absolute deviation (MAD) of all hours from their expectation. Medians, not means: past incidents
must not hide the next one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom

Numbers = NDArray[np.float64]
HOUR = timedelta(hours=1)
WEEK_HOURS, DAY_HOURS = 168, 24
ENOUGH = 3
"""So many values make a median: of the hour of the week, else of the hour of the day, else of all hours."""
TO_DEVIATION = 1.4826
"""A normal distribution's standard deviation in MADs."""
LEVEL_DAYS = 7
PHI = (1e-4, 1.0)
TWEET_DEVIATION = 0.33
"""Standard deviation of one author's sentiment, 0..1 (measured on the people of the benchmarks)."""


@dataclass(frozen=True)
class Hour:
    """A past hour: tweets, and the share of complaints and mean sentiment where they are known."""

    started_at: datetime
    tweets: float
    complaint_share: float | None = None
    sentiment: float | None = None


@dataclass(frozen=True)
class Baseline:
    """`hours`: the expected tweets of each hour of the week; means with the deviation of an hour from them."""

    hours: Numbers
    phi: float
    sentiment: float | None
    sentiment_deviation: float
    complaint_share: float | None

    def expected(self, end: datetime, minutes: float = 60.0) -> float:
        """Tweets expected in the `minutes` (at most an hour of each slot at a time) before `end`."""
        total, moment = 0.0, end - timedelta(minutes=minutes)
        while moment < end:
            following = min(_floor(moment) + HOUR, end)
            total += self.hours[_slot(moment)] * ((following - moment) / HOUR)
            moment = following
        return total

    def interval(self, expected: float, chance: float = 0.05) -> tuple[float, float]:
        """Between which counts all but `chance` of the windows lie that expect so many."""
        low, high = (float(nbinom.ppf(end, *self._shape(expected))) for end in (chance / 2, 1 - chance / 2))
        return low, high

    def above(self, count: float, expected: float) -> float:
        """The probability of so many or more."""
        return float(nbinom.sf(count - 1, *self._shape(expected)))

    def none(self, expected: float) -> float:
        """The probability of no tweet at all."""
        return float(nbinom.pmf(0, *self._shape(expected)))

    def _shape(self, expected: float) -> tuple[float, float]:
        size = 1 / self.phi
        return size, size / (size + max(expected, 1e-9))


def build_baseline(history: Sequence[Hour], now: datetime) -> Baseline | None:
    """The baseline of complete hours before `now`; None with less than a day of them."""
    known = [hour for hour in history if hour.started_at + HOUR <= now]
    if len(known) < DAY_HOURS:
        return None
    slots = np.array([_slot(hour.started_at) for hour in known])
    tweets = np.array([hour.tweets for hour in known], dtype=float)
    usual = _usual(slots, tweets)
    recent = np.array([hour.started_at >= now - timedelta(days=LEVEL_DAYS) for hour in known])
    level = _level(tweets[recent], usual[slots[recent]])
    sentiment = [hour.sentiment for hour in known if hour.sentiment is not None]
    complaints = [hour.complaint_share for hour in known if hour.complaint_share is not None]
    middle = float(np.median(sentiment)) if sentiment else None
    return Baseline(
        usual * level,
        _phi(tweets, usual[slots]),
        middle,
        TO_DEVIATION * float(np.median(np.abs(np.array(sentiment) - middle))) if middle is not None else 0.0,
        float(np.median(complaints)) if complaints else None,
    )


def _usual(slots: NDArray[np.int64], tweets: Numbers) -> Numbers:
    """The median of each hour of the week; of too few values that of the hour of the day, or of all."""
    everything = float(np.median(tweets))
    usual = np.empty(WEEK_HOURS)
    for slot in range(WEEK_HOURS):
        same = tweets[slots == slot]
        daily = tweets[slots % DAY_HOURS == slot % DAY_HOURS]
        usual[slot] = np.median(same if len(same) >= ENOUGH else daily) if len(daily) >= ENOUGH else everything
    return usual


def _level(tweets: Numbers, usual: Numbers) -> float:
    known = usual > 0
    return float(np.clip(np.median(tweets[known] / usual[known]), 0.25, 4.0)) if known.any() else 1.0


def _phi(tweets: Numbers, usual: Numbers) -> float:
    large = usual >= 5
    if not large.any():
        return 0.1
    relative = tweets[large] / usual[large] - 1
    deviation = TO_DEVIATION * float(np.median(np.abs(relative - np.median(relative))))
    return float(np.clip(deviation**2 - np.mean(1 / usual[large]), *PHI))


def _floor(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _slot(moment: datetime) -> int:
    return moment.weekday() * DAY_HOURS + moment.hour


def fill_hours(tweets: Mapping[datetime, Hour], first: datetime, last: datetime) -> list[Hour]:
    """Every hour from `first` to before `last`: those without a row had no tweet."""
    hours = int((last - first) / HOUR)
    starts = [first + place * HOUR for place in range(max(hours, 0))]
    return [tweets.get(start) or Hour(start, 0.0) for start in starts]
