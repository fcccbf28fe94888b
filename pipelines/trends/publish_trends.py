"""gold.brand_trends -> MongoDB `trends`: one document per window, `_id` `<brand>:<window>:<start>`, sorted by time."""

import logging

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.settings import Settings
from pipelines.sinks.mongo import publish_snapshot
from pipelines.sources.lake import read_table, table_version

logger = logging.getLogger("brandpulse.publish_trends")

NAME, TABLE = "trends", "gold.brand_trends"
INDEXES = ([("brand", 1), ("window", 1), ("started_at", -1)],)


def run(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Publish the trends of all brands: a snapshot is always complete, so `--brand` has no effect."""
    documents = read_table(spark, settings, TABLE).transform(with_document_id)
    if options.dry_run:
        logger.info("dry run: %d documents would be published as %s", documents.count(), NAME)
        return
    about = {"as_of": options.as_of, "table_version": table_version(spark, settings, TABLE)}
    publish_snapshot(documents, settings, NAME, options.run_id, INDEXES, about)


def with_document_id(trends: DataFrame) -> DataFrame:
    start = F.date_format("started_at", "yyyy-MM-dd'T'HH'Z'")
    return trends.withColumn("_id", F.concat_ws(":", "brand", "window", start))
