"""Every table and store -> itself, without the bytes of erased rows: the second half of an erasure.

Deleted rows stay in old files for readers of the change feeds (`erase_tweets.vacuum_hours`), and in Kafka for its
retention. After both, VACUUM deletes the files, old snapshots in MongoDB are dropped, and its pages and those of
Django's database are freed. Only then a receipt is complete.
"""

import logging
from datetime import UTC, datetime

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.settings import Settings
from conf.tables import TABLES
from models.privacy.erasure_receipts import WAITS_FOR_DESK
from pipelines.sinks.kafka_retention import newest_purged_moment
from pipelines.sinks.lake import update_rows
from pipelines.sinks.lake_files import vacuum_table
from pipelines.sinks.privacy.accounts import free_old_rows
from pipelines.sinks.privacy.mongo_erasure import compact_store, drop_older_snapshots
from pipelines.sources.lake import read_table, table_exists

logger = logging.getLogger("brandpulse.purge_files")

RECEIPTS = "restricted.erasure_receipts"
AGE = "unix_timestamp() - unix_timestamp(heard_at)"


def run(spark: SparkSession, settings: Settings, options: Options) -> datetime | None:
    """Delete the bytes that are due and complete their receipts; returns the newest erasure due, or None.

    `--dry-run` only logs it.
    """
    receipts = read_table(spark, settings, RECEIPTS)
    due = newest_purged_moment(settings, find_due(receipts, settings.erase_tweets.vacuum_hours))
    logger.info("erasures with bytes to delete: %s", f"up to that of {due.isoformat()}" if due else "none")
    if due is None or options.dry_run:
        return due
    purge(spark, settings, options)
    complete = f"vacuumed_at IS NULL AND erased_at <= TIMESTAMP '{due.isoformat()}' AND NOT ({WAITS_FOR_DESK})"
    update_rows(spark, settings, RECEIPTS, complete, {"vacuumed_at": "current_timestamp()", "age_seconds": AGE})
    left = read_table(spark, settings, RECEIPTS)
    waiting = left.where(f"vacuumed_at IS NULL AND {WAITS_FOR_DESK}").count()
    if waiting:
        logger.warning("%d erasures wait for the desk or its help desk: does dispatch_tickets run?", waiting)
    report(left, settings)
    return due


def find_due(receipts: DataFrame, vacuum_hours: float) -> list[datetime]:
    """The times of erasures whose old files no reader needs any more, newest first."""
    waited = F.unix_timestamp() - F.unix_timestamp("erased_at") >= vacuum_hours * 3600
    rows = (
        receipts.where(F.col("vacuumed_at").isNull() & waited).select(F.unix_micros("erased_at")).distinct().collect()
    )
    return [datetime.fromtimestamp(row[0] / 1e6, UTC) for row in sorted(rows, reverse=True)]


def purge(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Delete the bytes of rows deleted `vacuum_hours` ago, in every table, in MongoDB and in Django's database."""
    for name in sorted(TABLES):
        if table_exists(spark, settings, name):
            vacuum_table(spark, settings, name, settings.erase_tweets.vacuum_hours)
    drop_older_snapshots(settings)
    compact_store(settings, f"purge_files {options.run_id}")
    free_old_rows(settings)


def report(receipts: DataFrame, settings: Settings) -> None:
    """Log the number and maximum age of complete erasures, and whether the deadline was met."""
    late = F.col("age_seconds") > settings.erase_tweets.deadline_hours * 3600
    complete = receipts.where("vacuumed_at IS NOT NULL")
    count, oldest, missed = complete.agg(F.count("*"), F.max("age_seconds"), F.count_if(late)).collect()[0]
    logger.info("%d erasures are complete, the slowest took %.1f h", count, (oldest or 0) / 3600)
    if missed:
        logger.warning("%d of them took longer than erase_tweets.deadline_hours", missed)
