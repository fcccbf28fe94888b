"""Rows of segments: a person's own name replaces ours, and every column of the table is there."""

from datetime import date

import numpy as np

from conf.schemas.segments import GOLD_SEGMENT_HISTORY, GOLD_SEGMENTS
from models.segments.choice import Choice
from models.segments.fit import Fit, Moved
from models.segments.matching import Event
from models.segments.rows import event_rows, history_rows, segment_rows
from tests.models.segments.summaries import a_summary

LATER = {"brand", "run_id", "as_of"}
FIT = {"silhouette_score": 0.699757, "model_version": "v1"}


def test_a_name_that_a_person_gave_goes_before_ours_under_the_same_id() -> None:
    summaries = [
        a_summary("s03", {"sentiment_mean": 1.0}, tweet_sum=9, sentiment_mean=0.6),
        a_summary("s07", tweet_sum=9),
    ]
    rows = list(segment_rows(summaries, {"s03": "Loyal morning fans"}, {}, FIT))
    assert [row["name"] for row in rows] == ["Loyal morning fans", "Average authors"]
    assert all({*row, *LATER} == set(GOLD_SEGMENTS.names) for row in rows)
    (day, _) = history_rows(rows, date(2026, 5, 4))
    assert {*day, "brand", "run_id", "as_of"} == set(GOLD_SEGMENT_HISTORY.names)


def test_scores_and_events_are_served_with_two_decimals() -> None:
    (row,) = segment_rows([a_summary(tweet_sum=9)], {}, {}, FIT)
    assert (row["silhouette_score"], row["model_version"]) == (0.7, "v1")
    events = (Event("kept", "s01", (), 0.857143, 0.141421), Event("died", "s02"))
    (kept, died) = event_rows(
        Fit(300, Choice((), (), None), None, {}, Moved({}, None, events), np.empty((0, 3)), (), 0)
    )
    assert (kept["member_overlap"], kept["centroid_distance"]) == (0.86, 0.14)
    assert (died["member_overlap"], died["centroid_distance"]) == (None, None)
