"""One conversation is one ticket: the keys of tweets and conversations, and the role of a tweet in its conversation."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from models.privacy.pseudonyms import with_keys
from models.tickets.aim import BOT

COMPLAINT, COMMENT, BRAND_REPLY, ORIGINAL = "complaint", "comment", "brand_reply", "original"


def with_ticket_keys(rows: DataFrame, keys: DataFrame) -> DataFrame:
    """Add candidate_key, tweet_key and conversation_key: HMACs under the secrets of the author keys.

    Old payloads name no conversation: there it is the tweet that is answered, or else the tweet itself.
    """
    texts = {
        "_candidate": F.concat_ws("|", "brand", "tweet_id"),
        "_conversation": F.concat_ws("|", F.col("brand"), conversation_column()),
    }
    ids = {"candidate_key": "_candidate", "tweet_key": "tweet_id", "conversation_key": "_conversation"}
    return with_keys(rows.withColumns(texts), keys, ids).drop(*texts)


def conversation_column() -> Column:
    """The id of a tweet's conversation: old payloads name none, but the tweet that is answered."""
    return F.coalesce("conversation_id", "replied_to_id", "tweet_id")


def keep_customers(changes: DataFrame) -> DataFrame:
    """Of a change feed of candidates the new ones that customers wrote."""
    return changes.where(F.col("role").isin(COMPLAINT, COMMENT) & (F.col("_change_type") == "insert"))


def with_inherited_conversations(rows: DataFrame, known: DataFrame) -> DataFrame:
    """Replies of old payloads join the conversation of the tweet that they answer.

    `known`: [brand, tweet_id, conversation_key], one row per brand and tweet.
    """
    answered = known.select(
        "brand", F.col("tweet_id").alias("replied_to_id"), F.col("conversation_key").alias("_known")
    )
    joined = rows.join(answered, ["brand", "replied_to_id"], how="left")
    inherited = F.when(F.col("conversation_id").isNull(), F.col("_known"))
    return joined.withColumn("conversation_key", F.coalesce(inherited, "conversation_key")).drop("_known")


def begin_conversations(complaints: DataFrame) -> DataFrame:
    """[conversation_key, created_at] of complaints -> [conversation_key, complained_at], the first complaint."""
    return complaints.groupBy("conversation_key").agg(F.min("created_at").alias("complained_at"))


def keep_with_role(rows: DataFrame, begun: DataFrame) -> DataFrame:
    """Add `role`; drop rows without one: what is no complaint counts only after one, in its conversation.

    `begun`: rows of `begin_conversations`. Bots have no role.
    """
    is_later = F.col("created_at") > F.col("complained_at")
    role = (
        F.when(F.col("is_complaint"), COMPLAINT)
        .when(is_later & F.col("is_own"), BRAND_REPLY)
        .when(is_later & ~F.col("account_kind").eqNullSafe(BOT), COMMENT)
    )
    known = rows.join(begun, "conversation_key", how="left")
    return known.withColumn("role", role).where("role IS NOT NULL").drop("complained_at")


def find_answered(complaints: DataFrame) -> DataFrame:
    """Complaints that answer a tweet -> [tweet_id, brand, conversation_key] of that tweet and of the first one."""
    answered = F.explode(F.array_compact(F.array_distinct(F.array("replied_to_id", "conversation_id"))))
    rows = complaints.select("brand", "conversation_key", F.col("tweet_id").alias("own_id"), answered.alias("tweet_id"))
    is_id = F.col("tweet_id").rlike("^[0-9]{1,19}$") & (F.col("tweet_id") != F.col("own_id"))
    return rows.where(is_id).drop("own_id").dropDuplicates(["tweet_id", "brand"])
