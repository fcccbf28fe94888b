"""bronze.tweets -> silver.metric_observations: every observation of a tweet's public metrics, append only.

Outside the hot path: run with the batch jobs. The checkpoint and the batch's number make it exactly once.
"""

from functools import partial

from pyspark.sql import DataFrame, SparkSession

from conf.settings import Settings
from pipelines.sinks.lake import Batch, append_rows, create_table
from pipelines.sinks.streams import start_batches
from pipelines.sources.lake import read_table_stream
from pipelines.sources.payloads import parse_payloads


def run(spark: SparkSession, settings: Settings) -> None:
    """Read what bronze has gained since the last run, and end."""
    for name in ("bronze.tweets", "silver.metric_observations"):
        create_table(spark, settings, name)
    parsed = parse_payloads(read_table_stream(spark, settings, "bronze.tweets"), settings.annotate_tweets)
    start_batches(
        parsed, settings, "observe_metrics", partial(write_batch, settings=settings), once=True
    ).awaitTermination()


def write_batch(parsed: DataFrame, batch_id: int, *, settings: Settings) -> None:
    """Append one row for each record that parsed: its tweet, its time, its metrics, its origin.

    The good ones are kept here and not in the stream: there, Spark would push the condition below the parsing and
    read each payload once more for every field that the condition names.
    """
    good = parsed.where("reason IS NULL").withColumnRenamed("kafka_at", "observed_at")
    append_rows(good, settings, "silver.metric_observations", Batch("observe_metrics", batch_id))
