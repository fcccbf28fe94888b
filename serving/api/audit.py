"""/audit: who wrote what, and who read data about persons."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from serving.accounts.permissions import brands_with
from serving.accounts.roles import Scope
from serving.api.openapi import operation
from serving.api.published import DEFAULT_ROWS, MOST_ROWS, Query, parse_query
from serving.api.view import View
from serving.readers.audit import visible

MOST_ID = 2**63 - 1


class AuditQuery(Query):
    limit = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, default=DEFAULT_ROWS, help_text="rows per page")
    before = serializers.IntegerField(
        min_value=1, max_value=MOST_ID, default=MOST_ID, help_text="`next`: an entry's id"
    )


class AuditRow(serializers.Serializer):
    """`actor` is empty for the command line; `token` names the token used, if any. The `subject` of a read is `erased`
    once the author has been."""

    id = serializers.IntegerField()
    occurred_at = serializers.DateTimeField()
    actor = serializers.CharField(allow_blank=True)
    token = serializers.CharField(allow_blank=True)
    action = serializers.CharField()
    brand = serializers.CharField(allow_blank=True)
    subject = serializers.CharField(allow_blank=True)
    purpose = serializers.CharField(allow_blank=True)


class AuditPage(serializers.Serializer):
    data = AuditRow(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="`before` of the next page")


EXAMPLE = {
    "id": 12,
    "occurred_at": "2026-05-04T12:00:00Z",
    "actor": "ann",
    "token": "",
    "action": "profiles.read",
    "brand": "skyvarn",
    "subject": "0f" * 32,
    "purpose": "complaint 4711",
}


class Audit(View):
    scope = Scope.AUDIT_READ

    @operation(
        "Audit",
        "The newest entries first: of your brands; with a role on every brand also those of accounts and sessions.",
        {200: AuditPage},
        AuditQuery,
        example={"data": [EXAMPLE], "next": None},
    )
    def get(self, request: Request) -> Response:
        query = parse_query(AuditQuery, request)
        found = visible(brands_with(request, self.scope)).filter(id__lt=query["before"]).order_by("-id")
        rows = list(found[: query["limit"] + 1])
        data: list[dict[str, Any]] = AuditRow(rows[: query["limit"]], many=True).data
        return Response({"data": data, "next": data[-1]["id"] if len(rows) > len(data) else None})
