"""/brands/{brand}/trends"""

import re
from datetime import timedelta
from typing import Any

from rest_framework import serializers

from serving.accounts.roles import Scope
from serving.api.fields import NamedShare, counts, keys, numbers, schema
from serving.api.published import Listed, Query, brandpulse, described
from serving.readers import trends
from serving.readers.rows import Page, Rows

LAST = r"^[1-9][0-9]{0,3}[hdw]$"
UNITS = {"h": "hours", "d": "days", "w": "weeks"}
WITH_INTERVAL = ("positive_share", "negative_share", "sentiment_mean", "complaint_share")
ENDS = ("", "_low", "_high")

Trend = schema(
    "Trend",
    keys("brand", "window")
    | {"started_at": serializers.DateTimeField(), "ended_at": serializers.DateTimeField()}
    | {"tweet_count": serializers.IntegerField()}
    | numbers("share_of_voice")
    | counts("author_count", "scored_author_count")
    | numbers(*(f"{name}{end}" for name in WITH_INTERVAL for end in ENDS), "neutral_share", "engagement_per_tweet")
    | {name: NamedShare(many=True, allow_null=True) for name in ("categories", "languages", "regions")},
    "What was said about a brand in a window of time. Shares are 0..1 of authors; `_low` and `_high` are the ends of "
    "the 95 % interval. Of a window with fewer than 100 authors only tweet_count and share_of_voice are shown.",
)
TrendFilters = type(
    "TrendFilters",
    (Query,),
    {
        "window": serializers.ChoiceField(
            [*trends.HOURS], required=False, help_text="default: the narrowest that shows figures"
        ),
        "from": serializers.DateTimeField(required=False, help_text="windows that start then or later"),
        "to": serializers.DateTimeField(
            required=False, help_text="windows that start before; default: the end of the newest"
        ),
        "last": serializers.RegexField(
            LAST, required=False, help_text="length of the time in hours, days or weeks, such as 24h, 7d (default), 12w"
        ),
    },
)
Chosen = schema(
    "Chosen",
    {
        "window": serializers.ChoiceField([*trends.HOURS], required=False),
        "from": serializers.DateTimeField(required=False),
        "to": serializers.DateTimeField(required=False),
    },
    "The window and the time that the rows are of; absent if nothing has been published.",
)
EXAMPLE = {
    "brand": "skyvarn",
    "window": "day",
    "started_at": "2026-05-04T00:00:00Z",
    "ended_at": "2026-05-05T00:00:00Z",
    "tweet_count": 412,
    "share_of_voice": 0.61,
    "author_count": 305,
    "scored_author_count": 300,
    **{f"{name}{end}": value for name in WITH_INTERVAL for end, value in zip(ENDS, (0.31, 0.28, 0.34), strict=True)},
    "neutral_share": 0.38,
    "engagement_per_tweet": 4.2,
    "categories": [{"name": "delay", "share": 0.34}],
    "languages": [{"name": "en", "share": 0.97}],
    "regions": [],
}
CHOSEN = {"window": "day", "from": "2026-05-04T00:00:00Z", "to": "2026-05-05T00:00:00Z"}


@described(
    "Trends",
    "The brand's figures over time, the oldest first. The answer says which window and time it is of.",
    EXAMPLE,
    CHOSEN,
)
class Trends(Listed):
    scope, snapshot, row, filters = Scope.AGGREGATES_READ, trends.NAME, Trend, TrendFilters
    chosen = Chosen

    def read(self, query: dict[str, Any], page: Page, **path: str) -> Rows:
        span = trends.Span(query.get("from"), query.get("to"), parse_length(query.get("last")))
        return trends.read_trends(brandpulse(), path["brand"], query.get("window"), span, page)


def parse_length(text: str | None) -> timedelta | None:
    match = re.fullmatch("([0-9]+)([hdw])", text or "")
    return timedelta(**{UNITS[match[2]]: int(match[1])}) if match else None
