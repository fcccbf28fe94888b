"""Trends: which windows, which time, and the size that is chosen where the question leaves it open."""

from datetime import timedelta
from typing import Any

import pytest

from conf.schemas.shapes import RUN
from conf.schemas.trends import GOLD_BRAND_TRENDS
from conf.settings import Settings
from tests.serving.conftest import ClientOf
from tests.serving.documents import HOURS, MONDAY, a_trend, publish

PATH = "/api/v1/brands/skyvarn/trends"


def of_a_week(window: str, authors: int | None) -> list[dict[str, Any]]:
    step = timedelta(hours=HOURS[window])
    return [a_trend(MONDAY + number * step, window, authors) for number in range(168 // HOURS[window])]


def test_a_row_has_the_columns_of_the_table(django: None) -> None:
    from serving.api.trends import EXAMPLE, Trend

    assert set(Trend().fields) == set(GOLD_BRAND_TRENDS.fieldNames()) - RUN.keys() == EXAMPLE.keys()


def test_the_last_seven_days_before_as_of_are_shown(served: Settings, client_of: ClientOf) -> None:
    days = [a_trend(MONDAY + timedelta(days=number)) for number in range(-3, 9)]
    publish(served, "trends", 7, *days)
    body = client_of().get(PATH).json()
    assert (body["run"], body["window"], body["as_of"]) == (7, "day", "2026-05-11T00:00:00Z")
    assert [row["started_at"][:10] for row in body["data"]] == [f"2026-05-{day:02}" for day in range(4, 11)]
    assert body["data"][0]["categories"] == [{"name": "delay", "share": 0.3}]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (("hour", "6h", "day", "week"), "hour"),
        (("6h", "day", "week"), "6h"),
        (("week",), "week"),
        ((), "week"),
    ],
)
def test_the_narrowest_window_with_figures_is_chosen(
    served: Settings, client_of: ClientOf, shown: tuple[str, ...], expected: str
) -> None:
    rows = [row for window in HOURS for row in of_a_week(window, 200 if window in shown else None)]
    publish(served, "trends", 1, *rows)
    assert client_of().get(PATH).json()["window"] == expected


@pytest.mark.parametrize(
    ("query", "hours"),
    [
        ("from=2026-05-04T05:30:00Z&to=2026-05-04T08:00:00Z", [6, 7]),
        ("from=2026-05-04T05:00:00Z&last=2h", [5, 6]),
        ("from=2026-05-04T07:00:00%2B02:00&to=2026-05-04T07:00:00Z", [5, 6]),
        ("to=2026-05-04T02:00:00Z&last=1d", [0, 1]),
        ("from=2026-05-04T08:00:00Z&to=2026-05-04T05:00:00Z", []),
        ("from=9999-12-31T23:30:00Z&last=9999w", []),
        ("to=0001-01-01T00:30:00Z&last=9999w", []),
    ],
)
def test_a_time_has_a_start_an_end_or_a_length(
    served: Settings, client_of: ClientOf, query: str, hours: list[int]
) -> None:
    publish(served, "trends", 1, *of_a_week("hour", 200))
    found = client_of().get(f"{PATH}?window=hour&{query}").json()["data"]
    assert [int(row["started_at"][11:13]) for row in found] == hours


def test_the_next_page_asks_for_the_same_time_and_window(served: Settings, client_of: ClientOf) -> None:
    publish(served, "trends", 1, *of_a_week("hour", 200))
    client, found, path = client_of(), list[str](), f"{PATH}?last=2d&limit=20"
    while path:
        body = client.get(path).json()
        assert body["window"] == "hour"
        found += [row["started_at"] for row in body["data"]]
        path = body["next"]
    assert (len(found), found[0], found[-1]) == (48, "2026-05-09T00:00:00Z", "2026-05-10T23:00:00Z")


def test_before_the_first_run_the_list_is_empty(served: Settings, client_of: ClientOf) -> None:
    assert client_of().get(PATH).json() == {"run": None, "as_of": None, "data": [], "next": None}
