"""Sources from the Delta lake: tables, change feeds, versions."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from delta.tables import DeltaTable
from py4j.protocol import Py4JJavaError
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, DataFrameReader, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.readwriter import DataStreamReader

from conf.settings import Settings
from conf.tables import TABLES, table_path


def table_exists(spark: SparkSession, settings: Settings, name: str) -> bool:
    """True once a job has created the table."""
    return DeltaTable.isDeltaTable(spark, table_path(settings, name))


def read_table(spark: SparkSession, settings: Settings, name: str, version: int | None = None) -> DataFrame:
    """The table now or at a version; no rows of its schema if no job has created it yet."""
    if not table_exists(spark, settings, name):
        return spark.createDataFrame([], TABLES[name].schema)
    reader = spark.read.format("delta")
    return (reader if version is None else reader.option("versionAsOf", version)).load(table_path(settings, name))


def read_changes(spark: SparkSession, settings: Settings, name: str, from_version: int) -> DataFrame:
    """Rows inserted or updated from `from_version` on, with `_change_type`, `_commit_version`, `_commit_timestamp`.

    A merged table must be followed by its change feed: `skipChangeCommits` would also skip the inserts of a commit with
    updates.
    """
    return _changes(spark.read, settings, name, from_version)


class ChangesAreGone(Exception):
    """The change feed does not reach back that far: its files were vacuumed, or its log has expired."""


@contextmanager
def following_changes() -> Iterator[None]:
    """ChangesAreGone if an action in the block finds that the change feed does not reach back that far."""
    try:
        yield
    except AnalysisException as error:
        raise ChangesAreGone(error.getErrorClass()) from error
    except Py4JJavaError as error:
        if "FileNotFoundException" not in str(error.java_exception):
            raise
        raise ChangesAreGone("files were vacuumed") from error


def read_all_changes(spark: SparkSession, settings: Settings, name: str, first: int, last: int) -> DataFrame:
    """Every row of the change feed of versions `first` to `last`, deleted and overwritten ones included; none if
    `first` is `last` + 1."""
    rows = read_table(spark, settings, name, last)
    if first > last:
        return rows.where("false").withColumn("_change_type", F.lit(""))
    feed = spark.read.format("delta").option("readChangeFeed", "true")
    return feed.option("startingVersion", first).option("endingVersion", last).load(table_path(settings, name))


def read_change_stream(
    spark: SparkSession, settings: Settings, name: str, from_version: int = 0, max_files: int = 1000
) -> DataFrame:
    """The rows of `read_changes` as a stream, in batches of at most `max_files` files or one commit."""
    return _changes(spark.readStream.option("maxFilesPerTrigger", max_files), settings, name, from_version)


def read_table_stream(spark: SparkSession, settings: Settings, name: str) -> DataFrame:
    """The present and future rows of an append-only table (bronze) as a stream; ignores deletions."""
    feed = spark.readStream.format("delta").option("readChangeFeed", "true").load(table_path(settings, name))
    return feed.where("_change_type = 'insert'").drop("_change_type", "_commit_version", "_commit_timestamp")


def table_version(spark: SparkSession, settings: Settings, name: str) -> int:
    """The version of the last commit; -1 if the table does not exist."""
    if not table_exists(spark, settings, name):
        return -1
    history = DeltaTable.forPath(spark, table_path(settings, name)).history(1)
    return int(history.agg({"version": "max"}).collect()[0][0])


def written_at(spark: SparkSession, settings: Settings, name: str) -> datetime | None:
    """The time of the last commit, in UTC; None if the table does not exist."""
    if not table_exists(spark, settings, name):
        return None
    history = DeltaTable.forPath(spark, table_path(settings, name)).history(1)
    found: datetime = history.select("timestamp").collect()[0][0]
    return found.replace(tzinfo=UTC)


def _changes(reader: DataFrameReader | DataStreamReader, settings: Settings, name: str, version: int) -> DataFrame:
    feed = reader.format("delta").option("readChangeFeed", "true").option("startingVersion", version)
    return feed.load(table_path(settings, name)).where("_change_type in ('insert', 'update_postimage')")
