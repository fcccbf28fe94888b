"""Charts as plain data: gaps where nothing is shown, the same rows as a table, a sentence for who does not see them."""

from datetime import timedelta
from typing import Any

from serving.dashboard import charts
from tests.serving.documents import MONDAY, a_trend

DAY = timedelta(days=1)
INTERVAL: dict[str, Any] = {"sentiment_mean_low": 0.37, "sentiment_mean_high": 0.43, "scored_author_count": 200}
ROWS = [a_trend(MONDAY, **INTERVAL), a_trend(MONDAY + DAY, authors=None), a_trend(MONDAY + 2 * DAY, authors=None)]
CHART = {"kind": "series", "unit": "score", "series": [charts.line("Skyvarn", ROWS, "sentiment_mean")]}


def test_a_window_that_is_not_shown_is_a_gap() -> None:
    points = CHART["series"][0]["points"]  # type: ignore[index]
    assert points[0] == ["2026-05-04T00:00:00+00:00", 40.0, 37.0, 43.0, 200]
    assert points[1][1:] == [None, None, None, None]


def test_a_stretch_without_tweets_is_a_gap_that_says_so() -> None:
    rows = [a_trend(MONDAY, **INTERVAL), a_trend(MONDAY + 3 * DAY, **INTERVAL)]
    chart = CHART | {"series": [charts.line("Skyvarn", rows, "sentiment_mean")]}
    assert [row[:2] for row in charts.table_of(chart)["rows"]] == [
        ["Mon 4 May 2026", "40"],
        ["Tue 5 May 2026", "no tweets"],
        ["Thu 7 May 2026", "40"],
    ]


def test_neighbouring_hidden_windows_are_one_stretch() -> None:
    assert charts.hidden(ROWS) == [["2026-05-05T00:00:00+00:00", "2026-05-07T00:00:00+00:00"]]


def test_the_table_has_every_point_and_says_what_is_not_shown() -> None:
    table = charts.table_of(CHART)
    assert table["head"] == ["Time, UTC", "Skyvarn, score", "95 % interval", "Authors"]
    assert table["rows"][0] == ["Mon 4 May 2026", "40", "37 to 43", "200"]
    assert table["rows"][1] == ["Tue 5 May 2026", "not shown", "", ""]


def test_a_chart_of_which_nothing_is_shown_is_suppressed() -> None:
    nothing = {"kind": "series", "unit": "score", "series": [charts.line("Skyvarn", ROWS[1:], "sentiment_mean")]}
    assert charts.is_suppressed(nothing)
    assert not charts.is_suppressed(CHART)
    assert not charts.is_suppressed(CHART | {"series": [charts.line("Skyvarn", [], "sentiment_mean")]})


def test_the_sentence_has_the_ends_and_the_extremes() -> None:
    assert charts.summary_of(CHART).startswith("Skyvarn, 1 points: first 40 score on Mon 4 May 2026")
    nothing = {"kind": "series", "unit": "score", "series": [charts.line("Skyvarn", ROWS[1:], "sentiment_mean")]}
    assert "nothing is shown" in charts.summary_of(nothing)


def test_a_bar_has_a_mark_only_where_the_value_before_is_known(django: None) -> None:
    from serving.dashboard.templatetags.dashboard import bar

    assert 'class="mark" x="40.0"' in bar(0.3, 0.5, 0.2)
    assert "mark" not in bar(0.3, 0.5, None)
    assert "mark" not in bar(0.3, 0.5, ""), "as a template says that there was no change"
