"""X's Enterprise compliance streams, one connection per partition: events as X sent them into the shared buffer.

After a disconnect X sends again what came since the last acknowledged moment (`start_time`), so no gap is recorded or
repaired: a repeated event is recognised by its content.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tweepy.streaming import BaseStream

from conf.settings import Settings
from pipelines.sources.x.clients import open_stream
from pipelines.sources.x.clock import Clock
from pipelines.sources.x.stream.buffer import Buffer, Item
from pipelines.sources.x.stream.connection import KAFKA_UNAVAILABLE, StreamReader
from pipelines.sources.x.stream.lines import is_about_the_stream

logger = logging.getLogger("brandpulse.collect_compliance")

PARTITIONS = (1, 2, 3, 4)
RECOVERY_SECONDS = 86_400.0
"""How far back X can send missed events."""
_MARGIN_SECONDS = 60.0


@dataclass(frozen=True)
class Partition:
    """One of the four parts of a stream; `kind` is tweets or users."""

    kind: str
    number: int

    @property
    def source(self) -> str:
        """Its name in positions and in the buffer."""
        return f"x:compliance:{self.kind}:{self.number}"


class EventReader(StreamReader):
    """Reads one partition, one connection after another; `since()` gives the start in Unix seconds, or None."""

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
        """Connect to the partition instead of the filtered stream."""
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
            self.end(KAFKA_UNAVAILABLE)

    def free_slot(self) -> bool:
        """X can only end all partitions of a stream at once, so the others' connections are left alone."""
        return False

    def _start(self) -> dict[str, str]:
        since = self._since()
        if since is None:
            return {}
        oldest = self._clock.now() - RECOVERY_SECONDS + _MARGIN_SECONDS
        if since < oldest:
            logger.warning(
                "%s: events of %.1f h are too old for X to send again; batch jobs find them",
                *(self._partition.source, (oldest - since) / 3600),
            )
        return {"start_time": f"{datetime.fromtimestamp(max(since, oldest), UTC):%Y-%m-%dT%H:%M:%SZ}"}


def open_event_reader(
    settings: Settings, partition: Partition, since: Callable[[], float | None], buffer: Buffer, clock: Clock
) -> EventReader:
    """A reader that is not connected yet; MissingPrerequisite without the bearer token."""
    readers: list[EventReader] = []

    def seen(status: int, headers: Mapping[str, str], body: bytes) -> None:
        readers[0].note_response(status, headers, body)

    arguments: dict[str, Any] = {"partition": partition, "since": since, "buffer": buffer, "clock": clock}
    readers.append(open_stream(settings, EventReader, seen, **arguments))
    return readers[0]
