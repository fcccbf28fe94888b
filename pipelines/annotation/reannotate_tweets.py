"""silver.tweets -> silver.tweets: whole days scored again by another annotator, while the stream runs.

A day is read, each of its distinct texts is scored once, and one MERGE by text hash sets the annotator's columns of the
rows that another version scored. No other column changes, no row is added or deleted, so the table's lock is not
needed: it belongs to the stream, which adds rows. What the stream writes meanwhile is safe: a row with a new text has
another hash and is not touched, an erased row stays erased, and after a conflict Delta's check makes the MERGE start
over on what the stream has written (`pipelines.sinks.lake`).

Tweets in languages outside `annotators.languages` have no scores and get none here. A tweet that the stream observes
again after its day was done gets the scores of the stream's annotator: promote the annotator and restart the stream
first, then re-annotate the earlier days.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options, required
from conf.schemas.silver import SCORED_COLUMNS
from conf.settings import Settings
from models.annotation.annotator import (
    Annotator,
    annotator_folder,
    annotator_version,
    load_annotator,
    pipeline_folder,
    score_texts,
)
from models.annotation.registry import Known, find_annotator, import_command, using_annotator
from models.annotation.text.languages import is_scorable
from pipelines.sinks.lake import merge_columns
from pipelines.sources.lake import read_table
from runtime.errors import MissingPrerequisite, UsageError

logger = logging.getLogger("brandpulse.reannotate_tweets")

TABLE = "silver.tweets"


@dataclass(frozen=True)
class DayCounts:
    """Tweets of a day, those to score again (`stale`), and the distinct texts of these."""

    day: date
    tweets: int = 0
    stale: int = 0
    texts: int = 0


def run(spark: SparkSession, settings: Settings, options: Options) -> int:
    """Score the days from --from to --to again, oldest first; returns the number of stale tweets.

    UsageError when --from is after --to or the annotator is unknown, MissingPrerequisite when it is not imported.
    """
    days = list_days(required(options, "from"), required(options, "to"))
    known = find_known(settings, options.extra["annotator"])
    chosen = using_annotator(settings, known)
    tweets = read_table(spark, settings, TABLE)
    counts_by_day = count_days(tweets, days, is_stale(known.version, settings.annotators.languages))
    stale = sum(counts.stale for counts in counts_by_day)
    if options.dry_run or not stale:
        for counts in counts_by_day:
            logger.info("%s: %s", counts.day, describe(counts, known.version, "would be"))
        return stale
    annotator = load_known(spark, chosen, known)
    done = 0
    for number, counts in enumerate(counts_by_day, start=1):
        logger.info("%s (%d of %d): %s", counts.day, number, len(days), describe(counts, known.version, "are"))
        if counts.stale:
            rescore_day(spark, settings, annotator, counts.day)
            done += counts.stale
            logger.info("%s is done, %.0f %% of all", counts.day, 100 * done / stale)
    return stale


def list_days(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`, both included."""
    if last < first:
        raise UsageError(f"--from {first} lies after --to {last}")
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def find_known(settings: Settings, which: str | None) -> Known:
    """The annotator `which`, by default the one that the stream would load."""
    if which is not None:
        return find_annotator(settings, which)
    folder = annotator_folder(settings)
    return Known(folder, annotator_version(folder))


def load_known(spark: SparkSession, chosen: Settings, known: Known) -> Annotator:
    """The imported pipeline; MissingPrerequisite names the command that imports it."""
    if not pipeline_folder(chosen).exists():
        raise MissingPrerequisite(f"annotator {known.version} is not imported: run `{import_command(known)}`")
    return load_annotator(chosen, spark)


def count_days(tweets: DataFrame, days: list[date], stale: Column) -> list[DayCounts]:
    """SILVER_TWEETS rows -> the counts of each of `days`, also of days without tweets."""
    rows = (
        tweets.where(F.col("created_on").between(F.lit(days[0]), F.lit(days[-1])))
        .groupBy("created_on")
        .agg(
            F.count("*").alias("tweets"),
            F.count_if(stale).alias("stale"),
            F.count_distinct(F.when(stale, F.col("text_hash"))).alias("texts"),
        )
        .collect()
    )
    found = {row["created_on"]: DayCounts(*row) for row in rows}
    return [found.get(day, DayCounts(day)) for day in days]


def is_stale(version: str, languages: Sequence[str]) -> Column:
    """True for a tweet in a scored language that another version scored, or none."""
    is_asked = is_scorable(F.col("lang"), languages)
    return F.col("text_hash").isNotNull() & is_asked & ~F.col("model_version").eqNullSafe(version)


def describe(counts: DayCounts, version: str, verb: str) -> str:
    """One log line about what a day needs."""
    if not counts.tweets:
        return "no tweets"
    if not counts.stale:
        return f"all {counts.tweets:,} tweets are scored by {version} already"
    return f"{counts.stale:,} of {counts.tweets:,} tweets {verb} scored again, {counts.texts:,} distinct texts"


def rescore_day(spark: SparkSession, settings: Settings, annotator: Annotator, day: date) -> None:
    """Read, score and write one day; the scores stay cached until Delta has accepted them."""
    stale = (F.col("created_on") == F.lit(day)) & is_stale(annotator.version, settings.annotators.languages)
    rows = read_table(spark, settings, TABLE).where(stale)
    texts = rows.select("text_hash", "text").dropDuplicates(["text_hash"])
    scored = score_texts(annotator, texts.repartition(settings.stream_tweets.score_partitions)).drop("text").persist()
    try:
        logger.info("%d texts scored", scored.count())
        write_scores(scored, settings, day)
    finally:
        scored.unpersist()


def write_scores(scored: DataFrame, settings: Settings, day: date) -> None:
    """[text_hash, *SCORED_COLUMNS] into the day's rows of the same text that another version scored.

    The condition names the day, so that only files with tweets of that day are opened and rewritten.
    """
    on = f"t.created_on = DATE'{day}' AND t.text_hash = s.text_hash"
    merge_columns(scored, settings, TABLE, on, "NOT (t.model_version <=> s.model_version)", SCORED_COLUMNS)
