"""bronze.tweets -> silver.metric_observations: every observation of a tweet's public metrics, append only.

Runs with the batch jobs, outside the hot path. Exactly once, by the checkpoint and the batch's number.
"""

from functools import partial

from pyspark.sql import DataFrame, SparkSession

from conf.settings import Settings
from models.privacy.erased_rows import flag_erased
from models.privacy.pseudonyms import build_key_frame
from models.privacy.tombstones import build_index
from pipelines.sinks.lake import Batch, append_rows, create_table
from pipelines.sinks.streams import start_batches
from pipelines.sources.author_keys import read_secrets
from pipelines.sources.lake import read_table, read_table_stream
from pipelines.sources.payloads.parser import parse_payloads


def run(spark: SparkSession, settings: Settings) -> None:
    """Read the records that are new in bronze since the last run, and end."""
    for name in ("bronze.tweets", "silver.metric_observations"):
        create_table(spark, settings, name)
    parsed = parse_payloads(read_table_stream(spark, settings, "bronze.tweets"), settings.annotate_tweets)
    start_batches(
        parsed, settings, "observe_metrics", partial(write_batch, settings=settings), once=True
    ).awaitTermination()


def write_batch(parsed: DataFrame, batch_id: int, *, settings: Settings) -> None:
    """Append one row per record that was parsed and is not erased: its tweet, time, metrics, origin.

    Filtered here and not in the stream: there Spark would push the condition below the parsing, and read each payload
    again for every field of the condition.
    """
    good = keep_not_erased(parsed.where("reason IS NULL"), settings).withColumnRenamed("kafka_at", "observed_at")
    append_rows(good, settings, "silver.metric_observations", Batch("observe_metrics", batch_id))


def keep_not_erased(parsed: DataFrame, settings: Settings) -> DataFrame:
    """Rows without a tombstone, like in the stream: an erasure finds only tweets that are still in silver or bronze."""
    spark = parsed.sparkSession
    tombstones = read_table(spark, settings, "restricted.tombstones")
    if tombstones.isEmpty():
        return parsed
    keys = build_key_frame(spark, *read_secrets(spark, settings))
    return flag_erased(parsed, keys, build_index(tombstones)).where("NOT is_erased")
