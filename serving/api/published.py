"""What the views of published data share: parameters, the envelope of a list, ETags, audit."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.http import Http404
from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiParameter, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from conf.settings import Settings
from serving.accounts.audit import PURPOSE_HEADER, record
from serving.accounts.roles import Scope
from serving.api.openapi import operation
from serving.api.view import View
from serving.readers.rows import NOTHING, Cursor, Page, Rows, published_run

MOST_ROWS, DEFAULT_ROWS = 200, 50
CURSOR = r"^[0-9]{1,18}~[!-~]{1,200}$"
ENVELOPE = {"run": 1777939200000, "as_of": "2026-05-05T00:00:00Z"}
SHARED_CACHING = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
IF_NONE_MATCH = OpenApiParameter("If-None-Match", str, "header", description="an ETag, the published run: 304 if equal")
PURPOSE = OpenApiParameter(PURPOSE_HEADER, str, "header", description="what the data is read for; for the audit log")


class Query(serializers.Serializer):
    """Parameters of a URL. An unknown or repeated one is an error, not ignored."""


class PageQuery(serializers.Serializer):
    limit = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, default=DEFAULT_ROWS, help_text="rows per page")
    cursor = serializers.RegexField(CURSOR, required=False, help_text="`next` of the page before")


def brandpulse() -> Settings:
    found: Settings = settings.BRANDPULSE
    return found


def parse_query(schema: type[Query], request: Request) -> dict[str, Any]:
    """The checked parameters of the URL; ValidationError names each wrong one."""
    given = request.query_params
    wrong = {name: "there is no such parameter" for name in given if name not in schema().fields}
    wrong |= {name: "given more than once" for name in given if len(given.getlist(name)) > 1}
    if wrong:
        raise serializers.ValidationError(wrong)
    parsed = schema(data=given.dict())
    parsed.is_valid(raise_exception=True)
    values: dict[str, Any] = parsed.validated_data
    return values


class Resource(View):
    """Published data, asked of one reader.

    `scope`: what role and token need; `snapshot`: its name in MongoDB; `row`: the schema of a row; `filters`: the
    parameters; `chosen`: fields beside the rows for what the reader chose; `audited`: the action in the audit log where
    the data is about persons, which no cache may store; `is_edited`: people change the rows between runs, so that the
    ETag is that of the answer.
    """

    scope: Scope
    snapshot: str
    row: type[serializers.Serializer]
    filters: type[Query] = Query
    chosen: type[serializers.Serializer] = serializers.Serializer
    audited: str | None = None
    is_edited = False

    def read(self, query: dict[str, Any], page: Page, **path: str) -> Rows:
        """Ask the reader; `path` has what the URL's path names."""
        raise NotImplementedError

    def answer(self, request: Request, rows: Rows) -> dict[str, Any]:
        raise NotImplementedError

    def respond(self, request: Request, query: dict[str, Any], page: Page, path: dict[str, str]) -> Response:
        if self.audited:
            record(request, self.audited, path["brand"], "/".join(list(path.values())[1:]))
            return Response(self.answer(request, self.read(query, page, **path)))
        known = parse_etags(request.headers.get("If-None-Match", ""))
        if known and not self.is_edited and etag(published_run(brandpulse(), self.snapshot)) in known:
            return Response(status=304, headers=SHARED_CACHING)
        rows = self.read(query, page, **path)
        answer = self.answer(request, rows)
        tag = f'"{sha256(repr(answer).encode()).hexdigest()[:16]}"' if self.is_edited else etag(rows.run)
        if tag in known:
            return Response(status=304, headers=SHARED_CACHING | {"ETag": tag})
        return Response(answer, headers=SHARED_CACHING | {"ETag": tag})


class Listed(Resource):
    """A list, page by page; in one page unless `is_paged`."""

    is_paged = True

    def get(self, request: Request, **path: str) -> Response:
        query = parse_query(parameters(type(self)), request)
        cursor, limit = query.pop("cursor", None), query.pop("limit", DEFAULT_ROWS)
        return self.respond(request, query, Page(limit, Cursor.parse(cursor) if cursor else None), path)

    def answer(self, request: Request, rows: Rows) -> dict[str, Any]:
        chosen = rows.chosen or {}
        envelope = {"run": rows.run, "as_of": rows.as_of, **chosen}
        return envelope | {"data": self.row(rows.rows, many=True).data, "next": next_path(request, rows)}


class Single(Resource):
    """One row; 404 if there is none. `run` and `as_of` stand beside its fields."""

    def get(self, request: Request, **path: str) -> Response:
        return self.respond(request, parse_query(self.filters, request), Page(), path)

    def answer(self, request: Request, rows: Rows) -> dict[str, Any]:
        if not rows.rows:
            raise Http404("nothing is published yet" if rows is NOTHING else "there is no such row in the latest run")
        return {"run": rows.run, "as_of": rows.as_of, "data": self.row(rows.rows[0]).data}


def described(tag: str, description: str, row: Any, chosen: Any = None) -> Callable[[type[Resource]], type[Resource]]:
    """Describe the view's `get` in the OpenAPI document; `row` is an example of one."""

    def describe(view: type[Resource]) -> type[Resource]:
        is_list = issubclass(view, Listed)
        answers = {200: list_schema(view) if is_list else single_schema(view.row)} | (
            {} if view.audited else {304: None}
        )
        content = {"data": [row], "next": None} if is_list else {"data": row}
        get = operation(
            tag,
            description,
            answers,
            parameters(view),
            problems=(401, 403, 410 if is_list else 404),
            example=ENVELOPE | (chosen or {}) | content,
            headers=(PURPOSE if view.audited else IF_NONE_MATCH,),
        )
        described_view: type[Resource] = extend_schema_view(get=get)(view)
        return described_view

    return describe


def list_schema(view: type[Resource]) -> type[serializers.Serializer]:
    """The envelope of a list: the published run that all rows are of, and where the next page is."""
    fields = {
        "run": serializers.IntegerField(allow_null=True, help_text="null if nothing has been published yet"),
        "as_of": serializers.DateTimeField(allow_null=True),
        "data": view.row(many=True),
        "next": serializers.CharField(allow_null=True, help_text="path of the next page, null on the last"),
    }
    return type(f"{view.__name__}Page", (view.chosen,), fields)


def single_schema(row: type[serializers.Serializer]) -> type[serializers.Serializer]:
    fields = {"run": serializers.IntegerField(), "as_of": serializers.DateTimeField(), "data": row()}
    return type(f"{row.__name__}Answer", (serializers.Serializer,), fields)


def parameters(view: type[Resource]) -> type[Query]:
    """The view's filters, with limit and cursor where it has pages."""
    if not (issubclass(view, Listed) and view.is_paged):
        return view.filters
    return type(f"{view.filters.__name__}Page", (view.filters, PageQuery), {})


def etag(run: int | None) -> str:
    return f'"{run or 0}"'


def next_path(request: Request, rows: Rows) -> str | None:
    """The path of the next page: the same question, with what the reader chose and the cursor."""
    if rows.next is None:
        return None
    query = request.query_params.copy()
    query.pop("last", None)
    for name, value in ((rows.chosen or {}) | {"cursor": rows.next}).items():
        query[name] = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"{request.path}?{query.urlencode()}"
