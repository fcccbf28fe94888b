"""/brands/{brand}/topics, /topics/{topic_id}, /topic-events, /topic-trends, /cleaning"""

from typing import Any

from rest_framework import serializers

from serving.accounts.roles import Scope
from serving.alerts.changes import topic_names
from serving.api.fields import Day, NamedShare, counts, keys, numbers, schema, texts
from serving.api.published import Listed, Query, Single, brandpulse, described
from serving.api.trends import CHOSEN, ENDS, WITH_INTERVAL, Chosen, TrendFilters, parse_length
from serving.api.trends import EXAMPLE as TREND
from serving.readers import topics
from serving.readers.rows import Page, Rows
from serving.readers.trends import Span

TOPIC_ID = r"^(t[0-9]{2,9}|none)$"
SHARES = ("tweet_share", "sentiment_mean", "complaint_share", "coherence")


def _strings() -> serializers.Field:
    return serializers.ListField(child=serializers.CharField(), allow_null=True)


Topic = schema(
    "Topic",
    keys("brand", "topic_id")
    | texts("name", "model_version")
    | {"terms": _strings()}
    | counts("author_count", "tweet_count")
    | numbers(*SHARES)
    | {"segments": NamedShare(many=True, allow_null=True)}
    | {name: serializers.DateTimeField(allow_null=True) for name in ("born_at", "fitted_at")},
    "What people talked about in the last 28 days. Each term was used by 100 authors or more; counts are rounded to 5. "
    "`tweet_share` is of the usable tweets, `segments` are those that talk about it more than others.",
)
TopicEvent = schema(
    "TopicEvent",
    keys("brand", "topic_id", "event")
    | {"other_ids": _strings()}
    | numbers("tweet_overlap", "term_distance")
    | texts("model_version")
    | {"run_id": serializers.IntegerField(), "as_of": serializers.DateTimeField()},
    "What a fit made of a topic: born, died, kept, split or merged; emerged: found between two fits.",
)
TopicTrend = schema(
    "TopicTrend",
    keys("brand", "topic_id", "window")
    | {"started_at": serializers.DateTimeField(), "ended_at": serializers.DateTimeField()}
    | counts("tweet_count")
    | numbers("share_of_voice")
    | counts("author_count", "scored_author_count")
    | numbers(*(f"{name}{end}" for name in WITH_INTERVAL for end in ENDS), "neutral_share", "engagement_per_tweet")
    | {name: NamedShare(many=True, allow_null=True) for name in ("categories", "languages", "regions")},
    "A topic in a window of time of 100 authors or more. `share_of_voice` is its share of the brand's usable tweets; "
    "topic `none`: tweets without a topic.",
)
CleaningDay = schema(
    "CleaningDay",
    keys("brand", "reason") | {"created_on": Day()} | counts("tweet_count", "first_count"),
    "How many tweets of a day have a reason not to count, and how many have it as their first; `raw`: all tweets, "
    "`usable`: those without a reason.",
)


class EventFilters(Query):
    topic_id = serializers.RegexField(TOPIC_ID, required=False, help_text="only of this topic")


TopicTrendFilters = type(
    "TopicTrendFilters",
    (TrendFilters,),
    {"topic_id": serializers.RegexField(TOPIC_ID, required=False, help_text="only of this topic")},
)
CleaningFilters = type(
    "CleaningFilters",
    (Query,),
    {
        "from": serializers.DateField(required=False, help_text="the first day"),
        "to": serializers.DateField(required=False, help_text="the last day"),
    },
)
KEY: dict[str, Any] = {"brand": "skyvarn", "topic_id": "t01"}
TIMES = {"born_at": "2026-05-04T00:00:00Z", "fitted_at": "2026-05-04T00:00:00Z"}
TOPIC = (
    KEY
    | {"name": "Bag, lost, claim", "terms": ["bag", "lost", "claim"], "author_count": 250, "tweet_count": 700}
    | dict.fromkeys(SHARES, 0.25)
    | {"segments": [{"name": "s01", "share": 0.4}], "model_version": "topics-0a1b2c3d4e5f"}
    | TIMES
)
EVENT = (
    KEY
    | {"event": "kept", "other_ids": [], "tweet_overlap": 0.97, "term_distance": 0.02}
    | {"model_version": "topics-0a1b2c3d4e5f", "run_id": 1777939200000, "as_of": "2026-05-05T00:00:00Z"}
)
DAY = {"brand": "skyvarn", "created_on": "2026-05-04", "reason": "copy", "tweet_count": 12, "first_count": 9}


@described("Topics", "The brand's topics, by topic_id.", TOPIC)
class Topics(Listed):
    scope, snapshot, row, is_edited = Scope.AGGREGATES_READ, topics.NAME, Topic, True

    def read(self, query: dict[str, Any], page: Page, **path: str) -> Rows:
        return topics.read_topics(brandpulse(), path["brand"], page, topic_names(path["brand"]))


@described("Topics", "One topic.", TOPIC)
class TopicView(Single):
    scope, snapshot, row, is_edited = Scope.AGGREGATES_READ, topics.NAME, Topic, True

    def read(self, query: dict[str, Any], page: Page, **path: str) -> Rows:
        return topics.read_topic(brandpulse(), path["brand"], path["topic_id"], topic_names(path["brand"]))


@described("Topics", "What fits made of the brand's topics, the oldest first.", EVENT)
class TopicEvents(Listed):
    scope, snapshot, row, filters = Scope.AGGREGATES_READ, topics.EVENTS, TopicEvent, EventFilters

    def read(self, query: dict[str, Any], page: Page, **path: str) -> Rows:
        return topics.read_topic_events(brandpulse(), path["brand"], query.get("topic_id"), page)


@described(
    "Topics",
    "The topics' figures over time, by topic and time. The answer says which window and time it is of.",
    TREND | KEY,
    CHOSEN,
)
class TopicTrends(Listed):
    scope, snapshot, row, filters = Scope.AGGREGATES_READ, topics.TRENDS, TopicTrend, TopicTrendFilters
    chosen = Chosen

    def read(self, query: dict[str, Any], page: Page, **path: str) -> Rows:
        span = Span(query.get("from"), query.get("to"), parse_length(query.get("last")))
        which = (path["brand"], query.get("topic_id"), query.get("window"))
        return topics.read_topic_trends(brandpulse(), *which, span, page)


@described("Topics", "Which tweets of each day say nothing about the brand, by reason.", DAY)
class Cleaning(Listed):
    scope, snapshot, row, filters = Scope.AGGREGATES_READ, topics.CLEANING, CleaningDay, CleaningFilters

    def read(self, query: dict[str, Any], page: Page, **path: str) -> Rows:
        return topics.read_cleaning(brandpulse(), path["brand"], query.get("from"), query.get("to"), page)
