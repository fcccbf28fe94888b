"""An author's own tweets -> one row of factors per brand and author. A retweeter of others has no row.

Each figure follows from the author's own tweets and their reactions alone, so that only authors with a change are
computed anew. Sums are of whole numbers or exact decimals: the order of rows does not change them.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from models.annotation.drift_columns import exact_mean
from models.profiles.author_features import ENGAGEMENT, REPORTABLE_CATEGORIES, most_frequent

KEY = ("brand", "author_key")
FACTORS = ("retweet_count", "like_count", "followers_count", "mixed_depth")
"""The four factors of the first system, as they are."""
MOST_POSTS = 100
"""Tweets of an author that are stored: those with most engagement, for the bootstrap and the page."""


def build_posts(tweets: DataFrame, cascades: DataFrame) -> DataFrame:
    """SILVER_TWEETS and GOLD_CASCADES rows -> one row per brand and own tweet, with its reactions.

    A public count is the highest that was seen: a retweet carries a newer one of its root.
    """
    category = F.when(F.coalesce("complaint.is_complaint", F.lit(False)), F.col("category.label"))
    own = tweets.where("author_key IS NOT NULL AND kind <> 'retweet'").select(
        *("tweet_id", "author_key", "created_at", "observed_at"),
        F.explode(F.array_distinct(F.array_compact("brands"))).alias("brand"),
        *[F.coalesce(f"metrics.{name}", F.lit(0)).alias(f"own_{name}") for name in ENGAGEMENT],
        F.col("author.followers_count").alias("followers_count"),
        F.col("place.country_code").alias("country_code"),
        F.when(category.isin(*REPORTABLE_CATEGORIES), category).alias("category"),
    )
    spread = cascades.select(
        *("brand", "tweet_id", "mixed_depth", "observed_depth", "mean_depth_mid", "timed_retweet_count"),
        *[F.col(name).alias(f"seen_{name}") for name in ("retweet_count", "reply_count", "quote_count")],
    )
    counts = {
        name: F.greatest(F.col(f"own_{name}"), F.coalesce(f"seen_{name}", F.lit(0)))
        for name in ("retweet_count", "reply_count", "quote_count")
    } | {"like_count": F.col("own_like_count")}
    engaged = sum((F.col(name) for name in ENGAGEMENT), F.lit(0))
    return (
        own.join(spread, ["brand", "tweet_id"], how="left")
        .withColumns(counts)
        .withColumns({"engagement_count": engaged, "post": _post(engaged)})
    )


def summarise_authors(posts: DataFrame) -> DataFrame:
    """Rows of `build_posts` -> one row per brand and author."""
    sums = [F.sum(name).alias(name) for name in ("retweet_count", "like_count", "engagement_count")]
    depths = [F.coalesce(F.max(name), F.lit(0)).alias(name) for name in ("mixed_depth", "observed_depth")]
    known = F.when(F.col("followers_count").isNotNull(), F.struct("observed_at", "tweet_id"))
    listed = F.sort_array(F.collect_list("post"), asc=False)
    grouped = posts.groupBy(*KEY).agg(
        F.count("*").alias("post_count"),
        *sums,
        *depths,
        F.max_by("followers_count", known).alias("followers_count"),
        exact_mean(F.col("mean_depth_mid")).alias("estimated_depth"),
        F.coalesce(F.sum("timed_retweet_count"), F.lit(0)).alias("timed_retweet_count"),
        F.sort_array(F.collect_list("retweet_count"), asc=False).alias("counts"),
        F.collect_list("country_code").alias("countries"),
        listed.alias("listed"),
    )
    return grouped.withColumns(
        {
            "h_index": h_index(F.col("counts")),
            "engagement_per_follower": F.col("engagement_count") / F.col("post_count") / (F.col("followers_count") + 1),
            "region": most_frequent(F.col("countries")),
            "topics": _topics(F.col("listed")),
            "posts": F.transform(F.slice("listed", 1, MOST_POSTS), lambda each: each.dropFields("order")),
        }
    ).withColumn("top_topic", F.get("topics", F.lit(0))["name"])


def with_downstream_credit(authors: DataFrame, edges: DataFrame) -> DataFrame:
    """Add downstream_credit: timed retweets of own tweets, and expected ones below the author's retweets of others."""
    brand = F.explode("brands").alias("brand")
    lent = edges.where("credit_mid IS NOT NULL").select(brand, "author_key", "credit_mid")
    credit = lent.groupBy(*KEY).agg(F.sum(F.col("credit_mid").cast("decimal(20,6)")).alias("lent"))
    total = F.col("timed_retweet_count") + F.coalesce(F.col("lent").cast("double"), F.lit(0.0))
    return authors.join(credit, [*KEY], how="left").withColumn("downstream_credit", total)


def with_exclusion(
    authors: DataFrame, profiles: DataFrame, staff: DataFrame, min_followers: int, min_posts: int
) -> DataFrame:
    """Add excluded_because, null for authors who are ranked and may be named.

    `profiles`: GOLD_AUTHOR_PROFILES rows; `staff`: [author_key] of the brands' own accounts.
    """
    own = staff.select("author_key", F.lit(True).alias("is_staff"))
    flags = profiles.select(*KEY, "is_bot_like", "is_brand_account")
    reasons = {
        "brand_account": F.coalesce(F.col("is_staff"), F.col("is_brand_account")),
        "automated": F.col("is_bot_like"),
        "few_followers": F.coalesce("followers_count", F.lit(0)) < min_followers,
        "few_posts": F.col("post_count") < min_posts,
        "no_reactions": F.col("engagement_count") == 0,
    }
    reason = F.coalesce(*[F.when(is_met, F.lit(name)) for name, is_met in reasons.items()])
    joined = authors.join(flags, [*KEY], how="left").join(F.broadcast(own), "author_key", how="left")
    return joined.withColumn("excluded_because", reason).drop("is_bot_like", "is_brand_account", "is_staff")


def h_index(counts: Column) -> Column:
    """The largest h such that h of the counts, the largest first, are h or more."""
    reached = F.transform(counts, lambda count, place: F.when(count >= place + 1, 1).otherwise(0))
    return F.aggregate(reached, F.lit(0).cast("long"), lambda total, one: total + one)


def _post(engaged: Column) -> Column:
    return F.struct(
        F.struct(engaged.alias("engagement_count"), F.col("tweet_id")).alias("order"),
        *("tweet_id", "created_at", "category"),
        F.col("retweet_count").cast("long").alias("retweet_count"),
        engaged.cast("long").alias("engagement_count"),
    )


def _topics(posts: Column) -> Column:
    """Per category of complaint: tweets and their engagement, the most tweets first."""
    named = F.filter(posts, lambda each: each["category"].isNotNull())

    def cell(name: Column) -> Column:
        own = F.filter(named, lambda each: each["category"] == name)
        engaged = F.aggregate(own, F.lit(0).cast("long"), lambda total, one: total + one["engagement_count"])
        return F.struct(
            (-F.size(own)).alias("order"),
            name.alias("name"),
            F.size(own).cast("long").alias("post_count"),
            engaged.alias("engagement_count"),
        )

    names = F.array_distinct(F.transform(named, lambda each: each["category"]))
    return F.transform(F.sort_array(F.transform(names, cell)), lambda each: each.dropFields("order"))
