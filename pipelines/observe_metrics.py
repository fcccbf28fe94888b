"""bronze.tweets -> silver.metric_observations: every observation of a tweet's public metrics, append only.

Outside the hot path: run with the batch jobs. Delta's own sink and the checkpoint make it exactly once.
"""

from pyspark.sql import DataFrame, SparkSession

from conf.schemas import SILVER_METRIC_OBSERVATIONS, conform
from conf.settings import AnnotateTweets, Settings
from pipelines.sinks.lake import create_table
from pipelines.sinks.streams import append_stream
from pipelines.sources.lake import read_table_stream
from pipelines.sources.payloads import parse_payloads


def run(spark: SparkSession, settings: Settings) -> None:
    """Read what bronze has gained since the last run, and end."""
    for name in ("bronze.tweets", "silver.metric_observations"):
        create_table(spark, settings, name)
    observed = keep_observations(read_table_stream(spark, settings, "bronze.tweets"), settings.annotate_tweets)
    append_stream(observed, settings, "silver.metric_observations", "observe_metrics", once=True).awaitTermination()


def keep_observations(records: DataFrame, limits: AnnotateTweets) -> DataFrame:
    """Bronze records -> one row for each that parses: its tweet, its time, its metrics, its origin."""
    parsed = parse_payloads(records, limits).where("reason IS NULL")
    return conform(parsed.withColumnRenamed("kafka_at", "observed_at"), SILVER_METRIC_OBSERVATIONS)
