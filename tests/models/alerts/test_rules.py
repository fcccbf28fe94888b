"""A rule fires once, on enough tweets, and again only after its quiet time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from conf.alert_rules import Rule
from models.alerts.rules import RuleTracker, count_fires, holds
from models.alerts.signals import LastHour

MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
RULE = Rule("acme-1", 0, "acme", "Many tweets", "tweets", "above", 100, 20, 60)


def at(minutes: int, tweets: int) -> LastHour:
    return LastHour(MONDAY + timedelta(minutes=minutes), tweets, tweets, tweets // 2)


@pytest.mark.parametrize(
    ("comparison", "threshold", "observed", "usual", "expected"),
    [
        ("above", 100, 101, 0, True),
        ("above", 100, 100, 0, False),
        ("below", 0.4, 0.39, 0.5, True),
        ("rises", 50, 150, 100, True),
        ("rises", 50, 149, 100, False),
        ("rises", 50, 149, 0, False),
        ("falls", 20, 0.4, 0.5, True),
        ("falls", 20, 0.41, 0.5, False),
    ],
)
def test_comparisons(comparison: str, threshold: float, observed: float, usual: float, expected: bool) -> None:
    rule = replace(RULE, comparison=comparison, threshold=threshold)  # type: ignore[arg-type]
    assert holds(rule, observed, usual) is expected


def test_a_rule_fires_once_and_is_armed_again_after_its_quiet_time() -> None:
    hours = [at(0, 50), at(10, 150), at(20, 160), at(30, 50), at(60, 150), at(70, 50), at(140, 150)]
    fired = count_fires(RULE, [(hour, None) for hour in hours])
    assert [(moment - MONDAY) / timedelta(minutes=1) for moment in fired] == [10, 140]


def test_a_rule_does_not_fire_on_few_tweets_nor_when_it_is_off() -> None:
    assert count_fires(replace(RULE, threshold=5, min_tweets=20), [(at(0, 19), None)]) == []
    assert count_fires(replace(RULE, is_enabled=False), [(at(0, 500), None)]) == []


def test_the_peak_and_the_end_are_kept() -> None:
    tracker = RuleTracker(RULE)
    seen = [tracker.see(at(place * 10, tweets), None) for place, tweets in enumerate((150, 300, 200, 50))]
    ended = seen[-1]
    assert ended and (ended.peak.observed, ended.ended_at) == (300, MONDAY + timedelta(minutes=20))
    assert (ended.rule_id, ended.rule_version) == ("acme-1", 0)


def test_an_unknown_sentiment_is_no_fall() -> None:
    assert count_fires(replace(RULE, figure="sentiment", comparison="below", threshold=0.9), [(at(0, 500), None)]) == []
