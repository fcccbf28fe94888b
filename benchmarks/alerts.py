"""Does the detector find incidents, and nothing else? A generated quarter, and the Higgs announcement.

    python -m benchmarks.alerts [--weeks 13] [--seed 7]

The quarter has tweets every five minutes with the rhythm of the day and the week, a slow drift, more variance than
chance (negative binomial), and 40 planted incidents: spikes, falls of sentiment, surges of complaints, silence. An
incident is found when an alert of its kind overlaps it; every other alert is a false alarm. `higgs`: the activity of
1 to 7 July 2012 (../shared/data/cascades); the steps are the announcements of 2 July (Tevatron) and 4 July (CERN).
"""

import argparse
import gzip
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from benchmarks.harness import DATA, save
from models.alerts.baseline import TWEET_DEVIATION, Hour, build_baseline
from models.alerts.detector import Detector
from models.alerts.incidents import Incident, newest_of_each
from models.alerts.signals import LastHour, Limits, chance_of
from models.privacy.limits import round_count

STEP = timedelta(minutes=5)
PER_HOUR = 12
LEARNT = timedelta(days=56)
START = datetime(2026, 1, 5, tzinfo=UTC)
LIMITS = Limits(chance_of(1.0, 5), min_tweets=20, min_authors=100, silence_minutes=30)
QUIET = timedelta(hours=2)
PLANTED = {"volume_spike": 14, "sentiment_drop": 10, "complaint_surge": 10, "silence": 6}
HIGGS = "cascades/higgs-activity_time.txt.gz"
STEPS = {
    "Tevatron, 2 July 13:00": datetime(2012, 7, 2, 13, tzinfo=UTC),
    "CERN, 4 July 08:00": datetime(2012, 7, 4, 8, tzinfo=UTC),
}
Figures = dict[str, Any]


@dataclass(frozen=True)
class Planted:
    """An incident of the generated world."""

    kind: str
    start: datetime
    end: datetime
    size: float


@dataclass(frozen=True)
class Step:
    """The tweets of five minutes, each by another author."""

    at: datetime
    tweets: int
    complaints: int
    score_sum: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, default=13)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    figures = {"quarter": quarter(given.weeks, given.seed)}
    if (DATA / HIGGS).exists():
        figures["higgs"] = higgs()
    for name, found in figures.items():
        print(name, found)
    save("alerts", figures)


def quarter(weeks: int, seed: int) -> Figures:
    """Recall, false alarms per week and delays over `weeks` weeks, after eight to learn from."""
    chance = np.random.default_rng(seed)
    first = START + LEARNT
    planted = plant(chance, first, weeks)
    steps = generate(chance, planted, int((LEARNT + timedelta(weeks=weeks)) / STEP))
    incidents = watch(steps, first)
    return score(planted, incidents, weeks)


def plant(chance: np.random.Generator, first: datetime, weeks: int) -> list[Planted]:
    """Incidents that do not touch each other, in the waking hours."""
    kinds = [kind for kind, count in PLANTED.items() for _ in range(count)]
    chance.shuffle(kinds)
    days = np.sort(chance.choice(np.arange(1, 7 * weeks - 1), len(kinds), replace=False))
    sizes = {
        "volume_spike": (2.5, 6.0),
        "sentiment_drop": (0.15, 0.3),
        "complaint_surge": (2.2, 4.0),
        "silence": (0, 0),
    }
    found = []
    for kind, day in zip(kinds, days, strict=True):
        start = first + timedelta(days=int(day), minutes=int(chance.integers(9 * 60, 19 * 60) // 5 * 5))
        hours = chance.uniform(1.5, 5) if kind != "silence" else chance.uniform(1, 3)
        found.append(Planted(kind, start, start + timedelta(minutes=int(hours * 60)), chance.uniform(*sizes[kind])))
    return found


def generate(chance: np.random.Generator, planted: list[Planted], count: int) -> list[Step]:
    """The steps of a brand with 60 to 500 tweets in a daytime hour."""
    queue, steps = deque(planted), []
    for place in range(count):
        at = START + place * STEP
        while queue and queue[0].end <= at:
            queue.popleft()
        now = queue[0] if queue and queue[0].start <= at else None
        rhythm = 0.15 + 0.85 * max(0.0, np.sin((at.hour + at.minute / 60 - 5) / 24 * 2 * np.pi - 0.5)) ** 0.7
        weekend = 0.7 if at.weekday() >= 5 else 1.0
        mean = 30 * rhythm * weekend * (1 + 0.2 * np.sin(place / count * 6)) * np.exp(chance.normal(0, 0.1))
        mean *= now.size if now and now.kind == "volume_spike" else 0.0 if now and now.kind == "silence" else 1.0
        tweets = int(chance.negative_binomial(8, 8 / (8 + max(mean, 1e-9))))
        share = 0.2 * (now.size if now and now.kind == "complaint_surge" else 1.0)
        level = 0.55 - (now.size if now and now.kind == "sentiment_drop" else 0.0)
        scores = np.clip(chance.normal(level, TWEET_DEVIATION, tweets), 0, 1)
        steps.append(Step(at, tweets, int(chance.binomial(tweets, min(share, 0.95))), float(scores.sum())))
    return steps


def watch(steps: list[Step], first: datetime) -> list[Incident]:
    """Every look of the detector from `first` on, with a baseline learnt anew each day."""
    detector = Detector("brand", LIMITS, QUIET)
    hours = hours_of(steps)
    window: deque[Step] = deque(maxlen=PER_HOUR)
    seen: list[Incident] = []
    last_tweet = steps[0].at
    for step in steps:
        window.append(step)
        now = step.at + STEP
        last_tweet = now if step.tweets else last_tweet
        if now < first:
            continue
        if detector.baseline is None or (now.hour, now.minute) == (0, 0):
            known = [hour for hour in hours if now - LEARNT <= hour.started_at < now]
            detector.baseline = build_baseline(known, now)
        seen += detector.look(last_hour(window, now, last_tweet))
    return list(newest_of_each(seen).values())


def hours_of(steps: list[Step]) -> list[Hour]:
    found = []
    for place in range(0, len(steps) - PER_HOUR + 1, PER_HOUR):
        part = steps[place : place + PER_HOUR]
        tweets, complaints = sum(step.tweets for step in part), sum(step.complaints for step in part)
        known = tweets >= LIMITS.min_authors
        mean = sum(step.score_sum for step in part) / tweets if known else None
        found.append(Hour(part[0].at, tweets, complaints / tweets if known else None, mean))
    return found


def last_hour(window: deque[Step], now: datetime, last_tweet: datetime) -> LastHour:
    tweets = sum(step.tweets for step in window)
    mean = sum(step.score_sum for step in window) / tweets if tweets else None
    enough = tweets >= LIMITS.min_authors
    complaints = round_count(sum(step.complaints for step in window)) if enough else None
    return LastHour(now, tweets, tweets, complaints, tweets, mean, (now - last_tweet) / timedelta(minutes=1))


def score(planted: list[Planted], incidents: list[Incident], weeks: int) -> Figures:
    slack = timedelta(hours=1)  # the last hour still holds what ended
    found, delays, used = 0, [], set()
    by_kind = dict.fromkeys(PLANTED, 0)
    for one in planted:
        hits = [each for each in incidents if _overlaps(each, one, slack)]
        same = [each for each in hits if each.kind == one.kind]
        # A spike brings its complaints along, and silence an end of everything: not false alarms.
        used |= {each.alert_id for each in hits}
        if same:
            found += 1
            by_kind[one.kind] += 1
            delays.append(max(0.0, (min(each.detected_at for each in same) - one.start) / timedelta(minutes=1)))
    false = [each for each in incidents if each.alert_id not in used]
    return {
        "planted": len(planted),
        "recall": found / len(planted),
        "found_by_kind": by_kind,
        "false_per_week": len(false) / weeks,
        "false_kinds": sorted(each.kind for each in false),
        "delay_minutes_median": float(np.median(delays)),
        "delay_minutes_p90": float(np.percentile(delays, 90)),
        "alerts": len(incidents),
    }


def _overlaps(incident: Incident, planted: Planted, slack: timedelta) -> bool:
    return incident.started_at <= planted.end + slack and planted.start <= incident.last_at


def higgs() -> Figures:
    """The alerts, and which of them covers each step, with its peak; the first day is learnt from."""
    steps = list(_higgs_steps())
    incidents = watch(steps, steps[0].at + timedelta(days=1))
    spikes = sorted((each for each in incidents if each.kind == "volume_spike"), key=lambda each: each.started_at)
    found = {}
    for name, at in STEPS.items():
        covering = [each for each in spikes if each.started_at <= at + timedelta(hours=2) and each.last_at >= at]
        best = min(covering, key=lambda each: abs(each.peak.at - at), default=None)
        found[name] = best and {
            "detected": f"{best.detected_at:%d %B %H:%M}",
            "peak": f"{best.peak.at:%d %B %H:%M}",
            "times_the_expected": round(float(best.peak.observed / max(best.peak.expected, 1)), 1),
        }
    return {"alerts": len(spikes), "steps": found}


def _higgs_steps() -> Iterator[Step]:
    seconds = int(STEP.total_seconds())
    with gzip.open(DATA / HIGGS, "rt") as lines:
        counts = np.unique(np.array([int(line.split()[2]) // seconds for line in lines]), return_counts=True)
    by_step = dict(zip(counts[0].tolist(), counts[1].tolist(), strict=True))
    first = -(-min(by_step) * seconds // 3600) * 3600 // seconds  # from a full hour on
    for place in range(first, max(by_step) + 1):
        yield Step(datetime.fromtimestamp(place * seconds, UTC), by_step.get(place, 0), 0, 0.0)


if __name__ == "__main__":
    main()
