"""Errors as pages for browsers; programs get the problem document of the API."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from serving.api import problems
from serving.dashboard.page import theme_of

TEXTS = {
    400: ("This address is malformed", "One of its filters has a value that does not exist."),
    403: ("This is not yours to see", "No role of yours allows it. An admin gives roles."),
    404: ("There is nothing here", "The address is wrong, or what it named is no longer published."),
    500: ("Something went wrong on our side", "The log of the server has the details."),
}


def respond(status: int, otherwise: Callable[..., HttpResponse], request: HttpRequest, *given: Any) -> HttpResponse:
    """A page for whoever asks for HTML outside of the API."""
    if request.path.startswith(("/api/", "/metrics")) or "text/html" not in request.headers.get("Accept", ""):
        return otherwise(request, *given)
    title, text = TEXTS[status]
    detail = _detail(*given) if status in (400, 404) else ""
    content = theme_of(request) | {"title": title, "text": detail or text}
    return render(request, "dashboard/message.html", content, status=status)


def _detail(exception: Exception | None = None, *_: Any) -> str:
    """What is wrong in the words of who raised it; Django's own 404 lists the addresses, and is no text."""
    return next((each for each in getattr(exception, "args", ()) if isinstance(each, str)), "")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return respond(403, problems.csrf_failure, request, reason)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return respond(400, problems.bad_request, request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return respond(403, problems.forbidden, request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return respond(404, problems.not_found, request, exception)


def internal_error(request: HttpRequest) -> HttpResponse:
    return respond(500, problems.internal_error, request)
