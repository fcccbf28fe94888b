"""The files behind the lake's tables: written together, freed, deleted with the table."""

from typing import Any

from delta.tables import DeltaTable
from pyspark.sql import SparkSession

from conf.settings import Settings
from conf.tables import table_path

_RETENTION_CHECK = "spark.databricks.delta.retentionDurationCheck.enabled"


def compact_table(spark: SparkSession, settings: Settings, name: str, vacuum_hours: int) -> None:
    """Write small files together, then delete files that no version of the last `vacuum_hours` needs."""
    table = DeltaTable.forPath(spark, table_path(settings, name))
    table.optimize().executeCompaction()
    table.vacuum(vacuum_hours)


def vacuum_table(spark: SparkSession, settings: Settings, name: str, hours: float) -> None:
    """Delete the files that no version of the last `hours` needs; Delta's floor of a week does not hold here."""
    spark.conf.set(_RETENTION_CHECK, "false")
    try:
        DeltaTable.forPath(spark, table_path(settings, name)).vacuum(hours)
    finally:
        spark.conf.unset(_RETENTION_CHECK)


def drop_table(spark: SparkSession, settings: Settings, name: str) -> None:
    """Delete the table with its files, its history and its log, wherever the lake lies."""
    context: Any = spark.sparkContext
    path = context._jvm.org.apache.hadoop.fs.Path(table_path(settings, name))
    path.getFileSystem(context._jsc.hadoopConfiguration()).delete(path, True)
