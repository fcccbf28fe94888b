"""The sentences of the pages."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from serving.dashboard import words


def a_change(name: str = "sentiment_mean", now: float | None = 0.42, before: float | None = 0.48, **fields: Any) -> Any:
    """A change that chance does not explain, of a figure; of a category where `kind` says so."""
    change = (now or 0.0) - (before or 0.0)
    ends = {"low": 0.41, "high": 0.43, "before_low": 0.47, "before_high": 0.49}
    given = {"kind": "figure", "name": name, "value": now, "before": before, "change": change, "is_chance": False}
    return given | ends | fields


DELAY = a_change("delay", 0.38, 0.21, kind="categories")


@pytest.mark.parametrize(
    ("changes", "worst", "expected"),
    [
        ([a_change()], None, "Skyvarn lost six points this week"),
        (
            [a_change(), DELAY],
            date(2026, 5, 6),
            "Skyvarn lost six points this week, as complaints about delay rose from 21 to 38\N{NO-BREAK SPACE}%, "
            "most of all on Wednesday",
        ),
        ([a_change(now=0.49)], None, "Skyvarn gained one point this week"),
        ([a_change(is_chance=True)], None, "Skyvarn was steady this week"),
        (
            [a_change(is_chance=True), DELAY],
            None,
            "Skyvarn was steady this week, but complaints about delay rose from 21 to 38\N{NO-BREAK SPACE}%",
        ),
        ([], None, "Skyvarn this week"),
    ],
)
def test_the_headline_says_how_sentiment_moved_and_with_what(changes: Any, worst: date | None, expected: str) -> None:
    assert words.headline("Skyvarn", changes, worst, None) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (a_change(), "worse"),
        (a_change(now=0.55), "better"),
        (a_change("complaint_share"), "better"),
        (DELAY, "worse"),
        (a_change("en", kind="languages"), "neither"),
        (a_change(is_chance=True), "neither"),
    ],
)
def test_only_what_chance_does_not_explain_is_better_or_worse(change: Any, expected: str) -> None:
    assert words.verdict(change) == expected


def test_a_share_that_is_not_shown_is_said_to_be_so() -> None:
    assert words.sentence(a_change("delay", 0.4, None, kind="categories")).endswith(
        "rose to 40\N{NO-BREAK SPACE}%, from below what is shown"
    )
    assert "fell below what is shown, from 40\N{NO-BREAK SPACE}%" in words.sentence(
        a_change("delay", None, 0.4, kind="categories")
    )


def test_a_change_is_explained_by_the_categories_that_moved_with_it_and_the_day_that_stands_out() -> None:
    day = {"started_at": datetime(2026, 5, 6, tzinfo=UTC), "sentiment_mean": 0.31}
    assert words.explanation(a_change(), [a_change(), DELAY], day) == (
        "Complaints about delay rose from 21 to 38\N{NO-BREAK SPACE}%; the lowest day was Wednesday 6 May, at 31."
    )
    assert words.explanation(a_change(is_chance=True), [], day).startswith("Within chance")


@pytest.mark.parametrize(("value", "expected"), [(0.06, "+6"), (-0.06, "−6"), (0.001, "0")])
def test_points_are_signed(value: float, expected: str) -> None:
    assert words.points(value) == expected


def test_a_brand_without_a_name_in_its_file_is_called_by_its_path() -> None:
    assert (words.brand_name("skyvarn"), words.brand_name("north_quill")) == ("Skyvarn", "North Quill")
