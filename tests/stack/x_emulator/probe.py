"""A client of the emulator under test: plain HTTP, with every answer validated against the OpenAPI document."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests

from stack.x_emulator.local import Running
from tests.stack.x_emulator import contract

Json = dict[str, Any]
RULES = "/2/tweets/search/stream/rules"
STREAM = "/2/tweets/search/stream"
SEARCH = "/2/tweets/search/recent"


class Rewrite(requests.adapters.HTTPAdapter):
    """Redirects tweepy's requests from X to the emulator, and validates each answer."""

    def __init__(self, base: str, validate: Callable[[requests.Response], None]) -> None:
        self._to, self._validate = urlsplit(base), validate
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        moved = urlsplit(request.url or "")._replace(scheme=self._to.scheme, netloc=self._to.netloc)
        request.url = moved.geturl()
        kwargs["timeout"] = kwargs.get("timeout") or (5, 10)
        response = super().send(request, *args, **kwargs)
        if not kwargs.get("stream") or response.status_code >= 400:
            self._validate(response)
        return response


class Probe:
    """Calls the emulator, by default with the app's bearer token."""

    def __init__(self, running: Running, spelling: str = "2.166") -> None:
        self.base_url, self.admin, self.credentials = running.base_url, running.admin, running.credentials
        self.spelling = spelling
        self.session = requests.Session()
        self.session.trust_env = False

    def call(
        self, method: str, path: str, *, token: str | None = None, spelling: str | None = None, **kwargs: Any
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {token or self.credentials.bearer_token}"} | kwargs.pop("headers", {})
        response = self.session.request(method, self.base_url + path, headers=headers, timeout=10, **kwargs)
        if not kwargs.get("stream") or response.status_code >= 400:
            self.validate(response, spelling)
        return response

    def get(self, path: str, **parameters: Any) -> Json:
        """The body of the answer, whose status must be 200."""
        response = self.call("GET", path, params=parameters)
        assert response.status_code == 200, response.text
        found: Json = response.json()
        return found

    def add_rules(self, *values: str, tag: str | None = None) -> list[str]:
        rows = [{"value": value} | ({"tag": tag} if tag else {}) for value in values]
        response = self.call("POST", RULES, json={"add": rows})
        assert response.status_code == 201, response.text
        return [rule["id"] for rule in response.json()["data"]]

    def validate(self, response: requests.Response, spelling: str | None = None) -> None:
        """Raise AssertionError if the answer violates the OpenAPI document."""
        media = response.headers.get("content-type", "").partition(";")[0]
        if not contract.IS_THERE or not media.endswith("json"):
            return
        path, method = urlsplit(response.url).path, response.request.method or ""
        is_old_error = response.status_code >= 400 and media == "application/json"
        if path.startswith("/2/") and not is_old_error:
            version = spelling or self.spelling
            errors = contract.errors_of(method, path, response.status_code, media, response.content, version)
            assert not errors, errors[:5]

    def tweepy(self, client: Any) -> Any:
        """An unmodified tweepy client, redirected to the emulator."""
        client.session.trust_env = False
        client.session.mount("https://api.twitter.com", Rewrite(self.base_url, self.validate))
        return client

    @contextmanager
    def listen(self, **parameters: Any) -> Iterator["Listener"]:
        """An open stream."""
        headers = parameters.pop("headers", {"Accept-Encoding": "identity"})
        response = self.call("GET", STREAM, params=parameters, stream=True, headers=headers)
        listener = Listener(response)
        try:
            yield listener
        finally:
            response.close()


class Listener:
    """Reads the lines of a stream as bytes, without CR LF."""

    def __init__(self, response: requests.Response) -> None:
        self.response, self.status = response, response.status_code
        self._rest = b""
        self._chunks = response.iter_content(None)

    def line(self) -> bytes:
        """The next line, b"" for a keep-alive. Raises EOFError at the end of the body, ConnectionError if it breaks."""
        while b"\r\n" not in self._rest:
            try:
                self._rest += next(self._chunks)
            except StopIteration:
                raise EOFError(self._rest) from None
            except requests.exceptions.ChunkedEncodingError:
                raise ConnectionError(self._rest) from None
        line, self._rest = self._rest.split(b"\r\n", 1)
        return line

    def payload(self) -> Json:
        """The next JSON object; keep-alives are skipped."""
        while not (line := self.line()):
            pass
        found: Json = json.loads(line)
        return found

    def post_id(self) -> str:
        found: str = self.payload()["data"]["id"]
        return found


def wait_for(is_met: Callable[[], bool], seconds: float = 5) -> None:
    """Wait until the condition is met; raise AssertionError if it is not met in time."""
    ends = time.monotonic() + seconds
    while not is_met():
        assert time.monotonic() < ends, f"{is_met} was not met within {seconds} s"
        time.sleep(0.01)
