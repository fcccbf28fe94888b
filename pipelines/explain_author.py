"""Every table -> a folder: all that is held about one author, for the author who asks (a subject access request).

A person is found by handle, among those who called a brand by its handle, or by account id. Every table of
conf/tables.py is looked through by whatever column can find the author: author_key, author_id, or the id of a tweet of
theirs; in bronze by the account id inside the record. The folder is readable by its owner alone, and the look-up is
written to the audit log with its purpose.

X lets so many whole posts leave in a day and no more (`export.posts_a_day`): of a longer answer the oldest come first,
and the log says how the next day goes on.
"""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options, required
from conf.errors import CheckFailed, UsageError
from conf.settings import Settings
from conf.tables import TABLES
from models.author_lookup import find_author
from models.pseudonyms import build_key_frame
from pipelines.sinks.audit import TABLE as AUDIT
from pipelines.sinks.audit import write_audit
from pipelines.sinks.lake import create_table
from pipelines.sinks.private_files import write_private
from pipelines.sources.author_handles import read_author_ids
from pipelines.sources.author_keys import read_secrets
from pipelines.sources.lake import read_table

logger = logging.getLogger("brandpulse.explain_author")

SILVER, IDENTITIES = "silver.tweets", "restricted.author_identities"
ACTION = "explain_author"
WHOLE_POSTS = {
    "bronze.tweets": ("kafka_at", "topic", "partition", "offset"),
    "silver.tweets": ("created_at", "tweet_id"),
}
"""Tables of whole posts, and the order in which they are told."""


def run(spark: SparkSession, settings: Settings, options: Options) -> dict[str, int]:
    """Write a JSON-lines file a table into `--output`; returns the rows of each. `--dry-run` only counts them.

    UsageError without `--purpose` or a way to find the author, or when the folder is not empty; BadInput when nobody of
    that handle is known; CheckFailed when as many posts as X allows have left today.
    """
    purpose, output = required(options, "purpose"), Path(required(options, "output"))
    if output.exists() and any(output.iterdir()):
        raise UsageError(f"--output {output} is not empty: what is told to one person must not mix with another's")
    keys = build_key_frame(spark, *read_secrets(spark, settings))
    subjects = find_author(read_table(spark, settings, IDENTITIES), keys, options.extra).persist()
    first, allowed = options.extra["skip"], posts_left(spark, settings)
    counts, posts, waiting = {}, 0, 0
    for name, rows in held_rows(spark, settings, subjects):
        told = rows
        if name in WHOLE_POSTS:
            count = rows.count()
            told = rows.orderBy(*WHOLE_POSTS[name]).offset(first).limit(allowed)
            posts, waiting = max(posts, min(count - first, allowed)), max(waiting, count - first - allowed)
        counts[name] = told.count() if options.dry_run else write_lines(told, output / f"{name}.jsonl")
    logger.info("%d rows in %d tables are about this author", sum(counts.values()), sum(map(bool, counts.values())))
    if waiting > 0:
        logger.warning("%d posts more are held: X lets %d leave in a day; go on tomorrow with --skip %d into another "
                       "folder", waiting, settings.export.posts_a_day, first + allowed)  # fmt: skip
    write_audit(subjects, settings, ACTION, purpose, sum(counts.values()), 0 if options.dry_run else posts)
    subjects.unpersist()
    return counts


def posts_left(spark: SparkSession, settings: Settings) -> int:
    """How many whole posts may still leave today (UTC). CheckFailed when there are none."""
    create_table(spark, settings, AUDIT)  # one of an older version does not count posts yet
    today = read_table(spark, settings, AUDIT).where(F.to_date("at") == F.current_date())
    left = settings.export.posts_a_day - int(today.agg(F.sum("object_count")).collect()[0][0] or 0)
    if left <= 0:
        raise CheckFailed(f"{settings.export.posts_a_day} posts have left today, as many as X allows: go on tomorrow")
    return left


def held_rows(spark: SparkSession, settings: Settings, subjects: DataFrame) -> Iterator[tuple[str, DataFrame]]:
    """(table, its rows about the subjects) for every table that can name an author or a tweet."""
    silver = read_table(spark, settings, SILVER)
    own = silver.join(F.broadcast(subjects), "author_key", "left_semi").select("tweet_id").distinct()
    for name, table in sorted(TABLES.items()):
        columns = table.schema.fieldNames()
        rows = read_table(spark, settings, name)
        if name == "bronze.tweets":
            keyed = rows.withColumn("author_id", read_author_ids())
            yield name, _of(keyed, subjects, "author_id").drop("author_id").withColumn("value", _as_text("value"))
        elif "author_key" in columns:
            yield name, _of(rows, subjects, "author_key")
        elif "author_id" in columns:
            yield name, _of(rows, subjects, "author_id")
        elif "tweet_id" in columns:
            yield name, _of(rows, own, "tweet_id")


def write_lines(rows: DataFrame, file: Path) -> int:
    """One JSON object a row; returns how many. One author's rows fit a driver."""
    return write_private(file, [json.dumps(json.loads(line), ensure_ascii=False) for line in rows.toJSON().collect()])


def _of(rows: DataFrame, subjects: DataFrame, column: str) -> DataFrame:
    return rows.join(F.broadcast(subjects.select(column)), column, "left_semi")


def _as_text(name: str) -> Column:
    return F.decode(name, "UTF-8")
