"""tweepy's clients for X or for a stand-in: the host by setting, time limits, and no secret in any log.

    client = open_client(settings)                       # search, lookups, counts: the app's bearer token
    rules = open_stream(settings)                        # rules; give your subclass of StreamingClient to listen
    poster = open_poster(settings)                       # posting as the user: OAuth 1.0a

Failures are tweepy's and requests' exceptions: `asking` turns them into the job's error, `pipelines.sources.x.failures`
says what they mean.
"""

import logging
import time
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

logger = logging.getLogger("brandpulse.x")

OnResponse = Callable[[int, Mapping[str, str], bytes], None]
"""Called with status, headers and, from 400 on, the body of each answer, before tweepy sees it."""
Stream = TypeVar("Stream", bound=tweepy.StreamingClient)
Answer = TypeVar("Answer")
_HOST = "https://api.twitter.com"  # written into tweepy; requests are signed for it, too
_POSTING = ("x_consumer_key", "x_consumer_secret", "x_access_token", "x_access_token_secret")
_AWAY = (Cause.X_FAILED, Cause.UNREACHABLE)
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 16.0
FAILURES: tuple[type[Exception], ...] = (TweepyException, requests.RequestException)


class RewriteAdapter(HTTPAdapter):
    """Sends what tweepy addresses to its own host to `base_url`; gives a time limit to whatever has none."""

    def __init__(self, base_url: str, timeout: tuple[float, float], on_response: OnResponse | None = None) -> None:
        self._base, self._timeout, self._on_response = urlsplit(base_url), timeout, on_response
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        asked = urlsplit(request.url or "")
        path = self._base.path.rstrip("/") + asked.path
        moved = asked._replace(scheme=self._base.scheme, netloc=self._base.netloc, path=path)
        request.url = moved.geturl()
        kwargs["timeout"] = kwargs.get("timeout") or self._timeout
        response = super().send(request, *args, **kwargs)
        if self._on_response:
            body = response.content if response.status_code >= 400 else b""
            self._on_response(response.status_code, response.headers, body)
        return response


def open_client(settings: Settings, on_response: OnResponse | None = None) -> tweepy.Client:
    """For reading as the app; answers are plain dictionaries. MissingPrerequisite without the bearer token."""
    client = tweepy.Client(_secret(settings, "x_bearer_token"), return_type=dict)
    return _prepared(client, settings, on_response)


def open_stream(
    settings: Settings,
    kind: type[Stream] = tweepy.StreamingClient,
    on_response: OnResponse | None = None,
    **arguments: Any,
) -> Stream:
    """For rules and for listening; `arguments` are those of `kind`. MissingPrerequisite without the bearer token."""
    stream = kind(_secret(settings, "x_bearer_token"), **{"return_type": dict, **arguments})
    return _prepared(stream, settings, on_response)


def open_poster(settings: Settings, on_response: OnResponse | None = None) -> tweepy.Client:
    """For posting as the user (OAuth 1.0a). MissingPrerequisite names the first of the four keys that is missing."""
    keys = [_secret(settings, name) for name in _POSTING]
    client = tweepy.Client(None, *keys, return_type=dict)
    return _prepared(client, settings, on_response)


def asking(ask: Callable[[], Answer], retry_timeout_seconds: float = 0.0) -> Answer:
    """`ask()`; the JobError of its cause when X refuses or cannot be reached.

    While X is away it is asked again for `retry_timeout_seconds`: give them only to calls that may be repeated.
    """
    deadline, pause = time.monotonic() + retry_timeout_seconds, _FIRST_PAUSE_SECONDS
    while True:
        try:
            return ask()
        except FAILURES as error:
            failure = classify_exception(error)
        if failure.cause not in _AWAY or time.monotonic() + pause > deadline:
            raise failure.error()
        logger.warning("%s is retried for %g s", failure.cause.value, retry_timeout_seconds)
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


def _prepared(client: Any, settings: Settings, on_response: OnResponse | None) -> Any:
    hide_secrets(settings.secrets.known())
    limits = settings.x
    _warn_of_plain_text(limits)
    # The environment's proxies would swallow calls to a local stand-in, and a .netrc would replace the token.
    client.session.trust_env = False
    client.session.max_redirects = 0
    timeout = (limits.connect_timeout_seconds, limits.read_timeout_seconds)
    client.session.mount(_HOST, RewriteAdapter(limits.base_url, timeout, on_response))
    return client


def _secret(settings: Settings, name: str) -> str:
    value = settings.secrets.required(name)
    # requests would print such a header with its value.
    if not value.isascii() or not value.isprintable() or " " in value:
        raise UsageError(f"BRANDPULSE_{name.upper()} holds a blank or a character that no key of X has")
    return value


def _warn_of_plain_text(limits: X) -> None:
    address = urlsplit(limits.base_url)
    if address.scheme == "http" and not _is_local(address.hostname or ""):
        logger.warning("x.base_url is not https: the token travels in plain text")


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
