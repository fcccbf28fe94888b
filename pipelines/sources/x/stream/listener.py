"""The loop around the connections: connect, read until it ends, record the gap, wait as the cause requires, repeat."""

import logging
from collections import Counter
from threading import Event

from conf.settings import Settings
from pipelines.sources.collector.gap_ledger import GapLedger, Position
from pipelines.sources.x.causes import Cause
from pipelines.sources.x.clock import Clock
from pipelines.sources.x.stream.backoff import Backoff
from pipelines.sources.x.stream.buffer import Buffer
from pipelines.sources.x.stream.connection import KAFKA_UNAVAILABLE, SILENCE, STOPPED, Ending, StreamReader
from runtime.errors import JobError

logger = logging.getLogger("brandpulse.collect_stream")

KILLED = "killed"
"""The cause of a gap: the process was killed."""
_BREAKS = (SILENCE, KAFKA_UNAVAILABLE, Cause.UNREACHABLE.value)
_ROOM_SECONDS = 0.25
_ALERT_AFTER = 5


class Listener:
    """Runs in its own thread until `stop` is set, or sets it when a retry cannot help: `error` is then the reason.

    `gaps` is None where X itself sends again what was missed.
    """

    def __init__(
        self, settings: Settings, reader: StreamReader, buffer: Buffer, gaps: GapLedger | None, clock: Clock
    ) -> None:
        self._limits = settings.collect_stream
        self._reader, self._buffer, self._gaps, self._clock = reader, buffer, gaps, clock
        self._backoff = Backoff(self._limits.max_connects_per_15_minutes)
        self._rejected_since: float | None = None
        self._may_have_stale_connection = False
        self._failures = 0
        self._start_id = 0
        self.stop = Event()
        self.error: JobError | None = None
        self.endings: Counter[str] = Counter()
        """Connections and attempts, by what ended them."""
        self.connects = 0
        self.opened_at: float | None = None
        """When it first connected, in Unix seconds of X's clock."""
        reader.on_open = self._opened
        if gaps:
            reader.on_first = gaps.first_after

    @property
    def idle_at(self) -> float:
        """When X last had nothing to send, in Unix seconds of X's clock."""
        return self._clock.now() - (self._clock.elapsed() - self._reader.idle_at)

    def begin(self, position: Position | None) -> None:
        """Open the gap since the `position` of the last run, if there was a run."""
        if position is None:
            return
        self._start_id = position.tweet_id
        cause = STOPPED if position.is_clean else KILLED
        self._may_have_stale_connection = not position.is_clean
        if self._gaps:
            self._gaps.open(cause, "", position.tweet_id, position.alive_at)

    def run(self) -> None:
        """Listen until `stop` is set."""
        while not self.stop.is_set():
            if not self._wait_for_room() or self._wait(self._backoff.until_allowed(self._clock.elapsed())):
                return
            self._backoff.note_connect(self._clock.elapsed())
            ending = self._reader.listen()
            self._note(ending)
            if self._is_fatal(ending):
                self.stop.set()
                return
            reset_in = ending.failure.reset_in(self._clock.now()) if ending.failure else None
            seconds = self._backoff.after(ending.failure, ending.lasted, reset_in)
            self._wait(0.0 if self._free_own_slot(ending) else seconds)

    def watch(self) -> None:
        """End a connection that is silent for too long, or any when `stop` is set; called often."""
        if not self._reader.is_open:
            return
        if self.stop.is_set():
            self._reader.end(STOPPED)
        elif self._reader.is_silent_for(self._limits.silence_seconds):
            self._reader.end(SILENCE)

    def _opened(self) -> None:
        self.connects += 1
        self._rejected_since, self._failures = None, 0
        self.opened_at = self.opened_at or self._clock.now()
        if self._gaps:
            self._gaps.end(self._clock.now())
        logger.info("connected to the stream, connection=%d", self.connects)
        if self.stop.is_set():
            self._reader.end(STOPPED)

    def _note(self, ending: Ending) -> None:
        self.endings[ending.cause] += 1
        detail = ending.failure.detail if ending.failure else ""
        if self._gaps and ending.lasted is not None:
            last_id = max(self._start_id, self._reader.last_id)
            self._gaps.open(ending.cause, detail, last_id, self.idle_at)
        self._failures += ending.lasted is None
        level = logging.WARNING if self._failures in (1, _ALERT_AFTER) or self._failures % 20 == 0 else logging.INFO
        logger.log(
            level if ending.cause != STOPPED else logging.INFO,
            "stream ended cause=%s lasted_seconds=%.1f failures_in_a_row=%d%s",
            *(ending.cause, ending.lasted or 0.0, self._failures, f" detail={detail!r}" if detail else ""),
        )

    def _is_fatal(self, ending: Ending) -> bool:
        failure = ending.failure
        if failure is None:
            return False
        if failure.cause is Cause.TOO_MANY_CONNECTIONS:
            self._rejected_since = self._rejected_since or self._clock.elapsed()
            is_over = self._clock.elapsed() - self._rejected_since >= self._limits.slot_takeover_seconds
            self.error = failure.error() if is_over else None
        elif not failure.may_retry:
            self.error = failure.error()
        return self.error is not None

    def _free_own_slot(self, ending: Ending) -> bool:
        """True when a stale connection, which we broke or a killed run left, freed the app's only slot.

        X may keep such a slot for hours. Tried once per stale connection: another collector's must not be ended again
        and again.
        """
        if ending.lasted is not None:
            self._may_have_stale_connection = ending.cause in _BREAKS
        is_ours = self._may_have_stale_connection and ending.cause == Cause.TOO_MANY_CONNECTIONS.value
        if not is_ours:
            return False
        self._may_have_stale_connection = False
        is_free = self._reader.free_slot()
        logger.info("the slot of the last connection is %s", "free again" if is_free else "still taken")
        return is_free

    def _wait_for_room(self) -> bool:
        """False when `stop` came first. While Kafka is unavailable nothing is read that the buffer could not store."""
        while not self._buffer.has_room:
            if self.stop.wait(_ROOM_SECONDS):
                return False
        return not self.stop.is_set()

    def _wait(self, seconds: float) -> bool:
        return self._clock.wait(self.stop, seconds)
