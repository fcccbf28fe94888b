"""What a batch of tweets spans."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


@dataclass(frozen=True)
class Span:
    """The tweets of a batch; `since`: Kafka's time of the first; `newest`: when the last was written, microseconds.

    `answers`: how many belong to the conversation of another tweet; `unthreaded`: how many of them do not say which.
    """

    count: int
    days: list[date]
    since: datetime
    unthreaded: int
    answers: int
    newest: int


def measure_span(tweets: DataFrame) -> Span:
    is_unthreaded = F.col("conversation_id").isNull() & F.col("replied_to_id").isNotNull()
    is_answer = F.col("replied_to_id").isNotNull() | (F.col("conversation_id") != F.col("tweet_id"))
    row = tweets.agg(
        F.count("*").alias("count"),
        F.array_sort(F.collect_set("created_on")).alias("days"),
        F.unix_micros(F.min("observed_at")).alias("since"),
        F.count_if(is_unthreaded).alias("unthreaded"),
        F.count_if(is_answer).alias("answers"),
        F.unix_micros(F.max("created_at")).alias("newest"),
    ).collect()[0]
    since = datetime.fromtimestamp((row["since"] or 0) / 1e6, UTC)
    return Span(row["count"], row["days"], since, row["unthreaded"], row["answers"], row["newest"] or 0)
