"""One connection to X's filtered stream: bytes from the socket into a buffer, and why it ended.

tweepy would reconnect by itself; here every callback that ends a connection sets `running = False`, so one `listen` is
one connection and the caller decides what comes next. Lines are not parsed while they arrive.
"""

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import requests
import tweepy

from conf.settings import Settings
from pipelines.sources.x.causes import Cause
from pipelines.sources.x.clients import FAILURES, open_stream
from pipelines.sources.x.clock import Clock
from pipelines.sources.x.failures import Failure, classify_exception, classify_message, classify_response
from pipelines.sources.x.record import FIELDS
from pipelines.sources.x.stream.buffer import Buffer, Item
from pipelines.sources.x.stream.lines import is_about_the_stream, read_message, tweet_id_of

SOURCE = "x:stream"
KAFKA_UNAVAILABLE, SILENCE, STOPPED = "kafka_unavailable", "silence", "stopped"
"""Our own causes, besides those of X: the buffer is full, no byte came for too long, the process was stopped."""
KEEP_ALIVE_SECONDS = 20.0
"""X sends at least one byte in this time."""
_CHUNK_BYTES = 16 * 1024  # reads whatever a chunk has at once; tweepy's 512 cost a third of the rate
_IDLE_SECONDS = 5.0


@dataclass(frozen=True)
class Ending:
    """Why a connection ended: `cause` names it in the ledger; `failure` is what X or the network reported, if anything.

    `lasted` is in seconds of the clock, None when there was no connection.
    """

    cause: str
    failure: Failure | None
    lasted: float | None


class StreamReader(tweepy.StreamingClient):
    """Reads one connection after another; call `listen` in one thread, everything else from any."""

    def __init__(self, bearer_token: str, *, buffer: Buffer, clock: Clock, **arguments: Any) -> None:
        super().__init__(bearer_token, chunk_size=_CHUNK_BYTES, **arguments)
        self.on_open: Callable[[], None] = lambda: None
        """Called at each response 200, before the first line."""
        self.on_first: Callable[[int], None] = lambda tweet_id: None
        """Called with the id of the first tweet of each connection."""
        self.received = self.received_bytes = self.last_id = 0
        self.last_byte_at = self.idle_at = 0.0
        """Seconds of the clock: when the last byte came, and when X last had nothing to send."""
        self._last_line_at = 0.0
        self._buffer, self._clock = buffer, clock
        self._response: requests.Response | None = None
        self._error_response: Failure | None = None
        self._message = self._last_line = b""
        self._end_cause: str | None = None
        self._failure: Failure | None = None
        self._opened_at: float | None = None
        self._earlier_id, self._has_first = 0, False
        self.session.hooks["response"].append(self._keep_response)

    @property
    def is_open(self) -> bool:
        """True while lines may come."""
        return self.running and self._opened_at is not None

    def is_silent_for(self, seconds: float) -> bool:
        """True when a connection is open and no byte came for `seconds`."""
        return self._opened_at is not None and self._clock.elapsed() - self.last_byte_at > seconds

    def listen(self) -> Ending:
        """Connect once and read until the connection ends."""
        self._end_cause = self._failure = self._error_response = self._response = self._opened_at = None
        self._message, self._last_line, self._has_first = b"", b"", False
        self.filter(**FIELDS)
        lasted = None if self._opened_at is None else self._clock.elapsed() - self._opened_at
        self._opened_at = self._response = None
        self._drop_fragment_id()
        failure = self._read_reason() or self._failure
        cause = self._end_cause or (failure.cause.value if failure else Cause.DISCONNECTED.value)
        return Ending(cause, None if self._end_cause else failure or Failure(Cause.DISCONNECTED), lasted)

    def end(self, cause: str) -> None:
        """End the connection now, even inside a blocking read; `cause` is for the ledger."""
        self._end_cause = self._end_cause or cause
        self.running = False
        response = self._response
        if response is not None:
            with suppress(ValueError, RuntimeError, OSError, AttributeError):  # it has ended by itself
                response.raw.shutdown()

    def free_slot(self) -> bool:
        """Ask X to end the app's connections to the stream; False when it does not."""
        try:
            self.request("DELETE", "/2/connections/filtered_stream")
        except FAILURES:
            return False
        return True

    def note_response(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """What the adapter saw, with the headers that tweepy's callbacks hide."""
        self._clock.follow(headers.get("date"))
        self._error_response = classify_response(status, headers, body) if status >= 400 else None

    def on_connect(self) -> None:
        self.on_open()
        self.last_byte_at = self.idle_at = self._opened_at = self._clock.elapsed()
        if self._end_cause:
            self.running = False

    def on_data(self, raw: bytes) -> None:
        self.last_byte_at = self._last_line_at = self._clock.elapsed()
        tweet_id = tweet_id_of(raw)
        if not tweet_id and is_about_the_stream(raw):
            self._message = raw
            return
        if not self._buffer.put(Item(raw, tweet_id, SOURCE, time.monotonic())):
            self.end(KAFKA_UNAVAILABLE)
            return
        self.received += 1
        self.received_bytes += len(raw)
        self._last_line = raw
        if tweet_id:
            self._note_id(tweet_id)

    def on_keep_alive(self) -> None:
        self.last_byte_at = now = self._clock.elapsed()
        # A line end that arrives in two chunks also gives an empty line.
        if now - self._last_line_at > _IDLE_SECONDS:
            self.idle_at = now

    def on_closed(self, response: requests.Response) -> None:
        self.running = False

    def on_connection_error(self) -> None:
        self.running = False
        if self.is_silent_for(KEEP_ALIVE_SECONDS):  # tweepy's timeout of 21 s fired before ours
            self._end_cause = self._end_cause or SILENCE
        error = sys.exc_info()[1]
        self._failure = classify_exception(error) if isinstance(error, Exception) else Failure(Cause.UNREACHABLE)

    def on_request_error(self, status_code: int) -> None:
        self.running = False
        self._failure = self._error_response or Failure(Cause.X_FAILED, status_code)

    def on_exception(self, exception: Exception) -> None:
        self._failure = classify_exception(exception)

    def on_disconnect(self) -> None:
        self.running = False

    def _note_id(self, tweet_id: int) -> None:
        if not self._has_first:
            self._has_first = True
            self.on_first(tweet_id)
        if tweet_id > self.last_id:
            self._earlier_id, self.last_id = self.last_id, tweet_id

    def _drop_fragment_id(self) -> None:
        """When a connection broke inside a line, that line's tweet was not received."""
        if self._last_line and read_message(self._last_line) is None and tweet_id_of(self._last_line) == self.last_id:
            self.last_id = self._earlier_id

    def _read_reason(self) -> Failure | None:
        """Why X ended the connection, from its last message."""
        message = read_message(self._message) if self._message else None
        return classify_message(message) if message else None

    def _keep_response(self, response: requests.Response, *args: Any, **kwargs: Any) -> None:
        self._response = response


def open_reader(settings: Settings, buffer: Buffer, clock: Clock) -> StreamReader:
    """A reader that is not connected yet; MissingPrerequisite without the bearer token."""
    readers: list[StreamReader] = []

    def seen(status: int, headers: Mapping[str, str], body: bytes) -> None:
        readers[0].note_response(status, headers, body)

    readers.append(open_stream(settings, StreamReader, seen, buffer=buffer, clock=clock))
    return readers[0]
