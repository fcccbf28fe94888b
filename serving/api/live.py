"""/brands/{brand}/live: polled, so that most answers are 304."""

from django.http import Http404
from django.utils.http import parse_etags
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from serving.accounts.roles import Scope
from serving.api.fields import counts, keys, numbers, schema, times
from serving.api.openapi import operation
from serving.api.published import IF_NONE_MATCH, SHARED_CACHING, Query, brandpulse, parse_query
from serving.api.view import View
from serving.readers.live import read_live

Live = schema(
    "Live",
    keys("brand")
    | counts("tweet_count")
    | numbers("per_minute", "lag_seconds")
    | times("newest_at")
    | {"sentiment": serializers.FloatField(allow_null=True, help_text="0..1 in steps of 0.05; null if not shown")}
    | {"as_of": serializers.DateTimeField()},
    "The last minutes of a brand.",
)
EXAMPLE = {
    "brand": "skyvarn",
    "tweet_count": 42,
    "per_minute": 8.4,
    "lag_seconds": 6.0,
    "newest_at": "2026-05-04T12:00:00Z",
    "sentiment": 0.55,
    "as_of": "2026-05-04T12:00:06Z",
}


class LiveView(View):
    scope = Scope.AGGREGATES_READ

    @operation(
        "Live",
        "The last minutes. Poll it with the ETag of the answer before.",
        {200: Live, 304: None},
        Query,
        problems=(401, 403, 404),
        example=EXAMPLE,
        headers=(IF_NONE_MATCH,),
    )
    def get(self, request: Request, brand: str) -> Response:
        parse_query(Query, request)
        found = read_live(brandpulse(), brand)
        if found is None:
            raise Http404("nothing has arrived for this brand yet")
        tag = f'"{found["as_of"].isoformat()}"'
        headers = SHARED_CACHING | {"ETag": tag}
        if tag in parse_etags(request.headers.get("If-None-Match", "")):
            return Response(status=304, headers=headers)
        return Response(Live(found | {"brand": brand}).data, headers=headers)
