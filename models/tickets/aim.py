"""At which brand a tweet is aimed, how, and by whom: mentions of the brand's account, replies to it, other rules."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from conf.brand.rules import NO_BRAND

REPLY, MENTION, RULE = "reply", "mention", "rule"
BOT, HELP_DESK = "bot", "help_desk"
INPUTS = (
    *("tweet_id", "created_on", "created_at", "observed_at", "brands", "author_key", "kind", "lang", "text"),
    *("text_hash", "conversation_id", "replied_to_id", "replied_to_author_key", "mentioned_author_keys", "category"),
    *("model_version", "topic", "partition", "offset"),
)
"""The columns of silver.tweets that are taken as they are."""


def select_ticket_inputs(tweets: DataFrame) -> DataFrame:
    """SILVER_TWEETS rows -> `INPUTS`, followers_count, sentiment_score, complaint_score, region."""
    return tweets.select(
        *INPUTS,
        F.col("author.followers_count").alias("followers_count"),
        F.col("sentiment.score").alias("sentiment_score"),
        F.col("complaint.score").alias("complaint_score"),
        F.col("place.country_code").alias("region"),
        *(name for name in ("_commit_version",) if name in tweets.columns),
    )


def with_brand(tweets: DataFrame) -> DataFrame:
    """One row per tweet and brand; tweets about a brand's competitors are not about the brand."""
    rows = tweets.withColumn("brand", F.explode("brands")).drop("brands")
    return rows.where(~F.col("brand").contains(":") & (F.col("brand") != NO_BRAND))


def with_aim(rows: DataFrame, accounts: DataFrame) -> DataFrame:
    """Add `is_own` (by the brand's own account) and `aim`; `accounts`: [brand, account_key] of brands that are known.

    A reply to the brand also mentions it: it counts as a reply.
    """
    known = rows.join(F.broadcast(accounts), "brand", how="left")
    account = F.col("account_key")
    aim = (
        F.when(F.col("replied_to_author_key") == account, REPLY)
        .when(F.array_contains("mentioned_author_keys", account), MENTION)
        .otherwise(RULE)
    )
    return known.withColumns({"is_own": _is_true(F.col("author_key") == account), "aim": aim}).drop("account_key")


def with_account_kind(rows: DataFrame, flagged: DataFrame) -> DataFrame:
    """Add `account_kind`: null for a person; `flagged`: [author_key, account_kind], one row per author."""
    return rows.join(F.broadcast(flagged), "author_key", how="left")


def keep_flagged(profiles: DataFrame) -> DataFrame:
    """GOLD_AUTHOR_PROFILES rows -> [author_key, account_kind] of bots and of accounts that answer for a brand."""
    kind = F.when(F.bool_or("is_bot_like"), BOT).otherwise(HELP_DESK)
    return profiles.where("is_bot_like OR is_brand_account").groupBy("author_key").agg(kind.alias("account_kind"))


def _is_true(condition: Column) -> Column:
    return F.coalesce(condition, F.lit(False))
