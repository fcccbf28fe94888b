"""From the buffer to Kafka's records, and from acknowledgements to the position. Used by the publisher's thread."""

import time
from collections import deque
from collections.abc import Callable, Iterator

from pipelines.sources.archive.record import Record
from pipelines.sources.collector.gap_ledger import GapLedger, Position
from pipelines.sources.collector.state import Latencies
from pipelines.sources.x.record import records_of
from pipelines.sources.x.stream.buffer import Buffer, Item
from pipelines.sources.x.stream.connection import SOURCE

_SAVE_SECONDS = 1.0
_POLL_SECONDS = 0.05


class Delivery:
    """Records in the order of the buffer; their acknowledgements arrive in the same order."""

    def __init__(self, buffer: Buffer, gaps: GapLedger, run: str, max_record_bytes: int) -> None:
        self._buffer, self._gaps, self._run, self._max_record_bytes = buffer, gaps, run, max_record_bytes
        self._under_way: deque[Item | None] = deque()  # None for a record that another one of its item follows
        self._saved: Position | None = None
        self._saved_at = 0.0
        self.position = gaps.position() or Position(0, 0.0, is_clean=True)
        self.delivered = 0
        self.latencies = Latencies()

    @property
    def under_way(self) -> int:
        """Number of records that are sent but not acknowledged yet."""
        return len(self._under_way)

    def records(
        self, is_over: Callable[[], bool], idle_at: Callable[[], float], count_read: Callable[[int], None]
    ) -> Iterator[tuple[Record, str] | None]:
        """Records with their source until `is_over` and the buffer is empty; None when none came for a moment."""
        number = 0
        while True:
            idle, over = idle_at(), is_over()
            item = self._buffer.get(_POLL_SECONDS)
            if item is None:
                if over:
                    return
                self._note_idle(idle)
                yield None
                continue
            number += 1
            if item.source == SOURCE and item.tweet_id:
                count_read(item.tweet_id)
            records = records_of(item, self._run, number, self._max_record_bytes)
            self._under_way.extend([*[None] * (len(records) - 1), item])
            for record in records:
                yield record, item.source

    def acknowledged(self) -> None:
        """Kafka has acknowledged the oldest record under way."""
        item = self._under_way.popleft()
        if item is None:
            return
        self.delivered += 1
        if item.source == SOURCE:
            self.latencies.add(time.monotonic() - item.at)
            if item.tweet_id > self.position.tweet_id:
                self.position = Position(item.tweet_id, self.position.alive_at, is_clean=False)
        if item.done:
            item.done()
        self._save_sometimes()

    def save(self, *, is_clean: bool) -> None:
        """Save the position if it has changed since the last time."""
        position = Position(self.position.tweet_id, self.position.alive_at, is_clean)
        if position != self._saved and (position.tweet_id or position.alive_at):
            self._gaps.save(position)
            self._saved = position
        self._saved_at = time.monotonic()

    def _note_idle(self, idle: float) -> None:
        """`idle`: when X last had nothing to send, read before the buffer was found empty."""
        if not self._under_way and idle > self.position.alive_at:
            self.position = Position(self.position.tweet_id, idle, is_clean=False)
        self._save_sometimes()

    def _save_sometimes(self) -> None:
        if time.monotonic() - self._saved_at > _SAVE_SECONDS:
            self.save(is_clean=False)
