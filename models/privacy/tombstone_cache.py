"""Tombstones for the stream: few, kept in memory, read again now and then."""

import time
from collections.abc import Callable

from pyspark.sql import DataFrame

from models.privacy.tombstones import build_index


class Tombstones:
    """The index of what was erased; a batch costs nothing while there is nothing."""

    def __init__(self, read: Callable[[], DataFrame], seconds: float) -> None:
        self._read, self._seconds = read, seconds
        self._index: DataFrame | None = None
        self._read_at: float | None = None

    def index(self) -> DataFrame | None:
        """As `models.privacy.tombstones.build_index` makes it, at most `seconds` old; None where it is empty."""
        now = time.monotonic()
        if self._read_at is None or now - self._read_at >= self._seconds:
            self._renew(now)
        return self._index

    def _renew(self, now: float) -> None:
        old, self._read_at = self._index, now
        found = self._read().transform(build_index).coalesce(1).persist()
        self._index = found if found.count() else None
        if old is not None:
            old.unpersist()
