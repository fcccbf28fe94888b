"""Exported files -> themselves, without erased authors; data exports -> deleted.

restricted.audit_log names the files. An audience keeps the lines of authors who are still in
restricted.campaign_members and restricted.author_identities. A data export (`export_author_data`) is deleted whole:
when its author was erased, when anything that it names was erased (a tweet, a quoted author, a scrubbed place), or
after `export.export_retention_days`. A file that somebody moved or deleted is logged once and no longer tracked.
Segment cards and series are aggregates, which an erasure does not change.

A file that cannot be read or written does not stop the others; the run ends with an error that names it.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.privacy import AUTHOR
from conf.settings import Settings
from models.privacy.erased_rows import find_named
from models.privacy.pseudonyms import build_key_frame
from models.privacy.tombstones import build_index
from pipelines.sinks.lake import lock_tables
from pipelines.sinks.privacy.audit import TABLE, clear_exported_to
from pipelines.sinks.privacy.private_files import delete_private, write_private
from pipelines.sources.author_keys import read_secrets
from pipelines.sources.exported_files import AUDIENCE, AUTHOR_DATA, Exported, read_exported
from pipelines.sources.lake import read_table
from pipelines.sources.payloads.ids import find_named_ids
from runtime.errors import BadInput

logger = logging.getLogger("brandpulse.erase_exports")

MEMBERS, IDENTITIES, TOMBSTONES = "restricted.campaign_members", "restricted.author_identities", "restricted.tombstones"
NUMBERED = "topic string, partition int, offset long, value binary"
"""Lines of files as records: the folder, and the place of the line in it."""
Failed = dict[Path, str]
"""Files that could not be read or written, and why."""


def run(spark: SparkSession, settings: Settings, options: Options) -> list[Path]:
    """Rewrite or delete files with erased data; returns these files. `--dry-run` only finds them.

    TableLocked during an export: the next run finds its file. BadInput if a file could not be read or written.
    """
    failed: Failed = {}
    with lock_tables(settings, TABLE):
        exported = read_exported(read_table(spark, settings, TABLE))
        found: list[Exported] = []
        for each in exported:
            with recording(failed, each.path):
                found += [each] if each.path.exists() else []
        moved = [each.path for each in exported if each not in found and each.path not in failed]
        for path in moved:
            logger.warning("%s is not where it was exported to: whoever moved it is responsible for it", path)
        stale = find_stale_exports(
            spark, settings, [each for each in found if each.action == AUTHOR_DATA], options, failed
        )
        changed = find_changed_audiences(spark, settings, [each for each in found if each.action == AUDIENCE], failed)
        logger.info("exports: %d audiences to rewrite, %d data exports to delete", len(changed), len(stale))
        if not options.dry_run:
            for path, lines in changed.items():
                with recording(failed, path):
                    write_private(path, lines)
            for path in (*moved, *stale):
                with recording(failed, path):
                    if not delete_private(path):
                        logger.warning("%s contains other files: they stay", path)
            clear_exported_to(spark, settings, [path for path in (*moved, *stale) if path not in failed])
    if failed:
        listed = "; ".join(f"{path}: {why}" for path, why in failed.items())
        raise BadInput(
            f"exported files may still contain erased data ({listed}): repair or delete them, then try again"
        )
    return [*changed, *stale]


@contextmanager
def recording(failed: Failed, path: Path) -> Iterator[None]:
    """Record an error of the file system, so that the run continues with the other files."""
    try:
        yield
    except OSError as error:
        failed[path] = error.strerror or str(error)


def find_changed_audiences(
    spark: SparkSession, settings: Settings, audiences: Sequence[Exported], failed: Failed
) -> dict[Path, list[str]]:
    """By file that contains erased authors, the lines that stay."""
    changed = {}
    for each in audiences:
        lines: list[str] = []
        with recording(failed, each.path):
            lines = each.path.read_text("utf-8", "replace").splitlines()
        kept = read_audience(spark, settings, each.campaign)
        if not kept.issuperset(lines):
            changed[each.path] = [line for line in lines if line in kept]
    return changed


def read_audience(spark: SparkSession, settings: Settings, campaign: str) -> set[str]:
    """The hashed account ids of a campaign's current audience."""
    members = read_table(spark, settings, MEMBERS).where((F.col("campaign") == campaign) & ~F.col("is_control"))
    known = read_table(spark, settings, IDENTITIES).join(members, "author_key", how="left_semi")
    return {row[0] for row in known.select(F.sha2("author_id", 256)).collect()}


def find_stale_exports(
    spark: SparkSession, settings: Settings, exports: Sequence[Exported], options: Options, failed: Failed
) -> list[Path]:
    """The data exports that are too old or contain erased data."""
    if not exports:
        return []
    index = build_index(read_table(spark, settings, TOMBSTONES)).persist()
    oldest = options.as_of.timestamp() - timedelta(days=settings.export.export_retention_days).total_seconds()
    erased = index.where(F.col("is_erased") & (F.col("subject") == AUTHOR)).select("subject_key").collect()
    authors = {row[0] for row in erased}
    keys = build_key_frame(spark, *read_secrets(spark, settings))
    named = find_named(find_named_ids(read_lines(spark, exports, failed)), keys, index)
    hit = {row["topic"] for row in named.select("topic").distinct().collect()}
    index.unpersist()
    return [
        each.path
        for each in exports
        if each.occurred_at.timestamp() < oldest or each.subjects & authors or str(each.path) in hit
    ]


def read_lines(spark: SparkSession, exports: Sequence[Exported], failed: Failed) -> DataFrame:
    """Every line of the exports' files; quotes inside are unescaped, so that the ids in payloads are found."""
    lines = []
    for number, path in enumerate(each.path for each in exports):
        with recording(failed, path):
            for file in sorted(path.glob("*.jsonl")):
                rows = file.read_text("utf-8", "replace").replace('\\"', '"').split("\n")
                lines += [(str(path), number, place, line.encode()) for place, line in enumerate(rows)]
    return spark.createDataFrame(lines, NUMBERED)
