"""gold.ticket_candidates, bronze.tweets -> restricted.ticket_details: order numbers, flights, amounts of candidates.

silver has masked texts; the raw one is read from bronze at the offsets of the candidate. land_tweets writes bronze
every few seconds, so that a candidate may be found before its record is there: then the batch waits, tickets do not.
"""

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial, reduce
from operator import or_

from pyspark.sql import Column, DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from conf.schemas.shapes import OFFSETS
from conf.settings import Settings
from models.tickets.conversations import keep_customers
from models.tickets.details import details_column
from pipelines.sinks.lake import Batch, Merge, create_table, merge_rows, on_days
from pipelines.sinks.spark_conf import WITHOUT_ADAPTIVE_EXECUTION, hold, spark_conf
from pipelines.sinks.streams import start_background_batches
from pipelines.sources.lake import read_change_stream, read_table
from pipelines.sources.payloads.parser import parse_texts

logger = logging.getLogger("brandpulse.extract_details")

CANDIDATES, BRONZE, TABLE = "gold.ticket_candidates", "bronze.tweets", "restricted.ticket_details"
RETRY_SECONDS = 1.0
CLOCK_SKEW = timedelta(minutes=10)
"""Between Kafka's clock and ours."""


def start(spark: SparkSession, settings: Settings, *, once: bool) -> StreamingQuery:
    """Start the query."""
    for name in (CANDIDATES, BRONZE, TABLE):
        create_table(spark, settings, name)
    found = select_places(read_change_stream(spark, settings, CANDIDATES))
    write = partial(write_batch, settings=settings)
    seconds = settings.extract_details.trigger_seconds
    return start_background_batches(found, settings, "extract_details", write, once=once, seconds=seconds)


def select_places(changes: DataFrame) -> DataFrame:
    """The new candidates that customers wrote, with their place in bronze."""
    rows = keep_customers(changes)
    return rows.select("tweet_id", "created_on", "received_at", *OFFSETS).where(F.col("offset").isNotNull())


def write_batch(candidates: DataFrame, batch_id: int, *, settings: Settings) -> int:
    """Extract the details of a batch of candidates; returns how many of them have some."""
    single = candidates.dropDuplicates(["tweet_id"])
    with spark_conf(candidates.sparkSession, WITHOUT_ADAPTIVE_EXECUTION), hold(single) as wanted:
        spans = measure_spans(wanted)
        if not spans:
            return 0
        records = read_records(wanted, spans, settings)
        with hold(find_details(wanted, records)) as found:
            rows = found.where(F.size("details") > 0)
            count = rows.count()
            if count:
                days = sorted({day for span in spans for day in span["days"]})
                merge_rows(rows, settings, TABLE, Merge(pruning=on_days(days)), Batch("extract_details", batch_id))
    return count


def measure_spans(wanted: DataFrame) -> list[Row]:
    """Of each partition of Kafka: its first and last offset, the first time, the number of records and of new ones.

    Records that are older than bronze's retention are never there: only new ones are waited for.
    """
    is_new = F.col("received_at") >= F.current_timestamp() - F.expr("INTERVAL 1 HOUR")
    spans = wanted.groupBy("topic", "partition").agg(
        F.min("offset").alias("from"),
        F.max("offset").alias("to"),
        F.min("received_at").alias("since"),
        F.count("*").alias("all"),
        F.count_if(is_new).alias("new"),
        F.collect_set("created_on").alias("days"),
    )
    return spans.collect()


def read_records(wanted: DataFrame, spans: Sequence[Row], settings: Settings) -> DataFrame:
    """The records of `wanted` in bronze.tweets; waits until they are there, at most `wait_seconds`.

    Only the files and pages between the first and the last offset are read.
    """
    since = min(span["since"] for span in spans) - CLOCK_SKEW
    between = reduce(or_, map(_is_in, spans))
    asked, new = (sum(span[name] for span in spans) for name in ("all", "new"))
    deadline = time.monotonic() + settings.extract_details.wait_seconds
    while True:
        bronze = read_table(wanted.sparkSession, settings, BRONZE)
        recent = bronze.where((F.col("ingested_on") >= F.lit(since.date())) & (F.col("ingested_at") >= F.lit(since)))
        records = recent.where(between).join(F.broadcast(wanted.select(*OFFSETS)), [*OFFSETS], how="left_semi")
        count = records.select(*OFFSETS).count()
        if count >= new or time.monotonic() >= deadline:
            break
        time.sleep(RETRY_SECONDS)
    if count < asked:
        logger.warning("%d of %d records are not in %s: no details of them", asked - count, asked, BRONZE)
    return records


def _is_in(span: Row) -> Column:
    of_partition = (F.col("topic") == span["topic"]) & (F.col("partition") == span["partition"])
    return of_partition & F.col("offset").between(span["from"], span["to"])


def find_details(wanted: DataFrame, records: DataFrame) -> DataFrame:
    """RESTRICTED_TICKET_DETAILS rows of the candidates; many texts name nothing.

    Those must be dropped from rows that are computed: a condition on this frame would parse each text for each rule.
    """
    texts = parse_texts(records).select(*OFFSETS, details_column(F.col("text")).alias("details"))
    met = wanted.join(texts, [*OFFSETS], how="inner")
    return met.select("tweet_id", "created_on", "details", F.current_timestamp().alias("extracted_at"))
