"""Asking X until it answers: waits as the cause wants, for ever if need be, until told to stop."""

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

Answer = TypeVar("Answer")
_LEAST_SECONDS = 1.0


class Stopped(Exception):
    """The process was told to end while it waited."""


class Asker:
    """Asks with one back-off for all its questions."""

    def __init__(self, clock: Clock, stop: Event) -> None:
        self._clock, self._stop = clock, stop

    def ask(self, question: Callable[[], Answer]) -> Answer:
        """The answer; the JobError of the cause when waiting cannot help, Stopped when `stop` is set."""
        backoff = Backoff(1)
        while not self._stop.is_set():
            try:
                return question()
            except FAILURES as error:
                failure = classify_exception(error)
            if not failure.may_retry:
                raise failure.error()
            seconds = max(_LEAST_SECONDS, backoff.after(failure, None, failure.reset_in(self._clock.now())))
            logger.info("X is asked again cause=%s wait_seconds=%.0f", failure.cause.value, seconds)
            self._clock.wait(self._stop, seconds)
        raise Stopped

    def learn_the_time(self, settings: Settings) -> None:
        """Set the clock by X's with a free call: a machine whose clock is wrong would ask for the wrong span."""
        rules: tweepy.StreamingClient = open_stream(settings, on_response=self._clock.note_answer)
        self.ask(rules.get_rules)
