"""No exported file contains erased authors, and data exports are deleted in time."""

import hashlib
import json
import logging
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from conf.settings import Settings
from pipelines.privacy import erase_exports
from pipelines.sinks.lake import delete_rows, lock_tables
from pipelines.sinks.privacy.audit import TABLE, write_audit
from pipelines.sinks.privacy.private_files import write_private
from pipelines.sources.exported_files import AUDIENCE, AUTHOR_DATA
from pipelines.sources.lake import read_table
from runtime.errors import BadInput, TableLocked
from tests.builders import an_id
from tests.erasing import OPTIONS, key_of, put
from tests.killing import killed
from tests.stored import stored_rows

DRY = replace(OPTIONS, dry_run=True)
STAYS, GOES, HELD_BACK = "4001", "4002", "4003"
ALL = (STAYS, GOES, HELD_BACK)


def hashed(*accounts: str) -> list[str]:
    return sorted(hashlib.sha256(account.encode()).hexdigest() for account in accounts)


def noted(spark: SparkSession, settings: Settings, action: str, path: Path, *authors: str) -> None:
    subjects = spark.createDataFrame([(key_of(author),) for author in authors], "author_key string")
    write_audit(subjects, settings, action, "a test", 1, path=path)


def an_audience(spark: SparkSession, settings: Settings, file: Path) -> None:
    """Two authors in an audience, one held back."""
    members = [
        {"campaign": file.stem, "author_key": key_of(account), "brand": "acme", "is_control": account == HELD_BACK}
        for account in ALL
    ]
    put(spark, settings, "restricted.campaign_members", *members)
    known = [{"author_key": key_of(account), "author_id": account, "brands": ["acme"]} for account in ALL]
    put(spark, settings, "restricted.author_identities", *known)
    noted(spark, settings, AUDIENCE, file, *ALL)
    write_private(file, hashed(STAYS, GOES))


def an_answer(spark: SparkSession, settings: Settings, folder: Path, author: str, *told: dict[str, object]) -> None:
    noted(spark, settings, AUTHOR_DATA, folder, author)
    write_private(folder / "silver.tweets.jsonl", [json.dumps(row) for row in told])


def erased(spark: SparkSession, settings: Settings, author: str) -> None:
    """What an erasure of the author leaves of the tables that an export is made of."""
    stone = {"subject": "author", "subject_key": key_of(author), "kind": "delete_author"}
    put(spark, settings, "restricted.tombstones", stone)
    for name in ("restricted.campaign_members", "restricted.author_identities"):
        delete_rows(read_table(spark, settings, name).where(F.col("author_key") == key_of(author)), settings, name)


def paths(spark: SparkSession, settings: Settings) -> set[str]:
    return {row.exported_to for row in read_table(spark, settings, TABLE).where("exported_to IS NOT NULL").collect()}


def test_who_was_erased_leaves_the_audience_and_takes_the_answer_along(
    spark: SparkSession, offline_settings: Settings, tmp_path: Path
) -> None:
    audience, other = tmp_path / "spring.csv", tmp_path / "summer.csv"
    an_audience(spark, offline_settings, audience)
    put(spark, offline_settings, "restricted.campaign_members",
        {"campaign": "summer", "author_key": key_of(STAYS), "is_control": False})  # fmt: skip
    noted(spark, offline_settings, AUDIENCE, other, STAYS)
    write_private(other, hashed(STAYS))
    an_answer(spark, offline_settings, tmp_path / "theirs", GOES, {"author_key": key_of(GOES)})
    an_answer(spark, offline_settings, tmp_path / "another", STAYS, {"author_key": key_of(STAYS)})
    assert erase_exports.run(spark, offline_settings, OPTIONS) == []

    erased(spark, offline_settings, GOES)
    due = [audience, tmp_path / "theirs"]
    assert erase_exports.run(spark, offline_settings, DRY) == due
    assert audience.read_text("utf-8").splitlines() == hashed(STAYS, GOES)
    assert erase_exports.run(spark, offline_settings, OPTIONS) == due
    assert audience.read_text("utf-8").splitlines() == hashed(STAYS)
    assert stat.S_IMODE(audience.stat().st_mode) == 0o600
    assert sorted(each.name for each in tmp_path.iterdir()) == ["another", "home", "spring.csv", "summer.csv"]
    assert paths(spark, offline_settings) == {str(each) for each in (audience, other, tmp_path / "another")}
    assert erase_exports.run(spark, offline_settings, OPTIONS) == []


def test_an_answer_goes_with_what_it_names_and_after_its_days(
    spark: SparkSession, offline_settings: Settings, tmp_path: Path
) -> None:
    deleted, quoted, linked, scrubbed, kept = (an_id(number=number) for number in range(1, 6))
    for number in (deleted, quoted, linked):
        stone = {"subject": "tweet", "subject_key": key_of(number), "kind": "delete"}
        put(spark, offline_settings, "restricted.tombstones", stone)
    stone = {"subject": "tweet", "subject_key": key_of(scrubbed), "kind": "scrub_geo"}
    put(spark, offline_settings, "restricted.tombstones", stone)
    told: dict[str, dict[str, object]] = {
        "deleted": {"tweet_id": deleted},
        "placed": {"tweet_id": scrubbed, "place": {"place_id": "p1"}},
        "quotes": {
            "value": json.dumps({"data": {"id": kept, "referenced_tweets": [{"type": "quoted", "id": quoted}]}})
        },
        "links": {"tweet_id": kept, "urls": [f"https://x.com/a/status/{linked}"]},
        "unplaced": {"tweet_id": scrubbed},
    }
    for name, row in told.items():
        an_answer(spark, offline_settings, tmp_path / name, STAYS, row)
    gone = [tmp_path / name for name in ("deleted", "links", "placed", "quotes")]
    assert erase_exports.run(spark, offline_settings, OPTIONS) == gone
    later = replace(OPTIONS, as_of=datetime.now(UTC) + timedelta(days=31))
    (tmp_path / "unplaced" / "notes.txt").write_text("of a person")
    assert erase_exports.run(spark, offline_settings, later) == [tmp_path / "unplaced"]
    assert [each.name for each in tmp_path.rglob("*") if "home" not in each.parts] == ["unplaced", "notes.txt"]
    assert paths(spark, offline_settings) == set()


def test_a_file_that_was_moved_is_said_once_and_nothing_is_looked_at_while_something_leaves(
    spark: SparkSession, offline_settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    noted(spark, offline_settings, AUDIENCE, tmp_path / "spring.csv", *ALL)
    with lock_tables(offline_settings, TABLE), pytest.raises(TableLocked):
        erase_exports.run(spark, offline_settings, OPTIONS)
    for _ in range(2):
        with caplog.at_level(logging.WARNING):
            assert erase_exports.run(spark, offline_settings, OPTIONS) == []
    assert caplog.text.count(f"{tmp_path / 'spring.csv'} is not where it was exported to") == 1
    assert len(stored_rows(offline_settings, TABLE)) == 3


def test_what_cannot_be_read_or_deleted_holds_up_nothing_else_and_is_named(
    spark: SparkSession, offline_settings: Settings, tmp_path: Path
) -> None:
    audience, folder = tmp_path / "spring.csv", tmp_path / "summer.csv"
    an_audience(spark, offline_settings, audience)
    noted(spark, offline_settings, AUDIENCE, folder, *ALL)
    folder.mkdir()
    for name in ("theirs", "whole"):
        an_answer(spark, offline_settings, tmp_path / name, GOES, {"author_key": key_of(GOES)})
    (tmp_path / "theirs" / "held.jsonl").mkdir()
    erased(spark, offline_settings, GOES)

    with pytest.raises(BadInput, match=r"theirs: Is a directory; .*summer.csv: Is a directory") as raised:
        erase_exports.run(spark, offline_settings, OPTIONS)
    assert "spring" not in str(raised.value)
    assert audience.read_text("utf-8").splitlines() == hashed(STAYS)
    assert not (tmp_path / "whole").exists()
    assert str(tmp_path / "theirs") in paths(spark, offline_settings)
    (tmp_path / "theirs" / "held.jsonl").rmdir()
    folder.rmdir()
    assert erase_exports.run(spark, offline_settings, OPTIONS) == [tmp_path / "theirs"]


def test_a_rewriting_that_is_killed_leaves_the_whole_file_and_is_made_good(
    spark: SparkSession, offline_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audience = tmp_path / "spring.csv"
    an_audience(spark, offline_settings, audience)
    write_private(audience, hashed(STAYS, GOES, "4009"))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            erase_exports.run(spark, offline_settings, OPTIONS)
    assert audience.read_text("utf-8").splitlines() == hashed(STAYS, GOES, "4009")
    assert erase_exports.run(spark, offline_settings, OPTIONS) == [audience]
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["spring.csv"]
    assert audience.read_text("utf-8").splitlines() == hashed(STAYS, GOES)
