"""gold.author_profiles, gold.author_segments -> MongoDB `author_profiles`: one document per author and brand.

`_id` is `<brand>:<author_key>`; the columns of DOCUMENT have the profile's names, and segment_id is added (null where
the brand has no segments). A document has no account id and no handle, and few, coarse figures, so that somebody who
knows a person's tweets can seldom find that person's key: amounts are rounded down to a power of ten (0 below 1),
shares are 0, 0.5 or 1, and the last tweet has only its month. The exact figures are in the lake.
"""

import logging

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.settings import Settings
from pipelines.sinks.mongo import publish_snapshot
from pipelines.sources.lake import read_table, table_version

logger = logging.getLogger("brandpulse.publish_authors")

NAME = "author_profiles"
AMOUNTS = ("tweet_count", "followers_count", "engagement_per_tweet")
SHARES = ("sentiment_mean", "complaint_share")
DOCUMENT = (
    *("brand", "author_key", *AMOUNTS, *SHARES, "top_category", "region", "last_tweet_at"),
    *("is_bot_like", "is_brand_account"),
)
INDEXES = (
    [("brand", 1), ("segment_id", 1), ("_id", 1)],
    [("brand", 1), ("sentiment_mean", 1), ("_id", 1)],
    [("brand", 1), ("followers_count", -1), ("_id", 1)],
)


def run(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Publish the profiles of all brands: a snapshot is always complete, so `--brand` has no effect."""
    profiles = read_table(spark, settings, "gold.author_profiles")
    documents = profiles.transform(coarsen).transform(
        lambda df: with_segment(df, read_table(spark, settings, "gold.author_segments"))
    )
    if options.dry_run:
        logger.info("dry run: %d documents would be published as %s", documents.count(), NAME)
        return
    about = {"as_of": options.as_of, "table_version": table_version(spark, settings, "gold.author_profiles")}
    publish_snapshot(documents, settings, NAME, options.run_id, INDEXES, about)


def coarsen(profiles: DataFrame) -> DataFrame:
    """The columns of DOCUMENT, with coarse figures."""
    kinds = {field.name: field.dataType for field in profiles.schema}
    coarse = {name: _power_of_ten(F.col(name)).cast(kinds[name]) for name in AMOUNTS}
    coarse |= {name: F.round(F.col(name) * 2) / 2 for name in SHARES}
    return profiles.withColumns(coarse | {"last_tweet_at": F.date_trunc("month", "last_tweet_at")}).select(*DOCUMENT)


def with_segment(profiles: DataFrame, members: DataFrame) -> DataFrame:
    """Add `_id` and segment_id, null for an author without a segment."""
    segments = members.select("brand", "author_key", "segment_id")
    return profiles.join(segments, ["brand", "author_key"], how="left").withColumn(
        "_id", F.concat_ws(":", "brand", "author_key")
    )


def _power_of_ten(amount: Column) -> Column:
    return F.when(amount >= 1, F.pow(F.lit(10.0), F.floor(F.log10(amount)))).when(amount.isNotNull(), F.lit(0.0))
