"""Complaints that reach the lake after later tweets of their conversations: which ones, and what follows them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from models.tickets.conversations import conversation_column


class HandledTweets:
    """When the newest tweet that was handled was written; until a batch asks, what `read` returns is not read."""

    def __init__(self, read: Callable[[], DataFrame]) -> None:
        self._read = read
        self._newest: int | None = None

    def newest(self, since: date) -> int:
        """Microseconds since 1970; at first that of the tweets in silver, of days from `since` on, 0 without any."""
        if self._newest is None:
            found = self._read().where(F.col("created_on") >= F.lit(since))
            self._newest = found.agg(F.unix_micros(F.max("created_at")).alias("newest")).collect()[0]["newest"] or 0
        return self._newest

    def add(self, newest: int) -> None:
        """A batch is handled whose newest tweet was written at `newest`."""
        if self._newest is not None:
            self._newest = max(self._newest, newest)


def find_late(complaints: DataFrame, begun: DataFrame, newest: int) -> DataFrame:
    """Complaints with which their conversations begin, older than `newest` -> [conversation, complained_at].

    `begun`: rows of `begin_conversations` of what is stored. A complaint that is stored already begins nothing.
    """
    first = complaints.groupBy("conversation_key").agg(
        F.min("created_at").alias("_at"),
        F.min_by(conversation_column(), "created_at").alias("conversation"),
    )
    is_first = F.col("complained_at").isNull() | (F.col("_at") < F.col("complained_at"))
    late = first.join(begun, "conversation_key", how="left").where(is_first & (F.unix_micros("_at") < newest))
    return late.groupBy("conversation").agg(F.min("_at").alias("complained_at"))


@dataclass(frozen=True)
class Late:
    """`find_late` rows on the driver; `first`: when the first complaint among them was written."""

    rows: DataFrame
    first: datetime


def collect_late(late: DataFrame) -> Late | None:
    """None if there are none."""
    found = late.collect()
    if not found:
        return None
    return Late(late.sparkSession.createDataFrame(found, late.schema), min(row["complained_at"] for row in found))


def keep_later(tweets: DataFrame, late: Late) -> DataFrame:
    """Replies written after the late complaints of their conversations; nothing before the first is read."""
    is_later = (F.col("created_on") >= F.lit(late.first.date())) & (F.col("created_at") >= F.lit(late.first))
    replies = tweets.where(is_later & (F.col("kind") == "reply"))
    named = replies.withColumn("conversation", conversation_column())
    met = named.join(F.broadcast(late.rows), "conversation", how="inner").where("created_at > complained_at")
    return met.drop("conversation", "complained_at")
