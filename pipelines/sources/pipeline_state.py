"""gold.run_marks: how far a hop came in the table that it follows."""

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from conf.pipeline_state import Mark
from conf.settings import Settings
from pipelines.sources.lake import read_table


def read_mark(spark: SparkSession, settings: Settings, hop: str) -> Mark | None:
    """How far the hop's last run came; None before the first."""
    rows = read_table(spark, settings, "gold.run_marks").where(F.col("hop") == hop)
    found = rows.select("source_version", "as_of", "run_id", "rules").collect()
    return Mark(*found[0]) if found else None
