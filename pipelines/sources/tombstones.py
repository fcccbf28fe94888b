"""restricted.tombstones for the stream: small, kept in memory, looked at again now and then."""

import time

from pyspark.sql import DataFrame, SparkSession

from conf.settings import Settings
from models.tombstones import build_index
from pipelines.sources.lake import read_table

TABLE = "restricted.tombstones"


class Tombstones:
    """The index of what was erased; a batch costs nothing while there is nothing."""

    def __init__(self, spark: SparkSession, settings: Settings) -> None:
        self._spark, self._settings = spark, settings
        self._index: DataFrame | None = None
        self._read_at: float | None = None

    def index(self) -> DataFrame | None:
        """As `models.tombstones.build_index` makes it, at most `tombstones_seconds` old; None where it is empty."""
        now = time.monotonic()
        if self._read_at is None or now - self._read_at >= self._settings.erase_tweets.tombstones_seconds:
            self._read(now)
        return self._index

    def _read(self, now: float) -> None:
        old, self._read_at = self._index, now
        found = read_table(self._spark, self._settings, TABLE).transform(build_index).coalesce(1).persist()
        self._index = found if found.count() else None
        if old is not None:
            old.unpersist()
