"""X's Enterprise compliance streams, one connection a partition: events as X sent them into the shared buffer.

After a break X is asked for what came since the last safe moment (`start_time`), so nothing is searched and no gap is
kept: an event that comes twice is known by its content.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tweepy.streaming import BaseStream

from conf.settings import Settings
from pipelines.sources.collector.gap_ledger import GapLedger
from pipelines.sources.x.clients import open_stream
from pipelines.sources.x.clock import Clock
from pipelines.sources.x.stream.buffer import Buffer, Item
from pipelines.sources.x.stream.connection import KAFKA_AWAY, StreamReader
from pipelines.sources.x.stream.lines import is_about_the_stream

logger = logging.getLogger("brandpulse.collect_compliance")

PARTITIONS = (1, 2, 3, 4)
RECOVERY_SECONDS = 86_400.0
"""How far back X sends what was missed."""
_MARGIN_SECONDS = 60.0


@dataclass(frozen=True)
class Partition:
    """One of the four parts of a stream; `kind` is tweets or users."""

    kind: str
    number: int

    @property
    def source(self) -> str:
        """Its name in positions and headers."""
        return f"x:compliance:{self.kind}:{self.number}"


class EventLedger(GapLedger):
    """Only the position of a partition: X itself fills its gaps."""

    opened_at: float | None = None
    """When it was first open in this run, in Unix seconds of X's clock."""

    def open(self, cause: str, detail: str, last_id: int, alive_at: float) -> None:
        """Nothing to note."""

    def end(self, moment: float) -> None:
        """It is open: what comes from now on may not be missed."""
        self.opened_at = self.opened_at or moment

    def first_after(self, tweet_id: int) -> None:
        """Nothing to note."""


class EventReader(StreamReader):
    """Reads one partition, one connection after the other; `since` says from when on, in Unix seconds, or None."""

    def __init__(
        self,
        bearer_token: str,
        *,
        partition: Partition,
        since: Callable[[], float | None],
        buffer: Buffer,
        clock: Clock,
        **arguments: Any,
    ) -> None:
        super().__init__(bearer_token, buffer=buffer, clock=clock, **arguments)
        self._partition, self._since = partition, since

    def filter(self, **_: Any) -> None:
        """Connect to the partition rather than to the filtered stream."""
        self.session.headers["Authorization"] = f"Bearer {self.bearer_token}"
        url = f"https://api.twitter.com/2/{self._partition.kind}/compliance/stream"
        BaseStream._connect(self, "GET", url, params={"partition": self._partition.number, **self._start()})

    def on_data(self, raw: bytes) -> None:
        self.last_byte_at = self._last_line_at = self._clock.elapsed()
        if is_about_the_stream(raw):
            self._message = raw
        elif self._buffer.put(Item(raw, 0, self._partition.source, time.monotonic())):
            self.received += 1
            self.received_bytes += len(raw)
        else:
            self.end(KAFKA_AWAY)

    def free_slot(self) -> bool:
        """X ends all partitions of a stream at once or none: the others' connections are left alone."""
        return False

    def _start(self) -> dict[str, str]:
        since = self._since()
        if since is None:
            return {}
        oldest = self._clock.now() - RECOVERY_SECONDS + _MARGIN_SECONDS
        if since < oldest:
            logger.warning(
                "%s: events of %.1f h are older than what X sends again; batch jobs find what they said",
                *(self._partition.source, (oldest - since) / 3600),
            )
        return {"start_time": f"{datetime.fromtimestamp(max(since, oldest), UTC):%Y-%m-%dT%H:%M:%SZ}"}


def open_event_reader(
    settings: Settings, partition: Partition, since: Callable[[], float | None], buffer: Buffer, clock: Clock
) -> EventReader:
    """A reader that is not connected yet; MissingPrerequisite without the bearer token."""
    readers: list[EventReader] = []

    def seen(status: int, headers: Mapping[str, str], body: bytes) -> None:
        readers[0].note_answer(status, headers, body)

    arguments: dict[str, Any] = {"partition": partition, "since": since, "buffer": buffer, "clock": clock}
    readers.append(open_stream(settings, EventReader, seen, **arguments))
    return readers[0]
