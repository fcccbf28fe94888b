"""Segments of a brand from its profiles: tables, chart and mlflow of one run, and what a second one changes."""

import json
import logging
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from conf.command_line import Options
from conf.schemas import GOLD_AUTHOR_PROFILES
from conf.settings import Settings
from models.tracking import load_spark_model
from pipelines import segment_authors
from pipelines.sinks.lake import create_table, overwrite_rows
from pipelines.sources.lake import read_changes, read_table, table_version

GOLDEN = Path(__file__).parents[1] / "golden"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
TABLES = ("gold.author_segments", "gold.segments")


def asked(**fields: Any) -> Options:
    return Options(
        **({"env": None, "brand": None, "as_of": NOON, "run_id": 1, "dry_run": False, "full": False} | fields)
    )


def small(settings: Settings, **fields: int) -> Settings:
    """The same settings with few candidates for k and few authors needed."""
    asked_for = settings.segment_authors.model_copy(
        update={"min_authors": 20, "smallest_segment": 5, "max_segments": 4} | fields
    )
    return settings.model_copy(update={"segment_authors": asked_for})


def a_brand(brand: str, authors: int) -> list[dict[str, Any]]:
    """Two kinds of authors, one in three of them loud and cross."""
    draw = random.Random(brand)
    quiet = {"tweet_count": 2, "followers_count": 50, "sentiment_mean": 0.8, "reply_share": 0.0, "negative_share": 0.0}
    loud = {
        "tweet_count": 40,
        "followers_count": 9000,
        "sentiment_mean": 0.2,
        "reply_share": 1.0,
        "negative_share": 0.9,
    }
    rows = []
    for number in range(authors):
        kind = loud if number % 3 == 0 else quiet
        counts = {name: int(kind[name] * draw.uniform(0.8, 1.2)) for name in ("tweet_count", "followers_count")}
        key = {"brand": brand, "author_key": f"author{number:03d}", "run_id": 1, "as_of": NOON}
        rows.append(key | kind | counts)
    return rows


def fill_profiles(spark: SparkSession, settings: Settings, *rows: dict[str, Any]) -> None:
    create_table(spark, settings, "gold.author_profiles")
    given = [tuple(row.get(name) for name in GOLD_AUTHOR_PROFILES.names) for row in rows]
    overwrite_rows(spark.createDataFrame(given, GOLD_AUTHOR_PROFILES), settings, "gold.author_profiles")


def rows_of(spark: SparkSession, settings: Settings, name: str) -> list[dict[str, Any]]:
    """The rows as JSON gives them, figures to 6 digits: the last ones depend on the machine's arithmetic."""
    table = read_table(spark, settings, name).drop("model_version")
    rows = [json.loads(line) for line in table.orderBy(*table.columns[:2]).toJSON().collect()]
    return [{key: round(value, 6) if isinstance(value, float) else value for key, value in row.items()} for row in rows]


def golden(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (GOLDEN / f"{name}.jsonl").read_text("utf-8").splitlines()]


def test_a_run_fills_the_tables_and_mlflow_and_a_second_one_changes_nothing(
    spark: SparkSession, offline_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings = small(offline_settings)
    fill_profiles(spark, settings, *a_brand("acme", 30), *a_brand("tiny", 5))
    with caplog.at_level(logging.INFO, "brandpulse.segment_authors"):
        segment_authors.run(spark, settings, asked())
    assert "tiny: 5 profiles, fewer than segment_authors.min_authors (20): no segments" in caplog.messages
    assert rows_of(spark, settings, "gold.segments") == golden("segments")
    assert rows_of(spark, settings, "gold.author_segments") == golden("author_segments")
    assert (settings.reports / "segments-acme.png").read_bytes().startswith(b"\x89PNG")
    model = load_spark_model(settings, "segments-acme")
    profiles = read_table(spark, settings, "gold.author_profiles").where("brand = 'acme'")
    served = {row["author_key"]: row["segment_id"] for row in model.transform(profiles).collect()}
    assert served == {row["author_key"]: row["segment_id"] for row in golden("author_segments")}

    versions = [table_version(spark, settings, name) for name in TABLES]
    caplog.clear()
    with caplog.at_level(logging.INFO, "brandpulse.segment_authors"):
        segment_authors.run(spark, settings, asked(run_id=2))
    assert not [line for line in caplog.messages if "registered" in line]
    for name, version in zip(TABLES, versions, strict=True):
        assert {row["run_id"] for row in rows_of(spark, settings, name)} == {1}
        if table_version(spark, settings, name) > version:
            assert read_changes(spark, settings, name, version + 1).count() == 0


def test_a_brand_that_has_too_few_authors_left_loses_its_segments_alone(
    spark: SparkSession, offline_settings: Settings
) -> None:
    settings = small(offline_settings)
    fill_profiles(spark, settings, *a_brand("acme", 5), *a_brand("globex", 5))
    stamp = (1, NOON)
    for name, rows in (
        ("gold.author_segments", [(brand, "author001", "s01", 0.5, *stamp) for brand in ("acme", "globex")]),
        ("gold.segments", [(brand, "s01", *[None] * 15, *stamp) for brand in ("acme", "globex")]),
    ):
        create_table(spark, settings, name)
        schema = read_table(spark, settings, name).schema
        overwrite_rows(spark.createDataFrame(rows, schema), settings, name)
    segment_authors.run(spark, settings, asked(brand="acme", run_id=2))
    for name in TABLES:
        assert [row["brand"] for row in rows_of(spark, settings, name)] == ["globex"]


def test_without_profiles_there_are_no_segments(spark: SparkSession, offline_settings: Settings) -> None:
    segment_authors.run(spark, offline_settings, asked())
    assert [rows_of(spark, offline_settings, name) for name in TABLES] == [[], []]


def test_a_dry_run_writes_nothing(spark: SparkSession, offline_settings: Settings) -> None:
    settings = small(offline_settings)
    fill_profiles(spark, settings, *a_brand("acme", 30))
    segment_authors.run(spark, settings, asked(dry_run=True))
    assert [table_version(spark, settings, name) for name in TABLES] == [-1, -1]
    assert not settings.reports.exists()
