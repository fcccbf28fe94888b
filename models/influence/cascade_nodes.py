"""Tweets -> nodes of conversations with their first tweet, and scored nodes -> rows of cascades and of edges."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from conf.schemas.influence import ranged
from models.influence.conversations import (
    NODE,
    OF_CASCADES,
    QUOTE,
    REPLY,
    RETWEET,
    SCORED,
    score_conversations,
)

MAX_ROUNDS = 7
"""Each round doubles the distance that is covered: conversations of up to 128 levels are whole."""
BUCKETS = 64
PARENTS = {RETWEET: "retweeted_id", QUOTE: "quoted_id", REPLY: "replied_to_id"}
_COUNTED = ("timed_retweet_count", "reply_count", "quote_count")


def parent_id() -> Column:
    """The tweet that a row of silver.tweets hangs below; null for an original one."""
    return F.coalesce(*(F.when(F.col("kind") == kind, F.col(column)) for kind, column in PARENTS.items()))


def build_nodes(tweets: DataFrame) -> DataFrame:
    """SILVER_TWEETS rows -> rows of NODE, without root_id; only tweets with a parent or a child among them."""
    about = F.when(F.col("kind") == RETWEET, F.get("mentioned_author_keys", F.lit(0)))
    about = F.coalesce(about, F.when(F.col("kind") == REPLY, F.col("replied_to_author_key")))
    brands = F.array_sort(F.array_distinct(F.array_compact(F.coalesce("brands", F.array().cast("array<string>")))))
    rows = tweets.where("created_at IS NOT NULL").select(
        "tweet_id",
        parent_id().alias("parent_id"),
        F.when(parent_id().isNotNull(), F.col("kind")).alias("basis"),
        "author_key",
        about.alias("about_author_key"),
        F.concat_ws(",", brands).alias("brands"),
        (F.unix_millis("created_at") / 1000.0).alias("seconds"),
        F.col("author.followers_count").cast("double").alias("followers_count"),
        F.col("metrics.retweet_count").cast("double").alias("retweet_count"),
    )
    named = rows.where("parent_id IS NOT NULL").select(F.col("parent_id").alias("tweet_id")).distinct()
    parents = named.withColumn("is_parent", F.lit(True))
    return rows.join(parents, "tweet_id", how="left").where("is_parent OR parent_id IS NOT NULL").drop("is_parent")


def with_root_ids(nodes: DataFrame) -> DataFrame:
    """Add root_id, the first tweet of the conversation, found by doubling: only replies and quotes are followed."""
    spoken = nodes.where(F.col("parent_id").isNotNull() & (F.col("basis") != RETWEET))
    known = spoken.select("tweet_id", F.col("parent_id").alias("top_id")).localCheckpoint(eager=False)
    for _ in range(MAX_ROUNDS):
        above = known.select(F.col("tweet_id").alias("top_id"), F.col("top_id").alias("higher_id"))
        raised = known.join(above, "top_id", how="left").localCheckpoint(eager=False)
        known = raised.select("tweet_id", F.coalesce("higher_id", "top_id").alias("top_id"))
        if raised.where("higher_id IS NOT NULL").isEmpty():
            break
    place = F.when(F.col("basis") == RETWEET, F.col("parent_id")).otherwise(F.col("tweet_id"))
    tops = known.select(F.col("tweet_id").alias("place_id"), "top_id")
    rooted = nodes.withColumn("place_id", place).join(tops, "place_id", how="left")
    return rooted.select(F.coalesce("top_id", "place_id").alias("root_id"), *nodes.columns)


def score_nodes(nodes: DataFrame) -> DataFrame:
    """Rows of NODE -> rows of SCORED. A pandas UDF, because a tree is no aggregate; many conversations per call."""
    schema = ", ".join(f"{name} {kind}" for name, kind in SCORED.items())
    bucket = F.pmod(F.xxhash64("root_id"), F.lit(BUCKETS)).alias("bucket")
    grouped = nodes.select(*NODE).groupBy(bucket)
    return grouped.applyInPandas(score_conversations, schema)


def select_edges(scored: DataFrame) -> DataFrame:
    """Rows of GOLD_CASCADE_EDGES but for the run: the nodes with a parent."""
    return scored.where("parent_id IS NOT NULL AND level > 0").select(
        *("tweet_id", "parent_id", "root_id", "basis", "author_key", "parent_author_key"),
        F.filter(F.split("brands", ","), lambda each: each != "").alias("brands"),
        F.timestamp_millis((F.col("seconds") * 1000).cast("long")).alias("created_at"),
        "level",
        F.col("followers_count").cast("long").alias("followers_count"),
        *("likely_parent_id", "parent_probability", *ranged("depth", "credit")),
    )


def select_cascades(scored: DataFrame, tweets: DataFrame) -> DataFrame:
    """Rows of GOLD_CASCADES but for the run: the nodes that something hangs below, once per brand."""
    category = F.when(F.coalesce("complaint.is_complaint", F.lit(False)), F.col("category.label"))
    own = tweets.select("tweet_id", "kind", category.alias("category"))
    is_parent = sum((F.col(name) for name in _COUNTED), F.lit(0)) > 0
    return (
        scored.where(is_parent)
        .join(own, "tweet_id", how="left")
        .withColumn("brand", F.explode(F.split("brands", ",")))
        .where("brand <> ''")
        .select(
            *("brand", "tweet_id", "root_id", "author_key", "kind", "category"),
            F.timestamp_millis((F.col("seconds") * 1000).cast("long")).alias("started_at"),
            F.coalesce("retweet_count", F.lit(0.0)).cast("long").alias("retweet_count"),
            *OF_CASCADES,
        )
    )
