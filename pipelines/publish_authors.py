"""gold.author_profiles, gold.author_segments -> MongoDB `author_profiles`: one document an author and brand.

`_id` is `<brand>:<author_key>`; the columns of the profile keep their names, and segment_id and distance_score stand
beside them (null where the brand has no segments). Authors are known by their key alone: no id, no handle. Figures are
coarse, so that whoever knows a person's tweets finds it harder to tell which key is theirs: amounts have two
significant digits, shares and scores one decimal, times are days. The exact ones are in the lake.
"""

import logging

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.settings import Settings
from models.anonymity import round_figures
from pipelines.sinks.mongo import publish_snapshot
from pipelines.sources.lake import read_table, table_version

logger = logging.getLogger("brandpulse.publish_authors")

NAME = "author_profiles"
SHARES = (
    *("sentiment_mean", "positive_share", "neutral_share", "negative_share", "subjectivity_mean", "sentiment_trend"),
    *("complaint_share", "top_category_share", "reply_share", "quote_share", "retweet_share", "distinct_text_share"),
    "night_share",
)
AMOUNTS = (
    *(
        "tweet_count",
        "active_days_count",
        "complaint_count",
        "followers_count",
        "following_count",
        "account_tweet_count",
    ),
    *("audience_ratio", "account_age_days", "replied_authors_count", "engagement_per_tweet"),
)
INDEXES = (
    [("brand", 1), ("segment_id", 1), ("_id", 1)],
    [("brand", 1), ("sentiment_mean", 1), ("_id", 1)],
    [("brand", 1), ("followers_count", -1), ("_id", 1)],
)


def run(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Publish every brand's profiles: a snapshot is always whole, so `--brand` does not narrow it."""
    profiles = read_table(spark, settings, "gold.author_profiles")
    documents = profiles.transform(coarsened).transform(
        lambda df: with_segment(df, read_table(spark, settings, "gold.author_segments"))
    )
    if options.dry_run:
        logger.info("dry run: %d documents would be published as %s", documents.count(), NAME)
        return
    about = {"as_of": options.as_of, "table_version": table_version(spark, settings, "gold.author_profiles")}
    publish_snapshot(documents, settings, NAME, options.run_id, INDEXES, about)


def coarsened(profiles: DataFrame) -> DataFrame:
    """The same profiles in coarse figures."""
    days = {name: F.date_trunc("day", name) for name in ("first_tweet_at", "last_tweet_at")}
    return round_figures(profiles, shares=SHARES, amounts=AMOUNTS, decimals=1).withColumns(days)


def with_segment(profiles: DataFrame, members: DataFrame) -> DataFrame:
    """Profiles as documents: `_id`, and the author's segment where there is one."""
    segments = members.select("brand", "author_key", "segment_id", F.round("distance_score", 1).alias("distance_score"))
    return profiles.join(segments, ["brand", "author_key"], "left").withColumn(
        "_id", F.concat_ws(":", "brand", "author_key")
    )
