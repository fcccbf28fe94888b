"""ops.pipeline_state: how far each hop read the table that it follows, and which secrets made the author keys.

And what a hop that summarises tweets by week has to compute anew. It follows the change feed twice: the days of
`recent_days` in every run, the older ones in the first run of a day (`<hop>.older`).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_

from pyspark.sql import Column, Row, SparkSession
from pyspark.sql import functions as F

from conf.brand.rules import NO_BRAND
from conf.command_line import Options
from conf.settings import Settings
from pipelines.sources.lake import ChangesAreGone, following_changes, read_all_changes, read_table, table_version

TABLE = "ops.pipeline_state"
AUTHOR_KEY = "rotate_author_key"
"""The row of the author keys."""


@dataclass(frozen=True)
class PipelineState:
    """The version of the source, the time that the run answered for, and a fingerprint of its settings and formulas."""

    source_version: int
    as_of: datetime
    run_id: int
    config_fingerprint: str


@dataclass(frozen=True)
class KeyState:
    """How many secrets the keys were made with, and their fingerprint; while rotating: that of the new secrets."""

    secret_count: int
    secrets_fingerprint: str
    is_rotating: bool


def continues(before: PipelineState, now: PipelineState) -> bool:
    """True where a run covers at least what the run of `before` covered, with the same rules."""
    return (
        before.config_fingerprint == now.config_fingerprint
        and before.as_of.timestamp() <= now.as_of.timestamp()
        and before.source_version <= now.source_version
    )


def read_pipeline_state(spark: SparkSession, settings: Settings, hop: str) -> PipelineState | None:
    """The state that the hop's last run left; None before the first."""
    row = _read_row(spark, settings, hop)
    return PipelineState(*(row[name] for name in PipelineState.__annotations__)) if row else None


def read_key_state(spark: SparkSession, settings: Settings) -> KeyState | None:
    """The state of the lake's author keys; None before the first key is made."""
    row = _read_row(spark, settings, AUTHOR_KEY)
    return KeyState(*(row[name] for name in KeyState.__annotations__)) if row else None


def _read_row(spark: SparkSession, settings: Settings, hop: str) -> Row | None:
    found = read_table(spark, settings, TABLE).where(F.col("hop") == hop).collect()
    return found[0] if found else None


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
