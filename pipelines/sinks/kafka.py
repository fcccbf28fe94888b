"""Writes to Kafka: an idempotent producer with bounded memory; every record is followed to its acknowledgement."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from threading import Event
from typing import Any

from kafka import errors as kafka_errors

from conf.settings import Settings
from pipelines.sinks.kafka_clients import Message, close_producer, is_recoverable, open_producer, unavailable
from pipelines.sources.archive.record import COMPLIANCE, Record, headers_of
from runtime.errors import BadInput, ServiceUnavailable

logger = logging.getLogger("brandpulse.kafka")

_SILENCE_SECONDS = 5.0
_MAX_BACKOFF_SECONDS = 5.0


def publish_records(
    settings: Settings,
    messages: Iterable[Message | None],
    acknowledged: Callable[[], None] = lambda: None,
) -> int:
    """Write every message; call `acknowledged` for each, in order, when Kafka has it; return their number.

    None among the messages means that there is nothing to write now: pending acknowledgements are processed.
    At most `kafka.max_in_flight_bytes` are unacknowledged at any time. While the broker is unavailable the writer waits
    (with one log line), then sends again what was not acknowledged; ServiceUnavailable after
    `kafka.retry_timeout_seconds` of silence, or when the broker rejects a record. A BadInput from `messages` is raised
    after everything before it is acknowledged.
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


def message_of(record: Record, source: str, settings: Settings) -> Message:
    """The message of a record: notices and tweets have a topic each."""
    kafka = settings.kafka
    topic = kafka.compliance_topic if record.kind == COMPLIANCE else kafka.tweets_topic
    return Message(topic, record.key, record.value, headers_of(record, source))


class _Publisher:
    """A producer and its unacknowledged messages, oldest first."""

    def __init__(self, settings: Settings, acknowledged: Callable[[], None]) -> None:
        self._settings, self._acknowledged = settings, acknowledged
        self._pending: deque[tuple[Message, Any]] = deque()
        self._pending_bytes = 0
        self._outcome = Event()
        self._waiting_since = time.monotonic()
        self._has_warned = False
        self._producer = open_producer(settings)
        self.count = 0

    def send(self, message: Message) -> None:
        """Send one message; waits while too many bytes are in flight."""
        self.settle()
        while self._pending and self._pending_bytes + message.size > self._settings.kafka.max_in_flight_bytes:
            self._settle_oldest()
        if not self._pending:
            self._waiting_since = time.monotonic()
        self._pending.append((message, None))
        self._pending_bytes += message.size
        try:
            self._produce(len(self._pending) - 1)
        except kafka_errors.KafkaError as error:
            self._recover(error, message)

    def drain(self) -> None:
        """Wait until everything is acknowledged."""
        while self._pending:
            self._settle_oldest()

    def close(self) -> None:
        """Close the producer; messages not acknowledged by now stay so."""
        close_producer(self._producer)

    def _produce(self, index: int) -> None:
        """Pass the message at `index` to the producer; raises its KafkaError when it cannot accept it."""
        message = self._pending[index][0]
        future = self._producer.send(message.topic, message.value, message.key, message.headers)
        future.add_both(lambda *_: self._outcome.set())
        self._pending[index] = (message, future)

    def settle(self) -> None:
        """Process what is acknowledged by now."""
        while self._pending and self._pending[0][1].is_done:
            self._settle_oldest()
        if self._pending:
            self._watch_silence()

    def _settle_oldest(self) -> None:
        """Wait for the oldest message; then count it, or send it and those after it again."""
        message, future = self._pending[0]
        while not future.is_done:
            self._outcome.clear()
            if not future.is_done:
                self._outcome.wait(0.5)
            self._watch_silence()
        if future.failed():
            self._recover(future.exception, message)
            return
        self._pending.popleft()
        self._pending_bytes -= message.size
        self.count += 1
        self._note_answer()
        self._acknowledged()

    def _recover(self, error: Exception, message: Message) -> None:
        """Open a new producer and send everything pending again; ServiceUnavailable for an error that stays."""
        self._raise_if_final(error, message)
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
            for index in range(len(self._pending)):
                message = self._pending[index][0]
                self._produce(index)
        except ServiceUnavailable as unavailable_error:
            self._raise_if_final(unavailable_error.__cause__, message)
            return False
        except kafka_errors.KafkaError as error:
            self._raise_if_final(error, message)
            return False
        return True

    def _raise_if_final(self, error: BaseException | None, message: Message) -> None:
        """ServiceUnavailable for an error that no retry can repair."""
        if not is_recoverable(error):
            raise unavailable(self._settings, error, message) from error

    def _watch_silence(self) -> None:
        silence = time.monotonic() - self._waiting_since
        if silence > self._settings.kafka.retry_timeout_seconds:
            raise ServiceUnavailable(
                f"Kafka at {self._settings.endpoint('kafka')} has not answered for {silence:.0f} s; what it "
                "acknowledged is recorded: start again to continue from there"
            )
        if silence > _SILENCE_SECONDS and not self._has_warned:
            self._has_warned = True
            address = self._settings.endpoint("kafka")
            logger.warning("Kafka at %s does not answer; %d records wait for it", address, len(self._pending))

    def _note_answer(self) -> None:
        if self._has_warned:
            logger.info("Kafka answers again after %.0f s", time.monotonic() - self._waiting_since)
        self._has_warned = False
        self._waiting_since = time.monotonic()
