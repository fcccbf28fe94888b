"""What changed in a week: which differences chance explains, and in which order they come."""

from typing import Any

import pytest

from pipelines.sources.mongo import Document
from serving.readers.changes import find_changes, share
from tests.serving.documents import a_trend


def a_week(**fields: Any) -> Document:
    """A week of 1,000 authors with the mean sentiment 0.48 ± 0.01."""
    given = {"sentiment_mean": 0.48, "sentiment_mean_low": 0.47, "sentiment_mean_high": 0.49}
    return a_trend(window="week", authors=1000, **({"categories": [], "languages": []} | given | fields))


def change_of(name: str, now: Document, before: Document) -> Document:
    return next(row for row in find_changes(now, before) if row["name"] == name)


@pytest.mark.parametrize(("low", "high", "is_chance"), [(0.41, 0.43, False), (0.41, 0.47, True), (0.41, 0.46, False)])
def test_a_change_is_within_chance_when_the_intervals_meet(low: float, high: float, is_chance: bool) -> None:
    now = a_week(sentiment_mean=0.42, sentiment_mean_low=low, sentiment_mean_high=high)
    change = change_of("sentiment_mean", now, a_week())
    assert (change["change"], change["is_chance"]) == (-0.06, is_chance)


def test_what_chance_does_not_explain_comes_first_and_then_the_larger() -> None:
    shares = {"delay": (0.38, 0.21), "billing": (0.05, 0.08), "booking": (0.09, 0.08)}
    now = a_week(categories=[{"name": name, "share": each[0]} for name, each in shares.items()])
    before = a_week(categories=[{"name": name, "share": each[1]} for name, each in shares.items()])
    rows = [row for row in find_changes(now, before) if row["kind"] == "categories"]
    assert [(row["name"], row["is_chance"]) for row in rows] == [("delay", False), ("billing", True), ("booking", True)]


def test_wilsons_interval_is_that_of_the_literature() -> None:
    found = share({"delay": 0.1}, "delay", 100)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0552, 0.1744)


def test_a_hidden_share_is_no_larger_than_the_smallest_that_is_shown() -> None:
    now = a_week(categories=[{"name": "delay", "share": 0.4}, {"name": "billing", "share": 0.15}])
    change = change_of("delay", now, a_week(categories=[{"name": "billing", "share": 0.15}]))
    assert (change["before"], change["before_high"], change["change"]) == (None, 0.15, 0.25)
    assert not change["is_chance"]


def test_where_nothing_was_shown_nothing_is_known_to_have_changed() -> None:
    rows = find_changes(a_week(categories=[{"name": "delay", "share": 0.4}]), a_week())
    assert [row["name"] for row in rows if row["kind"] == "categories"] == []


def test_a_week_without_figures_is_compared_in_nothing() -> None:
    assert find_changes(a_week(), a_trend(window="week", authors=None)) == []
