"""tweepy's clients for X or for the emulator: host by setting, timeouts, and no secret in any log.

    client = open_client(settings)                       # search, lookups, counts: the app's bearer token
    rules = open_stream(settings)                        # rules; pass a subclass of StreamingClient to read the stream
    poster = open_poster(settings)                       # posting as the user: OAuth 1.0a

Failures are tweepy's and requests' exceptions: `pipelines.sources.x.failures` classifies them, `call_with_retry` turns
them into the error that ends a job.
"""

import logging
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
import tweepy
from requests.adapters import HTTPAdapter
from tweepy.errors import TweepyException

from conf.settings import Settings, X
from pipelines.sources.x.causes import Cause
from pipelines.sources.x.failures import classify_exception
from pipelines.sources.x.redaction import hide_secrets
from runtime.errors import UsageError
from runtime.retry import retry_while

logger = logging.getLogger("brandpulse.x")

OnResponse = Callable[[int, Mapping[str, str], bytes], None]
"""Called with status, headers and, from 400 on, the body of each response, before tweepy sees it."""
Stream = TypeVar("Stream", bound=tweepy.StreamingClient)
Response = TypeVar("Response")
_HOST = "https://api.twitter.com"  # hard-coded in tweepy, which also signs requests for it
_POSTING = ("x_consumer_key", "x_consumer_secret", "x_access_token", "x_access_token_secret")
_UNAVAILABLE = (Cause.X_FAILED, Cause.UNREACHABLE)
FAILURES: tuple[type[Exception], ...] = (TweepyException, requests.RequestException)


class RewriteAdapter(HTTPAdapter):
    """Redirects tweepy's requests to `base_url`, and adds a timeout to those without one."""

    def __init__(self, base_url: str, timeout: tuple[float, float], on_response: OnResponse | None = None) -> None:
        self._base, self._timeout, self._on_response = urlsplit(base_url), timeout, on_response
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        original = urlsplit(request.url or "")
        path = self._base.path.rstrip("/") + original.path
        moved = original._replace(scheme=self._base.scheme, netloc=self._base.netloc, path=path)
        request.url = moved.geturl()
        kwargs["timeout"] = kwargs.get("timeout") or self._timeout
        response = super().send(request, *args, **kwargs)
        if self._on_response:
            body = response.content if response.status_code >= 400 else b""
            self._on_response(response.status_code, response.headers, body)
        return response


def open_client(settings: Settings, on_response: OnResponse | None = None) -> tweepy.Client:
    """For reading as the app; responses are plain dictionaries. MissingPrerequisite without the bearer token."""
    client = tweepy.Client(_secret(settings, "x_bearer_token"), return_type=dict)
    return _prepared(client, settings, on_response)


def open_stream(
    settings: Settings,
    kind: type[Stream] = tweepy.StreamingClient,
    on_response: OnResponse | None = None,
    **arguments: Any,
) -> Stream:
    """For rules and for the stream; `arguments` are those of `kind`. MissingPrerequisite without the bearer token."""
    stream = kind(_secret(settings, "x_bearer_token"), **{"return_type": dict, **arguments})
    return _prepared(stream, settings, on_response)


def open_poster(settings: Settings, on_response: OnResponse | None = None) -> tweepy.Client:
    """For posting as the user (OAuth 1.0a). MissingPrerequisite names the first of the four keys that is missing."""
    keys = [_secret(settings, name) for name in _POSTING]
    client = tweepy.Client(None, *keys, return_type=dict)
    return _prepared(client, settings, on_response)


def call_with_retry(request: Callable[[], Response], retry_timeout_seconds: float = 0.0) -> Response:
    """`request()`; the JobError of its cause when X rejects it or cannot be reached.

    While X is unavailable the call is retried for `retry_timeout_seconds`: pass them only for repeatable calls.
    """
    try:
        return retry_while(_is_unavailable, request, retry_timeout_seconds, "X is unavailable")
    except FAILURES as error:
        raise classify_exception(error).error() from None


def _is_unavailable(error: BaseException) -> bool:
    return isinstance(error, FAILURES) and classify_exception(error).cause in _UNAVAILABLE


def _prepared(client: Any, settings: Settings, on_response: OnResponse | None) -> Any:
    hide_secrets(settings.secrets.known())
    limits = settings.x
    _warn_of_plain_text(limits)
    # The environment's proxies would intercept calls to a local emulator, and a .netrc would replace the token.
    client.session.trust_env = False
    client.session.max_redirects = 0
    timeout = (limits.connect_timeout_seconds, limits.read_timeout_seconds)
    client.session.mount(_HOST, RewriteAdapter(limits.base_url, timeout, on_response))
    return client


def _secret(settings: Settings, name: str) -> str:
    value = settings.secrets.required(name)
    # requests would show such a header, with its value, in an error.
    if not value.isascii() or not value.isprintable() or " " in value:
        raise UsageError(f"BRANDPULSE_{name.upper()} contains a blank or a character that no key of X has")
    return value


def _warn_of_plain_text(limits: X) -> None:
    address = urlsplit(limits.base_url)
    if address.scheme == "http" and not _is_local(address.hostname or ""):
        logger.warning("x.base_url is not https: the token is sent in plain text")


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
