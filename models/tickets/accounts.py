"""The accounts that never open a ticket, cached for a stream: the brands' own, bots, other help desks."""

import time
from collections.abc import Callable, Mapping

from pyspark.sql import DataFrame, SparkSession

from models.privacy.pseudonyms import with_keys
from models.tickets.aim import keep_flagged


class BrandAccounts:
    """The author keys of the brands' own accounts, found by their handles in the records of mentions and replies."""

    MAX_WAIT_SECONDS = 600.0

    def __init__(self, spark: SparkSession, handles: Mapping[str, str], keys: DataFrame) -> None:
        self._spark, self._keys = spark, keys
        self._missing = dict(handles)
        self._found: list[tuple[str, str]] = []
        self._frame = self._rows()
        self._wait, self._next_at = 5.0, 0.0

    def frame(self, read: Callable[[Mapping[str, str]], DataFrame]) -> DataFrame:
        """[brand, account_key]; `read` looks for {brand: handle} of accounts that are not known yet.

        It returns [brand, account_id], one row per brand. Between two searches passes twice the time.
        """
        now = time.monotonic()
        if self._missing and now >= self._next_at:
            new = with_keys(read(self._missing), self._keys, {"account_key": "account_id"}).collect()
            self._next_at, self._wait = now + self._wait, min(self.MAX_WAIT_SECONDS, 2 * self._wait)
            if new:
                self._found += [(row["brand"], row["account_key"]) for row in new]
                known = dict(self._found)
                self._missing = {brand: handle for brand, handle in self._missing.items() if brand not in known}
                self._frame = self._rows()
        return self._frame

    def _rows(self) -> DataFrame:
        return self._spark.createDataFrame(self._found, "brand string, account_key string")


class FlaggedAuthors:
    """`keep_flagged` of the profiles, read again after `SECONDS`."""

    SECONDS = 300.0

    def __init__(self, read: Callable[[], DataFrame]) -> None:
        self._read = read
        self._frame: DataFrame | None = None
        self._read_at = 0.0

    def frame(self) -> DataFrame:
        """[author_key, account_kind], at most `SECONDS` old."""
        now = time.monotonic()
        if self._frame is None or now - self._read_at >= self.SECONDS:
            if self._frame is not None:
                self._frame.unpersist()
            self._frame, self._read_at = keep_flagged(self._read()).coalesce(1).persist(), now
            self._frame.count()
        return self._frame
