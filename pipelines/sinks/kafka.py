"""To Kafka: an idempotent producer whose memory we bound and whose every record we follow to its acknowledgement."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from threading import Event
from typing import Any

from kafka import errors as kafka_errors

from conf.settings import Settings
from pipelines.sinks.kafka_clients import Message, can_mend, close_producer, open_producer, unavailable
from runtime.errors import BadInput, ServiceUnavailable

logger = logging.getLogger("brandpulse.kafka")

_SILENCE_SECONDS = 5.0
_MAX_BACKOFF_SECONDS = 5.0


def publish_records(
    settings: Settings,
    messages: Iterable[Message | None],
    acknowledged: Callable[[], None] = lambda: None,
) -> int:
    """Write every message; call `acknowledged` once a message, in their order, when it is safe; return how many.

    None in between says that nothing is to be written now: what was acknowledged meanwhile is told.
    At most `kafka.max_in_flight_bytes` wait at any time. A broker that goes away is waited for (one line says so) and
    what it had not acknowledged is sent again; after `kafka.retry_timeout_seconds` of silence, or at the first refusal,
    ServiceUnavailable. A BadInput from `messages` is passed on after everything before it is safe.
    """
    publisher = _Publisher(settings, acknowledged)
    try:
        for message in messages:
            if message is None:
                publisher.settle()
            else:
                publisher.send(message)
        publisher.drain()
    except BadInput:
        publisher.drain()
        raise
    finally:
        publisher.close()
    return publisher.count


class _Publisher:
    """A producer, and the messages it has not acknowledged yet, oldest first."""

    def __init__(self, settings: Settings, acknowledged: Callable[[], None]) -> None:
        self._settings, self._acknowledged = settings, acknowledged
        self._pending: deque[tuple[Message, Any]] = deque()
        self._held_bytes = 0
        self._news = Event()
        self._waiting_since = time.monotonic()
        self._has_warned = False
        self._producer = open_producer(settings)
        self.count = 0

    def send(self, message: Message) -> None:
        """Hand one message over, waiting while too many bytes are under way."""
        self.settle()
        while self._pending and self._held_bytes + message.size > self._settings.kafka.max_in_flight_bytes:
            self._settle_oldest()
        if not self._pending:
            self._waiting_since = time.monotonic()
        self._pending.append((message, None))
        self._held_bytes += message.size
        try:
            self._hand_over(len(self._pending) - 1)
        except kafka_errors.KafkaError as error:
            self._recover(error, message)

    def drain(self) -> None:
        """Wait until everything is acknowledged."""
        while self._pending:
            self._settle_oldest()

    def close(self) -> None:
        """Let the producer go; what is not acknowledged by now stays so."""
        close_producer(self._producer)

    def _hand_over(self, place: int) -> None:
        """Give the message at `place` to the producer; raises the producer's KafkaError when it cannot take it."""
        message = self._pending[place][0]
        future = self._producer.send(message.topic, message.value, message.key, message.headers)
        future.add_both(lambda *_: self._news.set())
        self._pending[place] = (message, future)

    def settle(self) -> None:
        """Tell what is acknowledged by now."""
        while self._pending and self._pending[0][1].is_done:
            self._settle_oldest()
        if self._pending:
            self._watch_silence()

    def _settle_oldest(self) -> None:
        """Wait for the oldest message; then count it, or send it and those behind it again."""
        message, future = self._pending[0]
        while not future.is_done:
            self._news.clear()
            if not future.is_done:
                self._news.wait(0.5)
            self._watch_silence()
        if future.failed():
            self._recover(future.exception, message)
            return
        self._pending.popleft()
        self._held_bytes -= message.size
        self.count += 1
        self._say_it_is_back()
        self._acknowledged()

    def _recover(self, error: Exception, message: Message) -> None:
        """Open a new producer and send everything pending again; ServiceUnavailable when that cannot help."""
        self._refuse_final(error, message)
        pause = 0.2
        while not self._is_reopened():
            self._watch_silence()
            time.sleep(pause)
            pause = min(pause * 2, _MAX_BACKOFF_SECONDS)

    def _is_reopened(self) -> bool:
        close_producer(self._producer)
        message = self._pending[0][0]
        try:
            self._producer = open_producer(self._settings)
            for place in range(len(self._pending)):
                message = self._pending[place][0]
                self._hand_over(place)
        except ServiceUnavailable as away:
            self._refuse_final(away.__cause__, message)
            return False
        except kafka_errors.KafkaError as error:
            self._refuse_final(error, message)
            return False
        return True

    def _refuse_final(self, error: BaseException | None, message: Message) -> None:
        """Raise for what no second attempt can mend."""
        if not can_mend(error):
            raise unavailable(self._settings, error, message) from error

    def _watch_silence(self) -> None:
        silence = time.monotonic() - self._waiting_since
        if silence > self._settings.kafka.retry_timeout_seconds:
            raise ServiceUnavailable(
                f"Kafka at {self._settings.endpoint('kafka')} has not answered for {silence:.0f} s; what it "
                "acknowledged is safe and recorded: start again to go on from there"
            )
        if silence > _SILENCE_SECONDS and not self._has_warned:
            self._has_warned = True
            place = self._settings.endpoint("kafka")
            logger.warning("Kafka at %s does not answer; holding %d records until it does", place, len(self._pending))

    def _say_it_is_back(self) -> None:
        if self._has_warned:
            logger.info("Kafka answers again after %.0f s", time.monotonic() - self._waiting_since)
        self._has_warned = False
        self._waiting_since = time.monotonic()
