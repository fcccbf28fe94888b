"""Every error as a problem document (RFC 9457): `type`, `title`, `status`, `detail`, and `errors` of single fields."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from pipelines.sources.mongo import SnapshotExpired
from runtime.errors import MissingPrerequisite, ServiceUnavailable

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
GONE = "a newer run has been published and this one is no longer kept: begin again without the cursor"
Problem = dict[str, Any]


class Gone(exceptions.APIException):
    status_code = HTTPStatus.GONE
    default_detail = GONE


class Conflict(exceptions.APIException):
    status_code = HTTPStatus.CONFLICT


class Unavailable(exceptions.APIException):
    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "the data cannot be read right now"
    wait = RETRY_SECONDS  # becomes Retry-After


def problem(status: int, detail: str, errors: list[Problem] | None = None) -> Problem:
    document: Problem = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return document | ({"errors": errors} if errors else {})


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """Django REST Framework's hook; None for what nobody foresaw, which becomes `internal_error`."""
    if isinstance(error, ServiceUnavailable | MissingPrerequisite | OperationalError):
        error = Unavailable()
    elif isinstance(error, SnapshotExpired):
        error = Gone()
    response: Response | None = exception_handler(error, context)
    if response is not None:
        status = int(response.status_code)
        errors = field_errors(error.detail) if isinstance(error, exceptions.ValidationError) else []
        detail = "; ".join(f"{each['field']}: {each['detail']}" for each in errors) or describe(error, status)
        response.data = problem(status, detail, errors)
        response.content_type = MEDIA_TYPE
    return response


def describe(error: Exception, status: int) -> str:
    if isinstance(error, Http404 | PermissionDenied):
        return str(error) or HTTPStatus(status).phrase
    return str(getattr(error, "detail", HTTPStatus(status).phrase))


def field_errors(detail: Any, field: str = "") -> list[Problem]:
    """[{field, detail}] of nested validation errors; a field of a field is joined by a dot."""
    if isinstance(detail, dict):
        return [each for name, inner in detail.items() for each in field_errors(inner, f"{field}.{name}".strip("."))]
    if isinstance(detail, list):
        return [each for inner in detail for each in field_errors(inner, field)]
    return [{"field": field, "detail": str(detail)}]


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    return _respond(HTTPStatus.BAD_REQUEST, "the request is malformed, or for a host that is not served here")


def forbidden(request: HttpRequest, exception: Exception) -> JsonResponse:
    return _respond(HTTPStatus.FORBIDDEN, "this is not allowed")


def csrf_failure(request: HttpRequest, reason: str = "") -> JsonResponse:
    return _respond(HTTPStatus.FORBIDDEN, f"CSRF check failed: {reason}")


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    return _respond(HTTPStatus.NOT_FOUND, "there is nothing at this address; /api/v1/openapi.json lists what there is")


def internal_error(request: HttpRequest) -> JsonResponse:
    return _respond(HTTPStatus.INTERNAL_SERVER_ERROR, "internal error; the log has the details")


def _respond(status: HTTPStatus, detail: str) -> JsonResponse:
    return JsonResponse(problem(status, detail), status=status, content_type=MEDIA_TYPE)
