"""/brands/{brand}/alerts: incidents, updated in place every minute."""

from typing import Any

from rest_framework import serializers

from serving.accounts.roles import Scope
from serving.alerts.changes import states_of
from serving.api.fields import counts, keys, numbers, schema, texts, times
from serving.api.published import Listed, Query, brandpulse, described
from serving.readers import alerts
from serving.readers.rows import Page, Rows

FIGURES = ("observed", "expected", "expected_low", "expected_high")


def _strings() -> serializers.Field:
    return serializers.ListField(child=serializers.CharField(), allow_null=True)


Alert = schema(
    "Alert",
    keys("alert_id", "brand", "kind")
    | texts("rule_id")
    | counts("rule_version")
    | times("started_at", "detected_at", "peak_at", "ended_at")
    | numbers(*FIGURES)
    | counts("tweet_count", "author_count")
    | {"terms": _strings(), "topics": _strings()}
    | texts("cause", "state"),
    "An incident from start to end: volume_spike, sentiment_drop, complaint_surge, silence, new_topic or rule. "
    "`observed` and `expected` are of its peak; `state` is what somebody did with it last. Authors below 100, and "
    "topics and terms of fewer, are not shown.",
)
EXAMPLE: dict[str, Any] = (
    {"alert_id": "0a1b2c3d4e5f6071", "brand": "skyvarn", "kind": "volume_spike", "rule_id": None, "rule_version": None}
    | {"started_at": "2026-05-04T12:05:00Z", "detected_at": "2026-05-04T12:20:00Z", "peak_at": "2026-05-04T13:00:00Z"}
    | {"ended_at": None, "observed": 312.0, "expected": 101.0, "expected_low": 60.0, "expected_high": 152.0}
    | {"tweet_count": 312, "author_count": 250, "terms": ["strike"], "topics": ["Strike, walkout, crew"]}
    | {"cause": "312 tweets in an hour, 3.1 times what is usual on Mondays at 13:00.", "state": "acknowledge"}
)


class AlertFilters(Query):
    since = serializers.DateTimeField(required=False, help_text="alerts that started then or later")


@described("Alerts", "The brand's newest alerts, at most 500, the newest first; in one page.", EXAMPLE)
class Alerts(Listed):
    scope, snapshot, row, filters = Scope.AGGREGATES_READ, alerts.NAME, Alert, AlertFilters
    is_edited, is_paged = True, False

    def read(self, query: dict[str, Any], page: Page, **path: str) -> Rows:
        rows = alerts.read_alerts(brandpulse(), path["brand"], query.get("since"))
        states = states_of(path["brand"])
        named = [row | {"state": getattr(states.get(row["alert_id"]), "action", None)} for row in rows.rows]
        return Rows(rows.run, rows.as_of, named)
