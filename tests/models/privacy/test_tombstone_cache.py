"""The stream hears of new tombstones when its time is over, and not before."""

from pyspark.sql import DataFrame, SparkSession

from conf.schemas import RESTRICTED_TOMBSTONES
from models.privacy.tombstone_cache import Tombstones

STONE = ("tweet", "k", "drop", "tweet", "k", None, None, None)


def test_the_table_is_read_again_when_the_time_is_over(spark: SparkSession) -> None:
    rows: list[tuple[str | None, ...]] = []

    def read() -> DataFrame:
        return spark.createDataFrame(rows, RESTRICTED_TOMBSTONES)

    kept, at_once = Tombstones(read, 1000), Tombstones(read, 0)
    assert kept.index() is None and at_once.index() is None
    rows.append(STONE)
    found = at_once.index()
    assert kept.index() is None and found is not None
    assert [(row["subject_key"], row["is_erased"]) for row in found.collect()] == [("k", True)]
    rows.clear()
    assert at_once.index() is None
