"""silver.tweets -> gold.author_profiles, gold.author_profile_history: a row a brand and author, by author_key.

What the figures mean: docs/author_profiles.md. A run follows silver's change feed: only authors with a tweet that was
added, changed or erased since the last run, or that the new `--as-of` lets in, are computed again. `--full` computes
everybody and gives the same content. So does a run that cannot follow: the first one, one as of an earlier time, one
under other settings, one whose changes were vacuumed, and one with `--brand`, which moves no mark.

History holds each state of a profile as one row; of an author who had a tweet erased only the newest stays.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.run_marks import Mark
from conf.schemas import GOLD_AUTHOR_PROFILES, conform
from conf.settings import Settings
from conf.tables import on_key
from models.author_features import (
    KEY,
    keep_authored,
    keep_until,
    summarise_authors,
    with_account,
    with_brand,
    with_brands,
    with_flags,
    with_hours,
    with_local_time,
    with_tops,
    with_trend,
)
from pipelines.sinks.lake import (
    Merge,
    append_rows,
    create_table,
    delete_rows,
    lease,
    merge_changed_rows,
    merge_columns,
    merge_rows,
)
from pipelines.sinks.run_marks import write_mark
from pipelines.sources.lake import ChangesAreGone, following_changes, read_all_changes, read_table, table_version
from pipelines.sources.run_marks import read_mark

logger = logging.getLogger("brandpulse.profile_authors")

SILVER, TABLE, HISTORY = "silver.tweets", "gold.author_profiles", "gold.author_profile_history"
HOP = "profile_authors"
STAMPS = ("run_id", "as_of")
FORMULAS = 2
"""Raised whenever a formula changes: the next run then computes everybody."""


@dataclass(frozen=True)
class Touched:
    """Whose profiles are computed again: `found` [author_key, gone], kept in memory; `gone`: lost a tweet."""

    found: DataFrame

    @property
    def authors(self) -> DataFrame:
        return self.found.select("author_key")

    @property
    def erased(self) -> DataFrame:
        return self.found.where("gone").select("author_key")


def run(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Profile the authors of every brand (`--brand`: of one); `--dry-run` counts and writes nothing."""
    with lease(settings, TABLE, HISTORY):
        before = read_mark(spark, settings, HOP)
        now = Mark(table_version(spark, settings, SILVER), options.as_of, options.run_id, _rules(settings))
        touched = None if must_be_full(before, now, options) else find_touched(spark, settings, before, now)
        tweets = read_table(spark, settings, SILVER, now.source_version)
        asked = tweets if touched is None else tweets.join(F.broadcast(touched.authors), "author_key", "left_semi")
        held = nullcontext() if touched is None else kept(touched.found)
        with held, kept(build_profiles(asked, settings, options)) as profiles:
            _report(profiles, touched)
            if options.dry_run:
                logger.info("dry run: nothing written")
                return
            write_profiles(profiles, touched, settings, options)
            write_history(spark, settings, before, touched)
            if options.brand is None:  # last, so that a run that was killed is done again
                write_mark(spark, settings, HOP, now)


def build_profiles(tweets: DataFrame, settings: Settings, options: Options) -> DataFrame:
    """SILVER_TWEETS rows -> GOLD_AUTHOR_PROFILES rows of the brands asked for; all tweets of an author are needed."""
    rows = (
        tweets.transform(keep_authored)
        .transform(lambda df: keep_until(df, options.as_of))
        .repartition("author_key")  # few tweets an author: they are shuffled sooner than the sums of parts of them
        .transform(with_brand)
        .transform(lambda df: with_local_time(df, settings.profile_authors.utc_offset_hours))
        .transform(summarise_authors)
        .transform(with_account)
        .transform(with_hours)
        .transform(with_tops)
        .transform(with_trend)
        .transform(with_brands)
        .transform(with_flags)
        .transform(lambda df: df if options.brand is None else df.where(F.col("brand") == options.brand))
        .withColumns({"run_id": F.lit(options.run_id), "as_of": F.lit(options.as_of.isoformat()).cast("timestamp")})
    )
    return conform(rows, GOLD_AUTHOR_PROFILES)


def must_be_full(before: Mark | None, now: Mark, options: Options) -> bool:
    """True where following the change feed would not give what a full run gives."""
    return (
        options.full
        or options.brand is not None
        or before is None
        or before.rules != now.rules
        or now.as_of.timestamp() < before.as_of.timestamp()
        or now.source_version < before.source_version
    )


def find_touched(spark: SparkSession, settings: Settings, before: Mark | None, now: Mark) -> Touched | None:
    """The authors to compute again; None where the change feed no longer holds what happened since `before`."""
    if before is None:
        return None
    let_in = read_table(spark, settings, SILVER, now.source_version).where(
        (F.col("created_at") > F.lit(before.as_of)) & (F.col("created_at") <= F.lit(now.as_of))
    )
    try:
        with following_changes():
            changes = read_all_changes(spark, settings, SILVER, before.source_version + 1, now.source_version)
            rows = changes.select("author_key", (F.col("_change_type") == "delete").alias("is_erased"))
            rows = rows.unionByName(let_in.select("author_key", F.lit(False).alias("is_erased")))
            authors = rows.where("author_key IS NOT NULL").groupBy("author_key").agg(F.max("is_erased").alias("gone"))
            authors.persist().count()  # here, where it is known what a missing file means
    except ChangesAreGone as error:
        logger.info("what changed since the last run can no longer be read (%s)", error)
        return None
    return Touched(authors)


def write_profiles(profiles: DataFrame, touched: Touched | None, settings: Settings, options: Options) -> None:
    """Create or update by key; a profile that no tweet supports any more is deleted."""
    create_table(profiles.sparkSession, settings, TABLE)
    if touched is None:
        merge_changed_rows(profiles, settings, TABLE, STAMPS, drops=_of(options.brand))
    else:
        update_profiles(profiles, touched, settings)


def update_profiles(profiles: DataFrame, touched: Touched, settings: Settings) -> None:
    """The same for the authors `touched` alone: what did not change is sorted out before the MERGE.

    Of a run that is killed in between the next one finds the rest.
    """
    spark = profiles.sparkSession
    found = read_table(spark, settings, TABLE, table_version(spark, settings, TABLE))
    there = found.join(F.broadcast(touched.authors), "author_key", "left_semi")
    same = [profiles[name].eqNullSafe(there[name]) for name in profiles.columns if name not in STAMPS]
    with kept(there), kept(profiles.join(there, same, "left_anti")) as changed:
        delete_rows(there.join(profiles, [*KEY], "left_anti"), settings, TABLE)
        new = changed.join(there, [*KEY], "left_anti")
        if not new.isEmpty():
            append_rows(new, settings, TABLE)
        known = changed.join(there, [*KEY], "left_semi")
        merge_columns(known, settings, TABLE, on_key(TABLE), "true", known.columns)


def write_history(spark: SparkSession, settings: Settings, before: Mark | None, touched: Touched | None) -> None:
    """Add what changed since the last run that came to its end; of authors who lost a tweet forget the rest."""
    create_table(spark, settings, HISTORY)
    profiles = read_table(spark, settings, TABLE)
    is_newer = F.lit(True) if before is None else F.col("run_id") > before.run_id
    changed = profiles.where(is_newer)
    if touched is not None and not touched.erased.isEmpty():
        states = read_table(spark, settings, HISTORY).select(*KEY, "run_id")
        delete_rows(states.join(F.broadcast(touched.erased), "author_key", "left_semi"), settings, HISTORY)
        erased = profiles.where(~is_newer).join(F.broadcast(touched.erased), "author_key", "left_semi")
        changed = changed.unionByName(erased)
    newer = None if before is None else f"t.run_id > {before.run_id}"
    merge_rows(changed, settings, HISTORY, Merge(pruning=newer))


@contextmanager
def kept(rows: DataFrame) -> Iterator[DataFrame]:
    """`rows` computed once, and forgotten afterwards."""
    try:
        yield rows.persist()
    finally:
        rows.unpersist()


def _of(brand: str | None) -> Column:
    """The rows of the table `t` that a full run answers for."""
    return F.lit(True) if brand is None else F.col("t.brand") == brand


def _rules(settings: Settings) -> str:
    return f"{FORMULAS} {settings.profile_authors.model_dump_json()}"


def _report(profiles: DataFrame, touched: Touched | None) -> None:
    per_brand = profiles.groupBy("brand").count().orderBy("brand").collect()
    logger.info(
        "%d profiles of %s: %s",
        sum(row[1] for row in per_brand),
        "every author" if touched is None else f"{touched.authors.count()} authors whose tweets changed",
        ", ".join(f"{row[0]} {row[1]}" for row in per_brand),
    )
