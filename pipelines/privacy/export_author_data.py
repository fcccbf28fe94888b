"""Every table -> a folder: all that is held about one author, for the author who asks (a subject access request).

A person is found by handle, among those who called a brand by its handle, or by account id. Every table of
conf/tables.py is looked through by whatever column can find the author: author_key, author_id, or the id of a tweet of
theirs; in bronze by the account id inside the record. The folder is readable by its owner alone, and the look-up is
written to the audit log with its purpose.

X lets so many whole posts leave in a day and no more (`export.posts_a_day`): of a longer answer the oldest come first,
and the log says how the next day goes on. What leaves is charged before it is written, while nobody else exports.
`erase_exports` deletes the answer in time.
"""

import json
import logging
from collections.abc import Sequence
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options, required
from conf.schemas import OFFSETS
from conf.settings import Settings
from conf.tables import TABLES
from models.privacy.author_lookup import find_author
from models.privacy.pseudonyms import build_key_frame
from pipelines.sinks.audit import TABLE as AUDIT
from pipelines.sinks.audit import write_audit
from pipelines.sinks.lake import create_table, lock_tables
from pipelines.sinks.private_files import write_private
from pipelines.sources.author_handles import read_author_ids
from pipelines.sources.author_keys import read_secrets
from pipelines.sources.exported_files import AUTHOR_DATA
from pipelines.sources.lake import read_table
from pipelines.sources.payloads.parser import parse_payloads
from runtime.errors import CheckFailed, UsageError

logger = logging.getLogger("brandpulse.export_author_data")

BRONZE, SILVER, IDENTITIES = "bronze.tweets", "silver.tweets", "restricted.author_identities"
POST, POSTED = "post_id", "posted_at"
"""Which post a row is of, and when it was written: columns that the rows of whole posts get on the way."""


def run(spark: SparkSession, settings: Settings, options: Options) -> dict[str, int]:
    """Write a JSON-lines file a table into `--output`; returns the rows of each. `--dry-run` only counts them.

    UsageError without `--purpose` or a way to find the author, or when the folder is not empty; BadInput when nobody of
    that handle is known; CheckFailed when as many posts as X allows have left today; TableLocked while something else
    is exported.
    """
    purpose, output = required(options, "purpose"), Path(required(options, "output"))
    if output.exists() and any(output.iterdir()):
        raise UsageError(f"--output {output} is not empty: what is told to one person must not mix with another's")
    keys = build_key_frame(spark, *read_secrets(spark, settings))
    subjects = find_author(read_table(spark, settings, IDENTITIES), keys, options.extra).persist()
    with lock_tables(settings, AUDIT):
        allowed = posts_left(spark, settings)
        held = held_rows(spark, settings, subjects)
        posts = choose_posts(held, settings, options.extra["skip"], allowed)
        answer = {name: read_lines(rows, posts) for name, rows in held.items()}
        counts = {name: len(lines) for name, lines in answer.items()}
        logger.info("%d rows in %d tables are about this author", sum(counts.values()), sum(map(bool, counts.values())))
        if options.dry_run:
            write_audit(subjects, settings, AUTHOR_DATA, purpose, sum(counts.values()))
        else:
            write_audit(subjects, settings, AUTHOR_DATA, purpose, sum(counts.values()), len(posts), output)
            for name, lines in answer.items():
                write_private(output / f"{name}.jsonl", lines)
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


def held_rows(spark: SparkSession, settings: Settings, subjects: DataFrame) -> dict[str, DataFrame]:
    """The rows about the subjects of every table that can name an author or a tweet; whole posts with `POST`."""
    silver = _of(read_table(spark, settings, SILVER), subjects, "author_key")
    own = silver.select("tweet_id").distinct()
    held = {}
    for name, table in sorted(TABLES.items()):
        columns = table.schema.fieldNames()
        rows = read_table(spark, settings, name)
        if name == BRONZE:
            keyed = rows.withColumn("author_id", read_author_ids())
            held[name] = with_posts(_of(keyed, subjects, "author_id").drop("author_id"), settings)
        elif name == SILVER:
            held[name] = silver.withColumns({POST: F.col("tweet_id"), POSTED: F.col("created_at")})
        elif "author_key" in columns:
            held[name] = _of(rows, subjects, "author_key")
        elif "author_id" in columns:
            held[name] = _of(rows, subjects, "author_id")
        elif "tweet_id" in columns:
            held[name] = _of(rows, own, "tweet_id")
    return held


def with_posts(records: DataFrame, settings: Settings) -> DataFrame:
    """BRONZE_TWEETS rows with their payload as text, `POST` and `POSTED`; a record of no tweet is a post of its own."""
    told = parse_payloads(records, settings.annotate_tweets).select(
        *OFFSETS,
        F.coalesce("tweet_id", F.concat_ws("/", *OFFSETS)).alias(POST),
        F.coalesce("created_at", "kafka_at").alias(POSTED),
    )
    return records.withColumn("value", F.decode("value", "UTF-8")).join(told, [*OFFSETS], how="inner")


def choose_posts(held: dict[str, DataFrame], settings: Settings, first: int, allowed: int) -> list[str]:
    """The posts that leave today, the same of every table: `allowed` of them, the oldest after `first`."""
    posts = held[BRONZE].select(POST, POSTED).unionByName(held[SILVER].select(POST, POSTED))
    oldest = posts.groupBy(POST).agg(F.min(POSTED).alias(POSTED)).orderBy(POSTED, POST).collect()
    waiting = len(oldest) - first - allowed
    if waiting > 0:
        logger.warning("%d posts more are held: X lets %d leave in a day; go on tomorrow with --skip %d into another "
                       "folder", waiting, settings.export.posts_a_day, first + allowed)  # fmt: skip
    return [row[POST] for row in oldest[first : first + allowed]]


def read_lines(rows: DataFrame, posts: Sequence[str]) -> list[str]:
    """One JSON object a row, of whole posts those of `posts`. One author's rows fit a driver."""
    told = rows
    if POST in rows.columns:
        chosen = rows.sparkSession.createDataFrame([(post,) for post in posts], f"{POST} string")
        told = rows.join(F.broadcast(chosen), POST, how="left_semi").orderBy(POSTED, POST).drop(POST, POSTED)
    return [json.dumps(json.loads(line), ensure_ascii=False) for line in told.toJSON().collect()]


def _of(rows: DataFrame, subjects: DataFrame, column: str) -> DataFrame:
    return rows.join(F.broadcast(subjects.select(column)), column, how="left_semi")
