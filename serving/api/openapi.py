"""The OpenAPI document: how an operation is described, and how a token or a session is sent."""

from functools import lru_cache
from typing import Any

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from serving.api.problems import MEDIA_TYPE, problem
from serving.api.view import View
from serving.paths import PATH_PATTERNS

Responses = dict[Any, Any]
PATH_EXAMPLES = {"brand": "skyvarn", "segment_id": "s01", "author_key": "0f" * 32}
PATH_EXAMPLES |= {"influencer_id": "0f" * 10, "cascade_id": "0e" * 10, "topic_id": "t01", "alert_id": "0d" * 8}
MEANINGS = {
    400: "a parameter or the body is wrong; `errors` names the fields",
    401: "no valid token or session",
    403: "no role of yours on this brand, or no scope of your token, allows this; or the CSRF check failed",
    404: "there is nothing here",
    409: "somebody else has changed it since you saw it",
    410: "the cursor's run is no longer published: begin again without it",
    415: "the body is not JSON",
    429: "too many requests: wait as many seconds as Retry-After says",
    500: "internal error",
    503: "MongoDB or the database is unavailable: try again after Retry-After",
}


class ProblemDocument(serializers.Serializer):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = serializers.ListField(child=serializers.DictField(child=serializers.CharField()), required=False)


class ResourceSchema(AutoSchema):
    """Names an operation after its route, and gives path parameters their patterns."""

    def get_operation_id(self) -> str:
        name = self.path.removeprefix("/api/v1").replace("{", "").replace("}", "").strip("/")
        return f"{self.method.lower()}_{name}".replace("/", "_").replace(".", "_").replace("-", "_")

    def get_tags(self) -> list[str]:
        return [getattr(self.view, "tag", type(self.view).__name__)]

    def _get_parameters(self) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super()._get_parameters()
        for each in parameters:
            if each["in"] == "path" and each["name"] in PATH_PATTERNS:
                each["schema"] = {"type": "string", "pattern": PATH_PATTERNS[each["name"]]}
                each["example"] = PATH_EXAMPLES[each["name"]]
        return parameters


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "serving.accounts.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "docs/guides/api.md says how to get a token"}


class BrowserScheme(SessionScheme):
    target_class = "serving.accounts.authentication.BrowserSession"
    name = "session"
    priority = 1


def operation(
    tag: str,
    description: str,
    answers: Responses,
    query: type[serializers.Serializer] | None = None,
    body: type[serializers.Serializer] | None = None,
    problems: tuple[int, ...] = (401, 403),
    example: Any = None,
    headers: tuple[OpenApiParameter, ...] = (),
) -> Any:
    """Describe a view's method: what it answers, its `problems` (400, 429, 500 and 503 always), an example."""
    responses = answers | {
        (status, MEDIA_TYPE): OpenApiResponse(
            ProblemDocument,
            MEANINGS[status],
            [OpenApiExample(f"problem {status}", problem(status, MEANINGS[status]), status_codes=[status])],
        )
        for status in sorted({400, *problems, 429, 500, 503})
    }
    examples = [] if example is None else [OpenApiExample("example", example, response_only=True, status_codes=[200])]
    return extend_schema(
        tags=[tag],
        description=description,
        parameters=[*([query] if query and query().fields else []), *headers],
        request=body,
        responses=responses,
        examples=examples,
    )


class Document(View):
    """The OpenAPI document of this version, at a stable URL, open to everybody."""

    authentication_classes: tuple[Any, ...] = ()
    permission_classes = (AllowAny,)

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(document(), headers={"Cache-Control": "public, max-age=300"})


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    generated: dict[str, Any] = SchemaGenerator().get_schema(public=True)
    return generated
