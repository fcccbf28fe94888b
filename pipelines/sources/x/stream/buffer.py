"""The buffer between X and Kafka: bounded in bytes, many writers, one reader."""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Event, Lock
from typing import NamedTuple

_OVERHEAD_BYTES = 200
_PAUSE_SECONDS = 0.05


class Item(NamedTuple):
    """One tweet or line: its bytes, its source, and what to call when Kafka has acknowledged it.

    `tweet_id` is 0 when the line has none; `at` is time.monotonic() when it was read from the socket; `rules` are the
    tags of the rules that found it, for responses that do not name them.
    """

    value: bytes
    tweet_id: int
    source: str
    at: float
    rules: tuple[str, ...] = ()
    done: Callable[[], None] | None = None

    @property
    def size(self) -> int:
        return len(self.value) + _OVERHEAD_BYTES


class Buffer:
    """Never blocks the socket: `put` returns False when `max_bytes` are in the buffer."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._items: SimpleQueue[Item] = SimpleQueue()
        self._lock = Lock()
        self.buffered_bytes = 0

    @property
    def depth(self) -> int:
        """Items in the buffer."""
        return self._items.qsize()

    @property
    def has_room(self) -> bool:
        """True when at least half of the buffer is free."""
        return 2 * self.buffered_bytes <= self._max_bytes

    def put(self, item: Item) -> bool:
        """Add the item; False when there is no room for it."""
        with self._lock:
            if self.buffered_bytes and self.buffered_bytes + item.size > self._max_bytes:
                return False
            self.buffered_bytes += item.size
        self._items.put(item)
        return True

    def put_when_room(self, item: Item, stop: Event) -> bool:
        """Wait until half of the buffer is free (the rest is for the stream), then add; False if `stop` came first."""
        while not (self.has_room and self.put(item)):
            if stop.wait(_PAUSE_SECONDS):
                return False
        return True

    def get(self, seconds: float) -> Item | None:
        """Remove the oldest item; None when none came within `seconds`."""
        try:
            item = self._items.get(timeout=seconds)
        except Empty:
            return None
        with self._lock:
            self.buffered_bytes -= item.size
        return item
