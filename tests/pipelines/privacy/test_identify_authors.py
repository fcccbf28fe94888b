"""Identities: only of authors who called a brand by its handle, and told again to whoever asks about themselves."""

import json
import logging
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession

from conf.brand.files import read_brands
from conf.command_line import Options, run_job
from conf.settings import Settings
from jobs import explain_author as job
from models.privacy.pseudonyms import build_key_frame
from pipelines.ingestion import land_compliance
from pipelines.privacy import export_author_data, identify_authors, opt_out_author
from pipelines.privacy.identify_authors import build_identities
from pipelines.sinks.kafka_clients import create_topics
from pipelines.sinks.lake import append_rows, create_table, lock_tables, update_rows
from pipelines.sources.lake import read_table
from runtime.errors import BadInput, CheckFailed, TableLocked, UsageError
from tests.builders import NOON, a_payload, a_record, a_tweet, an_author, records, tweets
from tests.conftest import SECRET
from tests.erasing import key_of
from tests.killing import killed

HANDLES = {"skyvarn": "flyskyvarn", "acme": "acmehelp"}
BRAND = next((slug, brand.handle) for slug, brand in read_brands().items() if brand.handle)


def calling(*handles: str, author_id: str = "4001", username: str = "Quiet_Otter", **data: Any) -> dict[str, Any]:
    entities = {"mentions": [{"username": handle, "id": "9"} for handle in handles]}
    payload = a_payload(author_id=author_id, entities=entities, **data)
    return payload | {"includes": {"users": [an_author("77"), an_author(author_id, username=username)]}}


def identities(spark: SparkSession, *payloads: dict[str, Any]) -> dict[str, Row]:
    rows = records(spark, *[a_record(payload, offset) for offset, payload in enumerate(payloads)])
    found = build_identities(rows, HANDLES, build_key_frame(spark, SECRET)).collect()
    return {row.author_id: row for row in found}


def asked(**extra: Any) -> Options:
    return Options(None, None, NOON, 1, dry_run=extra.pop("dry_run", False), full=False, extra=extra)


def test_only_who_called_a_brand_in_own_words_is_known(spark: SparkSession) -> None:
    v1 = {
        "id_str": "5",
        "text": "@AcmeHelp hi",
        "user": {"id_str": "6", "screen_name": "Old_Heron"},
        "entities": {"user_mentions": [{"screen_name": "AcmeHelp", "id_str": "9"}]},
    }
    found = identities(
        spark,
        calling("FlySkyvarn", "AcmeHelp"),
        calling("somebody", author_id="2"),
        calling(author_id="3"),
        calling("FlySkyvarn", author_id="4", referenced_tweets=[{"type": "retweeted", "id": "1"}]),
        calling("flyskyvarn", author_id="5", referenced_tweets=[{"type": "quoted", "id": "1"}]),
        v1,
        v1 | {"user": {"id_str": "7", "screen_name": "Echo"}, "retweeted_status": {"id_str": "1"}},
    )
    assert {number: (row.handle, row.brands) for number, row in found.items()} == {
        "4001": ("Quiet_Otter", ["acme", "skyvarn"]),
        "5": ("Quiet_Otter", ["skyvarn"]),
        "6": ("Old_Heron", ["acme"]),
    }


def test_a_run_reads_what_is_new_and_keeps_the_newest_handle_and_every_brand(
    spark: SparkSession, offline_settings: Settings
) -> None:
    slug, handle = BRAND
    create_table(spark, offline_settings, "bronze.tweets")
    land(spark, offline_settings, a_record(calling(str(handle)), 0))
    assert identify_authors.run(spark, offline_settings, asked()) == 1
    later = NOON + timedelta(days=1)
    renamed = calling(str(handle).upper(), username="Loud_Otter")
    land(spark, offline_settings, a_record(renamed, 1, kafka_at=later, ingested_at=later))
    land(spark, offline_settings, a_record(calling(str(handle), author_id="8"), 2, kafka_at=later, ingested_at=later))
    assert identify_authors.run(spark, offline_settings, asked()) == 2
    rows = read_table(spark, offline_settings, identify_authors.TABLE).collect()
    assert {(row.author_id, row.handle, tuple(row.brands)) for row in rows} == {
        ("4001", "Loud_Otter", (slug,)),
        ("8", "Quiet_Otter", (slug,)),
    }


def test_an_author_is_told_everything_that_is_held_and_nothing_of_others(
    spark: SparkSession, offline_settings: Settings, tmp_path: Path
) -> None:
    fill(spark, offline_settings)
    output = tmp_path / "answer"
    counts = export_author_data.run(spark, offline_settings, request(output, handle="@quiet_otter"))
    assert {name: count for name, count in counts.items() if count} == {
        "bronze.tweets": 1,
        "silver.tweets": 2,
        "silver.tweet_entities": 1,
        "restricted.author_identities": 1,
    }
    told = (output / "silver.tweets.jsonl").read_text("utf-8").splitlines()
    assert {json.loads(line)["tweet_id"] for line in told} == {"1", "2"}
    assert stat.S_IMODE((output / "silver.tweets.jsonl").stat().st_mode) == 0o600
    (noted,) = read_table(spark, offline_settings, "restricted.audit_log").collect()
    assert (noted.action, noted.purpose, noted.row_count) == ("explain_author", "asked by letter", 5)
    by_id = export_author_data.run(spark, offline_settings, request(tmp_path / "again", author_id="4001", dry_run=True))
    assert by_id == counts
    assert not (tmp_path / "again").exists()


@pytest.mark.slow
def test_a_long_answer_is_told_on_several_days_and_no_day_tells_more_than_x_allows(
    spark: SparkSession, offline_settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fill(spark, offline_settings)
    export = offline_settings.export.model_copy(update={"posts_a_day": 1})
    few = offline_settings.model_copy(update={"export": export})
    told = []
    for day in (0, 1):
        with caplog.at_level(logging.WARNING):
            export_author_data.run(spark, few, request(tmp_path / str(day), handle="quiet_otter", skip=day))
        lines = (tmp_path / str(day) / "silver.tweets.jsonl").read_text("utf-8").splitlines()
        told.append([json.loads(line)["tweet_id"] for line in lines])
        with pytest.raises(CheckFailed, match="1 posts have left today"):
            export_author_data.run(spark, few, request(tmp_path / "more", handle="quiet_otter", skip=1))
        set_back_the_audit_log(spark, few)
    assert told == [["1"], ["2"]]
    assert "1 posts more are held: X lets 1 leave in a day; go on tomorrow with --skip 1" in caplog.text


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
    export = offline_settings.export.model_copy(update={"posts_a_day": 1})
    few = offline_settings.model_copy(update={"export": export})
    export_author_data.run(spark, few, request(tmp_path / "answer", author_id="4001"))
    bronze, silver = (
        (tmp_path / "answer" / f"{name}.jsonl").read_text("utf-8").splitlines()
        for name in ("bronze.tweets", "silver.tweets")
    )
    assert [json.loads(line)["tweet_id"] for line in silver] == ["7"]
    assert [json.loads(json.loads(line)["value"])["data"]["id"] for line in bronze] == ["7"]
    (noted,) = read_table(spark, few, "restricted.audit_log").collect()
    assert (noted.object_count, noted.path) == (1, str(tmp_path / "answer"))


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
    (noted,) = read_table(spark, offline_settings, "restricted.audit_log").collect()
    assert noted.object_count == 2


def test_posts_told_before_are_a_whole_number(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run_job(job.main, ["--handle", "a", "--skip", "-5"], flags=job.FLAGS)
    assert ended.value.code == 2
    assert "argument --skip: '-5' is not a whole number such as 500" in capsys.readouterr().err


def set_back_the_audit_log(spark: SparkSession, settings: Settings) -> None:
    update_rows(spark, settings, "restricted.audit_log", "true", {"at": "at - INTERVAL 1 DAY"})


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"handle": "nobody"}, BadInput, "nobody of that handle"),
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


def request(output: Path, **fields: Any) -> Options:
    return asked(
        **({"handle": None, "author_id": None, "purpose": "asked by letter", "output": str(output), "skip": 0} | fields)
    )


def land(spark: SparkSession, settings: Settings, *rows: dict[str, Any]) -> None:
    append_rows(records(spark, *rows), settings, "bronze.tweets")


def fill(spark: SparkSession, settings: Settings) -> None:
    """One author with two tweets, one of them with entities; another with one."""
    for name in ("bronze.tweets", "silver.tweets", "silver.tweet_entities"):
        create_table(spark, settings, name)
    handle = str(BRAND[1])
    said = calling(handle, id="1"), calling(handle, id="3", author_id="8", username="b")
    land(spark, settings, a_record(said[0], 0), a_record(said[1], 1))
    identify_authors.run(spark, settings, asked())
    known = {row.author_id: row.author_key for row in read_table(spark, settings, identify_authors.TABLE).collect()}
    own, other = known["4001"], known["8"]
    rows = [
        a_tweet(tweet_id="1", author_key=own),
        a_tweet(tweet_id="2", author_key=own),
        a_tweet(tweet_id="3", author_key=other),
    ]
    append_rows(tweets(spark, *rows), settings, "silver.tweets")
    entities = read_table(spark, settings, "silver.tweet_entities")
    found = spark.createDataFrame([("1", None, "h", [], "v", None), ("3", None, "h", [], "v", None)], entities.schema)
    append_rows(found, settings, "silver.tweet_entities")


def test_who_opts_out_is_asked_to_be_erased_by_the_account(
    spark: SparkSession, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    create_topics(settings)
    fill(spark, settings)
    wish = asked(handle="Quiet_Otter", author_id=None, purpose="asked by letter")
    assert opt_out_author.run(spark, settings, wish) == 1
    land_compliance.start(spark, settings, once=True).awaitTermination(120)
    (notice,) = read_table(spark, settings, "bronze.compliance").collect()
    assert (notice.kind, notice.author_id, notice.tweet_id, notice.reason) == ("opt_out", "4001", None, "opt_out")
    (noted,) = read_table(spark, settings, "restricted.audit_log").collect()
    assert (noted.action, noted.row_count) == ("forget_author", 1)
    assert "4001" not in caplog.text
