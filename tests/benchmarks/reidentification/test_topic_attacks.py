"""Each attack on topics and alerts finds people if there is a leak, and nobody otherwise."""

from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

from benchmarks.reidentification.topic_attacks import (
    find_by_alert,
    find_by_term,
    find_in_small_segments,
    find_in_small_topics,
    terms_of,
)
from models.privacy.limits import K
from tests.benchmarks.reidentification.test_windows import DAY, MONDAY, NEXT, WEEK, Key, a_window, people, tweets_of


def of_topic(topic_id: str, first: int, end: int, *keys: Key) -> pd.DataFrame:
    """One tweet about the topic by each of these people, in these windows."""
    return tweets_of(people(first, end), *keys).assign(topic_id=topic_id)


def a_topic_window(topic_id: str, key: Key = WEEK, authors: int = 500) -> dict[str, Any]:
    return a_window(key, authors, topic_id=topic_id)


@pytest.mark.parametrize(("users", "found"), [(K, 0), (K - 1, K - 1), (0, 0)])
def test_a_shown_term_of_few_people_gives_them_away(users: int, found: int) -> None:
    texts = {name: ["The strike, again!" if number < users else "late"] for number, name in enumerate(people(0, 300))}
    topics = [{"terms": ["late"], "name": "Late"}]
    alerts = [{"terms": ["strike"], "topics": ["Strike, late"]}]
    assert set(terms_of(topics, alerts)) == {"late", "strike"}
    assert len(find_by_term(terms_of(topics, alerts), texts)) == found


def test_a_phrase_is_found_as_a_whole_and_not_in_parts_of_words() -> None:
    texts = {"ann": ["my lost bag"], "bob": ["lost a good baggage"], "cid": ["bag lost"]}
    assert find_by_term(["lost bag"], texts) == {"ann"}


@pytest.mark.parametrize(("authors", "found"), [(K, 0), (K - 1, K - 1)])
def test_a_topics_window_of_few_people_gives_them_away(authors: int, found: int) -> None:
    known = pd.concat([of_topic("t01", 0, authors, WEEK), of_topic("none", 200, 500, WEEK)])
    served = [a_topic_window("t01"), a_topic_window("none")]
    assert len(find_in_small_topics(served, known)) == found


@pytest.mark.parametrize(("hidden", "found"), [(K, 0), (K - 1, K - 1)])
def test_a_hidden_day_or_topic_beside_shown_ones_gives_people_away_by_subtraction(hidden: int, found: int) -> None:
    days = pd.concat([of_topic("t01", 0, 300, WEEK, DAY), of_topic("t01", 300, 300 + hidden, WEEK, NEXT)])
    assert len(find_in_small_topics([a_topic_window("t01"), a_topic_window("t01", DAY)], days)) == found
    topics = pd.concat([of_topic("t01", 0, 300, WEEK), of_topic("t02", 300, 300 + hidden, WEEK)])
    assert len(find_in_small_topics([a_topic_window("t01")], topics)) == found
    assert find_in_small_topics([], topics) == set()


@pytest.mark.parametrize(
    ("listed", "few", "found"), [("s02", K, 0), ("s02", K - 1, K - 1), ("s01", 5, 5), (None, 5, 0)]
)
def test_a_listed_segment_of_few_people_gives_them_away(listed: str | None, few: int, found: int) -> None:
    known = of_topic("t01", 0, 300 + few, WEEK)
    segments = {name: "s01" if number < 300 else "s02" for number, name in enumerate(people(0, 300 + few))}
    topics = [{"topic_id": "t01", "segments": [{"name": listed, "share": 0.5}] if listed else None}]
    assert len(find_in_small_segments(topics, known, segments)) == found


@pytest.mark.parametrize(
    ("kind", "count", "authors", "found"),
    [
        *(("volume_spike", 60, 60, 60), ("volume_spike", None, 60, 0), ("volume_spike", 100, 100, 0)),
        *(("sentiment_drop", None, 60, 60), ("sentiment_drop", 100, 100, 0)),
    ],
)
def test_an_alert_about_few_people_gives_them_away(kind: str, count: int | None, authors: int, found: int) -> None:
    ats = [MONDAY + timedelta(minutes=number % 59 + 1) for number in range(authors)]
    tweets = pd.DataFrame({"at": [*ats, MONDAY - timedelta(hours=2)], "author": [*people(0, authors), "earlier"]})
    alert = {"kind": kind, "peak_at": (MONDAY + timedelta(hours=1)).isoformat(), "author_count": count}
    assert len(find_by_alert([alert], tweets)) == found
