"""Every table -> a folder: all data stored about one author (data-subject access request).

The author is found by handle, among authors who mentioned a brand by its handle, or by account id. Every table of
conf/tables.py is searched by whichever column can find the author: author_key, author_id, or tweet_id of their tweets;
bronze by the account id inside the record; the API's audit log for reads of the author's profile; the desk for their
tweets. Only the owner can read the folder; the audit log records the purpose.

X limits the whole posts that may be exported per day (`export.max_posts_per_day`): a longer export starts with the
oldest posts, and the log says how to continue. Posts are counted in the audit log before they are written, by one
export at a time. `erase_exports` deletes the export in time.
"""

import json
import logging
from collections.abc import Sequence
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options, required
from conf.schemas.shapes import OFFSETS
from conf.settings import Settings
from conf.tables import TABLES
from models.privacy.author_lookup import find_author
from models.privacy.pseudonyms import build_key_frame
from pipelines.sinks.lake import lock_tables
from pipelines.sinks.privacy.audit import TABLE as AUDIT
from pipelines.sinks.privacy.audit import write_audit
from pipelines.sinks.privacy.private_files import write_private
from pipelines.sources.accounts import read_profile_reads, read_subject_keys
from pipelines.sources.author_handles import read_author_ids
from pipelines.sources.author_keys import read_secrets
from pipelines.sources.desk import read_comments
from pipelines.sources.exported_files import AUTHOR_DATA
from pipelines.sources.lake import read_table
from pipelines.sources.payloads.parser import parse_payloads
from runtime.errors import CheckFailed, UsageError

logger = logging.getLogger("brandpulse.export_author_data")

BRONZE, SILVER, IDENTITIES = "bronze.tweets", "silver.tweets", "restricted.author_identities"
POST, POSTED = "post_id", "posted_at"
"""Temporary columns of rows with a whole post: its id and its creation time."""
READS = "accounts.profile_reads"
"""The file of when, of which brand and why the author's profile was read through the API."""
DESK = "desk.comments"
"""The file of the author's tweets at the desk."""


def run(spark: SparkSession, settings: Settings, options: Options) -> dict[str, int]:
    """Write one JSON-lines file per table into `--output`; returns its rows by table. `--count-only` writes no file.

    UsageError without `--purpose` or a way to find the author, or if the folder is not empty; BadInput for an unknown
    handle; CheckFailed when today's limit of posts is reached; TableLocked during another export.
    """
    purpose, output = required(options, "purpose"), Path(required(options, "output"))
    if output.exists() and any(output.iterdir()):
        raise UsageError(f"--output {output} is not empty: exports of two people must not mix")
    secrets = read_secrets(spark, settings)
    keys = build_key_frame(spark, *secrets)
    subjects = find_author(read_table(spark, settings, IDENTITIES), keys, options.extra).persist()
    with lock_tables(settings, AUDIT):
        allowed = count_posts_left(spark, settings)
        stored = read_author_rows(spark, settings, subjects)
        posts = choose_posts(stored, settings, options.extra["skip"], allowed)
        export = {name: read_lines(rows, posts) for name, rows in stored.items()}
        export[READS] = read_audit_lines(settings, secrets, subjects)
        export[DESK] = read_desk_lines(settings, subjects)
        counts = {name: len(lines) for name, lines in export.items()}
        logger.info("%d rows in %d tables are about this author", sum(counts.values()), sum(map(bool, counts.values())))
        if options.extra["count_only"]:
            write_audit(subjects, settings, AUTHOR_DATA, purpose, sum(counts.values()))
        else:
            write_audit(subjects, settings, AUTHOR_DATA, purpose, sum(counts.values()), len(posts), output)
            for name, lines in export.items():
                write_private(output / f"{name}.jsonl", lines)
    subjects.unpersist()
    return counts


def count_posts_left(spark: SparkSession, settings: Settings) -> int:
    """How many whole posts may still be exported today (UTC). CheckFailed if none."""
    today = read_table(spark, settings, AUDIT).where(F.to_date("occurred_at") == F.current_date())
    left = settings.export.max_posts_per_day - int(today.agg(F.sum("object_count")).collect()[0][0] or 0)
    if left <= 0:
        raise CheckFailed(
            f"{settings.export.max_posts_per_day} posts were exported today, X's limit: continue tomorrow"
        )
    return left


def read_author_rows(spark: SparkSession, settings: Settings, subjects: DataFrame) -> dict[str, DataFrame]:
    """By table, the rows about the subjects; of whole posts with the columns `POST` and `POSTED`."""
    silver = _of(read_table(spark, settings, SILVER), subjects, "author_key")
    own = silver.select("tweet_id").distinct()
    stored = {}
    for name, table in sorted(TABLES.items()):
        columns = table.schema.fieldNames()
        rows = read_table(spark, settings, name)
        if name == BRONZE:
            keyed = rows.withColumn("author_id", read_author_ids())
            stored[name] = with_posts(_of(keyed, subjects, "author_id").drop("author_id"), settings)
        elif name == SILVER:
            stored[name] = silver.withColumns({POST: F.col("tweet_id"), POSTED: F.col("created_at")})
        elif "author_key" in columns:
            stored[name] = _of(rows, subjects, "author_key")
        elif "author_id" in columns:
            stored[name] = _of(rows, subjects, "author_id")
        elif "tweet_id" in columns:
            stored[name] = _of(rows, own, "tweet_id")
    return stored


def with_posts(records: DataFrame, settings: Settings) -> DataFrame:
    """BRONZE_TWEETS rows with the payload as text, `POST` and `POSTED`; a record without a tweet counts as one post."""
    posts = parse_payloads(records, settings.annotate_tweets).select(
        *OFFSETS,
        F.coalesce("tweet_id", F.concat_ws("/", *OFFSETS)).alias(POST),
        F.coalesce("created_at", "kafka_at").alias(POSTED),
    )
    return records.withColumn("value", F.decode("value", "UTF-8")).join(posts, [*OFFSETS], how="inner")


def choose_posts(stored: dict[str, DataFrame], settings: Settings, first: int, allowed: int) -> list[str]:
    """The posts to export today, the same in every table: the oldest `allowed` after skipping `first`."""
    posts = stored[BRONZE].select(POST, POSTED).unionByName(stored[SILVER].select(POST, POSTED))
    oldest = posts.groupBy(POST).agg(F.min(POSTED).alias(POSTED)).orderBy(POSTED, POST).collect()
    waiting = len(oldest) - first - allowed
    if waiting > 0:
        logger.warning("%d more posts are stored: X allows %d per day; continue tomorrow with --skip %d and another "
                       "folder", waiting, settings.export.max_posts_per_day, first + allowed)  # fmt: skip
    return [row[POST] for row in oldest[first : first + allowed]]


def read_lines(rows: DataFrame, posts: Sequence[str]) -> list[str]:
    """One JSON object per row, of whole posts only those of `posts`. One author's rows fit into the driver's memory."""
    selected = rows
    if POST in rows.columns:
        chosen = rows.sparkSession.createDataFrame([(post,) for post in posts], f"{POST} string")
        selected = rows.join(F.broadcast(chosen), POST, how="left_semi").orderBy(POSTED, POST).drop(POST, POSTED)
    return [json.dumps(json.loads(line), ensure_ascii=False) for line in selected.toJSON().collect()]


def read_audit_lines(settings: Settings, secrets: Sequence[str], subjects: DataFrame) -> list[str]:
    """One JSON object per read of the subjects' profiles; not by whom, which is data about somebody else."""
    authors = {row["author_key"] for row in subjects.select("author_key").collect()}
    stored = {subject for key, subject in read_subject_keys(settings, secrets).items() if key in authors}
    return [json.dumps(each, ensure_ascii=False) for each in read_profile_reads(settings, stored)]


def read_desk_lines(settings: Settings, subjects: DataFrame) -> list[str]:
    """One JSON object per tweet of the subjects that the desk has; not who worked on it."""
    authors = [row["author_key"] for row in subjects.select("author_key").distinct().collect()]
    return [json.dumps(each, ensure_ascii=False, default=str) for each in read_comments(settings, authors)]


def _of(rows: DataFrame, subjects: DataFrame, column: str) -> DataFrame:
    return rows.join(F.broadcast(subjects.select(column)), column, how="left_semi")
