"""Erased authors are redacted in the API's audit log, the entries stay, and the file has no trace of the key."""

from dataclasses import replace

from pyspark.sql import SparkSession

from conf.settings import Settings
from pipelines.privacy import redact_reads
from pipelines.sources.accounts import read_subjects
from tests.erasing import OPTIONS, key_of, put
from tests.reading import NoteReads, bytes_of

GONE, KEPT = key_of("4001"), key_of("4002")


def erase_author(spark: SparkSession, settings: Settings) -> None:
    """The tombstone that an erasure writes for the author 4001."""
    subject = {"subject": "author", "subject_key": GONE, "kind": "delete_author"}
    put(spark, settings, "restricted.tombstones", subject | {"cause_subject": "author", "cause_key": GONE})


def test_an_erased_author_is_redacted_and_others_stay(
    spark: SparkSession, offline_settings: Settings, noting: NoteReads
) -> None:
    noting(offline_settings, GONE, KEPT, GONE)
    before = bytes_of(offline_settings).count(b"erased")  # in the names of columns
    assert redact_reads.run(spark, offline_settings, OPTIONS) == 0
    erase_author(spark, offline_settings)
    assert redact_reads.run(spark, offline_settings, replace(OPTIONS, dry_run=True)) == 1
    assert read_subjects(offline_settings) == sorted((GONE, KEPT))
    assert redact_reads.run(spark, offline_settings, OPTIONS) == 1
    assert read_subjects(offline_settings) == [KEPT]
    assert bytes_of(offline_settings).count(b"erased") == before + 2
    assert GONE.encode() not in bytes_of(offline_settings)


def test_a_key_that_is_asked_for_after_the_erasure_is_redacted_by_the_next_run(
    spark: SparkSession, offline_settings: Settings, noting: NoteReads
) -> None:
    erase_author(spark, offline_settings)
    assert redact_reads.run(spark, offline_settings, OPTIONS) == 0
    noting(offline_settings, GONE)
    assert redact_reads.run(spark, offline_settings, OPTIONS) == 1
    assert read_subjects(offline_settings) == []
