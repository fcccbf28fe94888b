"""silver.erased_records: where records stood that are gone, so that the equation of the input goes on balancing."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from conf.schemas import OFFSETS, ORIGIN
from conf.settings import Settings
from pipelines.sinks.lake import Merge, create_table, merge_rows

TABLE = "silver.erased_records"


def note_erased(rows: DataFrame, settings: Settings) -> None:
    """Note where the records of `rows` stood, each once."""
    create_table(rows.sparkSession, settings, TABLE)
    noted = rows.select(*ORIGIN).dropDuplicates([*OFFSETS]).withColumn("erased_at", F.current_timestamp()).persist()
    merge_rows(noted, settings, TABLE, Merge())
    noted.unpersist()
