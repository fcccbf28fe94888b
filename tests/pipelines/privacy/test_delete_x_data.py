"""When the agreement with X ends no data of X stays, and nobody ends it by mistake."""

import json
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from conf.command_line import Options
from conf.mongodb import store_address
from conf.sections import Tracking
from conf.settings import Settings
from pipelines.privacy import delete_x_data
from pipelines.segments import publish_segments
from pipelines.sinks.kafka_clients import create_topics
from pipelines.sinks.lake import append_rows, create_table
from pipelines.sinks.mongo_live import replace_newer
from pipelines.sinks.privacy.private_files import write_private
from pipelines.sources.accounts import read_subjects
from pipelines.sources.lake import table_exists
from pipelines.sources.mongo import read_current, read_pointer
from runtime.errors import UsageError
from tests.builders import NOON, a_tweet, tweets
from tests.erasing import key_of, put
from tests.killing import killed
from tests.reading import NoteReads, bytes_of

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
    replace_newer(settings, "live", [{"_id": "acme", "tweet_count": 1, "as_of": NOON}])
    for name in ("exports", "annotators"):
        (settings.home / name).mkdir(parents=True)
        (settings.home / name / "file").write_text(name)


def test_everything_goes_but_what_is_not_of_x(spark: SparkSession, settings: Settings, tmp_path: Path) -> None:
    fill(spark, settings)
    receipt = tmp_path / "receipt.json"
    confirmed = store_address(settings).database
    there = delete_x_data.run(spark, settings, asked(receipt, dry_run=True))
    assert there["tables"] == ["gold.segments", "silver.tweets"]
    assert there["topics"] == sorted((settings.kafka.tweets_topic, settings.kafka.compliance_topic))
    assert not receipt.exists()
    delete_x_data.run(spark, settings, asked(receipt, confirm=confirmed))
    assert json.loads(receipt.read_text("utf-8"))["deleted"] == there
    assert sorted(each.name for each in settings.home.iterdir()) == ["annotators", "locks"]
    assert not table_exists(spark, settings, "silver.tweets")
    left = [each for each in settings.home.rglob("*") if each.is_file()]
    assert not [each for each in left if SECRET_TEXT.encode() in each.read_bytes()]
    again = delete_x_data.run(spark, settings, asked(receipt, confirm=confirmed))
    assert not any(again.values())


def test_the_api_forgets_every_author_and_what_was_published_and_keeps_its_accounts(
    spark: SparkSession, settings: Settings, tmp_path: Path, noting: NoteReads
) -> None:
    fill(spark, settings)
    noting(settings, key_of("4001"), key_of("4002"))
    before = bytes_of(settings).count(b"erased")  # a word in the definitions of tables, too
    receipt, confirmed = tmp_path / "receipt.json", store_address(settings).database
    there = delete_x_data.run(spark, settings, asked(receipt, dry_run=True))
    assert (there["accounts"], len(read_subjects(settings))) == ([delete_x_data.READS], 2)
    assert {"live", "segment_events__1"} <= set(there["collections"])
    delete_x_data.run(spark, settings, asked(receipt, confirm=confirmed))
    assert read_subjects(settings) == []
    content = bytes_of(settings)
    assert (content.count(b"erased"), key_of("4001").encode() in content) == (before + 2, False)
    assert (read_current(settings, "live"), read_pointer(settings, "segments")) == ([], None)
    assert not any(delete_x_data.run(spark, settings, asked(receipt, confirm=confirmed)).values())


def test_what_is_ours_goes_wherever_it_lies_and_what_is_not_is_named(
    spark: SparkSession, settings: Settings, tmp_path: Path
) -> None:
    fill(spark, settings)
    lake = settings.lake.model_copy(update={"checkpoints": f"file://{tmp_path}/points"})
    store = tmp_path / "elsewhere" / "mlflow.db"
    away = settings.model_copy(update={"lake": lake, "tracking": Tracking(uri=f"sqlite:///{store}")})
    for file in (store, tmp_path / "points" / "land_tweets" / "offsets" / "0", tmp_path / "points" / "notes" / "a"):
        file.parent.mkdir(parents=True)
        file.write_text("x")
    audience = tmp_path / "audiences" / "spring.csv"
    write_private(audience, ["a hashed id"])
    put(
        spark,
        settings,
        "restricted.audit_log",
        {"action": "export_audience", "exported_to": str(audience), "occurred_at": NOON},
    )
    receipt = tmp_path / "receipt.json"
    there = delete_x_data.run(spark, away, asked(receipt, confirm=store_address(settings).database))
    assert (there["checkpoints"], there["mlflow"], there["exports"]) == (["land_tweets"], [str(store)], [str(audience)])
    assert not store.exists()
    assert not audience.exists()
    assert [each.name for each in (tmp_path / "points").iterdir()] == ["notes"]
    assert json.loads(receipt.read_text("utf-8"))["left_to_the_operator"] == []
    remote = settings.model_copy(update={"tracking": Tracking(uri="https://me:secret@mlflow.example/base")})
    assert delete_x_data.find_left(remote) == ["mlflow at https://mlflow.example/base"]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("missing/receipt.json", "there is no folder"),
        ("home/receipt.json", "which is deleted"),
        ("home/lake/receipt.json", "which is deleted"),
        ("points/receipt.json", "which is deleted"),
        ("letter.txt", "exists and is no receipt"),
        ("closed", "exists and is no receipt"),
    ],
)
def test_a_receipt_that_could_not_be_kept_is_refused_before_anything_is_looked_at(
    spark: SparkSession, offline_settings: Settings, tmp_path: Path, place: str, words: str
) -> None:
    lake = offline_settings.lake.model_copy(update={"checkpoints": f"file:{tmp_path}/points"})
    away = offline_settings.model_copy(update={"lake": lake})
    (tmp_path / "letter.txt").write_text("dear all")
    (tmp_path / "closed").mkdir()
    with pytest.raises(UsageError, match=words):
        delete_x_data.run(spark, away, asked(tmp_path / place, confirm="yes"))


def test_a_receipt_lists_everything_whatever_happens(
    spark: SparkSession, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(spark, settings)
    receipt, asking = tmp_path / "receipt.json", store_address(settings).database

    with monkeypatch.context() as patched:
        patched.setattr(delete_x_data, "drop_table", killed)
        with pytest.raises(KeyboardInterrupt):
            delete_x_data.run(spark, settings, asked(receipt, confirm=asking))
    planned = json.loads(receipt.read_text("utf-8"))
    assert planned["ended_at"] is None
    assert planned["deleted"]["tables"] == ["gold.segments", "silver.tweets"]
    rest = delete_x_data.run(spark, settings, asked(receipt, confirm=asking))
    assert rest["topics"] == []
    told = json.loads(receipt.read_text("utf-8"))
    assert told["ended_at"] is not None
    assert told["deleted"] == planned["deleted"]


def test_it_is_not_done_by_a_slip(spark: SparkSession, settings: Settings, tmp_path: Path) -> None:
    fill(spark, settings)
    with pytest.raises(UsageError, match="cannot be undone: confirm with --confirm"):
        delete_x_data.run(spark, settings, asked(tmp_path / "receipt.json", confirm="yes"))
    assert table_exists(spark, settings, "silver.tweets")
