"""Tweets with a topic -> figures per topic and window: those of a brand (brand_figures), with one dimension more.

Stricter than a brand's, because topics are parts of it: a window that may not show figures has no row, and neither has
the next smallest topic beside a hidden one (complementary suppression over the topics of the same window).
"""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from models.privacy.anonymity import is_suppressed, round_figures
from models.privacy.limits import K
from models.trends.brand_figures import TIME, summarise_authors, summarise_brands
from models.trends.windows import with_windows

TOPIC = ("brand", "topic_id")
NO_TOPIC = "none"
"""The topic of tweets without one."""


def summarise_topics(tweets: DataFrame, k: int = K) -> DataFrame:
    """Tweets with `brand`, `is_own` and `topic_id` (null: none) -> one row per topic and window that shows figures."""
    named = tweets.withColumn("topic_id", F.coalesce("topic_id", F.lit(NO_TOPIC))).transform(with_windows)
    rows = summarise_brands(summarise_authors(named, TOPIC), k, TOPIC)
    share = F.col("tweet_count") / F.sum("tweet_count").over(Window.partitionBy("brand", *TIME))
    shared = rows.withColumn("share_of_voice", share)
    # A hidden window counts with the fewest authors there may be, so that the next smallest is hidden with it.
    counted = shared.withColumn("_authors", F.when(F.col("is_shown"), F.col("author_count")).otherwise(F.lit(0)))
    is_hidden = is_suppressed(("brand", *TIME), "_authors", TOPIC, k, are_disjoint=False)
    shown = counted.withColumn("_is_hidden", is_hidden).where("NOT _is_hidden").drop("_is_hidden", "_authors")
    return round_figures(shown, ("tweet_count",), ("share_of_voice",))
