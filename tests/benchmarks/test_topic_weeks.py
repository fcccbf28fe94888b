"""Tweets keep their topic over refits, a new one is found within two hours, and a change of subjects is seen."""

from random import Random

import pytest

from benchmarks import topic_weeks
from benchmarks.topic_weeks import World, find_new_topic, follow_weeks, texts_of
from models.topics.fit import Rules

STREAM = World(2000, 1500, Rules((8,), 42, 100), 8)
WEEKS = World(1500, 1200, Rules((4,), 42, 20), 4)


def test_twelve_refits_with_nothing_changed_keep_the_topics_of_the_tweets() -> None:
    shares = list(follow_weeks(WEEKS, 12))
    assert len(shares) == 12
    assert min(shares) >= 0.95


def test_a_planted_new_topic_is_found_within_two_hours_of_event_time() -> None:
    assert 0 < find_new_topic(STREAM, 2.0) <= 120


def test_a_topic_that_nobody_writes_about_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic_weeks, "SHARE", 0.0)
    with pytest.raises(RuntimeError, match="no new topic within 4 hours"):
        find_new_topic(STREAM, 2.0)


def test_topics_of_other_subjects_do_not_keep_the_tweets(monkeypatch: pytest.MonkeyPatch) -> None:
    turned = iter(range(100))
    monkeypatch.setattr(topic_weeks, "texts_of", lambda *given: other_texts(next(turned), *given))
    assert next(iter(follow_weeks(WEEKS, 1))) < 0.5


def other_texts(turn: int, world: World, rng: Random, count: int) -> object:
    """After the panel every word is another one."""
    made = texts_of(world, rng, count)
    return made if turn == 0 else (type(text)([f"{word}x" for word in text.words], text.author) for text in made)
