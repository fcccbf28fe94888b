"""What a write reports on the page that it leads to. It is shown once and may be a secret: no server stores it."""

from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

COOKIE, SECONDS = "notice", 60
Notice = dict[str, Any]


def to_page(request: HttpRequest, **notice: str) -> HttpResponse:
    """To the page that was written from, by GET: loading that again does not write again."""
    response: HttpResponse = redirect(request.get_full_path())
    response.set_cookie(
        COOKIE,
        signing.dumps(notice, salt=_salt(request)),
        max_age=SECONDS,
        path=request.path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


def render_with_notice(request: HttpRequest, template: str, content: Notice, status: int = 200) -> HttpResponse:
    """The page with the notice of the write before it, which is forgotten."""
    notice = read_notice(request)
    response = render(request, template, content | notice, status=status)
    if notice:
        response.delete_cookie(COOKIE, path=request.path, samesite="Strict")
    return response


def read_notice(request: HttpRequest) -> Notice:
    """Nothing if there is none, if it is old, or if it is of somebody else."""
    try:
        found: Notice = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_salt(request), max_age=SECONDS)
    except signing.BadSignature:
        return {}
    return found


def _salt(request: HttpRequest) -> str:
    return f"{COOKIE} {request.user.pk}"
