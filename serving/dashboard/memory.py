"""What a page showed last, for when the document store is unavailable: the same figures again, marked stale.

Per process, and never for pages about persons: an erased author must not live on here.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from runtime.errors import MissingPrerequisite, ServiceUnavailable

MOST_PAGES = 200
PAUSE_SECONDS = 5.0
"""After a failure the store is left alone for so long: a page that waited for it in vain would be slow each time."""
UNAVAILABLE = (ServiceUnavailable, MissingPrerequisite)
Content = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """A page's content and when it was read; `is_stale`: it could not be read again."""

    content: Content
    read_at: datetime
    is_stale: bool = False


class Memory:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._shown: OrderedDict[str, Shown] = OrderedDict()
        self._failed_at = float("-inf")
        self._lock = threading.Lock()

    def read(self, key: str, read: Callable[[], Content], *, keep: bool = True) -> Shown:
        """What `read` returns now, else what it returned last under this key; UNAVAILABLE if that is nothing."""
        known = self._shown.get(key)
        if self._clock() - self._failed_at < PAUSE_SECONDS:
            return self._again(known, ServiceUnavailable("MongoDB has just been found unavailable"))
        try:
            shown = Shown(read(), datetime.now(UTC))
        except UNAVAILABLE as error:
            self._failed_at = self._clock()
            return self._again(known, error)
        if keep:
            self._remember(key, shown)
        return shown

    def forget(self) -> None:
        self._shown.clear()
        self._failed_at = float("-inf")

    def _again(self, known: Shown | None, error: Exception) -> Shown:
        if known is None:
            raise error
        return Shown(known.content, known.read_at, is_stale=True)

    def _remember(self, key: str, shown: Shown) -> None:
        with self._lock:
            self._shown[key] = shown
            self._shown.move_to_end(key)
            while len(self._shown) > MOST_PAGES:
                self._shown.popitem(last=False)


MEMORY = Memory()
