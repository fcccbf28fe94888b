"""/brands/{brand}/summary"""

from typing import Any

from serving.accounts.roles import Scope
from serving.api.fields import keys, numbers, schema
from serving.api.published import Single, brandpulse, described
from serving.api.trends import EXAMPLE, Trend
from serving.readers import trends
from serving.readers.rows import Page, Rows
from serving.readers.summary import COMPARED, read_summary

Change = schema("Change", numbers(*COMPARED), "Current less the week before.")
Comparison = schema(
    "Comparison",
    {
        "current": Trend(allow_null=True),
        "week_before": Trend(allow_null=True, help_text="the same window seven days earlier"),
        "change": Change(allow_null=True),
    },
    "A window against the same one of the week before; `week_before` and `change` are null without it.",
)
PARTS: dict[str, Any] = {
    "now": Comparison(help_text="the latest window with figures, of several the narrowest"),
    "day": Comparison(help_text="the latest day with tweets"),
    "week": Comparison(help_text="the latest week with tweets"),
}
Summary = schema("Summary", keys("brand") | PARTS, "How a brand does now, in this day and in this week.")
COMPARISON = {"current": EXAMPLE, "week_before": EXAMPLE, "change": dict.fromkeys(COMPARED, 0.0)}


@described(
    "Trends",
    "Now, this day and this week, each against the week before.",
    {"brand": "skyvarn"} | dict.fromkeys(PARTS, COMPARISON),
)
class SummaryView(Single):
    scope, snapshot, row = Scope.AGGREGATES_READ, trends.NAME, Summary

    def read(self, query: dict[str, Any], page: Page, **path: str) -> Rows:
        return read_summary(brandpulse(), path["brand"])
