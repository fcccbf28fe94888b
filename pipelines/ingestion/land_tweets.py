"""tweets.raw.v1 -> bronze.tweets: the bytes as received, with offsets and headers; the source of every replay."""

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from conf.schemas.bronze import BRONZE_TWEETS
from conf.schemas.shapes import conform
from conf.settings import Settings
from pipelines.sinks.lake import create_table
from pipelines.sinks.streams import append_stream
from pipelines.sources.kafka import read_topic_stream


def start(spark: SparkSession, settings: Settings, *, once: bool) -> StreamingQuery:
    """Start the query; exactly once through Delta's own sink."""
    create_table(spark, settings, "bronze.tweets")
    landed = read_topic_stream(spark, settings, settings.kafka.tweets_topic).transform(with_arrival)
    seconds = settings.land_tweets.trigger_seconds
    return append_stream(landed, settings, "bronze.tweets", "land_tweets", once=once, seconds=seconds)


def with_arrival(records: DataFrame) -> DataFrame:
    """Add the time of arrival, and conform to bronze.tweets."""
    now = F.current_timestamp()
    arrived = records.withColumns({"ingested_at": now, "ingested_on": now.cast("date")})
    return conform(arrived, BRONZE_TWEETS)
