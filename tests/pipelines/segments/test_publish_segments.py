"""Segments as documents in the store."""

from datetime import UTC, datetime
from typing import Any

from pyspark.sql import SparkSession

from conf.command_line import Options
from conf.schemas.segments import GOLD_SEGMENTS
from conf.settings import Settings
from conf.tables import TABLES
from pipelines.segments import publish_segments
from pipelines.sinks.lake import create_table, overwrite_rows
from pipelines.sources.mongo import read_current, read_pointer

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def asked(**fields: Any) -> Options:
    return Options(
        **({"env": None, "brand": None, "as_of": NOON, "run_id": 1, "dry_run": False, "full": False} | fields)
    )


def fill(spark: SparkSession, settings: Settings, *segments: dict[str, Any]) -> None:
    create_table(spark, settings, "gold.segments")
    rows = [tuple(row.get(name) for name in GOLD_SEGMENTS.names) for row in segments]
    overwrite_rows(spark.createDataFrame(rows, GOLD_SEGMENTS), settings, "gold.segments")


def test_a_document_is_the_segment_under_brand_and_id(spark: SparkSession, settings: Settings) -> None:
    segment = {"brand": "acme", "segment_id": "s01", "name": "Frequent", "author_count": 120, "as_of": NOON}
    fill(spark, settings, segment, segment | {"segment_id": "s02", "author_count": 100})
    publish_segments.run(spark, settings, asked())
    first, second = read_current(settings, "segments", sort=[("author_count", -1)])
    assert first == dict.fromkeys(GOLD_SEGMENTS.names) | segment | {"_id": "acme:s01"}
    assert second["_id"] == "acme:s02"


def test_a_dry_run_publishes_nothing(spark: SparkSession, settings: Settings) -> None:
    publish_segments.run(spark, settings, asked(dry_run=True))
    assert read_pointer(settings, "segments") is None


def test_history_and_events_are_published_under_their_keys(spark: SparkSession, settings: Settings) -> None:
    day = {"brand": "acme", "segment_id": "s01", "measured_on": NOON.date(), "author_count": 120}
    born = {"brand": "acme", "segment_id": "s01", "run_id": 7, "event": "born", "other_ids": ["s02"]}
    for name, row in (("segment_history", day), ("segment_events", born)):
        schema = TABLES[f"gold.{name}"].schema
        create_table(spark, settings, f"gold.{name}")
        rows = spark.createDataFrame([tuple(row.get(column) for column in schema.names)], schema)
        overwrite_rows(rows, settings, f"gold.{name}")
    publish_segments.run(spark, settings, asked())
    (history,), (event,) = (read_current(settings, name) for name in ("segment_history", "segment_events"))
    assert (history["_id"], history["measured_on"]) == ("acme:s01:2026-05-04", "2026-05-04")
    assert (event["_id"], event["other_ids"]) == ("acme:7:s01:born", ["s02"])
