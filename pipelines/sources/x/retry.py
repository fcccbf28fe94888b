"""Calls to X that are retried until they succeed: the cause decides the wait; there is no retry timeout."""

import logging
from collections.abc import Callable
from threading import Event
from typing import TypeVar

import tweepy

from conf.settings import Settings
from pipelines.sources.x.clients import FAILURES, open_stream
from pipelines.sources.x.clock import Clock
from pipelines.sources.x.failures import classify_exception
from pipelines.sources.x.stream.backoff import Backoff

logger = logging.getLogger("brandpulse.x")

Response = TypeVar("Response")
_MIN_WAIT_SECONDS = 1.0


class Stopped(Exception):
    """The process was stopped while it waited."""


class Retrier:
    """Retries calls with one back-off for each."""

    def __init__(self, clock: Clock, stop: Event) -> None:
        self._clock, self._stop = clock, stop

    def call(self, request: Callable[[], Response]) -> Response:
        """The response; the JobError of the cause when a retry cannot help, Stopped when `stop` is set."""
        backoff = Backoff(1)
        while not self._stop.is_set():
            try:
                return request()
            except FAILURES as error:
                failure = classify_exception(error)
            if not failure.may_retry:
                raise failure.error()
            seconds = max(_MIN_WAIT_SECONDS, backoff.after(failure, None, failure.reset_in(self._clock.now())))
            logger.info("the call to X is retried cause=%s wait_seconds=%.0f", failure.cause.value, seconds)
            self._clock.wait(self._stop, seconds)
        raise Stopped

    def sync_clock(self, settings: Settings) -> None:
        """Set the clock by X's with a free call: with a wrong clock, queries would cover the wrong time."""
        rules: tweepy.StreamingClient = open_stream(settings, on_response=self._clock.note_response)
        self.call(rules.get_rules)
