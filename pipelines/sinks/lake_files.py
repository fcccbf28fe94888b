"""Files of the lake's tables and streams: compaction, VACUUM, deletion."""

from typing import Any

from delta.tables import DeltaTable
from pyspark.sql import SparkSession

from conf.settings import Settings
from conf.tables import checkpoint_path, table_path
from pipelines.sinks.spark_conf import spark_conf

_RETENTION_CHECK = "spark.databricks.delta.retentionDurationCheck.enabled"


def compact_table(spark: SparkSession, settings: Settings, name: str, vacuum_hours: int) -> None:
    """Merge small files, then delete files that no version of the last `vacuum_hours` needs."""
    table = DeltaTable.forPath(spark, table_path(settings, name))
    table.optimize().executeCompaction()
    table.vacuum(vacuum_hours)


def vacuum_table(spark: SparkSession, settings: Settings, name: str, hours: float) -> None:
    """Delete the files that no version of the last `hours` needs, also below Delta's minimum of a week."""
    with spark_conf(spark, {_RETENTION_CHECK: "false"}):
        DeltaTable.forPath(spark, table_path(settings, name)).vacuum(hours)


def drop_table(spark: SparkSession, settings: Settings, name: str) -> None:
    """Delete the table with its files, history and log, on any file system."""
    files, path = _at(spark, table_path(settings, name))
    files.delete(path, True)


def find_checkpoints(spark: SparkSession, settings: Settings) -> list[str]:
    """The queries with offsets under `lake.checkpoints`, on any file system."""
    files, root = _at(spark, settings.lake.checkpoints)
    names = [each.getPath().getName() for each in files.listStatus(root)] if files.exists(root) else []
    return sorted(name for name in names if files.exists(_at(spark, f"{checkpoint_path(settings, name)}/offsets")[1]))


def drop_checkpoint(spark: SparkSession, settings: Settings, query: str) -> None:
    files, path = _at(spark, checkpoint_path(settings, query))
    files.delete(path, True)


def _at(spark: SparkSession, place: str) -> tuple[Any, Any]:
    """Hadoop's FileSystem and Path of a place."""
    context: Any = spark.sparkContext
    path = context._jvm.org.apache.hadoop.fs.Path(place)
    return path.getFileSystem(context._jsc.hadoopConfiguration()), path
