"""A data export holds everything that is stored about one author, nothing about others, and no more than X allows."""

import json
import logging
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from conf.command_line import Options, run_job
from conf.settings import Settings
from jobs import export_author_data as job
from pipelines.privacy import export_author_data
from pipelines.sinks.lake import append_rows, create_table, lock_tables, update_rows
from runtime.errors import BadInput, CheckFailed, TableLocked, UsageError
from tests.builders import NOON, a_payload, a_record, a_tweet, tweets
from tests.erasing import key_of
from tests.identifying import asked, fill, land
from tests.killing import killed
from tests.reading import NoteReads
from tests.stored import stored_rows


def request(output: Path, **fields: Any) -> Options:
    return asked(
        **(
            {
                "handle": None,
                "author_id": None,
                "purpose": "asked by letter",
                "output": str(output),
                "skip": 0,
                "count_only": False,
            }
            | fields
        )
    )


def set_back_the_audit_log(spark: SparkSession, settings: Settings) -> None:
    update_rows(spark, settings, "restricted.audit_log", "true", {"occurred_at": "occurred_at - INTERVAL 1 DAY"})


def test_an_author_is_told_everything_that_is_held_and_nothing_of_others(
    spark: SparkSession, offline_settings: Settings, tmp_path: Path, noting: NoteReads
) -> None:
    fill(spark, offline_settings)
    output = tmp_path / "answer"
    noting(offline_settings, key_of("4001"), key_of("8"), at=NOON)
    counts = export_author_data.run(spark, offline_settings, request(output, handle="@quiet_otter"))
    assert {name: count for name, count in counts.items() if count} == {
        "bronze.tweets": 1,
        "silver.tweets": 2,
        "silver.tweet_entities": 1,
        "restricted.author_identities": 1,
        "accounts.profile_reads": 1,
    }
    read = json.loads((output / "accounts.profile_reads.jsonl").read_text("utf-8"))
    assert read == {
        "occurred_at": NOON.isoformat(), "action": "profiles.read", "brand": "acme", "purpose": "a complaint"
    }  # fmt: skip
    told = (output / "silver.tweets.jsonl").read_text("utf-8").splitlines()
    assert {json.loads(line)["tweet_id"] for line in told} == {"1", "2"}
    assert stat.S_IMODE((output / "silver.tweets.jsonl").stat().st_mode) == 0o600
    (noted,) = stored_rows(offline_settings, "restricted.audit_log")
    assert (noted.action, noted.purpose, noted.row_count) == ("export_author_data", "asked by letter", 6)
    by_id = export_author_data.run(
        spark, offline_settings, request(tmp_path / "again", author_id="4001", count_only=True)
    )
    assert by_id == counts
    assert not (tmp_path / "again").exists()


@pytest.mark.slow
def test_a_long_answer_is_told_on_several_days_and_no_day_tells_more_than_x_allows(
    spark: SparkSession, offline_settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fill(spark, offline_settings)
    export = offline_settings.export.model_copy(update={"max_posts_per_day": 1})
    few = offline_settings.model_copy(update={"export": export})
    told = []
    for day in (0, 1):
        with caplog.at_level(logging.WARNING):
            export_author_data.run(spark, few, request(tmp_path / str(day), handle="quiet_otter", skip=day))
        lines = (tmp_path / str(day) / "silver.tweets.jsonl").read_text("utf-8").splitlines()
        told.append([json.loads(line)["tweet_id"] for line in lines])
        with pytest.raises(CheckFailed, match="1 posts were exported today"):
            export_author_data.run(spark, few, request(tmp_path / "more", handle="quiet_otter", skip=1))
        set_back_the_audit_log(spark, few)
    assert told == [["1"], ["2"]]
    assert "1 more posts are stored: X allows 1 per day; continue tomorrow with --skip 1" in caplog.text


def test_the_same_posts_leave_of_every_table(spark: SparkSession, offline_settings: Settings, tmp_path: Path) -> None:
    """The oldest of silver came last to Kafka: two posts would leave where X allows one."""
    old, new = ({"created_at": f"2026-05-{day}T12:00:00.000Z"} for day in ("01", "04"))
    create_table(spark, offline_settings, "bronze.tweets")
    landed = [
        a_record(a_payload(id="8", **new), 0),
        a_record(a_payload(id="7", **old), 1, kafka_at=NOON + timedelta(1)),
    ]
    land(spark, offline_settings, *landed)
    key = key_of("4001")
    times = {"7": NOON - timedelta(days=3), "8": NOON}
    create_table(spark, offline_settings, "silver.tweets")
    rows = [a_tweet(tweet_id=number, author_key=key, created_at=at) for number, at in times.items()]
    append_rows(tweets(spark, *rows), offline_settings, "silver.tweets")
    export = offline_settings.export.model_copy(update={"max_posts_per_day": 1})
    few = offline_settings.model_copy(update={"export": export})
    export_author_data.run(spark, few, request(tmp_path / "answer", author_id="4001"))
    bronze, silver = (
        (tmp_path / "answer" / f"{name}.jsonl").read_text("utf-8").splitlines()
        for name in ("bronze.tweets", "silver.tweets")
    )
    assert [json.loads(line)["tweet_id"] for line in silver] == ["7"]
    assert [json.loads(json.loads(line)["value"])["data"]["id"] for line in bronze] == ["7"]
    (noted,) = stored_rows(few, "restricted.audit_log")
    assert (noted.object_count, noted.exported_to) == (1, str(tmp_path / "answer"))


def test_what_leaves_is_charged_before_it_is_written_and_by_one_run_at_a_time(
    spark: SparkSession, offline_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(spark, offline_settings)
    asking = request(tmp_path / "answer", handle="quiet_otter")
    with lock_tables(offline_settings, "restricted.audit_log"), pytest.raises(TableLocked):
        export_author_data.run(spark, offline_settings, asking)

    monkeypatch.setattr(export_author_data, "write_private", killed)
    with pytest.raises(KeyboardInterrupt):
        export_author_data.run(spark, offline_settings, asking)
    (noted,) = stored_rows(offline_settings, "restricted.audit_log")
    assert noted.object_count == 2


def test_posts_told_before_are_a_whole_number(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run_job(job.main, ["--handle", "a", "--skip", "-5"], flags=job.FLAGS)
    assert ended.value.code == 2
    assert "argument --skip: '-5' is not a whole number such as 500" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"handle": "nobody"}, BadInput, "no author of that handle mentioned a brand"),
        ({}, UsageError, "by --handle or by --author-id"),
        ({"handle": "a", "author_id": "1"}, UsageError, "not by both"),
        ({"handle": "a", "purpose": None}, UsageError, "--purpose is needed"),
    ],
)
def test_a_question_that_cannot_be_answered_is_told_why(
    spark: SparkSession,
    offline_settings: Settings,
    tmp_path: Path,
    fields: dict[str, Any],
    error: type[Exception],
    words: str,
) -> None:
    with pytest.raises(error, match=words):
        export_author_data.run(spark, offline_settings, request(tmp_path / "answer", **fields))


def test_an_answer_is_not_mixed_with_another(spark: SparkSession, offline_settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "answer").mkdir()
    (tmp_path / "answer" / "old").touch()
    with pytest.raises(UsageError, match="is not empty"):
        export_author_data.run(spark, offline_settings, request(tmp_path / "answer", handle="a"))
