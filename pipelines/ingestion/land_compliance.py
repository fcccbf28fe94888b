"""compliance.v1 -> bronze.compliance: notices of every form as one event shape; a redelivered notice is stored once.

v1.1: `{"delete": {"status": {…}}}`, `scrub_geo`, `status_withheld`, `user_withheld`. v2: `{"data": {"delete":
{"tweet": {…}, "event_at": …}}}` and similar, with a `reason` where X gives one. An event that names a tweet is about
that tweet only, else about its author. A notice of an unknown form has the kind `unknown` and its payload.
"""

from functools import partial

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from conf.schemas.bronze import BRONZE_COMPLIANCE
from conf.schemas.shapes import conform
from conf.settings import Settings
from pipelines.sinks.lake import Batch, Merge, create_table, merge_rows
from pipelines.sinks.streams import start_batches
from pipelines.sources.kafka import header, read_topic_stream

KINDS = {
    "delete": "delete",
    "tweet_edit": "edit",
    "drop": "drop",
    "undrop": "undrop",
    "withheld": "withhold",
    "status_withheld": "withhold",
    "user_withheld": "withhold_author",
    "scrub_geo": "scrub_geo",
    "user_delete": "delete_author",
    "user_undelete": "undelete_author",
    "tweet_protect": "protect",
    "user_protect": "protect",
    "user_unprotect": "unprotect",
    "tweet_suspend": "suspend",
    "user_suspend": "suspend",
    "user_unsuspend": "unsuspend",
    "user_profile_modification": "edit_author",
    "opt_out": "opt_out",
}


def start(spark: SparkSession, settings: Settings, *, once: bool) -> StreamingQuery:
    """Start the query; a batch that arrives twice and a notice that is sent twice change nothing."""
    create_table(spark, settings, "bronze.compliance")
    notices = read_topic_stream(spark, settings, settings.kafka.compliance_topic).transform(parse_notices)
    return start_batches(notices, settings, "land_compliance", partial(write_batch, settings=settings), once=once)


def write_batch(notices: DataFrame, batch_id: int, *, settings: Settings) -> None:
    """Insert the notices whose event_key is new."""
    distinct = notices.dropDuplicates(["event_key"])
    merge_rows(distinct, settings, "bronze.compliance", Merge(), Batch("land_compliance", batch_id))


def parse_notices(records: DataFrame) -> DataFrame:
    """Kafka records -> bronze.compliance, one row per record."""
    known = F.create_map(*(F.lit(text) for pair in KINDS.items() for text in pair))
    opened = records.select(
        *("topic", "partition", "offset", "kafka_at"),
        *(header(each).alias(each) for each in ("source", "position")),
        F.decode("value", "UTF-8").alias("payload"),
    ).withColumn("notice", F.coalesce(F.get_json_object("payload", "$.data"), "payload"))
    parsed = (
        opened.withColumn("name", F.get(F.json_object_keys("notice"), F.lit(0)))
        .withColumns(
            {
                "kind": F.coalesce(known[F.col("name")], F.lit("unknown")),
                "body": F.expr("get_json_object(notice, concat('$.', name))"),
                "stamp": F.get_json_object("payload", "$.timestamp_ms"),
            }
        )
        .withColumn("stated_at", _stated_at())
    )
    return conform(parsed.select("*", *_event_columns()).withColumn("event_key", _event_key()), BRONZE_COMPLIANCE)


def _stated_at() -> Column:
    """X's own time of the event; null where X gives none."""
    stamp = F.coalesce(_inside("timestamp_ms"), F.col("stamp")).cast("bigint")
    return F.coalesce(_inside("event_at").cast("timestamp"), F.timestamp_millis(stamp))


def _event_columns() -> list[Column]:
    is_v1_author = F.col("name").eqNullSafe("user_withheld")  # its `id` is the id of an account
    return [
        F.when(~is_v1_author, _inside("tweet.id", "status.id_str", "id", "initial_tweet_id")).alias("tweet_id"),
        F.coalesce(
            _inside("tweet.author_id", "user.id", "status.user_id_str", "user_id_str", "user_id"),
            F.when(is_v1_author, _inside("id")),
        ).alias("author_id"),
        _inside("reason").alias("reason"),
        F.coalesce("stated_at", _inside("observed_at").cast("timestamp"), "kafka_at").alias("event_at"),
        F.current_timestamp().alias("ingested_at"),
    ]


def _inside(*paths: str) -> Column:
    return F.coalesce(*(F.get_json_object("body", f"$.{path}") for path in paths))


def _event_key() -> Column:
    """One key per input object: its position, which redeliveries share, and its content.

    Of its times only X's own one: the times of observation and of arrival in Kafka differ between redeliveries.
    """
    content = F.when(F.col("kind") == "unknown", F.col("payload")).otherwise(
        F.concat_ws("|", "kind", "tweet_id", "author_id", "stated_at")
    )
    return F.sha2(F.concat_ws("|", content, "source", "position"), 256)
