"""The base of every view: the methods that it implements, and one format per URL."""

from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView


class OneFormat(BaseContentNegotiation):
    """Every URL has one format: no 406, and no HTML for browsers."""

    def select_parser(self, request: Request, parsers: list[Any]) -> Any:
        given = request.content_type.partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == given), None)

    def select_renderer(self, request: Request, renderers: list[Any], format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class View(APIView):
    http_method_names = ("get", "head", "post", "delete")  # OPTIONS would describe what the OpenAPI document does
    content_negotiation_class = OneFormat
