"""/brands/{brand}/segments, /segments/{segment_id}, /segments/{segment_id}/history, /segment-events"""

from typing import Any

from rest_framework import serializers

from serving.accounts.roles import Scope
from serving.api.fields import Day, counts, keys, numbers, schema, texts
from serving.api.published import Listed, Query, Single, brandpulse, described
from serving.readers import segments
from serving.readers.rows import Page, Rows

SEGMENT_ID = r"^s[0-9]{2,9}$"
FIGURES = (
    *("author_share", "sentiment_mean", "subjectivity_mean", "followers_median", "tweets_per_author", "reply_share"),
    *("quote_share", "retweet_share", "engagement_per_tweet", "silhouette_score", "complaint_share", "night_share"),
    *("reach_share", "favourable_voice_share"),
)
TEXTS = ("name", "description", "recommendation", "persona", "change_summary", "model_version")
OF_A_DAY = ("author_share", "sentiment_mean", "complaint_share")
MOVES = ("member_overlap", "centroid_distance")


def _strings() -> serializers.Field:
    return serializers.ListField(child=serializers.CharField(), allow_null=True)


Segment = schema(
    "Segment",
    keys("brand", "segment_id")
    | texts(*TEXTS)
    | counts("author_count", "tweet_count")
    | numbers(*FIGURES)
    | {"top_categories": _strings()},
    "Authors who resemble one another. Shares and means are 0..1, counts are rounded to 5; at least 100 authors each.",
)
SegmentDay = schema(
    "SegmentDay",
    keys("brand", "segment_id") | {"measured_on": Day()} | counts("author_count") | numbers(*OF_A_DAY),
    "A segment on one day.",
)
SegmentEvent = schema(
    "SegmentEvent",
    keys("brand", "segment_id", "event")
    | {"other_ids": _strings()}
    | numbers(*MOVES)
    | texts("model_version")
    | {"run_id": serializers.IntegerField(), "as_of": serializers.DateTimeField()},
    "What a fit made of a segment: born, died, kept, split, merged or returned.",
)
DayFilters = type(
    "DayFilters",
    (Query,),
    {
        "from": serializers.DateField(required=False, help_text="the first day"),
        "to": serializers.DateField(required=False, help_text="the last day"),
    },
)


class EventFilters(Query):
    segment_id = serializers.RegexField(SEGMENT_ID, required=False, help_text="only of this segment")


KEY: dict[str, Any] = {"brand": "skyvarn", "segment_id": "s01"}
SEGMENT = (
    KEY
    | dict.fromkeys(FIGURES, 0.25)
    | {"name": "Critics of delays", "description": "…", "recommendation": "…", "persona": "…", "change_summary": "…"}
    | {"model_version": "3", "author_count": 250, "tweet_count": 700, "top_categories": ["delay"]}
)
DAY = KEY | {"measured_on": "2026-05-04", "author_count": 250} | dict.fromkeys(OF_A_DAY, 0.25)
EVENT = (
    KEY
    | {"event": "kept", "other_ids": ["s01"], "member_overlap": 0.9, "centroid_distance": 0.1, "model_version": "3"}
    | {"run_id": 1777939200000, "as_of": "2026-05-05T00:00:00Z"}
)


@described("Segments", "The brand's segments, by segment_id.", SEGMENT)
class Segments(Listed):
    scope, snapshot, row = Scope.AGGREGATES_READ, segments.NAME, Segment

    def read(self, query: dict[str, Any], page: Page, **path: str) -> Rows:
        return segments.read_segments(brandpulse(), path["brand"], page)


@described("Segments", "One segment.", SEGMENT)
class SegmentView(Single):
    scope, snapshot, row = Scope.AGGREGATES_READ, segments.NAME, Segment

    def read(self, query: dict[str, Any], page: Page, **path: str) -> Rows:
        return segments.read_segment(brandpulse(), path["brand"], path["segment_id"])


@described("Segments", "The segment on each day, the oldest first.", DAY)
class SegmentHistory(Listed):
    scope, snapshot, row, filters = Scope.AGGREGATES_READ, segments.HISTORY, SegmentDay, DayFilters

    def read(self, query: dict[str, Any], page: Page, **path: str) -> Rows:
        days = (query.get("from"), query.get("to"))
        return segments.read_segment_history(brandpulse(), path["brand"], path["segment_id"], *days, page)


@described("Segments", "What fits made of the brand's segments, the oldest first.", EVENT)
class SegmentEvents(Listed):
    scope, snapshot, row, filters = Scope.AGGREGATES_READ, segments.EVENTS, SegmentEvent, EventFilters

    def read(self, query: dict[str, Any], page: Page, **path: str) -> Rows:
        return segments.read_segment_events(brandpulse(), path["brand"], query.get("segment_id"), page)
