"""Files of the lake's tables and streams: compaction, VACUUM, deletion."""

from delta.tables import DeltaTable
from pyspark.sql import SparkSession

from conf.session import HadoopFiles, hadoop_path
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
    files, path = hadoop_path(spark, table_path(settings, name))
    files.delete(path, True)


def find_checkpoints(spark: SparkSession, settings: Settings) -> list[str]:
    """The queries with offsets under `lake.checkpoints`, on any file system."""
    files = HadoopFiles(spark, settings.lake.checkpoints)
    return sorted(name for name in files.folders("") if "offsets" in files.folders(name))


def drop_checkpoint(spark: SparkSession, settings: Settings, query: str) -> None:
    files, path = hadoop_path(spark, checkpoint_path(settings, query))
    files.delete(path, True)
