"""silver.tweets -> gold.model_drift: how far each day's predictions are from those on the annotator's training data.

One row per day (created_on, all brands together) and model_version, for days with at least `measure_drift.min_texts`
distinct scored texts and K authors; the figures are rounded (models/privacy/anonymity.py). The reference belongs to the
annotator that scores now: only its rows are measured, rows of earlier annotators do not change. Formulas, limits and
their sources: models/annotation/drift_columns.py.

- tweet_count: tweets with scores; text_count: distinct texts among them. The figures below count each text of a day
  once, because a text that is retweeted often would look like drift.
- sentiment_, subjectivity_ and complaint_psi: of the scores in ten bins; category_psi: of the shares of the labels.
- unknown_share: [UNK] among the word pieces of the scored texts; confidence_mean: mean of the largest sentiment
  probability; empty_share: tweets without a word / all tweets that this annotator read. Shares are 0..1.
- verdict: `stable`, `moderate` or `shifted`, by the largest of the four indices.

A day is measured again when its rounded number of scored tweets has changed; `--full` measures every day.
"""

import logging
from collections import Counter
from datetime import date

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.schemas.gold import GOLD_MODEL_DRIFT
from conf.schemas.shapes import conform
from conf.settings import Settings
from models.annotation.annotator import MAX_CHARACTERS, annotator_folder, annotator_version
from models.annotation.drift import Reference, read_reference
from models.annotation.drift_columns import (
    bin_counts,
    build_piece_counter,
    exact_mean,
    label_counts,
    stability_index,
    verdict,
)
from models.annotation.text.normaliser import space_punctuation_column
from models.annotation.text.word_pieces import WordPieces, read_word_pieces
from models.privacy.anonymity import round_figures
from models.privacy.limits import K
from pipelines.sinks.lake import create_table, lock_tables, merge_changed_rows
from pipelines.sources.lake import read_table

logger = logging.getLogger("brandpulse.measure_drift")

TABLE = "gold.model_drift"
ANSWERS = ("text", "sentiment", "subjectivity", "complaint", "category")
SCORES = {"sentiment": "sentiment.score", "subjectivity": "subjectivity", "complaint": "complaint.score"}
LABELS = {"category": "category.label"}
DAY = ("created_on", "model_version")
COUNTS = ("tweet_count", "text_count")
SHARES = (*(f"{name}_psi" for name in (*SCORES, *LABELS)), "unknown_share", "empty_share", "confidence_mean")


def run(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Measure the days that changed; `--dry-run` logs how many and writes nothing.

    MissingPrerequisite when the annotator's folder has no reference.
    """
    folder = annotator_folder(settings)
    version, reference = annotator_version(folder), read_reference(folder)
    min_texts = settings.measure_drift.min_texts
    judged = keep_judged(read_table(spark, settings, "silver.tweets"), version)
    measured = read_table(spark, settings, TABLE).where(F.col("model_version") == version)
    days = _changed_days(judged, measured, min_texts, options.full)
    if options.dry_run or not days:
        logger.info("%s: %d days have changed, nothing is written", version, len(days))
        return
    pieces = read_word_pieces(folder / "assets" / "vocab.txt")
    chosen = F.col("created_on").isin(days)
    rows = build_drift(judged.where(chosen), reference, pieces, min_texts, options).persist()
    try:
        _report(rows, version, len(days))
        with lock_tables(settings, TABLE):
            create_table(spark, settings, TABLE)
            outdated = F.col("t.created_on").isin(days) & (F.col("t.model_version") == version)
            merge_changed_rows(rows, settings, TABLE, ("run_id", "as_of"), drops=outdated)
    finally:
        rows.unpersist()


def build_drift(
    judged: DataFrame, reference: Reference, pieces: WordPieces, min_texts: int, options: Options
) -> DataFrame:
    """SILVER_TWEETS rows of one model_version -> GOLD_MODEL_DRIFT rows."""
    rows = (
        judged.transform(keep_shared)
        .transform(summarise_texts)
        .transform(lambda df: with_pieces(df, pieces))
        .transform(lambda df: summarise_days(df, reference))
        .where(F.col("text_count") >= min_texts)
        .transform(lambda df: with_indices(df, reference))
        .transform(lambda df: round_figures(df, COUNTS, SHARES))
        .withColumns({"run_id": F.lit(options.run_id), "as_of": F.lit(options.as_of.isoformat()).cast("timestamp")})
    )
    return conform(rows, GOLD_MODEL_DRIFT)


def keep_judged(tweets: DataFrame, version: str) -> DataFrame:
    """Tweets that this version read, also those without a word, which have no sentiment."""
    return tweets.where((F.col("model_version") == version) & F.col("created_on").isNotNull())


def keep_shared(judged: DataFrame) -> DataFrame:
    """Tweets of days with at least K authors."""
    days = judged.groupBy(*DAY).agg(F.count_distinct("author_key").alias("authors")).where(F.col("authors") >= K)
    return judged.join(F.broadcast(days), on=[*DAY], how="left_semi")


def summarise_texts(judged: DataFrame) -> DataFrame:
    """One row per day and text: `copies`, and the text and scores, which are the same for all copies."""
    answers = F.min(F.struct(*ANSWERS)).alias("answers")
    return (
        judged.groupBy(*DAY, "text_hash").agg(F.count("*").alias("copies"), answers).select(*DAY, "copies", "answers.*")
    )


def with_pieces(texts: DataFrame, pieces: WordPieces) -> DataFrame:
    """Add `counted`: {pieces, unknown}, word pieces of the part of each text that the model reads."""
    spaced = space_punctuation_column(F.substring("text", 1, MAX_CHARACTERS))
    return texts.withColumn("counted", build_piece_counter(pieces)(spaced))


def summarise_days(texts: DataFrame, reference: Reference) -> DataFrame:
    """One row per day: the counts and shares, and an array `<name>_counts` for each index."""
    scored = F.col("sentiment").isNotNull()
    chances = [F.col(f"sentiment.{label}") for label in ("negative", "neutral", "positive")]
    counts = {name: bin_counts(F.col(column), reference.edges) for name, column in SCORES.items()}
    counts |= {name: label_counts(F.col(column), list(reference.labels[name])) for name, column in LABELS.items()}
    return texts.groupBy(*DAY).agg(
        F.sum(F.when(scored, F.col("copies")).otherwise(0)).alias("tweet_count"),
        F.count_if(scored).alias("text_count"),
        (F.sum(F.when(~scored, F.col("copies")).otherwise(0)) / F.sum("copies")).alias("empty_share"),
        (F.sum("counted.unknown") / F.sum("counted.pieces")).alias("unknown_share"),
        exact_mean(F.greatest(*chances)).alias("confidence_mean"),
        *[F.array(*each).alias(f"{name}_counts") for name, each in counts.items()],
    )


def with_indices(days: DataFrame, reference: Reference) -> DataFrame:
    """Add `<name>_psi` of each score and label set, and their verdict."""
    expected = reference.scores | {name: tuple(reference.labels[name].values()) for name in LABELS}
    indices: dict[str, Column] = {
        f"{name}_psi": stability_index(F.col(f"{name}_counts"), shares, reference.texts)
        for name, shares in expected.items()
    }
    worst = verdict([F.col(name) for name in indices], F.col("text_count"), reference.texts)
    return days.withColumns(indices).withColumn("verdict", worst)


def _changed_days(judged: DataFrame, measured: DataFrame, min_texts: int, everything: bool) -> list[date]:
    """Days whose rounded number of scored tweets is not the measured one, ascending; all days with `everything`."""
    scored = judged.groupBy("created_on").agg(
        F.count("sentiment").alias("now"), F.count_distinct("author_key").alias("authors")
    )
    now = round_figures(scored.where((F.col("now") >= min_texts) & (F.col("authors") >= K)), ["now"])
    then = measured.select("created_on", F.col("tweet_count").alias("then"))
    both = now.join(then, on="created_on", how="full_outer")
    changed = both if everything else both.where(~F.col("now").eqNullSafe(F.col("then")))
    return sorted(row["created_on"] for row in changed.select("created_on").collect())


def _report(rows: DataFrame, version: str, days: int) -> None:
    found = Counter(row["verdict"] for row in rows.select("verdict").collect())
    verdicts = ", ".join(f"{count} {name}" for name, count in sorted(found.items())) or "none has enough texts"
    logger.info("%s: %d days have changed: %s", version, days, verdicts)
