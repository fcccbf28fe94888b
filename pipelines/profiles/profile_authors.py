"""silver.tweets -> gold.author_profiles, gold.author_profile_history: one row per brand and author, by author_key.

docs/explanation/author-profiles.md explains the figures. A run follows silver's change feed: it recomputes only authors
with a tweet that was added, changed or erased since the last run, or that the new `--as-of` includes. `--full`
recomputes all authors, with the same result. So does a run that cannot follow: the first one, one as of an earlier
time, one with other settings or rules, one whose changes were vacuumed, and one with `--brand`, which does not advance
the pipeline state.

The history has one row per state of a profile; of an author with an erased tweet only the newest. This hop deletes the
states of the authors in the change feed; erase_tweets deletes them before, in case the feed was vacuumed.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.schemas.gold import GOLD_AUTHOR_PROFILES
from conf.schemas.shapes import conform
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
from pipelines.sinks.pipeline_state import write_pipeline_state
from pipelines.sources.lake import ChangesAreGone, following_changes, read_all_changes, read_table, table_version
from pipelines.sources.pipeline_state import PipelineState, continues, read_pipeline_state

logger = logging.getLogger("brandpulse.profile_authors")

SILVER, TABLE, HISTORY = "silver.tweets", "gold.author_profiles", "gold.author_profile_history"
HOP = "profile_authors"
STAMPS = ("run_id", "as_of")
LOGIC_VERSION = 2
"""Increased whenever a formula changes: the next run then recomputes all authors."""


@dataclass(frozen=True)
class Touched:
    """The authors to recompute: `found` [author_key, is_erased], persisted; `is_erased`: one of their tweets was."""

    found: DataFrame

    @property
    def authors(self) -> DataFrame:
        return self.found.select("author_key")

    @property
    def erased(self) -> DataFrame:
        return self.found.where("is_erased").select("author_key")


def run(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Profile the authors of every brand (`--brand`: of one); `--dry-run` counts and writes nothing."""
    with lock_tables(settings, TABLE, HISTORY):
        before = read_pipeline_state(spark, settings, HOP)
        now = PipelineState(table_version(spark, settings, SILVER), options.as_of, options.run_id, _rules(settings))
        changed = find_touched(spark, settings, before, now)
        touched = None if must_be_full(before, now, options) else changed
        inputs = select_profile_inputs(read_table(spark, settings, SILVER, now.source_version))
        released = nullcontext() if changed is None else persisted(changed.found)
        with released, persisted(build_profiles(of_touched(inputs, touched), settings, options)) as profiles:
            _report(profiles, touched)
            if options.dry_run:
                logger.info("dry run: nothing written")
                return
            if before is not None and not continues(before, now):  # no later run may follow from it, even after a kill
                write_pipeline_state(spark, settings, HOP, replace(before, config_fingerprint=""))
            for name in (TABLE, HISTORY):
                create_table(spark, settings, name)
            if changed is not None:
                delete_profile_states(changed, settings)
            if touched is None:
                merge_changed_rows(profiles, settings, TABLE, STAMPS, drops=_of(options.brand))
                write_history(read_table(spark, settings, TABLE), None, settings)
            else:
                update_profiles(profiles, touched, settings)
            if options.brand is None:  # last, so that a killed run is repeated
                write_pipeline_state(spark, settings, HOP, now)


def build_profiles(tweets: DataFrame, settings: Settings, options: Options) -> DataFrame:
    """SILVER_TWEETS rows -> GOLD_AUTHOR_PROFILES rows of the brands asked for; all tweets of an author are needed."""
    rows = (
        tweets.transform(keep_authored)
        .transform(lambda df: keep_until(df, options.as_of))
        .repartition("author_key")  # few tweets per author: shuffling them is faster than shuffling partial sums
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


def must_be_full(before: PipelineState | None, now: PipelineState, options: Options) -> bool:
    """True where following the change feed would not give what a full run gives."""
    return options.full or options.brand is not None or before is None or not continues(before, now)


def find_touched(
    spark: SparkSession, settings: Settings, before: PipelineState | None, now: PipelineState
) -> Touched | None:
    """The authors to recompute; None where the change feed no longer has all changes since `before`.

    Includes authors with a tweet later than `before`: a killed run may have included it, as of any time.
    """
    if before is None:
        return None
    later = read_table(spark, settings, SILVER, now.source_version).where(F.col("created_at") > F.lit(before.as_of))
    try:
        with following_changes():
            changes = read_all_changes(spark, settings, SILVER, before.source_version + 1, now.source_version)
            rows = changes.select("author_key", (F.col("_change_type") == "delete").alias("is_erased"))
            rows = rows.unionByName(later.select("author_key", F.lit(False).alias("is_erased")))
            authors = (
                rows.where("author_key IS NOT NULL").groupBy("author_key").agg(F.max("is_erased").alias("is_erased"))
            )
            authors.persist().count()  # inside following_changes, which explains a missing file
    except ChangesAreGone as error:
        logger.info("the changes since the last run can no longer be read (%s)", error)
        return None
    return Touched(authors)


def update_profiles(profiles: DataFrame, touched: Touched, settings: Settings) -> None:
    """Create, update and delete profiles by key, of the authors `touched` alone.

    Unchanged profiles are removed before the MERGE. After a kill in between the next run finds the rest.
    """
    spark = profiles.sparkSession
    found = read_table(spark, settings, TABLE, table_version(spark, settings, TABLE))
    stored = of_touched(found, touched)
    same = [profiles[name].eqNullSafe(stored[name]) for name in profiles.columns if name not in STAMPS]
    with persisted(stored), persisted(profiles.join(stored, same, how="left_anti")) as changed:
        delete_rows(stored.join(profiles, [*KEY], how="left_anti"), settings, TABLE)
        new = changed.join(stored, [*KEY], how="left_anti")
        if not new.isEmpty():
            append_rows(new, settings, TABLE)
        known = changed.join(stored, [*KEY], how="left_semi")
        merge_columns(known, settings, TABLE, on_key(TABLE), "true", known.columns)
        write_history(stored.join(profiles, same, how="left_semi").unionByName(changed), touched, settings)


def delete_profile_states(changed: Touched, settings: Settings) -> None:
    """Delete every state of the authors with an erased tweet: earlier states were computed from it."""
    delete_rows(changed.erased, settings, HISTORY, by=("author_key",))


def write_history(now: DataFrame, touched: Touched | None, settings: Settings) -> None:
    """Add the states missing from the history: of `now`, the rows of gold.author_profiles of the authors `touched`.

    They come from this run, and from a killed one before it.
    """
    state = [*KEY, "run_id"]
    oldest = now.agg(F.min("as_of")).collect()[0][0]
    known = read_table(now.sparkSession, settings, HISTORY).where(F.col("as_of") >= F.lit(oldest)).select(*state)
    with persisted(now.join(of_touched(known, touched), state, how="left_anti")) as missing:
        if not missing.isEmpty():
            append_rows(missing, settings, HISTORY)


def of_touched(rows: DataFrame, touched: Touched | None) -> DataFrame:
    """The rows of the authors `touched`; all rows where it is None."""
    return rows if touched is None else rows.join(F.broadcast(touched.authors), "author_key", how="left_semi")


@contextmanager
def persisted(rows: DataFrame) -> Iterator[DataFrame]:
    try:
        yield rows.persist()
    finally:
        rows.unpersist()


def _of(brand: str | None) -> Column:
    """The rows of the table `t` that a full run replaces."""
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
