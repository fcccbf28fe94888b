"""Kafka topics as Spark streams."""

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.settings import Kafka, Settings


def read_topic_stream(spark: SparkSession, settings: Settings, topic: str, most: int | None = None) -> DataFrame:
    """Stream `topic` from its earliest record: topic, partition, offset, key, value, headers, kafka_at.

    A batch has at most `most` records, by default `stream_tweets.max_offsets_per_trigger`.

    A record that Kafka has already deleted stops the query (failOnDataLoss): no gap is skipped silently.
    """
    options = (
        client_options(settings.kafka)
        | {
            "kafka.bootstrap.servers": settings.endpoint("kafka"),
            "subscribe": topic,
            "startingOffsets": "earliest",
            "includeHeaders": "true",
            "failOnDataLoss": "true",
            "maxOffsetsPerTrigger": str(most or settings.stream_tweets.max_offsets_per_trigger),
        }
        | _password(settings)
    )
    return (
        spark.readStream.format("kafka")
        .options(**options)
        .load()
        .select("topic", "partition", "offset", "key", "value", "headers", F.col("timestamp").alias("kafka_at"))
        # Not for state: it makes Spark report the oldest and newest record of each batch.
        .withWatermark("kafka_at", "0 seconds")
    )


def header(name: str) -> Column:
    """The first header `name` as a string; null when there is none."""
    found = F.filter("headers", lambda each: each["key"] == name)
    return F.get(found, F.lit(0))["value"].cast("string")


def client_options(kafka: Kafka) -> dict[str, str]:
    """Security options of Spark's Kafka client, without the password."""
    options: dict[str, str] = {"kafka.security.protocol": kafka.security_protocol}
    if kafka.security_protocol.startswith("SASL"):
        options["kafka.sasl.mechanism"] = kafka.sasl_mechanism
    if kafka.ssl_cafile:
        options |= {"kafka.ssl.truststore.type": "PEM", "kafka.ssl.truststore.location": kafka.ssl_cafile}
    return options


def _password(settings: Settings) -> dict[str, str]:
    """The JAAS line; Spark redacts options that match spark.redaction.regex."""
    if not settings.kafka.security_protocol.startswith("SASL"):
        return {}
    module = "plain.PlainLoginModule" if settings.kafka.sasl_mechanism == "PLAIN" else "scram.ScramLoginModule"
    secret = settings.secrets.required("kafka_password").replace("\\", "\\\\").replace('"', '\\"')
    line = (
        f"org.apache.kafka.common.security.{module} required "
        f'username="{settings.kafka.sasl_username}" password="{secret}";'
    )
    return {"kafka.sasl.jaas.config": line}
