"""Authentication: the app by bearer token, the user by OAuth 2.0 token or OAuth 1.0a signature."""

import base64
import hmac
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote

from stack.x_emulator.options import Credentials
from stack.x_emulator.problems import ApiError

SIGNED_HOSTS = ("https://api.twitter.com", "https://api.x.com")
"""The hosts that clients sign for; tweepy signs for the first."""
CLOCK_SKEW_SECONDS = 300
NAMES = {
    "app": "OAuth 2.0 Application-Only",
    "oauth1": "OAuth 1.0a User Context",
    "oauth2": "OAuth 2.0 User Context",
}


@dataclass(frozen=True)
class Caller:
    """`kind` is app or user, `scheme` one of `NAMES`."""

    kind: str
    scheme: str


@dataclass(frozen=True)
class Signed:
    """What an OAuth 1.0a signature covers; `path` with its leading slash, `query` as sent."""

    method: str
    path: str
    query: str
    authorization: str
    host: str


@dataclass
class Authenticator:
    """Checks credentials; each nonce is accepted once."""

    credentials: Credentials
    nonces: set[str] = field(default_factory=set)

    def caller(self, request: Signed) -> Caller:
        """The caller. Raises ApiError 401 for unknown credentials."""
        scheme, _, value = request.authorization.partition(" ")
        known = self.credentials
        if scheme.lower() == "bearer":
            for token, caller in (
                (known.bearer_token, Caller("app", "app")),
                (known.user_token, Caller("user", "oauth2")),
            ):
                if hmac.compare_digest(value.encode(), token.encode()):
                    return caller
        if scheme.lower() == "oauth" and self._is_signed(request, value):
            return Caller("user", "oauth1")
        raise ApiError("unauthorized")

    def _is_signed(self, request: Signed, header: str) -> bool:
        given = {
            name: unquote(value.strip('"'))
            for name, _, value in (part.strip().partition("=") for part in header.split(","))
        }
        known = self.credentials
        if (given.get("oauth_consumer_key"), given.get("oauth_token")) != (known.consumer_key, known.access_token):
            return False
        if given.get("oauth_signature_method") != "HMAC-SHA1" or not _is_fresh(given.get("oauth_timestamp", "")):
            return False
        nonce = given.get("oauth_nonce", "")
        if not nonce or nonce in self.nonces:
            return False
        hosts = (*SIGNED_HOSTS, f"http://{request.host}")
        wanted = [self._signature(request, host, given).encode() for host in hosts]
        if not any(hmac.compare_digest(each, given.get("oauth_signature", "").encode()) for each in wanted):
            return False
        self.nonces.add(nonce)
        return True

    def _signature(self, request: Signed, host: str, given: dict[str, str]) -> str:
        """RFC 5849, section 3.4, with HMAC-SHA1."""
        parameters = [(name, value) for name, value in given.items() if name not in ("oauth_signature", "realm")]
        parameters += parse_qsl(request.query, keep_blank_values=True)
        pairs = sorted((_escape(name), _escape(value)) for name, value in parameters)
        normal = "&".join(f"{name}={value}" for name, value in pairs)
        base = "&".join(_escape(each) for each in (request.method.upper(), host + request.path, normal))
        key = f"{_escape(self.credentials.consumer_secret)}&{_escape(self.credentials.access_token_secret)}"
        return base64.b64encode(hmac.digest(key.encode(), base.encode(), "sha1")).decode("ascii")


def allow(caller: Caller, supported: tuple[str, ...]) -> None:
    """Raise ApiError 403 if the endpoint does not support this kind of caller."""
    if caller.kind in supported:
        return
    kinds = {"app": [NAMES["app"]], "user": [NAMES["oauth1"], NAMES["oauth2"]]}
    names = [name for kind in supported for name in kinds[kind]]
    raise ApiError("unsupported_authentication", kind=NAMES[caller.scheme], supported=", ".join(names))


def _is_fresh(timestamp: str) -> bool:
    return timestamp.isdigit() and abs(int(timestamp) - time.time()) < CLOCK_SKEW_SECONDS


def _escape(text: str) -> str:
    """RFC 5849, section 3.6: percent-encode everything but letters, digits and -._~."""
    return quote(text, safe="~")
