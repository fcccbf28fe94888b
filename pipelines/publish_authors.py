"""gold.author_profiles, gold.author_segments -> MongoDB `author_profiles`: one document an author and brand.

`_id` is `<brand>:<author_key>`; the columns of the profile keep their names, and segment_id and distance_score stand
beside them (null where the brand has no segments). Authors are known by their key alone: no id, no handle.
"""

import logging

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.settings import Settings
from pipelines.sinks.mongo import publish_snapshot
from pipelines.sources.lake import read_table, table_version

logger = logging.getLogger("brandpulse.publish_authors")

NAME = "author_profiles"
INDEXES = (
    [("brand", 1), ("segment_id", 1), ("_id", 1)],
    [("brand", 1), ("sentiment_mean", 1), ("_id", 1)],
    [("brand", 1), ("followers_count", -1), ("_id", 1)],
)


def run(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Publish every brand's profiles: a snapshot is always whole, so `--brand` does not narrow it."""
    profiles = read_table(spark, settings, "gold.author_profiles")
    documents = profiles.transform(lambda df: with_segment(df, read_table(spark, settings, "gold.author_segments")))
    if options.dry_run:
        logger.info("dry run: %d documents would be published as %s", documents.count(), NAME)
        return
    about = {"as_of": options.as_of, "table_version": table_version(spark, settings, "gold.author_profiles")}
    publish_snapshot(documents, settings, NAME, options.run_id, INDEXES, about)


def with_segment(profiles: DataFrame, members: DataFrame) -> DataFrame:
    """Profiles as documents: `_id`, and the author's segment where there is one."""
    segments = members.select("brand", "author_key", "segment_id", "distance_score")
    return profiles.join(segments, ["brand", "author_key"], "left").withColumn(
        "_id", F.concat_ws(":", "brand", "author_key")
    )
