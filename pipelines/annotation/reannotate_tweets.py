"""silver.tweets -> silver.tweets: whole days scored again by another annotator, beside the running stream.

A day is read, its distinct texts are scored once each, and one MERGE by text hash sets the annotator's columns of the
rows that another version scored; no other column changes, no row comes or goes. So the stream's lock is not needed:
the stream holds it for as long as it lives, because it alone adds rows. What the stream does meanwhile is safe: a row
that got another text has another hash and is left alone, a row that was erased stays erased, and Delta's conflict check
makes the MERGE start over on what the stream has written (`pipelines.sinks.lake`).

Tweets in languages that `annotators.languages` leaves out have no scores, and get none here. A tweet that the stream
observes again after its day was done carries the scores of the stream's annotator: promote the annotator and start the
stream again first, then re-annotate the days before.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options, required
from conf.schemas import SCORED_COLUMNS
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
    """What a day holds: its tweets, those that another annotator scored, and the distinct texts of the latter."""

    day: date
    tweets: int = 0
    stale: int = 0
    texts: int = 0


def run(spark: SparkSession, settings: Settings, options: Options) -> int:
    """Score the days from --from to --to again, oldest first; returns how many tweets were to be scored again.

    UsageError for days the wrong way round or an unknown annotator, MissingPrerequisite when it is not imported.
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
    """The annotator asked for, or the one that the stream would load."""
    if which is not None:
        return find_annotator(settings, which)
    folder = annotator_folder(settings)
    return Known(folder, annotator_version(folder))


def load_known(spark: SparkSession, chosen: Settings, known: Known) -> Annotator:
    """The imported pipeline; MissingPrerequisite names the command that imports the annotator asked for."""
    if not pipeline_folder(chosen).exists():
        raise MissingPrerequisite(f"annotator {known.version} is not imported: run `{import_command(known)}`")
    return load_annotator(chosen, spark)


def count_days(tweets: DataFrame, days: list[date], stale: Column) -> list[DayCounts]:
    """SILVER_TWEETS rows -> one counts a day, days without tweets included."""
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
    """True for a tweet to score again: another version scored it, or none, and it is in a language that is scored."""
    is_asked = is_scorable(F.col("lang"), languages)
    return F.col("text_hash").isNotNull() & is_asked & ~F.col("model_version").eqNullSafe(version)


def describe(counts: DayCounts, version: str, verb: str) -> str:
    """What is to be done on a day, in words."""
    if not counts.tweets:
        return "no tweets"
    if not counts.stale:
        return f"all {counts.tweets:,} tweets are scored by {version} already"
    return f"{counts.stale:,} of {counts.tweets:,} tweets {verb} scored again, {counts.texts:,} distinct texts"


def rescore_day(spark: SparkSession, settings: Settings, annotator: Annotator, day: date) -> None:
    """Read, score and write one day; the scores are kept until Delta has accepted them."""
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

    The day is named in the condition, so that only files which hold tweets of that day are opened and rewritten.
    """
    on = f"t.created_on = DATE'{day}' AND t.text_hash = s.text_hash"
    merge_columns(scored, settings, TABLE, on, "NOT (t.model_version <=> s.model_version)", SCORED_COLUMNS)
