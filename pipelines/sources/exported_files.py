"""restricted.audit_log -> the exported files that still exist, and whom they are about."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

AUTHOR_DATA, AUDIENCE = "export_author_data", "export_audience"
"""The actions that write files about people: a folder of an author's own rows, a file of hashed account ids."""


@dataclass(frozen=True)
class Exported:
    """A file or folder that was written: by which action, when, and about whom (author keys; only of a data export)."""

    path: Path
    action: str
    occurred_at: datetime
    subjects: frozenset[str]

    @property
    def campaign(self) -> str:
        """The campaign of an audience, which names its file."""
        return self.path.name.removesuffix(".csv")


def read_exported(log: DataFrame) -> list[Exported]:
    """RESTRICTED_AUDIT_LOG rows -> the last export to each path."""
    exports = log.where("exported_to IS NOT NULL").groupBy("exported_to", "action", "occurred_at")
    subjects = F.collect_set(F.when(F.col("action") == AUTHOR_DATA, F.col("subject_key"))).alias("subjects")
    last = exports.agg(subjects).groupBy("exported_to").agg(F.max_by(F.struct("*"), "occurred_at").alias("last"))
    return [
        Exported(Path(row["exported_to"]), row["action"], row["occurred_at"], frozenset(row["subjects"]))
        for row in last.select("last.*").orderBy("exported_to").collect()
    ]
