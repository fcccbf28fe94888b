"""/tokens: a user's own tokens, made and revoked in a browser session; a token cannot make another."""

from typing import Any

from django.conf import settings
from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from serving.accounts.authentication import BrowserSession
from serving.accounts.changes import create_token, revoke_token
from serving.accounts.models import Token
from serving.accounts.permissions import IsSignedIn
from serving.accounts.roles import Scope
from serving.api.openapi import operation
from serving.api.published import Query, parse_query
from serving.api.view import View

LONGEST_DAYS = 3650
EXAMPLE = {
    "id": 7,
    "name": "weekly report",
    "scopes": ["aggregates:read"],
    "created_at": "2026-05-04T12:00:00Z",
    "expires_at": "2027-05-04T12:00:00Z",
    "revoked_at": None,
    "last_used_on": "2026-05-04",
}


class TokenRequest(serializers.Serializer):
    """What a new token is for and may do; a scope that no role of yours has gives nothing."""

    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(child=serializers.ChoiceField([scope.value for scope in Scope]), min_length=1)
    days = serializers.IntegerField(
        min_value=1, max_value=LONGEST_DAYS, required=False, help_text="until it expires, at most serving.token_days"
    )


class StoredToken(serializers.Serializer):
    """A token, without its text."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_on = serializers.DateField(allow_null=True)


class NewToken(StoredToken):
    """A token with its text, which is shown this once."""

    token = serializers.CharField()


class TokenList(serializers.Serializer):
    data = StoredToken(many=True)


class Tokens(View):
    authentication_classes: tuple[Any, ...] = (BrowserSession,)
    permission_classes = (IsSignedIn,)

    @operation(
        "Tokens",
        "Your tokens, the oldest first.",
        {200: TokenList},
        Query,
        problems=(401,),
        example={"data": [EXAMPLE]},
    )
    def get(self, request: Request) -> Response:
        parse_query(Query, request)
        return Response({"data": StoredToken(Token.objects.filter(user=request.user).order_by("id"), many=True).data})

    @operation("Tokens", "Create a token.", {201: NewToken}, Query, TokenRequest, problems=(401, 403, 415))
    def post(self, request: Request) -> Response:
        parse_query(Query, request)
        given = TokenRequest(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        days = min(asked.get("days", LONGEST_DAYS), settings.BRANDPULSE.serving.token_days)
        scopes = [Scope(text) for text in asked["scopes"]]
        token, text = create_token(request.user, asked["name"], scopes, days, actor=request.user.username)
        return Response(StoredToken(token).data | {"token": text}, status=201)


class TokenView(View):
    authentication_classes: tuple[Any, ...] = (BrowserSession,)
    permission_classes = (IsSignedIn,)

    @operation("Tokens", "Revoke a token of yours.", {204: None}, Query, problems=(401, 403, 404))
    def delete(self, request: Request, token_id: int) -> Response:
        parse_query(Query, request)
        token = Token.objects.filter(user=request.user, id=token_id).first()
        if token is None:
            raise Http404("you have no such token")
        revoke_token(token, actor=request.user.username)
        return Response(status=204)
