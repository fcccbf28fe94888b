"""Every table -> itself, without rows older than the table's retention (conf/tables.py).

A tweet is as old as its newest observation; its entities, observations and candidates are deleted with it; profiles and
segments follow with their next run. The origins of its records are recorded in silver.erased_records, as after an
erasure, so that the input still reconciles. A day of bronze is kept while one of its records is neither scored,
rejected nor erased.

Of Django's database: entries of the audit log and tokens after `serving.audit_days`, ended sessions, counted attempts
to log in, rate limits; tickets that are done, after the retention of their events.
"""

import logging
from datetime import date, timedelta

from pyspark.sql import SparkSession

from conf.command_line import Options
from conf.schemas.shapes import OFFSETS
from conf.settings import Settings
from conf.tables import TABLES
from pipelines.sinks.desk import delete_expired_tickets
from pipelines.sinks.lake import delete_rows, delete_where
from pipelines.sinks.privacy.accounts import delete_expired
from pipelines.sinks.privacy.audit import record_erased
from pipelines.sources.lake import read_table, table_exists

logger = logging.getLogger("brandpulse.expire_rows")

DESK = "gold.ticket_events"
BRONZE, ERASED, SILVER = "bronze.tweets", "silver.erased_records", "silver.tweets"
REJECTS, OBSERVATIONS = "silver.rejected_tweets", "silver.metric_observations"
DERIVED = ("silver.tweet_entities", "gold.ticket_candidates")
"""Tables with rows of tweets, which are deleted with them."""
COUNTED = {"bronze.compliance": "true", REJECTS: "redriven_at IS NULL"}
"""Tables that the reconciliation counts, and which of their rows: deleted ones are counted as erased instead."""


def run(spark: SparkSession, settings: Settings, options: Options) -> dict[str, int]:
    """Delete rows that are too old at `--as-of`; returns their number by table. `--dry-run` only counts them."""
    aged = [name for name, table in TABLES.items() if table.aged_by and table_exists(spark, settings, name)]
    old = {name: too_old(spark, settings, name, options) for name in aged}
    counts = {name: read_table(spark, settings, name).where(where).count() for name, where in old.items()}
    counts = {name: count for name, count in counts.items() if count}
    for name, count in counts.items():
        logger.info("%s: %d rows are older than %d days", name, count, TABLES[name].retention_days)
        if not options.dry_run:
            expire(spark, settings, name, old[name])
    accounts = delete_expired(settings, options.as_of, options.dry_run)
    accounts |= delete_expired_tickets(settings, options.as_of, TABLES[DESK].retention_days, options.dry_run)
    for name, count in accounts.items():
        logger.info("%s: %d rows are too old", name, count)
    counts |= accounts
    if not counts:
        logger.info("no row is older than its table's retention")
    return counts


def too_old(spark: SparkSession, settings: Settings, name: str, options: Options) -> str:
    """The SQL condition of the rows to delete."""
    first_kept = options.as_of.date() - timedelta(days=TABLES[name].retention_days)
    old = f"{TABLES[name].aged_by} < DATE'{first_kept}'"
    kept = days_not_accounted(spark, settings, old) if name == BRONZE else []
    if kept:
        logger.warning("%d days of %s are kept: records of theirs are not scored or rejected yet", len(kept), BRONZE)
        old += " AND ingested_on NOT IN ({})".format(", ".join(f"DATE'{day}'" for day in kept))
    return old


def days_not_accounted(spark: SparkSession, settings: Settings, old: str) -> list[date]:
    """Days of bronze with a record that is neither observed, rejected nor erased."""
    further_on = [read_table(spark, settings, name).select(*OFFSETS) for name in (OBSERVATIONS, REJECTS, ERASED)]
    known = further_on[0].unionByName(further_on[1]).unionByName(further_on[2])
    open_records = read_table(spark, settings, BRONZE).where(old).join(known, [*OFFSETS], how="left_anti")
    return sorted(row[0] for row in open_records.select("ingested_on").distinct().collect())


def expire(spark: SparkSession, settings: Settings, name: str, old: str) -> None:
    """Delete the rows `old` of one table; tweets last, after their observations and entities."""
    rows = read_table(spark, settings, name).where(old)
    if name == SILVER:
        expired = rows.select("tweet_id").persist()
        observed = read_table(spark, settings, OBSERVATIONS).join(expired, "tweet_id", how="left_semi").persist()
        record_erased(observed, settings)
        delete_rows(observed, settings, OBSERVATIONS)
        for derived in DERIVED:
            delete_rows(
                read_table(spark, settings, derived).join(expired, "tweet_id", how="left_semi"), settings, derived
            )
        observed.unpersist()
        expired.unpersist()
    elif name in COUNTED:
        record_erased(rows.where(COUNTED[name]), settings)
    delete_where(spark, settings, name, old)
