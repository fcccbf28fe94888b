"""silver.tweets -> gold.brand_trends: figures of each brand per hour, six hours, day and week (models/trends).

The weeks of a brand in which a tweet was added, changed or deleted are computed anew and whole, because which windows
may show figures depends on their neighbours. A run looks at the changes of the last `recent_days`; the first run of a
day also at older ones, all since the first run of an earlier day. `--full` computes every week.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.schemas.shapes import conform
from conf.schemas.trends import GOLD_BRAND_TRENDS
from conf.settings import Settings
from models.trends.brand_figures import summarise_authors, summarise_brands, with_mentioned_brand
from models.trends.windows import with_windows
from pipelines.sinks.lake import create_table, lock_tables, merge_changed_rows
from pipelines.sinks.pipeline_state import write_pipeline_state
from pipelines.sources.lake import ChangesAreGone, following_changes, read_all_changes, read_table, table_version
from pipelines.sources.pipeline_state import PipelineState, read_pipeline_state

logger = logging.getLogger("brandpulse.summarise_brands")

HOP, OLDER = "summarise_brands", "summarise_brands.older"
"""The hop follows the change feed twice: the recent days in every run, the older ones in the first run of a day."""
TABLE, SILVER = "gold.brand_trends", "silver.tweets"
STAMPS = ("run_id", "as_of")
LOGIC_VERSION = 1
"""Increased whenever a formula changes: the next run then computes every week."""


@dataclass(frozen=True)
class Week:
    """A week of a brand; `monday` is its first day."""

    brand: str
    monday: date

    def holds(self, brand: str, day: str) -> Column:
        """True for rows of this brand on a day of this week; the arguments are column names."""
        ends = (F.lit(self.monday), F.lit(self.monday + timedelta(days=6)))
        return (F.col(brand) == self.brand) & F.to_date(day).between(*ends)


def run(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Summarise the brands (`--brand`: one of them); `--dry-run` counts and writes nothing."""
    with lock_tables(settings, TABLE):
        now = PipelineState(table_version(spark, settings, SILVER), options.as_of, options.run_id, str(LOGIC_VERSION))
        older = read_pipeline_state(spark, settings, OLDER)
        is_first_of_day = older is None or older.as_of.date() < now.as_of.date()
        before = older if is_first_of_day else read_pipeline_state(spark, settings, HOP)
        since = None if is_first_of_day else now.as_of.date() - timedelta(days=settings.summarise_brands.recent_days)
        weeks = None if options.full else find_changed_weeks(spark, settings, before, now, since)
        rows = build_trends(read_table(spark, settings, SILVER, now.source_version), weeks, options).persist()
        logger.info("%d windows of %s", rows.count(), "every week" if weeks is None else f"{len(weeks)} weeks")
        if not options.dry_run:
            create_table(spark, settings, TABLE)
            merge_changed_rows(
                rows, settings, TABLE, STAMPS, drops=_computed(weeks, options, "t.brand", "t.started_at")
            )
            # Last, so that a killed run is repeated; of one brand alone, the others' changes are still to be seen.
            for hop in () if options.brand else (HOP, OLDER) if is_first_of_day else (HOP,):
                write_pipeline_state(spark, settings, hop, now)
        rows.unpersist()


def build_trends(tweets: DataFrame, weeks: Sequence[Week] | None, options: Options) -> DataFrame:
    """SILVER_TWEETS rows -> GOLD_BRAND_TRENDS rows of `weeks`; of all weeks where it is None."""
    authors = (
        tweets.where("created_at IS NOT NULL")
        .transform(with_mentioned_brand)
        .where(_computed(weeks, options, "brand", "created_at"))
        .transform(with_windows)
        .transform(summarise_authors)
    )
    stamps = {"run_id": F.lit(options.run_id), "as_of": F.lit(options.as_of.isoformat()).cast("timestamp")}
    return conform(summarise_brands(authors).withColumns(stamps), GOLD_BRAND_TRENDS)


def find_changed_weeks(
    spark: SparkSession, settings: Settings, before: PipelineState | None, now: PipelineState, since: date | None
) -> list[Week] | None:
    """The weeks with a tweet of day `since` or later that changed after `before`; None: nothing is known of changes."""
    if before is None or before.config_fingerprint != now.config_fingerprint:
        return None
    if before.as_of.timestamp() > now.as_of.timestamp():  # Spark's times have no zone
        return None
    try:
        with following_changes():
            changes = read_all_changes(spark, settings, SILVER, before.source_version + 1, now.source_version)
            days = changes.where("created_on IS NOT NULL").transform(with_mentioned_brand)
            recent = days if since is None else days.where(F.col("created_on") >= F.lit(since))
            monday = F.to_date(F.date_trunc("week", "created_on"))
            found = recent.select("brand", monday.alias("monday")).distinct().orderBy("brand", "monday").collect()
    except ChangesAreGone as error:
        logger.info("the changes since the last run can no longer be read (%s)", error)
        return None
    return [Week(*row) for row in found]


def _computed(weeks: Sequence[Week] | None, options: Options, brand: str, day: str) -> Column:
    """True for rows that this run computes; `brand` and `day` are column names."""
    asked = F.lit(True) if options.brand is None else F.col(brand) == options.brand
    if weeks is None:
        return asked
    return asked & reduce(or_, (week.holds(brand, day) for week in weeks), F.lit(False))
