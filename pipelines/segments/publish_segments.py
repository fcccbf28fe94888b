"""gold.segments, gold.segment_history, gold.segment_events -> MongoDB: one snapshot each, one document per row.

`_id` is the row's key: `<brand>:<segment_id>`, with the day for `segment_history`, and with run and event for
`segment_events` (`<brand>:<run_id>:<segment_id>:<event>`).
"""

import logging

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.settings import Settings
from conf.tables import TABLES
from pipelines.sinks.mongo import publish_snapshot
from pipelines.sources.lake import read_table, table_version

logger = logging.getLogger("brandpulse.publish_segments")

NAMES = ("segments", "segment_history", "segment_events")
INDEXES = {
    "segments": ([("brand", 1), ("author_count", -1), ("_id", 1)],),
    "segment_history": ([("brand", 1), ("segment_id", 1), ("measured_on", 1)],),
    "segment_events": ([("brand", 1), ("segment_id", 1), ("run_id", 1)],),
}


def run(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Publish the segments of all brands: a snapshot is always complete, so `--brand` has no effect."""
    for name in NAMES:
        table = f"gold.{name}"
        documents = with_document_id(read_table(spark, settings, table), name)
        if options.dry_run:
            logger.info("dry run: %d documents would be published as %s", documents.count(), name)
            continue
        about = {"as_of": options.as_of, "table_version": table_version(spark, settings, table)}
        publish_snapshot(documents, settings, name, options.run_id, INDEXES[name], about)


def with_document_id(rows: DataFrame, name: str = "segments") -> DataFrame:
    """Rows of gold.`name` with `_id`, made of the table's key."""
    key = [F.col(column).cast("string") for column in TABLES[f"gold.{name}"].key]
    return rows.withColumn("_id", F.concat_ws(":", *key))
