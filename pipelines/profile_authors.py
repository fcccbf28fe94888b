"""silver.tweets -> gold.author_profiles: one row a brand and author, created or updated by author_key.

A tweet counts once under each of its brands, or under `NO_BRAND`; a tweet without author_key has no profile (the log
counts them). Every figure is of the author's tweets under that brand:

- tweet_count; first_tweet_at, last_tweet_at; active_days_count: distinct local days with a tweet.
- sentiment_mean: mean of sentiment.score (0..1) over the scored tweets; positive_, neutral_ and negative_share: tweets
  of that label / scored tweets; subjectivity_mean: mean of subjectivity (1 - P(neutral), 0..1). A retweet inherits the
  scores of what it repeats, and counts.
- followers_count, following_count, account_tweet_count, is_verified: the newest known value by observed_at, each apart.
- account_age_days: days from the account's creation to last_tweet_at, not to the run, so that unchanged input gives
  unchanged rows; null when the account would be younger than its tweet.
- reply_, quote_ and retweet_share: tweets of that kind / tweets.
- active_hours_count: distinct hours 0..23, UTC plus `profile_authors.utc_offset_hours`, with a tweet; peak_hour: the
  hour with most tweets, the earliest of equals; night_share: tweets from 22:00 to 05:59 / tweets with a time.
- engagement_per_tweet: mean of retweets + replies + likes + quotes over the author's own tweets that carry metrics;
  a retweet carries its original's counts, so it is not one of them. Null for an author who only retweets.

A share or mean of nothing is null. Means are sums of exact decimals, so that no order of rows changes their last digit.
"""

import logging

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.schemas import GOLD_AUTHOR_PROFILES, conform
from conf.settings import Settings
from conf.tables import NO_BRAND
from pipelines.sinks.lake import create_table, lease, merge_changed_rows
from pipelines.sources.lake import read_table

logger = logging.getLogger("brandpulse.profile_authors")

TABLE = "gold.author_profiles"
KEY = ("brand", "author_key")
NIGHT = (22, 23, 0, 1, 2, 3, 4, 5)
BUSIEST = "array_position(tweets_by_hour, array_max(tweets_by_hour))"
ENGAGEMENT = ("retweet_count", "reply_count", "like_count", "quote_count")


def run(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Profile every author of every brand (`--brand`: of one); `--dry-run` counts and writes nothing."""
    tweets = read_table(spark, settings, "silver.tweets")
    profiles = build_profiles(tweets, settings, options).persist()
    try:
        _report(tweets, profiles)
        if options.dry_run:
            logger.info("dry run: nothing written")
            return
        with lease(settings, TABLE):
            create_table(spark, settings, TABLE)
            merge_changed_rows(profiles, settings, TABLE, ("run_id", "as_of"), drops=_of(options.brand))
    finally:
        profiles.unpersist()


def build_profiles(tweets: DataFrame, settings: Settings, options: Options) -> DataFrame:
    """SILVER_TWEETS rows -> GOLD_AUTHOR_PROFILES rows of the brands asked for."""
    rows = (
        tweets.transform(keep_authored)
        .transform(with_brand)
        .transform(lambda df: keep_brand(df, options.brand))
        .transform(lambda df: with_local_time(df, settings.profile_authors.utc_offset_hours))
        .transform(summarise_authors)
        .transform(with_account_age)
        .transform(with_hours)
        .withColumns({"run_id": F.lit(options.run_id), "as_of": F.lit(options.as_of.isoformat()).cast("timestamp")})
    )
    return conform(rows, GOLD_AUTHOR_PROFILES)


def keep_authored(tweets: DataFrame) -> DataFrame:
    """Tweets whose author is known."""
    return tweets.where(F.col("author_key").isNotNull())


def with_brand(tweets: DataFrame) -> DataFrame:
    """One row a tweet and brand; a tweet that no rule tagged is under NO_BRAND."""
    known = F.array_distinct(F.array_compact("brands"))
    none = F.array(F.lit(NO_BRAND))
    return tweets.withColumn("brand", F.explode(F.when(F.size(known) > 0, known).otherwise(none)))


def keep_brand(tweets: DataFrame, brand: str | None) -> DataFrame:
    """The rows of one brand, or all of them."""
    return tweets if brand is None else tweets.where(F.col("brand") == brand)


def with_local_time(tweets: DataFrame, utc_offset_hours: int) -> DataFrame:
    """Add `local_hour` 0..23 and `local_day`."""
    local = F.col("created_at") + F.make_interval(hours=F.lit(utc_offset_hours))
    return tweets.withColumns({"local_hour": F.hour(local), "local_day": F.to_date(local)})


def summarise_authors(tweets: DataFrame) -> DataFrame:
    """One row a brand and author, with `tweets_by_hour` (24 counts) and `account_created_at` still to be turned."""
    return tweets.groupBy(*KEY).agg(*_activity(), *_opinion(), *_account(), *_habits())


def with_account_age(profiles: DataFrame) -> DataFrame:
    """Add account_age_days at the last tweet."""
    days = F.datediff("last_tweet_at", "account_created_at")
    return profiles.withColumn("account_age_days", F.when(days >= 0, days))


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


def _of(brand: str | None) -> Column:
    """The rows of the table `t` that a run answers for: one that no tweet supports any more is deleted."""
    return F.lit(True) if brand is None else F.col("t.brand") == brand


def _activity() -> list[Column]:
    return [
        F.count("*").alias("tweet_count"),
        F.min("created_at").alias("first_tweet_at"),
        F.max("created_at").alias("last_tweet_at"),
        F.size(F.collect_set("local_day")).cast("long").alias("active_days_count"),
        F.array(*[F.count_if(F.col("local_hour") == hour) for hour in range(24)]).alias("tweets_by_hour"),
    ]


def _opinion() -> list[Column]:
    label = F.col("sentiment.label")
    shares = [
        _mean(F.when(label.isNotNull(), (label == name).cast("int"))).alias(f"{name}_share")
        for name in ("positive", "neutral", "negative")
    ]
    return [
        _mean(F.col("sentiment.score")).alias("sentiment_mean"),
        *shares,
        _mean(F.col("subjectivity")).alias("subjectivity_mean"),
    ]


def _account() -> list[Column]:
    columns = {"tweet_count": "account_tweet_count", "created_at": "account_created_at"}
    names = ("followers_count", "following_count", "tweet_count", "is_verified", "created_at")
    return [_newest(F.col(f"author.{name}")).alias(columns.get(name, name)) for name in names]


def _habits() -> list[Column]:
    kind = F.col("kind")
    shares = [_mean(kind.eqNullSafe(name).cast("int")).alias(f"{name}_share") for name in ("reply", "quote", "retweet")]
    metrics = [F.col(f"metrics.{name}") for name in ENGAGEMENT]
    engagement = sum((F.coalesce(metric, F.lit(0)) for metric in metrics), F.lit(0))
    counted = F.coalesce(*metrics).isNotNull() & ~kind.eqNullSafe("retweet")
    return [*shares, _mean(F.when(counted, engagement)).alias("engagement_per_tweet")]


def _mean(value: Column) -> Column:
    return F.sum(value.cast("decimal(28,16)")).cast("double") / F.count(value)


def _newest(value: Column) -> Column:
    """The newest known value; the tweet's id decides between two observed at the same moment."""
    return F.max_by(value, F.when(value.isNotNull(), F.struct("observed_at", "tweet_id")))


def _report(tweets: DataFrame, profiles: DataFrame) -> None:
    counts = tweets.agg(F.count("*"), F.count_if(F.col("author_key").isNull())).first()
    total, unknown = counts if counts else (0, 0)
    logger.info("%d tweets, %d of them without an author: no profile", total, unknown)
    per_brand = profiles.groupBy("brand").count().orderBy("brand").collect()
    logger.info(
        "%d profiles: %s", sum(row[1] for row in per_brand), ", ".join(f"{row[0]} {row[1]}" for row in per_brand)
    )
