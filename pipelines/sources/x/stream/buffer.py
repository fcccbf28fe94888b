"""What was read from X and waits for Kafka: bounded in bytes, many writers, one reader."""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Event, Lock
from typing import NamedTuple

_OVERHEAD_BYTES = 200
_PAUSE_SECONDS = 0.05


class Item(NamedTuple):
    """One tweet or line: its bytes, where it came from, and what to do when Kafka has it.

    `tweet_id` is 0 when the line carries none; `at` is time.monotonic() when it was read from the socket; `rules` are
    the tags of the rules that found it, for answers of X that do not name them.
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
    """Never blocks the socket: `put` says no when `most_bytes` are held."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._items: SimpleQueue[Item] = SimpleQueue()
        self._lock = Lock()
        self.held_bytes = 0

    @property
    def depth(self) -> int:
        """Items that wait."""
        return self._items.qsize()

    @property
    def has_room(self) -> bool:
        """True when at least half of it is free."""
        return 2 * self.held_bytes <= self._most

    def put(self, item: Item) -> bool:
        """Take the item; False when there is no room for it."""
        with self._lock:
            if self.held_bytes and self.held_bytes + item.size > self._most:
                return False
            self.held_bytes += item.size
        self._items.put(item)
        return True

    def put_when_room(self, item: Item, stop: Event) -> bool:
        """Wait until half of the buffer is free, which leaves the rest to the stream; False when `stop` came first."""
        while not (self.has_room and self.put(item)):
            if stop.wait(_PAUSE_SECONDS):
                return False
        return True

    def get(self, seconds: float) -> Item | None:
        """The oldest item; None when none came in so many seconds."""
        try:
            item = self._items.get(timeout=seconds)
        except Empty:
            return None
        with self._lock:
            self.held_bytes -= item.size
        return item
