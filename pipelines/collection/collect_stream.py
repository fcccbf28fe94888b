"""X's filtered stream -> tweets.raw.v1 and compliance.v1: the bytes of each line unchanged, every gap recorded.

Three threads besides this one: the listener reads the socket into a bounded buffer, the publisher writes the buffer to
Kafka, the repairer fills gaps from recent search. While Kafka is unavailable the buffer fills, the stream is ended, and
the gap is repaired later: no tweet is dropped silently. The position follows the acknowledgements, once per second;
after a kill the next start opens a gap from there.
"""

import logging
import os
import threading
import time
from collections.abc import Iterator

from conf.command_line import Options
from conf.settings import Settings
from pipelines.sinks.kafka import message_of, publish_records
from pipelines.sinks.kafka_clients import Message, create_topics
from pipelines.sinks.metrics import Sample, serve_metrics
from pipelines.sources.collector.delivery import Delivery
from pipelines.sources.collector.gap_ledger import GapLedger
from pipelines.sources.collector.read_budget import ReadBudget
from pipelines.sources.collector.samples import figures_of
from pipelines.sources.collector.state import State, counted, save_state
from pipelines.sources.collector.store import Store, collector_lock
from pipelines.sources.x.clock import Clock, moment_of
from pipelines.sources.x.rule_guard import RuleGuard
from pipelines.sources.x.stream.buffer import Buffer
from pipelines.sources.x.stream.connection import SOURCE, open_reader
from pipelines.sources.x.stream.listener import Listener
from pipelines.sources.x.stream.rate import RateWatch
from pipelines.sources.x.stream.repair import SOURCE as REPAIR
from pipelines.sources.x.stream.repair import Repairer
from runtime.errors import JobError, ServiceUnavailable
from runtime.signals import set_when_told_to_end
from runtime.threads import Workers

logger = logging.getLogger("brandpulse.collect_stream")

LOCK = "stream"
_TICK_SECONDS = 0.05
_REPORT_SECONDS = 1.0
_GUARD_SECONDS = 60.0
_STOP_SECONDS, _JOIN_SECONDS = 3.5, 0.3


def run(settings: Settings, options: Options, stop: threading.Event | None = None) -> None:
    """Collect until SIGTERM, SIGINT or `stop`. Raises the JobErrors of `runtime.errors`.

    With --dry-run only check the token, the lock and the budget.
    """
    open_reader(settings, Buffer(1), Clock())
    with collector_lock(settings, LOCK):
        collector = Collector(settings)
        try:
            collector.check_hard_limit()
            if not options.dry_run:
                create_topics(settings)
                collector.run(stop)
        finally:
            collector.close()


class Collector:
    """The threads of the process and what they share."""

    def __init__(self, settings: Settings) -> None:
        limits = settings.collect_stream
        self._settings = settings
        self.clock = Clock(limits.clock_speed)
        self._store = Store(settings)
        self._gaps = GapLedger(self._store, SOURCE, limits.overlap_seconds)
        self._budget = ReadBudget(settings, self._store, self.clock)
        self._guard = RuleGuard(settings, self._store)
        self._buffer = Buffer(limits.buffer_bytes)
        self._reader = open_reader(settings, self._buffer, self.clock)
        self._listener = Listener(settings, self._reader, self._buffer, self._gaps, self.clock)
        self._stop = self._listener.stop
        self._repairer = Repairer(settings, self._buffer, self._gaps, self.clock, self._stop, self._count_repair)
        run_id = str(time.time_ns() // 1_000_000)
        self._delivery = Delivery(self._buffer, self._gaps, run_id, settings.kafka.max_record_bytes)
        self._rate = RateWatch(limits.low_rate_share)
        self._started_at, self._reported_at = self.clock.now(), 0.0
        self._workers = Workers(self._stop)

    def check_hard_limit(self) -> None:
        """BudgetExhausted when the hard limit is reached."""
        self._budget.check_hard_limit()

    def run(self, stop: threading.Event | None = None) -> None:
        """Collect until stopped, then deliver what is in the buffer, within 5 s."""
        self._listener.begin(self._gaps.position())
        with serve_metrics(self._settings.collect_stream.metrics_port, self.samples), set_when_told_to_end(self._stop):
            listening = self._workers.start(self._listener.run, "listener")
            self._workers.start(self._repairer.run, "repairer")
            self._workers.start(self._enforce_budget, "budget")
            publisher = self._workers.start(self._publish, "publisher")
            self._supervise(publisher, stop)
            listening.join(_JOIN_SECONDS)  # it records the gap that begins now
        self._end(publisher)

    def close(self) -> None:
        self._budget.save()
        self._store.close()

    def state(self) -> State:
        delivery, newest = self._delivery, self._delivery.position.tweet_id
        return State(
            pid=os.getpid(),
            source=SOURCE,
            started_at=self._started_at,
            written_at=self.clock.now(),
            is_connected=self._reader.is_open,
            received=self._reader.received,
            received_bytes=self._reader.received_bytes,
            delivered=delivery.delivered,
            repaired=self._repairer.found,
            waiting=self._buffer.depth,
            waiting_bytes=self._buffer.buffered_bytes,
            under_way=delivery.under_way,
            connects=self._listener.connects,
            rate=self._rate.rate,
            lag=max(0.0, self.clock.now() - moment_of(newest)) if newest else 0.0,
            latency_p50=delivery.latencies.percentile(0.5),
            latency_p99=delivery.latencies.percentile(0.99),
            endings=counted(self._listener.endings),
        )

    def samples(self) -> list[Sample]:
        """What Prometheus reads."""
        return [Sample(*figure) for figure in figures_of(self.state(), self._gaps.gaps(), self._budget.spending())]

    def _publish(self) -> None:
        publish_records(self._settings, self._messages(), self._delivery.acknowledged)

    def _messages(self) -> Iterator[Message | None]:
        for each in self._delivery.records(self._is_over, self._idle_at, self._count_stream):
            yield None if each is None else message_of(*each, self._settings)

    def _is_over(self) -> bool:
        return self._stop.is_set() and not self._reader.is_open

    def _idle_at(self) -> float:
        return self._listener.idle_at if self._listener.connects else 0.0

    def _count_stream(self, tweet_id: int) -> None:
        self._budget.count(SOURCE, (tweet_id,))

    def _count_repair(self, ids: list[int]) -> None:
        self._budget.count(REPAIR, ids)

    def _supervise(self, publisher: threading.Thread, stop: threading.Event | None) -> None:
        deadline: float | None = None
        while publisher.is_alive() and (deadline is None or time.monotonic() < deadline):
            publisher.join(_TICK_SECONDS)
            if stop is not None and stop.is_set():
                self._stop.set()
            if self._stop.is_set() and deadline is None:
                deadline = time.monotonic() + _STOP_SECONDS
            self._listener.watch()
            if time.monotonic() - self._reported_at > _REPORT_SECONDS:
                self._reported_at = time.monotonic()
                self._report()

    def _report(self) -> None:
        """Once per second: save the state and the budget, check the rate."""
        save_state(self._store, self.state())
        self._budget.save()
        change = self._rate.update(self.clock.elapsed(), self._reader.received)
        if change:
            level = logging.WARNING if change == "low" else logging.INFO
            logger.log(level, "stream rate is %s tweets_per_second=%.2f", change, self._rate.rate)

    def _enforce_budget(self) -> None:
        """Once per minute: report what is used, remove or restore rules, end at the hard limit."""
        while not self._stop.is_set():
            spending = self._budget.spending()
            self._budget.alert(spending)
            self._budget.check_hard_limit()
            try:
                self._guard.apply(self._budget.level(spending))
            except JobError as error:
                logger.warning("the rules could not be changed: %s", error)
            self.clock.wait(self._stop, _GUARD_SECONDS)

    def _end(self, publisher: threading.Thread) -> None:
        is_whole = not publisher.is_alive() and not self._delivery.under_way
        self._delivery.save(is_clean=is_whole)
        save_state(self._store, self.state())
        errors = [error for error in (self._listener.error, *self._workers.errors) if error]
        if errors:
            raise errors[0]
        if not is_whole:
            raise ServiceUnavailable(
                f"Kafka did not acknowledge {self._delivery.under_way + self._buffer.depth} records within "
                f"{_STOP_SECONDS:g} s; the next start repairs what is missing"
            )
        logger.info("stopped received=%d delivered=%d", self._reader.received, self._delivery.delivered)
