"""gold.run_marks: how far a hop came in the table that it follows."""

from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.schemas import GOLD_RUN_MARKS
from conf.settings import Settings
from pipelines.sources.lake import read_table

TABLE = "gold.run_marks"


@dataclass(frozen=True)
class Mark:
    """The source's version, the time that the run answered for, and the settings and formulas that it used."""

    source_version: int
    as_of: datetime
    run_id: int
    rules: str


def read_mark(spark: SparkSession, settings: Settings, hop: str) -> Mark | None:
    """How far the hop's last run came; None before the first."""
    rows = read_table(spark, settings, TABLE).where(F.col("hop") == hop)
    found = rows.select("source_version", "as_of", "run_id", "rules").collect()
    return Mark(*found[0]) if found else None


def mark_rows(spark: SparkSession, hop: str, mark: Mark) -> DataFrame:
    """The mark as a row of the table."""
    row = (hop, mark.source_version, mark.as_of, mark.run_id, mark.rules)
    return spark.createDataFrame([row], GOLD_RUN_MARKS)
