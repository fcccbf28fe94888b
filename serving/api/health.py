"""/health: for probes and load balancers, open to everybody."""

from typing import Any

from django.db import connection
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from serving.api.openapi import operation
from serving.api.published import Query, brandpulse, parse_query
from serving.api.view import View
from serving.readers import trends
from serving.readers.rows import published_run


class Health(serializers.Serializer):
    status = serializers.ChoiceField(["ok"])


class HealthView(View):
    authentication_classes: tuple[Any, ...] = ()
    permission_classes = (AllowAny,)

    @operation(
        "Health",
        "200 if both databases answer, else 503.",
        {200: Health},
        Query,
        problems=(),
        example={"status": "ok"},
    )
    def get(self, request: Request) -> Response:
        parse_query(Query, request)
        connection.ensure_connection()
        published_run(brandpulse(), trends.NAME)
        return Response({"status": "ok"})
