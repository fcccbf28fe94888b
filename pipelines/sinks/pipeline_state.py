"""gold.run_marks: note how far a hop came."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pyspark.sql import SparkSession

from conf.pipeline_state import Mark
from conf.schemas import GOLD_RUN_MARKS
from conf.settings import Settings
from conf.tables import table_path
from pipelines.sinks.lake import Merge, create_table, merge_rows
from runtime.key_chain import MARK, fingerprint

TABLE = "gold.run_marks"


def write_mark(spark: SparkSession, settings: Settings, hop: str, mark: Mark) -> None:
    """Note it, in the place of what was noted before."""
    create_table(spark, settings, TABLE)
    row = (hop, mark.source_version, mark.as_of, mark.run_id, mark.rules)
    merge_rows(spark.createDataFrame([row], GOLD_RUN_MARKS), settings, TABLE, Merge(gains="true"))


def note_secrets(spark: SparkSession, settings: Settings, secrets: Sequence[str]) -> None:
    """Note the secrets that a new lake's author keys are made with; a note that is there stays."""
    create_table(spark, settings, TABLE)
    marks = spark.read.format("delta").load(table_path(settings, TABLE))
    if marks.where(marks["hop"] == MARK).isEmpty():
        write_mark(spark, settings, MARK, Mark(len(secrets), datetime.now(UTC), 0, fingerprint(secrets)))
