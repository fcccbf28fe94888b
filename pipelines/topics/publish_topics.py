"""gold.topics, gold.topic_events, gold.topic_trends, gold.cleaning_report -> MongoDB: one snapshot each.

`_id` is the row's key, for `topic_trends` `<brand>:<topic_id>:<window>:<start>` and for `cleaning_report`
`<brand>:<day>:<reason>`: so documents are sorted by time.
"""

import logging

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.settings import Settings
from conf.tables import TABLES
from pipelines.sinks.mongo import publish_snapshot
from pipelines.sources.lake import read_table, table_version

logger = logging.getLogger("brandpulse.publish_topics")

INDEXES = {
    "topics": ([("brand", 1), ("_id", 1)],),
    "topic_events": ([("brand", 1), ("topic_id", 1), ("run_id", 1)],),
    "topic_trends": ([("brand", 1), ("topic_id", 1), ("window", 1), ("started_at", 1)],),
    "cleaning_report": ([("brand", 1), ("created_on", 1)],),
}
NAMES = tuple(INDEXES)


def run(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Publish the topics of all brands: a snapshot is always complete, so `--brand` has no effect."""
    for name in NAMES:
        table = f"gold.{name}"
        documents = with_document_id(read_table(spark, settings, table), name)
        if options.dry_run:
            logger.info("dry run: %d documents would be published as %s", documents.count(), name)
            continue
        about = {"as_of": options.as_of, "table_version": table_version(spark, settings, table)}
        publish_snapshot(documents, settings, name, options.run_id, INDEXES[name], about)


def with_document_id(rows: DataFrame, name: str) -> DataFrame:
    """Rows of gold.`name` with `_id`, made of the table's key."""
    key = [
        F.date_format(column, "yyyy-MM-dd'T'HH'Z'") if column == "started_at" else F.col(column).cast("string")
        for column in TABLES[f"gold.{name}"].key
    ]
    return rows.withColumn("_id", F.concat_ws(":", *key))
