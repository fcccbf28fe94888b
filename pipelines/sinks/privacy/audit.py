"""What we record about people's data: look-ups in restricted.audit_log, origins of erased records.

restricted.audit_log: who looked up a person, why, how many rows were found, and the file that they were exported to.
Append only, except that `exported_to` is emptied once the file is deleted. An export holds the table's lock and writes
its row before the first byte of the file: after a kill a row may lack its file, but no file lacks its row.

silver.erased_records: offsets and origin of each erased record, so that the input still reconciles.
"""

import getpass
from collections.abc import Sequence
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.schemas.shapes import OFFSETS, ORIGIN
from conf.settings import Settings
from pipelines.sinks.lake import Merge, append_rows, create_table, merge_columns, merge_rows

TABLE, ERASED = "restricted.audit_log", "silver.erased_records"


def write_audit(
    subjects: DataFrame,
    settings: Settings,
    action: str,
    purpose: str,
    row_count: int,
    object_count: int = 0,
    path: Path | None = None,
) -> None:
    """Append one row per author of `subjects` [author_key]; the actor is the user that the process runs as."""
    create_table(subjects.sparkSession, settings, TABLE)
    columns = {
        "occurred_at": F.current_timestamp(),
        "action": F.lit(action),
        "actor": F.lit(getpass.getuser()),
        "purpose": F.lit(purpose),
        "subject_key": F.col("author_key"),
        "row_count": F.lit(row_count),
        "object_count": F.lit(object_count),
        "exported_to": F.lit(str(path.resolve()) if path else None),
    }
    append_rows(subjects.select("author_key").withColumns(columns), settings, TABLE)


def clear_exported_to(spark: SparkSession, settings: Settings, paths: Sequence[Path]) -> None:
    """Empty `exported_to` of the rows that name `paths`, which are deleted or no longer ours."""
    if paths:
        deleted = spark.createDataFrame([(str(path), None) for path in paths], "path string, exported_to string")
        merge_columns(deleted, settings, TABLE, "t.exported_to = s.path", "true", ("exported_to",))


def record_erased(rows: DataFrame, settings: Settings) -> None:
    """Merge the origins of `rows` (ORIGIN columns) into silver.erased_records, each once."""
    create_table(rows.sparkSession, settings, ERASED)
    erased = rows.select(*ORIGIN).dropDuplicates([*OFFSETS]).withColumn("erased_at", F.current_timestamp()).persist()
    merge_rows(erased, settings, ERASED, Merge())
    erased.unpersist()
