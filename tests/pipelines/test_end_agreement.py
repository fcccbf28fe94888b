"""When the agreement with X ends nothing of X's stays, and nobody ends it by a slip."""

import json
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from conf.command_line import Options
from conf.errors import UsageError
from conf.mongodb import store_address
from conf.settings import Settings
from pipelines import end_agreement, publish_segments
from pipelines.sinks.kafka_clients import create_topics
from pipelines.sinks.lake import append_rows, create_table
from pipelines.sources.lake import table_exists
from tests.builders import NOON, a_tweet, tweets

SECRET_TEXT = "nobody may read this any more"


def asked(receipt: Path, **fields: Any) -> Options:
    extra = {"receipt": str(receipt), "confirm": fields.pop("confirm", None)}
    return Options(None, None, NOON, 7, dry_run=fields.pop("dry_run", False), full=False, extra=extra)


def fill(spark: SparkSession, settings: Settings) -> None:
    create_topics(settings)
    for name in ("silver.tweets", "gold.segments"):
        create_table(spark, settings, name)
    append_rows(tweets(spark, a_tweet(text=SECRET_TEXT)), settings, "silver.tweets")
    publish_segments.run(spark, settings, Options(None, None, NOON, 1, False, False))
    for name in ("exports", "annotators"):
        (settings.home / name).mkdir(parents=True)
        (settings.home / name / "file").write_text(name)


def test_everything_goes_but_what_is_not_of_x(spark: SparkSession, settings: Settings, tmp_path: Path) -> None:
    fill(spark, settings)
    receipt = tmp_path / "receipt.json"
    confirmed = store_address(settings).database
    there = end_agreement.run(spark, settings, asked(receipt, dry_run=True))
    assert there["tables"] == ["gold.segments", "silver.tweets"]
    assert there["topics"] == sorted((settings.kafka.tweets_topic, settings.kafka.compliance_topic))
    assert not receipt.exists()
    end_agreement.run(spark, settings, asked(receipt, confirm=confirmed))
    assert json.loads(receipt.read_text("utf-8"))["deleted"] == there
    assert sorted(each.name for each in settings.home.iterdir()) == ["annotators", "leases"]
    assert not table_exists(spark, settings, "silver.tweets")
    left = [each for each in settings.home.rglob("*") if each.is_file()]
    assert not [each for each in left if SECRET_TEXT.encode() in each.read_bytes()]
    again = end_agreement.run(spark, settings, asked(receipt, confirm=confirmed))
    assert not any(again.values())


def test_it_is_not_done_by_a_slip(spark: SparkSession, settings: Settings, tmp_path: Path) -> None:
    fill(spark, settings)
    with pytest.raises(UsageError, match="cannot be undone: say --confirm"):
        end_agreement.run(spark, settings, asked(tmp_path / "receipt.json", confirm="yes"))
    assert table_exists(spark, settings, "silver.tweets")
