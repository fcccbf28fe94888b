"""Segments: the list, one, its days, and what fits made of them."""

from datetime import timedelta

import pytest

from conf.schemas.segments import GOLD_SEGMENT_EVENTS, GOLD_SEGMENT_HISTORY, GOLD_SEGMENTS
from conf.schemas.shapes import RUN
from conf.settings import Settings
from tests.serving.conftest import ClientOf
from tests.serving.documents import MONDAY, a_segment, a_segment_day, a_segment_event, publish

PATH = "/api/v1/brands/skyvarn"


def test_rows_have_the_columns_of_the_tables(django: None) -> None:
    from serving.api import segments

    assert set(segments.Segment().fields) == set(GOLD_SEGMENTS.fieldNames()) - RUN.keys() == segments.SEGMENT.keys()
    assert set(segments.SegmentDay().fields) == set(GOLD_SEGMENT_HISTORY.fieldNames()) - RUN.keys()
    assert set(segments.SegmentEvent().fields) == set(GOLD_SEGMENT_EVENTS.fieldNames())


def test_the_list_has_the_segments_of_the_brand(served: Settings, client_of: ClientOf) -> None:
    other = a_segment(9, brand="skyvarn-cargo")
    publish(served, "segments", 1, a_segment(2, name="Fans"), a_segment(1), other)
    body = client_of().get(f"{PATH}/segments").json()
    assert [(row["segment_id"], row["name"]) for row in body["data"]] == [("s01", "Critics"), ("s02", "Fans")]
    assert body["data"][0]["top_categories"] == ["delay"]
    assert "_id" not in body["data"][0]


def test_one_segment_is_read_by_its_id(served: Settings, client_of: ClientOf) -> None:
    publish(served, "segments", 3, a_segment(1, persona="a person"))
    client = client_of("viewer")
    body = client.get(f"{PATH}/segments/s01").json()
    assert (body["run"], body["data"]["persona"]) == (3, "a person")
    assert client.get(f"{PATH}/segments/s02").json()["status"] == 404
    assert client.get(f"{PATH}/segments/one").json()["status"] == 404


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("", ["2026-05-04", "2026-05-05", "2026-05-06"]),
        ("?from=2026-05-05", ["2026-05-05", "2026-05-06"]),
        ("?from=2026-05-05&to=2026-05-05", ["2026-05-05"]),
        ("?to=9999-12-31&from=2026-05-06", ["2026-05-06"]),
        ("?from=2026-05-06&to=2026-05-04", []),
    ],
)
def test_the_history_has_the_days_asked_for(served: Settings, client_of: ClientOf, query: str, days: list[str]) -> None:
    history = [a_segment_day(MONDAY + timedelta(days=number)) for number in range(3)]
    publish(served, "segment_history", 1, *history, a_segment_day(segment_id="s02"))
    body = client_of().get(f"{PATH}/segments/s01/history{query}").json()
    assert [row["measured_on"] for row in body["data"]] == days


def test_a_day_stored_as_text_is_a_day_too(served: Settings, client_of: ClientOf) -> None:
    publish(served, "segment_history", 1, a_segment_day(measured_on="2026-05-04"))
    body = client_of().get(f"{PATH}/segments/s01/history").json()
    assert [row["measured_on"] for row in body["data"]] == ["2026-05-04"]


def test_events_are_of_the_brand_or_of_one_segment(served: Settings, client_of: ClientOf) -> None:
    second = a_segment_event(2, segment_id="s02", event="split", other_ids=["s01"])
    publish(served, "segment_events", 1, a_segment_event(1), second, a_segment_event(1, brand="northquill"))
    client = client_of()
    rows = client.get(f"{PATH}/segment-events").json()["data"]
    assert [(row["segment_id"], row["event"], row["run_id"]) for row in rows] == [
        ("s01", "born", 1),
        ("s02", "split", 2),
    ]
    (only,) = client.get(f"{PATH}/segment-events?segment_id=s02").json()["data"]
    assert only["other_ids"] == ["s01"]
