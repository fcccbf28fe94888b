"""X's payloads in every spelling: a Kafka record -> one parsed tweet, or the reason for its rejection.

Built-in functions only: this runs between Kafka and Delta.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from conf.settings import AnnotateTweets
from pipelines.sources.archive.record import READER_REASONS
from pipelines.sources.kafka import header
from pipelines.sources.payloads.fields import is_withheld, text_column, time_of, tweet_columns, wrong_type
from pipelines.sources.payloads.lookups import references
from pipelines.sources.payloads.schema import CORRUPT, PAYLOAD
from pipelines.sources.x.clock import EPOCH_MS, FIRST_SNOWFLAKE, SEQUENCE_BITS


def parse_payloads(records: DataFrame, limits: AnnotateTweets) -> DataFrame:
    """Kafka records -> as many rows: the tweet's columns with plain author ids, `reason` and `detail`.

    `reason` is null for a good tweet, else the reason for its rejection; `detail` names the field of a wrong type. The
    columns of the record's origin (topic, partition, offset, source, position, format, kafka_at) stay.
    """
    return (
        records.transform(_read)
        .select("*", *tweet_columns())
        .transform(_with_times)
        .withColumn("reason", _reason(limits))
        .withColumn("detail", F.when(F.col("reason") == "wrong_type", wrong_type()))
        .drop("p", "r", "body", "stated_reason")
    )


def parse_texts(records: DataFrame) -> DataFrame:
    """Kafka records -> [topic, partition, offset, text]: the text alone, before it is masked."""
    return records.transform(_read).select("topic", "partition", "offset", text_column().alias("text"))


def _read(records: DataFrame) -> DataFrame:
    body = F.regexp_replace(F.decode("value", "UTF-8"), "^\ufeff", "")
    options = {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": CORRUPT}
    return (
        records.select(
            *("topic", "partition", "offset", "kafka_at"),
            *(header(name).alias(name) for name in ("source", "position", "format", "rules")),
            header("reason").alias("stated_reason"),
            F.length("value").cast("bigint").alias("payload_bytes"),
            body.alias("body"),
        )
        .withColumn("p", F.from_json("body", PAYLOAD, options))
        .withColumn("r", references())
    )


def _with_times(parsed: DataFrame) -> DataFrame:
    """created_at as given, else from a snowflake id; created_on from the id first, so that it never changes."""
    number = F.when(F.col("tweet_id").rlike("^[0-9]{1,19}$"), F.col("tweet_id").cast("bigint"))
    from_id = F.when(
        number >= FIRST_SNOWFLAKE,
        F.timestamp_millis(F.shiftright(number, SEQUENCE_BITS) + F.lit(EPOCH_MS)),
    )
    return parsed.select(
        "*",
        number.alias("tweet_number"),
        F.coalesce(time_of(F.col("created_text")), from_id).alias("created_at"),
        F.coalesce(from_id, time_of(F.col("created_text"))).cast("date").alias("created_on"),
    )


def _reason(limits: AnnotateTweets) -> Column:
    """The first fault of a record, from the whole payload down to single fields."""
    latest = F.col("kafka_at") + F.expr(f"INTERVAL {limits.max_future_days} DAYS")
    in_range = F.col("created_at").between(F.lit(limits.earliest).cast("timestamp"), latest) & F.col(
        "created_on"
    ).between(F.lit(limits.earliest).cast("date"), latest.cast("date"))
    broken = F.col(f"p.{CORRUPT}").isNotNull()
    faults = [
        (F.col("format") == "oversized", "too_large"),
        *((F.col("stated_reason") == reason, reason) for reason in READER_REASONS),
        (F.col("body").isNull() | (F.trim("body") == ""), "empty"),
        (broken & F.get_json_object("body", "$").isNull(), "not_json"),
        (~F.trim("body").startswith("{"), "not_an_object"),
        (broken, "wrong_type"),
        (F.col("tweet_id").isNull() & F.col("text").isNull(), "not_a_tweet"),
        (F.col("tweet_id").isNull(), "missing_id"),
        (F.col("tweet_number").isNull(), "invalid_id"),
        (is_withheld(), "withheld"),
        (F.col("text").isNull(), "missing_text"),
        (F.col("text_characters") > limits.max_text_characters, "text_too_long"),
        (F.col("created_text").isNotNull() & time_of(F.col("created_text")).isNull(), "invalid_created_at"),
        (F.col("created_at").isNull(), "missing_created_at"),
        (~in_range, "created_at_out_of_range"),
        (F.col("author_id").isNotNull() & ~F.col("author_id").rlike("^[0-9]{1,19}$"), "invalid_author_id"),
        (wrong_type().isNotNull(), "wrong_type"),
    ]
    return F.coalesce(*(F.when(condition, F.lit(reason)) for condition, reason in faults))
