"""Every table -> itself, without the rows that are older than its retention (conf/tables.py, conf/retention.py).

A tweet is as old as its newest observation, and takes its entities and observations along; profiles and segments follow
with their next run. Where its records stood is noted in silver.erased_records, as of an erasure, so that the equation
of the input goes on balancing. A day of bronze stays for as long as one of its records is found nowhere further on.
"""

import logging
from datetime import date, timedelta

from pyspark.sql import SparkSession

from conf.command_line import Options
from conf.retention import AGED_BY
from conf.schemas import OFFSETS
from conf.settings import Settings
from conf.tables import TABLES
from pipelines.sinks.audit import record_erased
from pipelines.sinks.lake import delete_rows, delete_where
from pipelines.sources.lake import read_table, table_exists

logger = logging.getLogger("brandpulse.expire_rows")

BRONZE, ERASED, SILVER = "bronze.tweets", "silver.erased_records", "silver.tweets"
REJECTS, OBSERVATIONS, ENTITIES = "silver.rejected_tweets", "silver.metric_observations", "silver.tweet_entities"
COUNTED = {"bronze.compliance": "true", REJECTS: "redriven_at IS NULL"}
"""Terms of the input's equation that are counted where they lie: what goes there is counted among the erased."""


def run(spark: SparkSession, settings: Settings, options: Options) -> dict[str, int]:
    """Delete what is too old at `--as-of`; returns the rows that went, by table. `--dry-run` only counts them."""
    old = {name: too_old(spark, settings, name, options) for name in AGED_BY if table_exists(spark, settings, name)}
    counts = {name: read_table(spark, settings, name).where(where).count() for name, where in old.items()}
    counts = {name: count for name, count in counts.items() if count}
    for name, count in counts.items():
        logger.info("%s: %d rows are older than %d days", name, count, TABLES[name].retention_days)
        if not options.dry_run:
            expire(spark, settings, name, old[name])
    if not counts:
        logger.info("nothing is older than its table's retention")
    return counts


def too_old(spark: SparkSession, settings: Settings, name: str, options: Options) -> str:
    """The predicate of the rows that go."""
    first_kept = options.as_of.date() - timedelta(days=TABLES[name].retention_days)
    old = f"{AGED_BY[name]} < DATE'{first_kept}'"
    kept = days_not_accounted(spark, settings, old) if name == BRONZE else []
    if kept:
        logger.warning("%d days of %s are kept: records of theirs were not scored or rejected yet", len(kept), BRONZE)
        old += " AND ingested_on NOT IN ({})".format(", ".join(f"DATE'{day}'" for day in kept))
    return old


def days_not_accounted(spark: SparkSession, settings: Settings, old: str) -> list[date]:
    """Days of bronze with a record that is neither observed, rejected nor erased."""
    further_on = [read_table(spark, settings, name).select(*OFFSETS) for name in (OBSERVATIONS, REJECTS, ERASED)]
    known = further_on[0].unionByName(further_on[1]).unionByName(further_on[2])
    open_records = read_table(spark, settings, BRONZE).where(old).join(known, [*OFFSETS], how="left_anti")
    return sorted(row[0] for row in open_records.select("ingested_on").distinct().collect())


def expire(spark: SparkSession, settings: Settings, name: str, old: str) -> None:
    """Delete the rows `old` of one table; of silver.tweets with all that goes with them, itself last."""
    rows = read_table(spark, settings, name).where(old)
    if name == SILVER:
        gone = rows.select("tweet_id").persist()
        observed = read_table(spark, settings, OBSERVATIONS).join(gone, "tweet_id", how="left_semi").persist()
        record_erased(observed, settings)
        delete_rows(observed, settings, OBSERVATIONS)
        delete_rows(read_table(spark, settings, ENTITIES).join(gone, "tweet_id", how="left_semi"), settings, ENTITIES)
        observed.unpersist()
        gone.unpersist()
    elif name in COUNTED:
        record_erased(rows.where(COUNTED[name]), settings)
    delete_where(spark, settings, name, old)
