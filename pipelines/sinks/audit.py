"""restricted.audit_log: who looked somebody up, why, how much was found, and in which file it left.

Only ever added to; a row loses its `path` once the file is gone. Whoever exports holds the table's lock, and notes it
before the first byte leaves: a kill can leave a note without a file, never a file without a note.
"""

import getpass
from collections.abc import Sequence
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.settings import Settings
from pipelines.sinks.lake import append_rows, create_table, merge_columns

TABLE = "restricted.audit_log"


def write_audit(
    subjects: DataFrame,
    settings: Settings,
    action: str,
    purpose: str,
    row_count: int,
    object_count: int = 0,
    path: Path | None = None,
) -> None:
    """One row for each author of `subjects` [author_key]; the actor is the user that the process runs as."""
    create_table(subjects.sparkSession, settings, TABLE)
    noted = {
        "at": F.current_timestamp(),
        "action": F.lit(action),
        "actor": F.lit(getpass.getuser()),
        "purpose": F.lit(purpose),
        "subject_key": F.col("author_key"),
        "row_count": F.lit(row_count),
        "object_count": F.lit(object_count),
        "path": F.lit(str(path.resolve()) if path else None),
    }
    append_rows(subjects.select("author_key").withColumns(noted), settings, TABLE)


def forget_paths(spark: SparkSession, settings: Settings, paths: Sequence[Path]) -> None:
    """Nothing of ours lies at `paths` any more."""
    if paths:
        gone = spark.createDataFrame([(str(path), None) for path in paths], "gone string, path string")
        merge_columns(gone, settings, TABLE, "t.path = s.gone", "true", ("path",))
