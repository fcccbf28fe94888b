"""Start, monitor and stop streaming queries: one log line per batch, a clean stop between batches."""

import json
import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from py4j.protocol import Py4JError
from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.listener import (
    QueryIdleEvent,
    QueryProgressEvent,
    QueryStartedEvent,
    QueryTerminatedEvent,
    StreamingQueryListener,
)
from pyspark.sql.streaming.query import StreamingQuery
from pyspark.sql.streaming.readwriter import DataStreamWriter

from conf.session import BACKGROUND_POOL
from conf.settings import Settings
from conf.tables import checkpoint_path, table_path
from runtime.errors import ServiceUnavailable

logger = logging.getLogger("brandpulse.stream")
_stopping = threading.Event()
STOP_SECONDS = 120
POOL = "spark.scheduler.pool"


class StoppedBetweenBatches(RuntimeError):
    """Raised at the start of a batch after SIGTERM, so that the query ends before it has processed any of it."""


def append_stream(
    df: DataFrame, settings: Settings, name: str, query: str, *, once: bool, seconds: float | None = None
) -> StreamingQuery:
    """Append a stream to a table by Delta's own sink: exactly once, by its checkpoint."""
    writer = _writer(df, settings, query, once=once, seconds=seconds).format("delta").outputMode("append")
    return writer.start(table_path(settings, name))


def start_batches(
    df: DataFrame,
    settings: Settings,
    query: str,
    write_batch: Callable[[DataFrame, int], object],
    *,
    once: bool,
    seconds: float | None = None,
) -> StreamingQuery:
    """Call `write_batch(rows, batch id)` with every micro-batch; it must be idempotent, as a batch may arrive twice."""

    def each(batch: DataFrame, batch_id: int) -> None:
        if _stopping.is_set():
            raise StoppedBetweenBatches(query)
        write_batch(batch, batch_id)

    return _writer(df, settings, query, once=once, seconds=seconds).foreachBatch(each).start()


def start_background_batches(
    df: DataFrame,
    settings: Settings,
    query: str,
    write_batch: Callable[[DataFrame, int], object],
    *,
    once: bool,
    seconds: float,
    pool: str = BACKGROUND_POOL,
) -> StreamingQuery:
    """As `start_batches`, but a task of it runs only when no query of the tweets has a task waiting."""
    context = df.sparkSession.sparkContext
    context.setLocalProperty(POOL, pool)  # a query runs in the pool of the thread that starts it
    try:
        return start_batches(df, settings, query, write_batch, once=once, seconds=seconds)
    finally:
        context.setLocalProperty(POOL, "default")


class Hop(Protocol):
    """A hop between two stores that runs as a query."""

    def start(self, spark: SparkSession, settings: Settings, *, once: bool) -> StreamingQuery | None:
        """Start the query; None where the settings disable it."""


def run_hops(spark: SparkSession, settings: Settings, stages: Sequence[Sequence[Hop]], *, once: bool) -> None:
    """Start every hop, log its progress and wait; with `once` those of a stage start when the stage before has ended,
    since they follow what it writes."""
    watch_progress(spark, settings)
    for hops in stages if once else ([hop for stage in stages for hop in stage],):
        started = [hop.start(spark, settings, once=once) for hop in hops]
        if not run_until_stopped(spark, [query for query in started if query]):
            return


def run_until_stopped(spark: SparkSession, queries: list[StreamingQuery]) -> bool:
    """Wait for every query; SIGTERM or SIGINT stops them between batches. ServiceUnavailable when a query fails.

    True when all of them ended, False when a signal stopped them.
    """
    before = {number: signal.signal(number, _request_stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        while not _stopping.is_set() and any(query.isActive for query in queries):
            if any(_failure(query) for query in queries):
                break
            time.sleep(0.2)
        asked = _stopping.is_set()
        _stop_between_batches(queries)
    except (Py4JError, ConnectionError):
        if not _stopping.is_set():
            raise
        # A signal to the whole process group also ends the JVM; the checkpoint repeats the interrupted batch.
        logger.warning("the JVM ended before its queries did")
        return False
    finally:
        _stopping.clear()
        for number, handler in before.items():
            signal.signal(number, handler)
    failures = [text for text in map(_failure, queries) if text]
    if failures:
        raise ServiceUnavailable(failures[0])
    return not asked


def watch_progress(spark: SparkSession, settings: Settings) -> None:
    """Log rows per second, batch time, freshness and Kafka lag of every batch, also as JSON lines under home/logs."""
    spark.streams.addListener(_Progress(settings.home / "logs" / "stream_progress.jsonl"))


class _Progress(StreamingQueryListener):
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path

    def onQueryStarted(self, event: QueryStartedEvent) -> None:
        logger.info("%s started", event.name)

    def onQueryProgress(self, event: QueryProgressEvent) -> None:
        progress = event.progress
        if not progress.numInputRows:
            return
        line = summarise_progress(json.loads(progress.json))
        logger.info(
            "%(query)s batch %(batch)d: %(rows)d rows in %(batch_seconds).1f s, %(rows_per_second).0f rows/s, "
            "freshness %(freshness_seconds)s s, Kafka lag %(kafka_lag)d records",
            line,
        )
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def onQueryIdle(self, event: QueryIdleEvent) -> None:
        """Nothing arrived: nothing to log."""

    def onQueryTerminated(self, event: QueryTerminatedEvent) -> None:
        """`run_until_stopped` reports how a query ended."""


def summarise_progress(progress: dict[str, Any]) -> dict[str, Any]:
    """One batch's figures from Spark's progress report, in rows, records and seconds.

    `freshness_seconds` is the age of the batch's oldest record in Kafka; `kafka_lag` counts the records in Kafka after
    this batch.
    """
    now = datetime.now(UTC)
    seconds = progress.get("durationMs", {}).get("triggerExecution", 0) / 1000
    rows = progress.get("numInputRows", 0)
    oldest = progress.get("eventTime", {}).get("min")
    return {
        "at": now.isoformat(timespec="milliseconds"),
        "query": progress.get("name"),
        "batch": progress.get("batchId"),
        "rows": rows,
        "batch_seconds": seconds,
        "rows_per_second": rows / seconds if seconds else 0.0,
        "freshness_seconds": round((now - datetime.fromisoformat(oldest)).total_seconds(), 2) if oldest else None,
        "kafka_lag": sum(_lag(source) for source in progress["sources"] if source["description"].startswith("KafkaV2")),
    }


def _lag(source: dict[str, Any]) -> int:
    """Zero where Spark reports no latest offset, as with the trigger `availableNow`."""
    ends: dict[str, dict[str, int]] = source["endOffset"] or {}
    latest: dict[str, dict[str, int]] = source["latestOffset"] or {}
    return sum(
        offset - ends.get(topic, {}).get(partition, 0)
        for topic, partitions in latest.items()
        for partition, offset in partitions.items()
    )


def _writer(
    df: DataFrame, settings: Settings, query: str, *, once: bool, seconds: float | None = None
) -> DataStreamWriter:
    """`seconds` between two batches, by default `stream_tweets.trigger_seconds`."""
    writer = df.writeStream.queryName(query).option("checkpointLocation", checkpoint_path(settings, query))
    if once:
        return writer.trigger(availableNow=True)
    interval = settings.stream_tweets.trigger_seconds if seconds is None else seconds
    return writer.trigger(processingTime=f"{interval} seconds")


def _request_stop(number: int, frame: FrameType | None) -> None:
    logger.info("signal %d: stopping between batches", number)
    _stopping.set()


def _stop_between_batches(queries: list[StreamingQuery]) -> None:
    _stopping.set()
    deadline = time.monotonic() + STOP_SECONDS
    while any(query.isActive for query in queries) and time.monotonic() < deadline:
        for query in queries:
            if query.isActive and not query.status["isTriggerActive"]:
                query.stop()
        time.sleep(0.01)
    for query in queries:
        if query.isActive:
            logger.warning(
                "%s did not end within %d s: stopped inside a batch, which will be repeated", query.name, STOP_SECONDS
            )
            query.stop()


def _failure(query: StreamingQuery) -> str | None:
    """Why the query failed, in one line; None while it runs or when it was stopped."""
    failure: StreamingQueryException | None = query.exception()
    if failure is None or StoppedBetweenBatches.__name__ in str(failure):
        return None
    return f"{query.name} failed and will resume from its checkpoint: {str(failure).strip().splitlines()[0]}"
