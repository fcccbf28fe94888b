"""What an operator watches, as documents."""

from datetime import UTC, timedelta
from typing import Any

import pytest
from pyspark.sql import SparkSession

from conf.command_line import Options
from conf.settings import Settings
from conf.tables import TABLES
from pipelines.sinks.lake import append_rows, create_table
from pipelines.sources.mongo import read_current
from pipelines.trends import publish_operations
from tests.annotators import write_tiny_annotator
from tests.builders import NOON


def put(spark: SparkSession, settings: Settings, name: str, *rows: dict[str, Any]) -> None:
    create_table(spark, settings, name)
    names = TABLES[name].schema.names
    frame = spark.createDataFrame([tuple(row.get(each) for each in names) for row in rows], TABLES[name].schema)
    append_rows(frame, settings, name)


@pytest.fixture
def measured(spark: SparkSession, settings: Settings, tmp_path: Any) -> dict[str, dict[str, Any]]:
    """The documents of a lake with notices, reads, a gap and a measured day, two hours after noon."""
    annotators = settings.annotators.model_copy(update={"tweets": str(write_tiny_annotator(tmp_path / "tiny"))})
    ready = settings.model_copy(update={"annotators": annotators})
    put(spark, ready, "bronze.compliance", *({"event_key": key, "ingested_at": NOON} for key in ("a", "b", "c")))
    put(spark, ready, "restricted.erasure_receipts", {"event_key": "a", "erased_at": NOON}, {"event_key": "b"})
    reads = {"read_on": NOON.date(), "source": "x:stream", "read_count": 100, "cost_usd": 0.5}
    put(spark, ready, "bronze.api_reads", reads, reads, reads | {"read_on": NOON.date() - timedelta(days=10)})
    gap = {"gap_id": 1, "state": "lost", "source": "stream", "cause": "down", "opened_at": NOON - timedelta(hours=3)}
    old = gap | {"gap_id": 2, "state": "repaired", "opened_at": NOON - timedelta(days=200), "ended_at": NOON}
    put(spark, ready, "bronze.collection_gaps", gap | {"ended_at": NOON}, old)
    drift = {"created_on": NOON.date(), "model_version": "v1", "sentiment_psi": 0.02, "complaint_psi": 0.3}
    before = {"created_on": NOON.date() - timedelta(days=1), "model_version": "v0", "category_psi": 0.1}
    put(spark, ready, "gold.model_drift", drift | {"verdict": "shifted", "tweet_count": 50}, before)
    put(spark, ready, "ops.pipeline_state", {"hop": "profile_authors", "as_of": NOON, "run_id": 7})
    at = NOON + timedelta(hours=2)
    publish_operations.run(spark, ready, Options(env=None, brand=None, as_of=at, run_id=1), unaccounted=0)
    return {document["_id"]: document for document in read_current(ready, "operations")}


def test_every_figure_that_an_operator_watches_is_there(measured: dict[str, dict[str, Any]]) -> None:
    values = {name: document["value"] for name, document in measured.items()}
    assert {name: values[name] for name in values if not name.startswith(("freshness", "model"))} == {
        "collection_gap:1": 3.0,
        "job:profile_authors": 120.0,
        "reconciliation:input": 0,
        "gap:lost": 1,
        "gap:repaired": 1,
        "reads:x:stream": 200,
        "erasure:done": 1,
        "erasure:due": 2,
        "erasure:oldest due": 2.0,
        "drift:v1": 0.3,
        "drift_day:2026-05-03": 0.1,
        "drift_day:2026-05-04": 0.3,
    }
    assert measured["reads:x:stream"]["detail"] == "1.00 USD since 2026-05-01"
    assert measured["drift:v1"]["detail"] == "shifted on 2026-05-04"
    assert measured["drift_day:2026-05-04"]["detail"] == "v1"
    assert measured["drift_day:2026-05-04"]["count"] == 50
    assert measured["collection_gap:1"]["detail"] == "stream lost: down"
    ends = [measured["collection_gap:1"][name].replace(tzinfo=UTC) for name in ("started_at", "ended_at")]
    assert ends == [NOON - timedelta(hours=3), NOON]
    found = {name.removeprefix("freshness:"): document["value"] for name, document in measured.items()}
    assert {name for name in found if name in TABLES} == TABLES.keys()
    assert found["bronze.compliance"] == 0.0
    assert found["silver.tweets"] is None


def test_each_task_of_an_annotator_has_its_measure_and_its_interval() -> None:
    of_sentiment = {"macro_recall": 0.73, "macro_f1": 0.68, "low": 0.71, "high": 0.75, "n": 2000.0}
    of_category = {"macro_f1": 0.51, "accuracy": 0.67, "n": 8005.0}
    found = publish_operations.measure_tasks({"sentiment": of_sentiment, "category": of_category, "reason": {}})
    assert [(one.name, one.value, one.low, one.high, one.count, one.detail) for one in found] == [
        ("sentiment", 0.73, 0.71, 0.75, 2000, "macro recall"),
        ("category", 0.51, None, None, 8005, "macro f1"),
    ]
