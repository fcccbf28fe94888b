"""/operations, /models"""

from typing import Any

from rest_framework import serializers

from serving.accounts.roles import Scope
from serving.api.published import Listed, Query, brandpulse, described
from serving.readers import operations
from serving.readers.rows import Page, Rows


class Measurement(serializers.Serializer):
    """One thing that is measured: the age of a table, the reads of a month, the card of a model."""

    kind = serializers.ChoiceField(operations.KINDS)
    name = serializers.CharField()
    measured_at = serializers.DateTimeField(allow_null=True, default=None)
    value = serializers.FloatField(allow_null=True, default=None)
    unit = serializers.CharField(allow_null=True, default=None)
    low = serializers.FloatField(allow_null=True, default=None, help_text="the 95 % interval of `value`")
    high = serializers.FloatField(allow_null=True, default=None)
    count = serializers.IntegerField(allow_null=True, default=None, help_text="what `value` was measured on")
    started_at = serializers.DateTimeField(allow_null=True, default=None, help_text="of what has a time: a gap, a day")
    ended_at = serializers.DateTimeField(allow_null=True, default=None)
    detail = serializers.JSONField(default=None, help_text="text, or what else belongs to it; or null")


class OperationFilters(Query):
    kind = serializers.ChoiceField(operations.KINDS, required=False)


FRESHNESS = {
    "kind": "freshness",
    "name": "silver.tweets",
    "measured_at": "2026-05-05T00:00:00Z",
    "value": 12.0,
    "unit": "seconds",
    "low": None,
    "high": None,
    "count": None,
    "started_at": None,
    "ended_at": None,
    "detail": None,
}
MODEL = FRESHNESS | {"kind": "model", "name": "annotator", "value": 0.72, "unit": "macro F1"}


@described(
    "Operations",
    "Freshness, reconciliation, gaps, reads and their price, erasures, models and drift, by kind and name.",
    FRESHNESS,
)
class Operations(Listed):
    scope, snapshot, row, filters = Scope.OPERATIONS_READ, operations.NAME, Measurement, OperationFilters

    def read(self, query: dict[str, Any], page: Page, **path: str) -> Rows:
        return operations.read_operations(brandpulse(), query.get("kind"), page)


@described("Operations", "The cards of the models that score, and how far the input has drifted.", MODEL)
class Models(Listed):
    scope, snapshot, row = Scope.OPERATIONS_READ, operations.NAME, Measurement

    def read(self, query: dict[str, Any], page: Page, **path: str) -> Rows:
        return operations.read_models(brandpulse(), page)
