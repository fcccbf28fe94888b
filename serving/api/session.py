"""/session: log in and out of a browser session; who am I."""

from typing import Any

from django.contrib.auth import login, logout
from django.middleware.csrf import get_token
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from serving.accounts.audit import record
from serving.accounts.authentication import BrowserSession, TokenAuthentication
from serving.accounts.logins import check_password
from serving.accounts.roles import Role
from serving.api.openapi import operation
from serving.api.published import Query, parse_query
from serving.api.view import View


class Credentials(serializers.Serializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=200, trim_whitespace=False)


class RoleOnBrand(serializers.Serializer):
    """A role on a brand; * stands for every brand."""

    brand = serializers.CharField()
    role = serializers.ChoiceField([role.value for role in Role])


class Session(serializers.Serializer):
    """Who is signed in; username is null if nobody is."""

    username = serializers.CharField(allow_null=True)
    grants = RoleOnBrand(many=True)


NOBODY: dict[str, Any] = {"username": None, "grants": []}
EXAMPLE = {"username": "ann", "grants": [{"brand": "skyvarn", "role": "analyst"}]}


@method_decorator(csrf_protect, name="dispatch")
class SessionView(View):
    authentication_classes: tuple[Any, ...] = (TokenAuthentication, BrowserSession)
    permission_classes = (AllowAny,)

    @operation(
        "Session",
        "Who is signed in. Sets the cookie `csrftoken`, which every write of a session sends back as X-CSRFToken.",
        {200: Session},
        Query,
        problems=(401,),
        example=EXAMPLE,
    )
    def get(self, request: Request) -> Response:
        parse_query(Query, request)
        get_token(request._request)
        return Response(describe(request.user))

    @operation(
        "Session",
        "Log in. Needs the CSRF token; too many attempts are answered with 429.",
        {200: Session},
        Query,
        Credentials,
        problems=(401, 403, 415),
        example=EXAMPLE,
    )
    def post(self, request: Request) -> Response:
        parse_query(Query, request)
        given = Credentials(data=request.data)
        given.is_valid(raise_exception=True)
        user = check_password(request, **given.validated_data)
        if user is None:
            raise ValidationError({"password": "name and password do not fit"})
        login(request._request, user)
        record(request, "session.login", actor=user.username)
        return Response(describe(user))

    @operation("Session", "Log out.", {204: None}, Query, problems=(401, 403))
    def delete(self, request: Request) -> Response:
        parse_query(Query, request)
        if request.user.is_authenticated:
            record(request, "session.logout")
        logout(request._request)
        return Response(status=204)


def describe(user: Any) -> dict[str, Any]:
    if not user.is_authenticated:
        return NOBODY
    grants = user.grants.order_by("brand", "role")
    return {"username": user.username, "grants": [{"brand": each.brand, "role": each.role} for each in grants]}
