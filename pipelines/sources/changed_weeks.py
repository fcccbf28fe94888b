"""Which weeks of which brand must be computed anew, because a tweet of silver.tweets changed.

A hop that summarises tweets follows the change feed twice: the days of `recent_days` in every run, the older ones in
the first run of a day (`<hop>.older`).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_

from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from conf.brand.rules import NO_BRAND
from conf.command_line import Options
from conf.settings import Settings
from pipelines.sources.lake import ChangesAreGone, following_changes, read_all_changes, table_version
from pipelines.sources.pipeline_state import PipelineState, read_pipeline_state

SILVER = "silver.tweets"


@dataclass(frozen=True)
class Week:
    """A week of a brand; `monday` is its first day."""

    brand: str
    monday: date

    def holds(self, brand: str, day: str) -> Column:
        """True for rows of this brand on a day of this week; the arguments are column names."""
        ends = (F.lit(self.monday), F.lit(self.monday + timedelta(days=6)))
        return (F.col(brand) == self.brand) & F.to_date(day).between(*ends)


@dataclass(frozen=True)
class Plan:
    """What a run computes: `weeks`, all where it is None, of one `brand` or of all; the state it leaves for `hops`."""

    weeks: Sequence[Week] | None
    brand: str | None
    now: PipelineState
    hops: tuple[str, ...]

    def holds(self, brand: str, day: str) -> Column:
        """True for rows that the run computes; `brand` and `day` are column names."""
        asked = F.lit(True) if self.brand is None else F.col(brand) == self.brand
        if self.weeks is None:
            return asked
        return asked & reduce(or_, (week.holds(brand, day) for week in self.weeks), F.lit(False))

    @property
    def words(self) -> str:
        return "every week" if self.weeks is None else f"{len(self.weeks)} weeks"


def plan_weeks(
    spark: SparkSession, settings: Settings, options: Options, hop: str, recent_days: int, fingerprint: str
) -> Plan:
    """What `hop` has to compute; a changed `fingerprint` (of formulas, settings, models) means every week.

    A run of one brand leaves no state: the others' changes are still to be seen.
    """
    older_hop = f"{hop}.older"
    now = PipelineState(table_version(spark, settings, SILVER), options.as_of, options.run_id, fingerprint)
    older = read_pipeline_state(spark, settings, older_hop)
    is_first_of_day = older is None or older.as_of.date() < now.as_of.date()
    before = older if is_first_of_day else read_pipeline_state(spark, settings, hop)
    since = None if is_first_of_day else now.as_of.date() - timedelta(days=recent_days)
    weeks = None if options.full else find_changed_weeks(spark, settings, hop, before, now, since)
    hops = () if options.brand else (hop, older_hop) if is_first_of_day else (hop,)
    return Plan(weeks, options.brand, now, hops)


def find_changed_weeks(
    spark: SparkSession,
    settings: Settings,
    hop: str,
    before: PipelineState | None,
    now: PipelineState,
    since: date | None,
) -> list[Week] | None:
    """The weeks with a tweet of day `since` or later that changed after `before`; None: nothing is known of changes."""
    if before is None or before.config_fingerprint != now.config_fingerprint:
        return None
    if before.as_of.timestamp() > now.as_of.timestamp():  # Spark's times have no zone
        return None
    try:
        with following_changes():
            changes = read_all_changes(spark, settings, SILVER, before.source_version + 1, now.source_version)
            recent = changes.where(
                F.col("created_on").isNotNull() if since is None else F.col("created_on") >= F.lit(since)
            )
            known = F.array_distinct(F.array_compact("brands"))
            rules = F.explode(F.when(F.size(known) > 0, known).otherwise(F.array(F.lit(NO_BRAND)))).alias("rule")
            monday = F.to_date(F.date_trunc("week", "created_on")).alias("monday")
            brand = F.split_part("rule", F.lit(":"), F.lit(1)).alias("brand")  # acme:competitors is of acme
            weeks = recent.select(rules, monday).select(brand, "monday")
            found = weeks.distinct().orderBy("brand", "monday").collect()
    except ChangesAreGone as error:
        logging.getLogger(f"brandpulse.{hop}").info("the changes since the last run can no longer be read (%s)", error)
        return None
    return [Week(*row) for row in found]
