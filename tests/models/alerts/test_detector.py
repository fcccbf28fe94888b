"""What is unusual becomes one alert, with a start and an end; what is usual, small or late does not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from conf.brand.alert_rules import Rule
from models.alerts.baseline import HOUR, Baseline, Hour, build_baseline
from models.alerts.detector import Detector
from models.alerts.evidence import find_evidence, new_topics
from models.alerts.history import replay
from models.alerts.incidents import Incident, newest_of_each
from models.alerts.recent import Recent, Tweet, split_by_brand
from models.alerts.rows import Evidence, explain, from_row, to_row
from models.alerts.signals import LastHour, Limits, chance_of, find_signals

MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
RULE = Rule("acme-1", 0, "acme", "Many tweets", "tweets", "above", 100, 20, 60)
LIMITS = Limits(chance_of(1.0, 5), min_tweets=20, min_authors=100, silence_minutes=30)
QUIET = timedelta(hours=2)


def usual_tweets(at: datetime) -> float:
    """200 an hour by day, 40 by night, half as many on Sundays."""
    return (200 if 7 <= at.hour < 22 else 40) * (0.5 if at.weekday() == 6 else 1)


def some_hours(weeks: int = 6, seed: int = 3) -> list[Hour]:
    chance = np.random.default_rng(seed)
    starts = [MONDAY - timedelta(weeks=weeks) + place * HOUR for place in range(weeks * 168)]
    return [
        Hour(at, int(chance.negative_binomial(20, 20 / (20 + usual_tweets(at)))), 0.2, float(chance.normal(0.55, 0.01)))
        for at in starts
    ]


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    found = build_baseline(some_hours(), MONDAY)
    assert found is not None
    return found


def an_hour(now: datetime, **fields: float | None) -> LastHour:
    tweets = int(usual_tweets(now - HOUR))
    given = {"tweets": tweets, "authors": tweets, "complaints": int(0.2 * tweets), "scored_authors": tweets}
    return LastHour(**({"now": now, "sentiment": 0.55} | given | fields))  # type: ignore[arg-type]


def kinds(last: LastHour, baseline: Baseline) -> set[str]:
    return {signal.kind for signal in find_signals(last, baseline, LIMITS) if signal.starts}


def test_the_expected_tweets_follow_the_hour_of_the_week(baseline: Baseline) -> None:
    noon, night, sunday = MONDAY + 12 * HOUR, MONDAY + 3 * HOUR, MONDAY + timedelta(days=6, hours=12)
    assert [baseline.expected(at) for at in (noon, night, sunday)] == pytest.approx([200, 40, 100], rel=0.2)
    assert baseline.expected(MONDAY + 7.5 * HOUR) == pytest.approx(120, rel=0.2)
    assert 0.02 < baseline.phi < 0.12


def test_an_incident_of_the_past_does_not_hide_the_next_one() -> None:
    spoilt = [
        Hour(hour.started_at, hour.tweets * (9 if hour.started_at > MONDAY - timedelta(hours=30) else 1))
        for hour in some_hours()
    ]
    found = build_baseline(spoilt, MONDAY)
    assert found and found.expected(MONDAY + 12 * HOUR) == pytest.approx(200, rel=0.3)


def test_a_brand_of_less_than_a_day_has_no_baseline() -> None:
    assert build_baseline(some_hours()[:23], MONDAY) is None
    assert build_baseline([], MONDAY) is None


def test_each_kind_is_recognised_and_the_usual_is_none(baseline: Baseline) -> None:
    noon = MONDAY + 13 * HOUR
    assert kinds(an_hour(noon), baseline) == set()
    assert kinds(an_hour(noon, tweets=600, authors=500, complaints=120), baseline) == {"volume_spike"}
    assert kinds(an_hour(noon, sentiment=0.35), baseline) == {"sentiment_drop"}
    assert kinds(an_hour(noon, complaints=130), baseline) == {"complaint_surge"}
    assert kinds(an_hour(noon, tweets=0, authors=0, sentiment=None, silent_minutes=40), baseline) == {"silence"}


def test_a_spike_of_praise_is_no_surge_of_complaints(baseline: Baseline) -> None:
    assert kinds(an_hour(MONDAY + 13 * HOUR, tweets=900, authors=800, complaints=150), baseline) == {"volume_spike"}


def test_few_tweets_one_author_and_few_scores_are_no_incident(baseline: Baseline) -> None:
    night = MONDAY + 3 * HOUR
    assert kinds(an_hour(night, tweets=19, authors=19, complaints=19), baseline) == set()
    assert kinds(an_hour(night, tweets=900, authors=1, complaints=0), baseline) == set()
    assert kinds(an_hour(night, scored_authors=99, sentiment=0.1), baseline) == set()


def test_what_comes_and_goes_is_one_alert_with_start_peak_and_end(baseline: Baseline) -> None:
    detector = Detector("acme", LIMITS, QUIET, baseline)
    sizes = [200, 200, 500, 700, 900, 600, 200, *[200] * 8, 650, *[200] * 8]
    seen: list[Incident] = []
    for place, size in enumerate(sizes):
        now = MONDAY + 13 * HOUR + place * timedelta(minutes=10)
        seen += detector.look(an_hour(now, tweets=size, authors=size, complaints=int(0.2 * size)))
    (incident,) = newest_of_each(seen).values()
    times = (incident.started_at, incident.peak.at, incident.ended_at)
    assert [(at - MONDAY) / HOUR * 6 - 78 for at in times if at] == pytest.approx([2, 4, 15])
    assert incident.peak.observed == 900


def test_a_later_incident_is_another_alert(baseline: Baseline) -> None:
    detector = Detector("acme", LIMITS, QUIET, baseline)
    hours = [12, 13, 14, 15, 16, 17, 18]
    seen = [
        incident
        for hour in hours
        for incident in detector.look(
            an_hour(MONDAY + hour * HOUR, tweets=800 if hour in (12, 17) else 200, authors=200)
        )
    ]
    assert len(newest_of_each(seen)) == 2


def test_a_restart_continues_the_stored_incident(baseline: Baseline) -> None:
    first = Detector("acme", LIMITS, QUIET, baseline)
    at = MONDAY + 13 * HOUR
    (incident,) = first.look(an_hour(at, tweets=700, authors=600))
    row = to_row(incident, Evidence((("Baggage", 0.6),), ("bag",)), at, 100)
    second = Detector("acme", LIMITS, QUIET, baseline)
    second.resume([from_row(row)])
    (again,) = second.look(an_hour(at + timedelta(minutes=5), tweets=800, authors=700))
    assert again.alert_id == incident.alert_id
    assert (again.started_at, again.peak.observed) == (incident.started_at, 800)


def test_a_restart_continues_the_incident_of_a_rule_and_a_rule_that_is_not_used_any_more_ends_it() -> None:
    first, at = Detector("acme", LIMITS, QUIET), MONDAY + 13 * HOUR
    assert first.use_rules([RULE]) == []
    (incident,) = first.look(an_hour(at, tweets=700))
    stored = from_row(to_row(incident, Evidence(), at, 100))
    second = Detector("acme", LIMITS, QUIET)
    second.resume([stored])
    assert second.use_rules([RULE]) == []
    (again,) = second.look(an_hour(at + timedelta(minutes=5), tweets=800))
    assert (again.alert_id, again.peak.observed) == (incident.alert_id, 800)
    (ended,) = second.use_rules([replace(RULE, version=1)])
    assert (ended.alert_id, ended.ended_at) == (incident.alert_id, at + timedelta(minutes=5))
    third = Detector("acme", LIMITS, QUIET)
    third.resume([stored])
    assert [each.ended_at for each in third.use_rules([])] == [at]


def test_a_figure_of_few_authors_fires_no_rule() -> None:
    detector = Detector("acme", LIMITS, QUIET)
    detector.use_rules([replace(RULE, figure="complaint_share", threshold=0, min_tweets=1)])
    recent = Recent()
    recent.add([Tweet(MONDAY, "a", 0.1, True)])
    assert detector.look(recent.last_hour(MONDAY, 100)) == []


def test_what_arrives_late_counts_where_it_was_written() -> None:
    now, recent = MONDAY + 12 * HOUR, Recent()
    recent.add([Tweet(now - timedelta(hours=2), f"a{each}", 0.1, True) for each in range(500)])
    recent.add([Tweet(now - timedelta(minutes=each % 50), f"b{each}", 0.5, each % 4 == 0) for each in range(100)])
    last = recent.last_hour(now, 100)
    assert (last.tweets, last.authors, last.complaints, last.sentiment) == (100, 100, 25, 0.5)
    hidden = recent.last_hour(now, 101)
    assert (hidden.tweets, hidden.sentiment, hidden.complaints) == (100, None, None)
    recent.add([Tweet(now, "c", 0.5, True)])
    assert recent.last_hour(now, 100).complaints == 25  # one person more is not to be seen
    assert recent.last_hour(now + 3 * HOUR, 100).silent_minutes == 180


def test_tweets_count_for_their_brands_and_not_for_competitors() -> None:
    row = {"created_at": MONDAY, "author_key": "a", "sentiment": None, "complaint": {"is_complaint": True}}
    found = split_by_brand(
        [row | {"brands": ["acme", "acme:competitors", None]}, row | {"created_at": None, "brands": ["b"]}]
    )
    assert found == {"acme": [Tweet(MONDAY, "a", None, True)]}


def test_past_hours_are_seen_with_what_was_known_before_them() -> None:
    rows = [
        {"brand": "acme", "started_at": hour.started_at, "tweet_count": int(hour.tweets), "author_count": None}
        | {"scored_author_count": None, "complaint_share": None, "sentiment_mean": None}
        for hour in some_hours()
        if hour.started_at != MONDAY - 5 * HOUR
    ]
    seen = list(replay(rows, MONDAY, 7))
    assert len(seen) == 168
    missing = next(last for last, _ in seen if last.now == MONDAY - 4 * HOUR)
    assert (missing.tweets, missing.silent_minutes) == (0, 60.0)
    assert max(last.tweets for last, _ in seen) >= 100 > max(last.authors for last, _ in seen), "no crowd"
    assert all(baseline is not None for _, baseline in seen)


def test_an_alert_says_what_happened_and_what_it_is_about(baseline: Baseline) -> None:
    at = MONDAY + 13 * HOUR
    (incident,) = Detector("acme", LIMITS, QUIET, baseline).look(an_hour(at, tweets=600, authors=60))
    text = explain(incident, Evidence((("Baggage", 0.6),)))
    assert text.startswith("600 tweets in an hour, ")
    assert text.endswith("times what is usual on Mondays at 13:00. 60 % were about Baggage.")
    assert to_row(incident, Evidence(), at, 100)["author_count"] is None


def test_the_evidence_is_the_narrowest_window_with_topics() -> None:
    at = MONDAY + 13 * HOUR
    (incident,) = new_topics([a_topic("t02", at), a_topic("t01", MONDAY - timedelta(days=9))], at)
    topics = [
        a_topic("t01", MONDAY) | {"name": "Delay", "terms": ["gate"]},
        a_topic("t02", at) | {"name": "Strike", "terms": ["walkout"]},
    ]
    assert find_evidence(incident, [], topics) == Evidence((("Strike", 0.0),), ("walkout",))
    day = {
        "topic_id": "t01",
        "window": "day",
        "started_at": MONDAY,
        "ended_at": MONDAY + 24 * HOUR,
        "share_of_voice": 0.3,
    }
    hour = day | {"window": "hour", "started_at": at - HOUR, "ended_at": at, "topic_id": "none"}
    spike = Incident("acme", "volume_spike", at, at, incident.peak, at)
    assert find_evidence(spike, [hour, day], topics) == Evidence((("Delay", 0.3),), ("gate",))
    silence = Incident("acme", "silence", at, at, incident.peak, at)
    assert find_evidence(silence, [hour, day], topics) == Evidence(), "no tweet is about nothing"


def test_the_first_topics_of_a_brand_are_no_news() -> None:
    assert new_topics([a_topic("t01", MONDAY), a_topic("t02", MONDAY)], MONDAY + HOUR) == []
    assert new_topics([], MONDAY) == []


def a_topic(topic_id: str, born_at: datetime) -> dict[str, object]:
    return {"brand": "acme", "topic_id": topic_id, "born_at": born_at, "tweet_count": 300, "author_count": 200}
