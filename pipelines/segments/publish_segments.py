"""gold.segments -> MongoDB `segments`: one document per segment, `_id` `<brand>:<segment_id>`."""

import logging

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.settings import Settings
from pipelines.sinks.mongo import publish_snapshot
from pipelines.sources.lake import read_table, table_version

logger = logging.getLogger("brandpulse.publish_segments")

NAME = "segments"
INDEXES = ([("brand", 1), ("author_count", -1), ("_id", 1)],)


def run(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Publish the segments of all brands: a snapshot is always complete, so `--brand` has no effect."""
    documents = read_table(spark, settings, "gold.segments").transform(with_document_id)
    if options.dry_run:
        logger.info("dry run: %d documents would be published as %s", documents.count(), NAME)
        return
    about = {"as_of": options.as_of, "table_version": table_version(spark, settings, "gold.segments")}
    publish_snapshot(documents, settings, NAME, options.run_id, INDEXES, about)


def with_document_id(segments: DataFrame) -> DataFrame:
    return segments.withColumn("_id", F.concat_ws(":", "brand", "segment_id"))
