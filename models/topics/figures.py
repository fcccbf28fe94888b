"""What a brand's topics are now: authors, tweets, mood, and in which segments people talk about them more than others.

Every author counts once, as in the trends; a topic, and a segment within it, shows at least K authors.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from models.annotation.drift_columns import exact_mean
from models.privacy.anonymity import keep_large_cells, round_figures
from models.privacy.limits import K

KEY = ("brand", "topic_id")
MOST_SEGMENTS = 3
LIFT = 1.1
"""A segment talks about a topic when its share of the topic's authors is so many times its share of all."""


def summarise_now(tweets: DataFrame, segments: DataFrame, k: int = K) -> DataFrame:
    """Tweets with brand and topic_id (null: none) and gold.author_segments -> one row per topic of K authors."""
    share = F.col("tweets") / F.sum("tweets").over(Window.partitionBy("brand"))
    authors = tweets.groupBy(*KEY, "author_key").agg(
        F.count("*").alias("tweets"),
        exact_mean(F.col("sentiment.score")).alias("sentiment_mean"),
        exact_mean(F.col("complaint.is_complaint").cast("int")).alias("complaint_share"),
    )
    topics = (
        authors.groupBy(*KEY)
        .agg(
            F.sum("tweets").alias("tweets"),
            F.count("author_key").alias("author_count"),
            F.count(_of_known("sentiment_mean")).alias("scored"),
            exact_mean(_of_known("sentiment_mean")).alias("sentiment_mean"),
            exact_mean(_of_known("complaint_share")).alias("complaint_share"),
        )
        .withColumn("tweet_share", share)
        .where(F.col("topic_id").isNotNull() & (F.col("author_count") >= k))
    )
    shown = {name: F.when(F.col("scored") >= k, F.col(name)) for name in ("sentiment_mean", "complaint_share")}
    rows = topics.withColumns(shown | {"tweet_count": F.col("tweets")}).drop("tweets", "scored")
    figures = round_figures(rows, ("author_count", "tweet_count"), ("tweet_share", "sentiment_mean", "complaint_share"))
    return figures.join(summarise_segments(authors, segments, k), [*KEY], how="left")


def _of_known(name: str) -> Column:
    """The figure of an author who is known."""
    return F.when(F.col("author_key").isNotNull(), F.col(name))


def summarise_segments(authors: DataFrame, segments: DataFrame, k: int) -> DataFrame:
    """[*KEY, segments]: {name: segment id, share of the topic's authors with a segment}, the most unusual first."""
    known = authors.join(segments.select("brand", "author_key", "segment_id"), ["brand", "author_key"], how="inner")
    people = known.select("brand", "topic_id", "author_key", "segment_id").where("topic_id IS NOT NULL")
    cells = people.groupBy(*KEY, "segment_id").agg(F.count("*").alias("count"))
    everyone = people.select("brand", "author_key", "segment_id").distinct().groupBy("brand", "segment_id").count()
    of_all = everyone.withColumn("of_all", F.col("count") / F.sum("count").over(Window.partitionBy("brand"))).drop(
        "count"
    )
    of_topic = F.col("count") / F.sum("count").over(Window.partitionBy(*KEY))
    shares = cells.withColumn("share", F.round(of_topic, 2)).join(of_all, ["brand", "segment_id"], how="inner")
    large = keep_large_cells(shares.select(*KEY, "segment_id", "count", "share", "of_all"), KEY, "count", k)
    unusual = large.withColumn("lift", F.col("share") / F.col("of_all")).where(F.col("lift") >= LIFT)
    cell = F.struct((-F.round("lift", 2)).alias("order"), F.col("segment_id").alias("name"), "share")
    listed = unusual.groupBy(*KEY).agg(F.slice(F.sort_array(F.collect_list(cell)), 1, MOST_SEGMENTS).alias("cells"))
    plain = F.transform("cells", lambda each: F.struct(each["name"].alias("name"), each["share"].alias("share")))
    return listed.select(*KEY, plain.alias("segments"))
