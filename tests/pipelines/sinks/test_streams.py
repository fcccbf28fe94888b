"""Streaming queries: their figures, their clean stop, and a failure that ends the process."""

import json
import os
import signal
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from conf.settings import Settings
from pipelines.sinks.spark_conf import hold, spark_conf
from pipelines.sinks.streams import run_hops, run_until_stopped, start_batches, summarise_progress
from runtime.errors import ServiceUnavailable

ADAPTIVE = "spark.sql.adaptive.enabled"
SOURCE: dict[str, Any] = {
    "description": "KafkaV2[Subscribe[tweets.raw.v1]]",
    "endOffset": {"tweets.raw.v1": {"0": 10, "1": 5}},
    "latestOffset": {"tweets.raw.v1": {"0": 12, "1": 9}},
}
PROGRESS: dict[str, Any] = {
    "name": "annotate_tweets",
    "batchId": 4,
    "numInputRows": 500,
    "durationMs": {"triggerExecution": 2000},
    "eventTime": {"min": "2026-05-04T12:00:00.000Z"},
    "sources": [SOURCE],
}


def test_a_batch_is_told_in_rows_a_second_freshness_and_lag() -> None:
    line = summarise_progress(PROGRESS)
    assert (line["query"], line["rows"], line["kafka_lag"]) == ("annotate_tweets", 500, 6)
    assert line["rows_per_second"] == 250.0
    assert line["freshness_seconds"] > 0
    assert json.loads(json.dumps(line)) == line


def test_a_run_that_takes_what_is_there_has_no_lag_to_tell() -> None:
    source = SOURCE | {"latestOffset": None}
    line = summarise_progress(PROGRESS | {"sources": [source], "eventTime": {}})
    assert (line["kafka_lag"], line["freshness_seconds"]) == (0, None)


def one_line(spark: SparkSession, settings: Settings) -> DataFrame:
    source = Path(settings.home) / "in"
    source.mkdir(parents=True)
    (source / "a.txt").write_text("one\n")
    return spark.readStream.text(str(source))


def numbers(spark: SparkSession) -> DataFrame:
    return spark.readStream.format("rate").option("rowsPerSecond", 50).load()


def test_sigterm_ends_a_query_between_batches(spark: SparkSession, offline_settings: Settings) -> None:
    entered, left = [], []

    def write(batch: DataFrame, batch_id: int) -> None:
        entered.append(batch_id)
        batch.count()
        left.append(batch_id)
        if len(left) == 2:
            threading.Timer(0, os.kill, (os.getpid(), signal.SIGTERM)).start()

    query = start_batches(numbers(spark), offline_settings, "numbers", write, once=False)
    run_until_stopped(spark, [query])
    assert not query.isActive
    assert entered == left
    entered.clear()
    start_batches(one_line(spark, offline_settings), offline_settings, "next", write, once=True).awaitTermination()
    assert entered, "a run that was stopped must not stop the next one"


def test_a_failing_query_ends_the_run_with_its_reason(spark: SparkSession, offline_settings: Settings) -> None:
    def write(batch: DataFrame, batch_id: int) -> None:
        raise ValueError("no room for this batch")

    query = start_batches(numbers(spark), offline_settings, "failing", write, once=False)
    with pytest.raises(ServiceUnavailable, match="failing failed and will resume"):
        run_until_stopped(spark, [query])


def test_spark_runs_a_query_without_adaptive_execution(spark: SparkSession, offline_settings: Settings) -> None:
    seen = []
    with spark_conf(spark, {ADAPTIVE: "true"}):
        lines = one_line(spark, offline_settings)
        query = start_batches(
            lines, offline_settings, "lines", lambda df, n: seen.append(df.sparkSession.conf.get(ADAPTIVE)), once=True
        )
        run_until_stopped(spark, [query])
    assert seen == ["false"]


def test_the_checkpoint_carries_the_name_of_the_query(spark: SparkSession, offline_settings: Settings) -> None:
    seen = []
    lines = one_line(spark, offline_settings)
    query = start_batches(lines, offline_settings, "lines", lambda df, n: seen.append(df.count()), once=True)
    run_until_stopped(spark, [query])
    assert seen == [1]
    assert (Path(offline_settings.lake.checkpoints) / "lines" / "commits").is_dir()


def test_with_once_a_stage_starts_when_the_one_before_has_ended(
    spark: SparkSession, offline_settings: Settings
) -> None:
    events: list[str] = []

    class Noting:
        def __init__(self, name: str) -> None:
            self.name = name

        def start(self, spark: SparkSession, settings: Settings, *, once: bool) -> StreamingQuery:
            events.append(f"{self.name} starts")
            return start_batches(
                one_line(spark, settings.model_copy(update={"home": settings.home / self.name})),
                settings,
                self.name,
                lambda batch, number: events.append(f"{self.name} writes"),
                once=once,
            )

    run_hops(spark, offline_settings, [[Noting("first")], [Noting("second")]], once=True)
    assert events == ["first starts", "first writes", "second starts", "second writes"]


@pytest.mark.parametrize("master", ["local[2]", "spark://elsewhere:7077"])
def test_a_frame_is_computed_once_and_freed(spark: SparkSession, master: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark.sparkContext, "master", master)
    computed = spark.sparkContext.accumulator(0)

    def count(rows: Iterable[tuple[int]]) -> Iterable[tuple[int]]:
        computed.add(1)
        return rows

    before = spark.sparkContext._jsc.getPersistentRDDs().size()
    frame = spark.createDataFrame(spark.sparkContext.parallelize([(1,), (2,)], 1).mapPartitions(count), "a int")
    with hold(frame) as kept:
        assert kept.count() == kept.where("a > 0").count() == 2
        assert spark.sparkContext._jsc.getPersistentRDDs().size() == before + 1
    assert computed.value == 1
    assert spark.sparkContext._jsc.getPersistentRDDs().size() == before
