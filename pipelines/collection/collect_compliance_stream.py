"""X's Enterprise compliance streams -> compliance.v1: all partitions of the configured streams, lines as X sent them.

One listener per partition fills the shared buffer, one publisher writes it to Kafka. The position of a partition is the
moment up to which everything is acknowledged; after a disconnect or a kill X sends again what came since then.
"""

import hashlib
import logging
import threading
import time
from collections import deque
from collections.abc import Iterator

from conf.command_line import Options
from conf.settings import Settings
from pipelines.sinks.kafka import message_of, publish_records
from pipelines.sinks.kafka_clients import Message, create_topics
from pipelines.sources.collector.gap_ledger import GapLedger, Position
from pipelines.sources.collector.store import Store, collector_lock
from pipelines.sources.x.clock import Clock
from pipelines.sources.x.compliance import event_record, stream_event
from pipelines.sources.x.stream.buffer import Buffer, Item
from pipelines.sources.x.stream.compliance import PARTITIONS, Partition, open_event_reader
from pipelines.sources.x.stream.listener import Listener
from runtime.errors import ServiceUnavailable, UsageError
from runtime.signals import set_when_told_to_end
from runtime.threads import Workers

logger = logging.getLogger("brandpulse.collect_compliance")

SOURCE = "x:compliance:stream"
LOCK = "compliance-stream"
_TICK_SECONDS, _SAVE_SECONDS = 0.05, 1.0
_STOP_SECONDS = 4.0


def run(settings: Settings, options: Options, stop: threading.Event | None = None) -> None:
    """Collect until SIGTERM, SIGINT or `stop`; --dry-run checks the token. UsageError when no stream is configured."""
    if not settings.collect_compliance.streams:
        raise UsageError(
            "collect_compliance.streams is empty: with an Enterprise account set it to [tweets, users]; "
            "other accounts use --source jobs and --source lookup"
        )
    with collector_lock(settings, LOCK):
        collector = _Collector(settings)
        try:
            if not options.dry_run:
                create_topics(settings)
                collector.run(stop or threading.Event())
        finally:
            collector.close()


class _Listening:
    """One partition: its listener, and up to when its events are acknowledged (Unix seconds of X's clock, or None)."""

    def __init__(self, settings: Settings, store: Store, partition: Partition, buffer: Buffer, clock: Clock) -> None:
        self.ledger = GapLedger(store, partition.source, 0.0)  # for the position alone
        self.start = self.ledger.position()
        self._acknowledged_at = self.start.alive_at if self.start else None
        self._overlap = settings.collect_compliance.overlap_seconds
        self.reader = open_event_reader(settings, partition, self._since, buffer, clock)
        self.listener = Listener(settings, self.reader, buffer, None, clock)
        self.partition = partition

    @property
    def complete_until(self) -> float | None:
        """Before the first acknowledgement this is the moment of the first connection."""
        return self.listener.opened_at if self._acknowledged_at is None else self._acknowledged_at

    def reached(self, moment: float) -> None:
        """Everything up to `moment` is acknowledged."""
        self._acknowledged_at = max(self._acknowledged_at or 0.0, moment)

    def _since(self) -> float | None:
        known = self.complete_until
        return None if known is None else known - self._overlap


class _Collector:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clock = Clock(settings.collect_stream.clock_speed)
        self._store = Store(settings)
        self._buffer = Buffer(settings.collect_stream.buffer_bytes)
        wanted = [Partition(kind, number) for kind in settings.collect_compliance.streams for number in PARTITIONS]
        made = [_Listening(settings, self._store, each, self._buffer, self._clock) for each in wanted]
        self._all = {each.partition.source: each for each in made}
        self._in_flight: deque[tuple[str, float]] = deque()
        self._stop = threading.Event()
        self._workers = Workers(self._stop)
        self._saved_at, self.delivered = 0.0, 0

    def run(self, stop: threading.Event) -> None:
        """Collect until stopped, then deliver what is in the buffer, within 5 s."""
        for each in self._all.values():
            each.listener.begin(each.start)
            self._workers.start(each.listener.run)
        publisher = self._workers.start(self._publish)
        with set_when_told_to_end(stop):
            self._supervise(publisher, stop)
        is_whole = not publisher.is_alive() and not self._in_flight
        self._save(is_clean=is_whole)
        errors = [each.listener.error for each in self._all.values() if each.listener.error] + self._workers.errors
        if errors:
            raise errors[0]
        if not is_whole:
            raise ServiceUnavailable("Kafka did not acknowledge all events in time; the next start collects them again")
        logger.info("stopped delivered=%d", self.delivered)

    def close(self) -> None:
        self._store.close()

    def _supervise(self, publisher: threading.Thread, stop: threading.Event) -> None:
        deadline: float | None = None
        while publisher.is_alive() and (deadline is None or time.monotonic() < deadline):
            publisher.join(_TICK_SECONDS)
            if (stop.is_set() or self._stop.is_set()) and deadline is None:
                self._stop.set()
                deadline = time.monotonic() + _STOP_SECONDS
            for each in self._all.values():
                if self._stop.is_set():
                    each.listener.stop.set()
                each.listener.watch()

    def _publish(self) -> None:
        publish_records(self._settings, self._messages(), self._acknowledged)

    def _messages(self) -> Iterator[Message | None]:
        while True:
            idle = {each: each.listener.idle_at for each in self._all.values() if each.listener.connects}
            is_over = self._stop.is_set() and not any(each.reader.is_open for each in self._all.values())
            item = self._buffer.get(_TICK_SECONDS)
            if item is not None:
                yield self._message(item)
            elif is_over:
                return
            else:
                self._note_idle(idle)
                yield None

    def _message(self, item: Item) -> Message:
        moment = self._clock.now() - (time.monotonic() - item.at) * self._clock.speed
        self._in_flight.append((item.source, moment))
        kafka, digest = self._settings.kafka, hashlib.sha256(item.value).hexdigest()[:32]
        record = event_record(stream_event(item.value), digest, 1, kafka.max_record_bytes)
        return message_of(record, SOURCE, self._settings)

    def _acknowledged(self) -> None:
        source, moment = self._in_flight.popleft()
        self._all[source].reached(moment)
        self.delivered += 1
        self._save_sometimes()

    def _note_idle(self, idle: dict[_Listening, float]) -> None:
        """`idle`: when X last had nothing to send, read before the buffer was found empty."""
        if not self._in_flight:
            for each, moment in idle.items():
                each.reached(moment)
        self._save_sometimes()

    def _save_sometimes(self) -> None:
        if time.monotonic() - self._saved_at > _SAVE_SECONDS:
            self._save(is_clean=False)

    def _save(self, *, is_clean: bool) -> None:
        for each in self._all.values():
            if each.complete_until is not None:
                each.ledger.save(Position(0, each.complete_until, is_clean))
        self._saved_at = time.monotonic()
