"""/brands/{brand}/changes"""

from typing import Any

from rest_framework import serializers

from serving.accounts.roles import Scope
from serving.api.fields import Day, keys, numbers, schema
from serving.api.published import Listed, Query, brandpulse, described
from serving.readers import changes
from serving.readers.rows import Page, Rows
from serving.readers.trends import NAME

ENDS = ("value", "low", "high", "before", "before_low", "before_high")
WeekChange = schema(
    "WeekChange",
    keys("kind", "name")
    | numbers(*ENDS)
    | {"change": serializers.FloatField(), "is_chance": serializers.BooleanField()},
    "What changed against the week before: a figure, or the share of a category, language or region. `value` is null "
    "for a share that is not shown and at most `high`; `is_chance`: the 95 % intervals of the two weeks overlap.",
)
ChosenWeek = schema("ChosenWeek", {"week": Day(required=False)}, "The week, by its Monday.")


class WeekFilter(Query):
    week = serializers.DateField(
        required=False, help_text="a Monday; default: the newest with figures, in its first three days the one before"
    )


EXAMPLE = {
    "kind": "figure",
    "name": "sentiment_mean",
    "value": 0.42,
    "low": 0.41,
    "high": 0.43,
    "before": 0.48,
    "before_low": 0.47,
    "before_high": 0.49,
    "change": -0.06,
    "is_chance": False,
}


@described(
    "Trends",
    "What changed in a week: what chance does not explain first, then by size.",
    EXAMPLE,
    {"week": "2026-05-04"},
)
class Changes(Listed):
    scope, snapshot, row, filters, chosen = Scope.AGGREGATES_READ, NAME, WeekChange, WeekFilter, ChosenWeek

    def read(self, query: dict[str, Any], page: Page, **path: str) -> Rows:
        return changes.read_changes(brandpulse(), path["brand"], query.get("week"), page)
