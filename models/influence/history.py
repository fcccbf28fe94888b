"""What was known of the authors a week ago, and the engagement of the week after: the rows of a back-test.

Counts of the earlier tweets are those of today: X reports no counts of the past. Nine of ten retweets come within an
hour, so that few of them belong to the later week.
"""

from datetime import datetime, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from models.influence.author_factors import KEY, build_posts, summarise_authors, with_downstream_credit
from models.influence.conversations import QUOTE, REPLY, RETWEET
from models.influence.networks import build_links, measure_audiences, rank_pages

WEEK = timedelta(days=7)


def build_history(tweets: DataFrame, cascades: DataFrame, edges: DataFrame, split: datetime) -> DataFrame:
    """Authors with a tweet before `split`: their factors and network until then, and `later`, the engagement since.

    `tweets`: SILVER_TWEETS rows of the window and the week after `split`.
    """
    is_before = F.col("created_at") < F.lit(split)
    before = edges.where(is_before).localCheckpoint(eager=False)
    posts = build_posts(tweets, cascades).localCheckpoint(eager=False)
    later = posts.where(~is_before).groupBy(*KEY).agg(F.sum("engagement_count").alias("later"))
    node = F.col("node").alias("author_key")
    pages = rank_pages(build_links(before, RETWEET)).select("brand", node, "pagerank")
    audiences = measure_audiences(build_links(before, RETWEET, REPLY, QUOTE)).select(
        "brand", node, "audience_uniqueness"
    )
    return (
        posts.where(is_before)
        .transform(summarise_authors)
        .transform(lambda df: with_downstream_credit(df, before))
        .join(pages, [*KEY], how="left")
        .join(audiences, [*KEY], how="left")
        .join(later, [*KEY], how="left")
        .withColumn("later", F.coalesce("later", F.lit(0)))
    )
