"""Each attack finds a person if there is a leak, and nobody otherwise."""

from datetime import UTC, datetime
from typing import Any

import pytest

from benchmarks.reidentification.attacks import (
    Person,
    find_by_difference,
    find_by_figure,
    find_in_small_cells,
    find_named,
)
from models.privacy.limits import K

AT = datetime(2026, 5, 4, 12, 0, 7, tzinfo=UTC)


def somebody(key: str = "ann", **figures: float | None) -> Person:
    return Person(key, (key, "4001"), figures, (f"{key} wrote that nobody ever answers here",), (AT,))


def a_document(**fields: Any) -> dict[str, Any]:
    return {"segment_id": "s01", "author_count": 200, "sentiment_mean": 0.5, "as_of": datetime(2026, 5, 5)} | fields


@pytest.mark.parametrize(
    ("fields", "is_found"),
    [
        ({}, False),
        ({"persona": "like ANN"}, True),
        ({"other_ids": ["s4001"]}, True),
        ({"description": "they say: Wrote that nobody ever answers here"}, True),
        ({"description": "nobody ever answers"}, False),
        ({"as_of": AT}, True),
        ({"as_of": AT.replace(tzinfo=None)}, True),
        ({"as_of": "2026-05-04T12:00:07Z"}, True),
        ({"now": {"rows": [{"at": "2026-05-04T12:00:07Z"}]}}, True),
        ({"as_of": "2026-05-04T12:00:00Z"}, False),
    ],
)
def test_names_texts_and_moments_are_found(fields: dict[str, Any], is_found: bool) -> None:
    assert find_named([a_document(**fields)], [somebody()]) == ({"ann"} if is_found else set())


def test_people_of_small_cells_are_found() -> None:
    members = {"s01": ["ann"], "s02": ["bob"]}
    served = [a_document(author_count=K), a_document(segment_id="s02", author_count=K - 1)]
    assert find_in_small_cells(served, members) == {"bob"}


def test_a_figure_that_one_person_alone_has_is_found_but_not_once_it_is_rounded() -> None:
    people = [
        somebody("ann", followers_count=1534),
        somebody("bob", followers_count=1483),
        somebody("c", followers_count=9),
    ]
    assert find_by_figure([a_document(followers_median=1534.0)], people) == {"ann"}
    assert find_by_figure([a_document(followers_median=1500.0)], people) == set()


def test_who_left_is_found_by_difference_but_not_once_figures_are_rounded() -> None:
    people = [somebody(f"p{number}", sentiment_mean=number / 200) for number in range(200)]
    everyone = [one.figures["sentiment_mean"] or 0.0 for one in people]
    mean, without = sum(everyone) / 200, sum(everyone[:-1]) / 199
    before, after = a_document(sentiment_mean=mean), a_document(author_count=199, sentiment_mean=without)
    assert find_by_difference([before], [after], people) == {"p199"}
    rounded = a_document(sentiment_mean=round(mean, 2)), a_document(sentiment_mean=round(without, 2) - 0.01)
    assert find_by_difference([rounded[0]], [rounded[1]], people) == set()


def test_a_sum_gives_away_who_left_but_not_once_it_is_rounded() -> None:
    people = [somebody(f"p{number}", tweet_count=number) for number in range(200)]
    before, after = a_document(tweet_count=19_900), a_document(author_count=199, tweet_count=19_770)
    assert find_by_difference([before], [after], people) == {"p130"}
    rounded = a_document(tweet_count=20_000), a_document(tweet_count=19_000)
    assert find_by_difference([rounded[0]], [rounded[1]], people) == set()
