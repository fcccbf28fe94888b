"""Rows of segments: a person's own name goes before ours, and every column of the table is there."""

from datetime import date

from conf.segment_schemas import GOLD_SEGMENT_HISTORY, GOLD_SEGMENTS
from models.segment_rows import history_rows, segment_rows
from tests.models.segment_portraits import a_portrait

LATER = {"brand", "run_id", "as_of", "model_version", "silhouette_score"}


def test_a_name_that_a_person_gave_goes_before_ours_under_the_same_id() -> None:
    portraits = [
        a_portrait("s03", {"sentiment_mean": 1.0}, tweet_sum=9, sentiment_mean=0.6),
        a_portrait("s07", tweet_sum=9),
    ]
    rows = list(segment_rows(portraits, {"s03": "Loyal morning fans"}, {}))
    assert [row["name"] for row in rows] == ["Loyal morning fans", "Average authors"]
    assert all({*row, *LATER} == set(GOLD_SEGMENTS.names) for row in rows)
    (day, _) = history_rows(rows, date(2026, 5, 4))
    assert {*day, "brand", "run_id", "as_of"} == set(GOLD_SEGMENT_HISTORY.names)
