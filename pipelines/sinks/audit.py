"""restricted.audit_log: who looked somebody up, why, and how much was found. Only ever added to."""

import getpass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from conf.settings import Settings
from pipelines.sinks.lake import append_rows, create_table

TABLE = "restricted.audit_log"


def write_audit(
    subjects: DataFrame, settings: Settings, action: str, purpose: str, row_count: int, object_count: int = 0
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
    }
    append_rows(subjects.select("author_key").withColumns(noted), settings, TABLE)
