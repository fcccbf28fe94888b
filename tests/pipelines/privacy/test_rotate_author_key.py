"""A rotation of the author key's secret chains every key of the lake exactly once, also after a kill."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr
from pyspark.sql import SparkSession

from conf.settings import Settings
from conf.tables import KEY_COLUMNS, KEY_LISTS, TABLES
from pipelines.privacy import rotate_author_key
from pipelines.profiles import profile_authors
from pipelines.sinks import lake
from pipelines.sinks.lake import lock_tables
from pipelines.sources.accounts import read_subjects
from pipelines.sources.author_keys import read_secrets
from pipelines.sources.lake import read_table
from runtime.errors import CheckFailed, TableLocked, UsageError
from runtime.key_chain import make_key
from tests.conftest import SECRET
from tests.erasing import OPTIONS, key_of, put, store_tweets
from tests.killing import killed
from tests.reading import NoteReads, bytes_of
from tests.stored import stored_rows

TWICE = (SECRET, "a second one")
NOT_OURS = {"event_key", "ticket_key", "feedback_key", "similar_keys"}
"""Columns that end as keys do and are none: a notice's own, those of the desk's rows, hashes of texts."""


def linked(settings: Settings, *links: str) -> Settings:
    """The same settings with secrets that the first was rotated to."""
    secrets = settings.secrets.model_copy(update={"author_key_links": SecretStr(", ".join(links))})
    return settings.model_copy(update={"secrets": secrets})


def fill(spark: SparkSession, settings: Settings) -> None:
    """Two authors' tweets, of which one answers and names the other; what an erasure and an audit left of a third."""
    store_tweets(
        spark,
        settings,
        {"tweet_id": "11", "author_id": "1", "mentioned_author_keys": [key_of("2"), key_of("3")]},
        {"tweet_id": "12", "author_id": "2", "replied_to_author_key": key_of("1")},
    )
    gone = {"subject": "author", "subject_key": key_of("3"), "kind": "delete"}
    cause = {"cause_subject": "author", "cause_key": key_of("3")}
    put(spark, settings, "restricted.tombstones", gone | cause)
    put(spark, settings, "restricted.erasure_receipts", {"event_key": "e1"} | gone)
    put(spark, settings, "restricted.audit_log", {"action": "export_author_data", "subject_key": key_of("1")})


def keys_in(spark: SparkSession, settings: Settings) -> dict[str, set[str]]:
    """Every key that stands in a table of `fill`, and the authors' profiles."""
    found: dict[str, set[str]] = {}
    for name in ("silver.tweets", "gold.author_profiles", "gold.author_profile_history", "restricted.tombstones",
                 "restricted.erasure_receipts", "restricted.audit_log"):  # fmt: skip
        for row in stored_rows(settings, name):
            given: dict[str, Any] = row.asDict()
            keys = {given[column] for column in KEY_COLUMNS if given.get(column)}
            keys |= {key for column in KEY_LISTS for key in given.get(column) or ()}
            found.setdefault(name, set()).update(keys)
    return found


def test_every_column_of_keys_is_known_to_the_rotation() -> None:
    named = {
        name for table in TABLES.values() for name in table.schema.fieldNames() if name.endswith(("_key", "_keys"))
    }
    assert named - NOT_OURS == {*KEY_COLUMNS, *KEY_LISTS}


def test_a_rotation_chains_every_key_and_loses_nothing(spark: SparkSession, offline_settings: Settings) -> None:
    fill(spark, offline_settings)
    profile_authors.run(spark, offline_settings, OPTIONS)
    before = keys_in(spark, offline_settings)
    new = linked(offline_settings, TWICE[1])
    assert rotate_author_key.run(spark, new, OPTIONS) == 1
    assert keys_in(spark, new) == {name: {make_key(TWICE[1:], key) for key in keys} for name, keys in before.items()}
    assert keys_in(spark, new)["silver.tweets"] == {make_key(TWICE, plain) for plain in ("1", "2", "3")}

    history = read_table(spark, new, "gold.author_profile_history").drop("run_id").collect()
    profile_authors.run(spark, new, OPTIONS)
    assert keys_in(spark, new)["gold.author_profiles"] == {make_key(TWICE, plain) for plain in ("1", "2")}
    assert read_table(spark, new, "gold.author_profile_history").drop("run_id").collect() == history


def test_the_audit_log_of_the_api_is_rekeyed_with_the_lake_and_not_in_a_dry_run(
    spark: SparkSession, offline_settings: Settings, noting: NoteReads, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(spark, offline_settings, "restricted.audit_log", {"action": "export_author_data", "subject_key": key_of("1")})
    noting(offline_settings, key_of("1"))
    new = linked(offline_settings, TWICE[1])
    rotate_author_key.run(spark, new, replace(OPTIONS, dry_run=True))
    assert read_subjects(new) == [key_of("1")]
    with monkeypatch.context() as patched:
        patched.setattr(rotate_author_key, "rekey_subjects", killed)
        with pytest.raises(KeyboardInterrupt):
            rotate_author_key.run(spark, new, OPTIONS)
    rotate_author_key.run(spark, new, OPTIONS)
    assert read_subjects(new) == [make_key(TWICE, "1")]
    assert key_of("1").encode() not in bytes_of(new)


@pytest.mark.slow
def test_no_job_makes_keys_before_the_rotation_and_none_with_other_secrets_after_it(
    spark: SparkSession, offline_settings: Settings
) -> None:
    fill(spark, offline_settings)
    new = linked(offline_settings, TWICE[1])
    assert read_secrets(spark, offline_settings) == (SECRET,)
    with pytest.raises(CheckFailed, match=r"no key was made with yet: stop the stream and run jobs\.rotate_author_key"):
        read_secrets(spark, new)
    rotate_author_key.run(spark, new, OPTIONS)
    assert read_secrets(spark, new) == TWICE
    with pytest.raises(CheckFailed, match="made with 2 secrets"):
        read_secrets(spark, offline_settings)
    with pytest.raises(UsageError, match="do not begin with the 2 secrets"):
        rotate_author_key.run(spark, linked(offline_settings, "another"), OPTIONS)
    third = linked(offline_settings, TWICE[1], "a third one")
    assert rotate_author_key.run(spark, third, OPTIONS) == 1
    assert make_key((*TWICE, "a third one"), "1") in keys_in(spark, third)["silver.tweets"]


@pytest.mark.slow
def test_a_rotation_that_was_killed_goes_on_where_it_was(
    spark: SparkSession, offline_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(spark, offline_settings)
    new = linked(offline_settings, TWICE[1])

    def dies_at_the_tombstones(df: Any, settings: Settings, name: str, *rest: Any) -> None:
        if name == "restricted.tombstones":
            raise KeyboardInterrupt
        lake.set_columns(df, settings, name, *rest)

    monkeypatch.setattr(rotate_author_key, "set_columns", dies_at_the_tombstones)
    with pytest.raises(KeyboardInterrupt):
        rotate_author_key.run(spark, new, OPTIONS)
    for settings in (new, offline_settings):
        with pytest.raises(CheckFailed, match="was interrupted"):
            read_secrets(spark, settings)
    with pytest.raises(UsageError, match="others than the interrupted rotation"):
        rotate_author_key.run(spark, linked(offline_settings, "another"), OPTIONS)

    monkeypatch.undo()
    rotate_author_key.run(spark, new, OPTIONS)
    keys = keys_in(spark, new)
    assert keys["silver.tweets"] == {make_key(TWICE, plain) for plain in ("1", "2", "3")}
    assert keys["restricted.tombstones"] == {make_key(TWICE, "3")}


def test_a_dry_run_writes_nothing_and_a_writer_of_a_table_keeps_it_away(
    spark: SparkSession, offline_settings: Settings
) -> None:
    fill(spark, offline_settings)
    before = keys_in(spark, offline_settings)
    new = linked(offline_settings, TWICE[1])
    dry = OPTIONS.__class__(**(vars(OPTIONS) | {"dry_run": True}))
    assert rotate_author_key.run(spark, new, dry) == 1
    assert keys_in(spark, new) == before
    for locked in ("silver.tweets", "dispatch_tickets"):
        with lock_tables(offline_settings, locked), pytest.raises(TableLocked):
            rotate_author_key.run(spark, new, OPTIONS)
