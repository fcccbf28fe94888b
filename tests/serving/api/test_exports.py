"""Lists as files: what a spreadsheet must not calculate with, and all rows of one run."""

import csv
import io
import json
from typing import Any

import pytest

from conf.settings import Settings
from tests.serving.conftest import ClientOf
from tests.serving.documents import a_segment, a_segment_event, a_trend, publish

PATH = "/api/v1/brands/skyvarn"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+49", "'+49"),
        ("-x", "'-x"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("1346889436626259968", "'1346889436626259968"),
        ("1e5", "'1e5"),
        ("007", "'007"),
        ("s01", "s01"),
        ("a, b", "a, b"),
        ("", ""),
        (None, ""),
        (-0.5, -0.5),
        (12, 12),
        (["delay", "staff"], "delay; staff"),
        ([{"name": "delay", "share": 0.25}], "delay 0.25"),
        ({"a": 1}, '{"a": 1}'),
        ([], ""),
        ("2026-05-04", "2026-05-04"),
        ("2026-05", "'2026-05"),
    ],
)
def test_a_cell_is_a_number_or_a_text(django: None, value: Any, expected: Any) -> None:
    from serving.api.exports import cell

    assert cell(value) == expected


def test_a_csv_has_all_rows_and_ids_as_text(served: Settings, client_of: ClientOf) -> None:
    number = 1777939200000
    publish(served, "segment_events", 8, a_segment_event(number), a_segment_event(number + 1, event="=kept"))
    response = client_of().get(f"{PATH}/segment-events.csv")
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert [(row["run_id"], row["event"]) for row in rows] == [(f"'{number}", "born"), (f"'{number + 1}", "'=kept")]
    assert (response["Content-Type"], response["X-Run"]) == ("text/csv; charset=utf-8", "8")
    assert response["Content-Disposition"] == 'attachment; filename="skyvarn-segment-events.csv"'


def test_json_lines_have_one_row_each(served: Settings, client_of: ClientOf) -> None:
    publish(served, "segments", 1, *(a_segment(number) for number in range(1, 300)))
    lines = client_of().get(f"{PATH}/segments.jsonl").content.decode().splitlines()
    assert len({json.loads(line)["segment_id"] for line in lines}) == 299


def test_an_export_takes_the_filters_of_its_list_but_no_page(served: Settings, client_of: ClientOf) -> None:
    publish(served, "trends", 1, a_trend(), a_trend(window="week"))
    client = client_of()
    assert client.get(f"{PATH}/trends.csv?window=week").content.decode().count("\r\n") == 2
    assert client.get(f"{PATH}/trends.csv?limit=5").json()["errors"][0]["field"] == "limit"


def test_before_the_first_run_a_file_has_only_its_header(served: Settings, client_of: ClientOf) -> None:
    response = client_of().get(f"{PATH}/segments.csv")
    assert (response.content.decode().count("\r\n"), response["X-Run"]) == (1, "")
