"""silver.tweets -> gold.author_profiles, gold.author_profile_history: a row a brand and author, by author_key.

What the figures mean: docs/author_profiles.md. A run follows silver's change feed: only authors with a tweet that was
added, changed or erased since the last run, or that the new `--as-of` lets in, are computed again. `--full` computes
everybody and gives the same content. So does a run that cannot follow: the first one, one as of an earlier time, one
under other settings or rules, one whose changes were vacuumed, and one with `--brand`, which moves no mark.

History holds each state of a profile as one row; of an author who had a tweet erased only the newest stays. Here those
go that the change feed tells of; erase_tweets has taken the others before, should the feed be gone.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.pipeline_state import Mark
from conf.schemas import GOLD_AUTHOR_PROFILES, conform
from conf.settings import Settings
from conf.tables import on_key
from models.profiles.author_features import (
    KEY,
    REPORTABLE_CATEGORIES,
    keep_authored,
    keep_until,
    select_profile_inputs,
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
from models.profiles.author_flags import BOT_RULES, BRAND_RULES
from pipelines.sinks.lake import (
    append_rows,
    create_table,
    delete_rows,
    lock_tables,
    merge_changed_rows,
    merge_columns,
)
from pipelines.sinks.pipeline_state import write_mark
from pipelines.sources.lake import ChangesAreGone, following_changes, read_all_changes, read_table, table_version
from pipelines.sources.pipeline_state import read_mark

logger = logging.getLogger("brandpulse.profile_authors")

SILVER, TABLE, HISTORY = "silver.tweets", "gold.author_profiles", "gold.author_profile_history"
HOP = "profile_authors"
STAMPS = ("run_id", "as_of")
LOGIC_VERSION = 2
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
    with lock_tables(settings, TABLE, HISTORY):
        before = read_mark(spark, settings, HOP)
        now = Mark(table_version(spark, settings, SILVER), options.as_of, options.run_id, _rules(settings))
        changed = find_touched(spark, settings, before, now)
        touched = None if must_be_full(before, now, options) else changed
        inputs = select_profile_inputs(read_table(spark, settings, SILVER, now.source_version))
        held = nullcontext() if changed is None else kept(changed.found)
        with (
            held,
            kept(build_profiles(of_touched(inputs, touched), settings, options)) as profiles,
        ):
            _report(profiles, touched)
            if options.dry_run:
                logger.info("dry run: nothing written")
                return
            if before is not None and not goes_on(before, now):  # whatever becomes of this run, none follows from there
                write_mark(spark, settings, HOP, replace(before, rules=""))
            for name in (TABLE, HISTORY):
                create_table(spark, settings, name)
            if changed is not None:
                delete_profile_states(changed, settings)
            if touched is None:
                merge_changed_rows(profiles, settings, TABLE, STAMPS, drops=_of(options.brand))
                write_history(read_table(spark, settings, TABLE), None, settings)
            else:
                update_profiles(profiles, touched, settings)
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
    return options.full or options.brand is not None or before is None or not goes_on(before, now)


def goes_on(before: Mark, now: Mark) -> bool:
    """True where a run only adds to what the one of `before` answered for."""
    return (
        before.rules == now.rules
        and before.as_of.timestamp() <= now.as_of.timestamp()
        and before.source_version <= now.source_version
    )


def find_touched(spark: SparkSession, settings: Settings, before: Mark | None, now: Mark) -> Touched | None:
    """The authors to compute again; None where the change feed no longer holds what happened since `before`.

    Also those with a tweet later than `before`: a run that was killed may have let it in, as of whatever time.
    """
    if before is None:
        return None
    let_in = read_table(spark, settings, SILVER, now.source_version).where(F.col("created_at") > F.lit(before.as_of))
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


def update_profiles(profiles: DataFrame, touched: Touched, settings: Settings) -> None:
    """Create or update by key, and delete what no tweet supports any more, among the authors `touched` alone.

    What did not change is sorted out before the MERGE. Of a run that is killed in between the next one finds the rest.
    """
    spark = profiles.sparkSession
    found = read_table(spark, settings, TABLE, table_version(spark, settings, TABLE))
    there = of_touched(found, touched)
    same = [profiles[name].eqNullSafe(there[name]) for name in profiles.columns if name not in STAMPS]
    with kept(there), kept(profiles.join(there, same, how="left_anti")) as changed:
        delete_rows(there.join(profiles, [*KEY], how="left_anti"), settings, TABLE)
        new = changed.join(there, [*KEY], how="left_anti")
        if not new.isEmpty():
            append_rows(new, settings, TABLE)
        known = changed.join(there, [*KEY], how="left_semi")
        merge_columns(known, settings, TABLE, on_key(TABLE), "true", known.columns)
        write_history(there.join(profiles, same, how="left_semi").unionByName(changed), touched, settings)


def delete_profile_states(changed: Touched, settings: Settings) -> None:
    """Of authors who lost a tweet since the last run: every state, for those of before were made of it."""
    delete_rows(changed.erased, settings, HISTORY, by=("author_key",))


def write_history(now: DataFrame, touched: Touched | None, settings: Settings) -> None:
    """Add the states that history lacks of `now`, the rows that gold.author_profiles has of the authors `touched`.

    Those of this run, and what a run that was killed left.
    """
    state = [*KEY, "run_id"]
    oldest = now.agg(F.min("as_of")).collect()[0][0]
    known = read_table(now.sparkSession, settings, HISTORY).where(F.col("as_of") >= F.lit(oldest)).select(*state)
    with kept(now.join(of_touched(known, touched), state, how="left_anti")) as lacking:
        if not lacking.isEmpty():
            append_rows(lacking, settings, HISTORY)


def of_touched(rows: DataFrame, touched: Touched | None) -> DataFrame:
    """The rows of the authors `touched`; all where everybody is."""
    return rows if touched is None else rows.join(F.broadcast(touched.authors), "author_key", how="left_semi")


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
    rules = (REPORTABLE_CATEGORIES, BOT_RULES, BRAND_RULES)
    return f"{LOGIC_VERSION} {settings.profile_authors.model_dump_json()} {rules}"


def _report(profiles: DataFrame, touched: Touched | None) -> None:
    per_brand = profiles.groupBy("brand").count().orderBy("brand").collect()
    logger.info(
        "%d profiles of %s: %s",
        sum(row[1] for row in per_brand),
        "every author" if touched is None else f"{touched.authors.count()} authors whose tweets changed",
        ", ".join(f"{row[0]} {row[1]}" for row in per_brand),
    )
