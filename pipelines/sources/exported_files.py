"""restricted.audit_log, read for the files that left: what still lies where, and whom it is about."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

AUTHOR_DATA, AUDIENCE = "export_author_data", "export_audience"
"""The actions that leave files about persons: a folder of an author's own rows, a file of hashed account ids."""


@dataclass(frozen=True)
class Exported:
    """A file or folder that was written: by which action, when, and about whom (author keys; of an answer alone)."""

    path: Path
    action: str
    at: datetime
    subjects: frozenset[str]

    @property
    def campaign(self) -> str:
        """The campaign that an audience is of: its file is called after it."""
        return self.path.name.removesuffix(".csv")


def read_exported(log: DataFrame) -> list[Exported]:
    """Rows of RESTRICTED_AUDIT_LOG -> what was written last at each path; nothing of a log of an older version."""
    if "path" not in log.columns:
        return []
    noted = log.where("path IS NOT NULL").groupBy("path", "action", "at")
    subjects = F.collect_set(F.when(F.col("action") == AUTHOR_DATA, F.col("subject_key")))
    last = noted.agg(subjects.alias("subjects")).groupBy("path").agg(F.max_by(F.struct("*"), "at").alias("last"))
    return [
        Exported(Path(row["path"]), row["action"], row["at"], frozenset(row["subjects"]))
        for row in last.select("last.*").orderBy("path").collect()
    ]
