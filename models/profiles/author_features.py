"""An author's tweets -> one row of figures per brand and author (docs/explanation/author-profiles.md).

Every figure follows from the author's own tweets alone, so that only authors whose tweets changed are recomputed.
A share or mean of nothing is null. Means are sums of exact decimals, so that the order of rows does not change them.
"""

from datetime import datetime

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from conf.brand.files import CATEGORIES
from conf.brand.rules import NO_BRAND
from conf.sensitive import sensitive_family
from models.annotation.drift_columns import exact_mean
from models.profiles.author_flags import is_bot_like, is_brand_account

KEY = ("brand", "author_key")
NIGHT = (22, 23, 0, 1, 2, 3, 4, 5)
BUSIEST = "array_position(tweets_by_hour, array_max(tweets_by_hour))"
ENGAGEMENT = ("retweet_count", "reply_count", "like_count", "quote_count")

TREND_TWEETS, TREND_DAYS = 3, 1
"""The minimum for a trend: scored tweets, and days between the first and the last of them."""

REPORTABLE_CATEGORIES = tuple(name for name in CATEGORIES if not sensitive_family(name))
"""The complaint categories that may become a figure of a person: none that touches a sensitive subject."""

_MONTH_SECONDS = 30 * 86400
_COLUMNS = (
    *("tweet_id", "created_at", "observed_at", "brands", "author_key"),
    *("kind", "text_hash", "replied_to_author_key", "subjectivity"),
)
_FIELDS = {
    "author": ("followers_count", "following_count", "tweet_count", "is_verified", "created_at"),
    "metrics": ENGAGEMENT,
    "place": ("country_code",),
    "sentiment": ("label", "score"),
    "complaint": ("is_complaint",),
    "category": ("label",),
}


def select_profile_inputs(tweets: DataFrame) -> DataFrame:
    """Only the columns that figures need: through a join or a shuffle Spark would read whole structs."""
    fields = {name: F.struct(*[F.col(f"{name}.{one}") for one in several]) for name, several in _FIELDS.items()}
    return tweets.select(*_COLUMNS, *[field.alias(name) for name, field in fields.items()])


def keep_until(tweets: DataFrame, as_of: datetime) -> DataFrame:
    """Tweets created by `as_of`, and those without a known time."""
    return tweets.where(F.coalesce(F.col("created_at") <= F.lit(as_of), F.lit(True)))


def keep_authored(tweets: DataFrame) -> DataFrame:
    return tweets.where(F.col("author_key").isNotNull())


def with_brand(tweets: DataFrame) -> DataFrame:
    """One row per tweet and brand; a tweet that no rule tagged gets NO_BRAND."""
    known = F.array_distinct(F.array_compact("brands"))
    none = F.array(F.lit(NO_BRAND))
    return tweets.withColumn("brand", F.explode(F.when(F.size(known) > 0, known).otherwise(none)))


def with_local_time(tweets: DataFrame, utc_offset_hours: int) -> DataFrame:
    """Add `local_hour` 0..23 and `local_day`."""
    local = F.col("created_at") + F.make_interval(hours=F.lit(utc_offset_hours))
    return tweets.withColumns({"local_hour": F.hour(local), "local_day": F.to_date(local)})


def summarise_authors(tweets: DataFrame) -> DataFrame:
    """One row per brand and author, with the arrays and sums that the `with_` steps turn into figures."""
    return tweets.groupBy(*KEY).agg(*_activity(), *_opinion(), *_complaints(), *_account(), *_habits())


def with_account(profiles: DataFrame) -> DataFrame:
    """Add account_age_days at the last tweet, and audience_ratio."""
    days = F.datediff("last_tweet_at", "account_created_at")
    ratio = F.col("followers_count") / (F.col("following_count") + 1)  # X has counted as low as -3
    return profiles.withColumns(
        {"account_age_days": F.when(days >= 0, days), "audience_ratio": F.when(F.col("following_count") >= 0, ratio)}
    )


def with_hours(profiles: DataFrame) -> DataFrame:
    """Turn `tweets_by_hour` into active_hours_count, peak_hour and night_share."""
    hours = F.col("tweets_by_hour")
    total = F.aggregate(hours, F.lit(0).cast("long"), lambda total, count: total + count)
    at_night = sum((hours[hour] for hour in NIGHT), F.lit(0))
    return profiles.withColumns(
        {
            "active_hours_count": F.size(F.filter(hours, lambda count: count > 0)).cast("long"),
            "peak_hour": F.when(total > 0, F.expr(BUSIEST) - 1).cast("int"),
            "night_share": F.when(total > 0, at_night / total),
        }
    )


def with_tops(profiles: DataFrame) -> DataFrame:
    """Turn the lists `complaint_categories` and `countries` into top_category, its share, and region."""
    categories = F.col("complaint_categories")
    top = most_frequent(categories)
    count = F.size(F.filter(categories, lambda each: each == F.col("top_category")))
    return (
        profiles.withColumn("top_category", top)
        .withColumn("top_category_share", F.when(F.size(categories) > 0, count / F.size(categories)))
        .withColumn("region", most_frequent(F.col("countries")))
    )


def with_trend(profiles: DataFrame) -> DataFrame:
    """Turn `slope` into sentiment_trend where there are enough scored tweets over enough days."""
    days = (F.unix_seconds("last_scored_at") - F.unix_seconds("first_scored_at")) / 86400
    is_enough = (F.col("scored_count") >= TREND_TWEETS) & (days >= TREND_DAYS)
    return profiles.withColumn("sentiment_trend", F.when(is_enough, F.round("slope", 6)))


def with_brands(profiles: DataFrame) -> DataFrame:
    """Add brands_count, the number of brands with a profile of the author; needs the rows of all brands."""
    named = F.count_if(F.col("brand") != NO_BRAND).over(Window.partitionBy("author_key"))
    return profiles.withColumn("brands_count", named)


def with_flags(profiles: DataFrame) -> DataFrame:
    return profiles.withColumns({"is_bot_like": is_bot_like(), "is_brand_account": is_brand_account()})


def own_engagement() -> Column:
    """Replies, likes, retweets and quotes of a tweet; null for a retweet and where X gave no metrics."""
    metrics = [F.col(f"metrics.{name}") for name in ENGAGEMENT]
    is_known = F.coalesce(*metrics).isNotNull() & ~F.col("kind").eqNullSafe("retweet")
    return F.when(is_known, sum((F.coalesce(metric, F.lit(0)) for metric in metrics), F.lit(0)))


def _activity() -> list[Column]:
    return [
        F.count("*").alias("tweet_count"),
        F.min("created_at").alias("first_tweet_at"),
        F.max("created_at").alias("last_tweet_at"),
        F.size(F.collect_set("local_day")).cast("long").alias("active_days_count"),
        F.array(*[F.count_if(F.col("local_hour") == hour) for hour in range(24)]).alias("tweets_by_hour"),
    ]


def _opinion() -> list[Column]:
    label, score = F.col("sentiment.label"), F.col("sentiment.score")
    shares = [
        exact_mean(F.when(label.isNotNull(), (label == name).cast("int"))).alias(f"{name}_share")
        for name in ("positive", "neutral", "negative")
    ]
    at = F.when(score.isNotNull(), F.col("created_at"))
    return [
        exact_mean(score).alias("sentiment_mean"),
        *shares,
        exact_mean(F.col("subjectivity")).alias("subjectivity_mean"),
        F.regr_slope(score, F.unix_seconds("created_at") / _MONTH_SECONDS).alias("slope"),
        F.count(at).alias("scored_count"),
        F.min(at).alias("first_scored_at"),
        F.max(at).alias("last_scored_at"),
    ]


def _complaints() -> list[Column]:
    complains = F.col("complaint.is_complaint")
    is_reportable = F.col("category.label").isin(*REPORTABLE_CATEGORIES)
    return [
        F.count_if(complains).alias("complaint_count"),
        exact_mean(complains.cast("int")).alias("complaint_share"),
        F.collect_list(F.when(complains & is_reportable, F.col("category.label"))).alias("complaint_categories"),
    ]


def _account() -> list[Column]:
    columns = {"tweet_count": "account_tweet_count", "created_at": "account_created_at"}
    newest = [_newest(F.col(f"author.{name}")).alias(columns.get(name, name)) for name in _FIELDS["author"]]
    return [*newest, F.collect_list("place.country_code").alias("countries")]


def _habits() -> list[Column]:
    kind = F.col("kind")
    is_own = ~kind.eqNullSafe("retweet")
    shares = [
        exact_mean(kind.eqNullSafe(name).cast("int")).alias(f"{name}_share") for name in ("reply", "quote", "retweet")
    ]
    own_text = F.when(is_own, F.col("text_hash"))
    return [
        *shares,
        exact_mean(own_engagement()).alias("engagement_per_tweet"),
        F.size(F.collect_set("replied_to_author_key")).cast("long").alias("replied_authors_count"),
        F.count(own_text).alias("own_text_count"),
        (F.size(F.collect_set(own_text)) / F.nullif(F.count(own_text), F.lit(0))).alias("distinct_text_share"),
    ]


def _newest(value: Column) -> Column:
    """The newest known value; of two observed at the same time, that of the higher tweet id."""
    return F.max_by(value, F.when(value.isNotNull(), F.struct("observed_at", "tweet_id")))


def most_frequent(values: Column) -> Column:
    """The most frequent value of an array, in a tie the first in the alphabet; null where it is empty."""
    counted = F.transform(
        F.array_distinct(values),
        lambda each: F.struct((-F.size(F.filter(values, lambda one: one == each))).alias("less"), each.alias("value")),
    )
    return F.array_min(counted)["value"]
