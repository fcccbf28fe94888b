"""Who asks: a bearer token, or the session of a browser."""

from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from serving.accounts.changes import digest_of
from serving.accounts.models import Token, User

REALM = 'realm="brandpulse"'


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer bp_…`; 401 for a token that is unknown, expired or revoked, or whose user is inactive."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        scheme, _, text = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        digest = digest_of(text.strip().decode("latin-1"))
        token = Token.objects.select_related("user").filter(digest=digest).first()
        now = timezone.now()
        if token is None or not token.is_valid(now) or not token.user.is_active:
            raise AuthenticationFailed("the token is unknown, expired or revoked")
        if token.last_used_on != now.date():
            Token.objects.filter(pk=token.pk).update(last_used_on=now.date())
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return f"Bearer {REALM}"


class BrowserSession(SessionAuthentication):
    """A session, with the CSRF token at every write; 401 without one."""

    def authenticate_header(self, request: Request) -> str:
        return f"Session {REALM}"


def token_of(request: Any) -> Token | None:
    """The token that the request was authenticated with, None for a session."""
    auth: Any = getattr(request, "auth", None)
    return auth if isinstance(auth, Token) else None
