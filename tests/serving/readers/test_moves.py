"""How segments moved in a week."""

from datetime import timedelta
from typing import Any

from conf.settings import Settings
from serving.readers.moves import move_of, read_segment_moves
from tests.serving.documents import MONDAY, a_segment_day, publish


def days(*sentiments: float, authors: int = 1000, **fields: Any) -> list[dict[str, Any]]:
    """A segment on consecutive days."""
    return [
        a_segment_day(MONDAY + timedelta(days=place), sentiment_mean=each, author_count=authors, **fields)
        for place, each in enumerate(sentiments)
    ]


def test_the_newest_day_is_compared_with_the_newest_that_is_a_week_older() -> None:
    move = move_of("s01", days(0.9, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.3))
    assert move["before"]["measured_on"] == MONDAY + timedelta(days=1)
    assert move["moves"]["sentiment_mean"] == {"change": -0.2, "is_chance": False}


def test_a_small_move_of_few_authors_is_within_chance() -> None:
    move = move_of("s01", days(0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.47, authors=100))
    assert move["moves"]["sentiment_mean"]["is_chance"]


def test_only_the_recent_days_of_the_asked_segments_are_read(served: Settings) -> None:
    old = [a_segment_day(MONDAY - timedelta(days=60)), a_segment_day(MONDAY, segment_id="s02")]
    publish(served, "segment_history", 1, *old, *days(0.5, 0.4))
    (move,) = read_segment_moves(served, "skyvarn", ["s01"]).rows
    assert move["newest"]["sentiment_mean"] == 0.4
    assert move["before"] is None, "sixty days ago is not compared"


def test_a_young_segment_is_compared_with_nothing() -> None:
    move = move_of("s01", days(0.5, 0.4))
    assert move["before"] is None
    assert move["moves"]["sentiment_mean"] is None
