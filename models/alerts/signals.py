"""The last hour of a brand, compared with its baseline -> signals: what is so unusual that it is no chance."""

from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from typing import Literal

from scipy.stats import binom, norm

from models.alerts.baseline import TWEET_DEVIATION, Baseline

Kind = Literal["volume_spike", "sentiment_drop", "complaint_surge", "silence", "new_topic", "rule"]
KINDS: tuple[Kind, ...] = ("volume_spike", "sentiment_drop", "complaint_surge", "silence")
MIN_RATIO, MIN_DROP, MIN_SHARE_RATIO = 1.5, 0.05, 1.25
"""A figure must be this much larger, or lower: with many tweets the smallest difference is no chance, and no news."""
STAYS = 20.0
"""An incident lasts while its signal is no likelier than so many times the limit (hysteresis)."""


@dataclass(frozen=True)
class LastHour:
    """What was written in the hour before `now`; complaints and means are None with too few authors.

    `silent_minutes`: since the last tweet.
    """

    now: datetime
    tweets: int
    authors: int
    complaints: int | None = None
    scored_authors: int = 0
    sentiment: float | None = None
    silent_minutes: float = 0.0


@dataclass(frozen=True)
class Limits:
    """`chance`: how likely a signal may be without an incident; fewer tweets or authors than these give none."""

    chance: float
    min_tweets: int
    min_authors: int
    silence_minutes: float


@dataclass(frozen=True)
class Signal:
    """A figure, what was expected of it, and the probability of it by chance; `starts`: may it begin an incident?"""

    kind: Kind
    at: datetime
    observed: float
    expected: float
    low: float
    high: float
    probability: float
    starts: bool
    tweets: int
    authors: int

    @property
    def strength(self) -> float:
        return abs(self.observed - self.expected) / max(self.expected, 1e-9)


def chance_of(false_per_week: float, step_minutes: int) -> float:
    """The limit with which all looks of a week give so many false alarms, were they independent (they are not)."""
    looks = 7 * 24 * 60 / step_minutes
    return false_per_week / (looks * len(KINDS))


def find_signals(last: LastHour, baseline: Baseline, limits: Limits) -> list[Signal]:
    """The signals of the last hour that begin or continue an incident."""
    found = (
        spike(last, baseline, limits),
        sentiment_drop(last, baseline, limits),
        complaint_surge(last, baseline, limits),
        silence(last, baseline, limits),
    )
    return [signal for signal in found if signal and signal.probability <= STAYS * limits.chance]


def spike(last: LastHour, baseline: Baseline, limits: Limits) -> Signal | None:
    """More tweets than usual in this hour of the week."""
    expected = baseline.expected(last.now)
    if last.tweets < limits.min_tweets or last.authors < limits.min_tweets / 2:
        return None
    if last.tweets < MIN_RATIO * expected:
        return None
    ends = baseline.interval(expected)
    return _signal("volume_spike", last, last.tweets, expected, ends, baseline.above(last.tweets, expected), limits)


def sentiment_drop(last: LastHour, baseline: Baseline, limits: Limits) -> Signal | None:
    """A lower mean over the authors than the brand's usual one; needs `min_authors` with a score."""
    if last.sentiment is None or baseline.sentiment is None or last.scored_authors < limits.min_authors:
        return None
    deviation = sqrt(baseline.sentiment_deviation**2 + TWEET_DEVIATION**2 / last.scored_authors)
    if last.sentiment > baseline.sentiment - MIN_DROP:
        return None
    half = 1.96 * deviation
    ends = (max(baseline.sentiment - half, 0.0), min(baseline.sentiment + half, 1.0))
    probability = float(norm.cdf((last.sentiment - baseline.sentiment) / deviation))
    return _signal("sentiment_drop", last, last.sentiment, baseline.sentiment, ends, probability, limits)


def complaint_surge(last: LastHour, baseline: Baseline, limits: Limits) -> Signal | None:
    """More complaints than usual, and a larger share of them: a spike of praise is no surge."""
    share = baseline.complaint_share
    if not share or last.complaints is None or last.tweets < limits.min_tweets:
        return None
    if last.complaints < MIN_SHARE_RATIO * share * last.tweets:
        return None
    expected = baseline.expected(last.now) * share
    if last.complaints < MIN_RATIO * expected:
        return None
    by_count = baseline.above(last.complaints, expected)
    by_share = float(binom.sf(last.complaints - 1, last.tweets, share))
    ends = baseline.interval(expected)
    return _signal("complaint_surge", last, last.complaints, expected, ends, max(by_count, by_share), limits)


def silence(last: LastHour, baseline: Baseline, limits: Limits) -> Signal | None:
    """No tweet for a while in which there usually are some."""
    if last.silent_minutes < limits.silence_minutes:
        return None
    expected = baseline.expected(last.now, last.silent_minutes)
    ends = baseline.interval(expected)
    return _signal("silence", last, 0.0, expected, ends, baseline.none(expected), limits)


def _signal(
    kind: Kind,
    last: LastHour,
    observed: float,
    expected: float,
    ends: tuple[float, float],
    probability: float,
    limits: Limits,
) -> Signal:
    starts = probability <= limits.chance
    return Signal(kind, last.now, observed, expected, *ends, probability, starts, last.tweets, last.authors)
