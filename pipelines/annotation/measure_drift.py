"""silver.tweets -> gold.model_drift: how far each day's answers of the annotator are from those of its training data.

One row a day (created_on, all brands together) and model_version, of days with at least `measure_drift.min_texts`
distinct scored texts and K authors; what is told is rounded (models/privacy/anonymity.py). The reference belongs to the
annotator that scores now, so only its rows are measured, and the rows of earlier ones stay as they were. Formulas,
limits and their sources: models/annotation/drift_columns.py.

- tweet_count: tweets with scores; text_count: distinct texts among them. A text that a day repeats counts once below,
  because a retweeted one would look like drift.
- sentiment_, subjectivity_ and complaint_psi: of the scores in ten bins; category_psi: of the labels' shares.
- unknown_share: [UNK] among the word pieces of the scored texts; confidence_mean: mean of the sentiment's largest
  probability; empty_share: tweets without a word to judge / tweets that were judged. Shares are 0..1.
- verdict: `stable`, `moderate` or `shifted`, by the largest of the four indices.

A day is measured again when its rounded number of scored tweets has changed, or all of them with `--full`.
"""

import logging
from collections import Counter
from datetime import date

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.schemas import GOLD_MODEL_DRIFT, conform
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
from models.privacy.anonymity import K, round_figures
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
    """Measure the days that changed; `--dry-run` says how many and writes nothing.

    MissingPrerequisite when the annotator's folder has no reference.
    """
    folder = annotator_folder(settings)
    version, reference = annotator_version(folder), read_reference(folder)
    least = settings.measure_drift.min_texts
    judged = keep_judged(read_table(spark, settings, "silver.tweets"), version)
    measured = read_table(spark, settings, TABLE).where(F.col("model_version") == version)
    days = _changed_days(judged, measured, least, options.full)
    if options.dry_run or not days:
        logger.info("%s: %d days have changed, nothing written", version, len(days))
        return
    pieces = read_word_pieces(folder / "assets" / "vocab.txt")
    chosen = F.col("created_on").isin(days)
    rows = build_drift(judged.where(chosen), reference, pieces, least, options).persist()
    try:
        _report(rows, version, len(days))
        with lock_tables(settings, TABLE):
            create_table(spark, settings, TABLE)
            gone = F.col("t.created_on").isin(days) & (F.col("t.model_version") == version)
            merge_changed_rows(rows, settings, TABLE, ("run_id", "as_of"), drops=gone)
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
    """Tweets that this version looked at; those of a text without a word have no sentiment."""
    return tweets.where((F.col("model_version") == version) & F.col("created_on").isNotNull())


def keep_shared(judged: DataFrame) -> DataFrame:
    """Tweets of days on which K authors spoke."""
    days = judged.groupBy(*DAY).agg(F.count_distinct("author_key").alias("authors")).where(F.col("authors") >= K)
    return judged.join(F.broadcast(days), [*DAY], "left_semi")


def summarise_texts(judged: DataFrame) -> DataFrame:
    """One row a day and text, with `copies` and the answers, which are the same for all of them."""
    answers = F.min(F.struct(*ANSWERS)).alias("answers")
    return (
        judged.groupBy(*DAY, "text_hash").agg(F.count("*").alias("copies"), answers).select(*DAY, "copies", "answers.*")
    )


def with_pieces(texts: DataFrame, pieces: WordPieces) -> DataFrame:
    """Add `counted`: {pieces, unknown} of what the model reads of each text."""
    spaced = space_punctuation_column(F.substring("text", 1, MAX_CHARACTERS))
    return texts.withColumn("counted", build_piece_counter(pieces)(spaced))


def summarise_days(texts: DataFrame, reference: Reference) -> DataFrame:
    """One row a day: the counts and shares, and an array `<name>_counts` for every index."""
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
    """Add `<name>_psi` of every score and label set, and the verdict over them."""
    expected = reference.scores | {name: tuple(reference.labels[name].values()) for name in LABELS}
    indices: dict[str, Column] = {
        f"{name}_psi": stability_index(F.col(f"{name}_counts"), shares, reference.texts)
        for name, shares in expected.items()
    }
    worst = verdict([F.col(name) for name in indices], F.col("text_count"), reference.texts)
    return days.withColumns(indices).withColumn("verdict", worst)


def _changed_days(judged: DataFrame, measured: DataFrame, least: int, everything: bool) -> list[date]:
    """Days whose number of scored tweets is not the measured one, in order; with `everything` all of them."""
    scored = judged.groupBy("created_on").agg(
        F.count("sentiment").alias("now"), F.count_distinct("author_key").alias("authors")
    )
    now = round_figures(scored.where((F.col("now") >= least) & (F.col("authors") >= K)), ["now"])
    then = measured.select("created_on", F.col("tweet_count").alias("then"))
    both = now.join(then, "created_on", "full_outer")
    changed = both if everything else both.where(~F.col("now").eqNullSafe(F.col("then")))
    return sorted(row["created_on"] for row in changed.select("created_on").collect())


def _report(rows: DataFrame, version: str, days: int) -> None:
    found = Counter(row["verdict"] for row in rows.select("verdict").collect())
    told = ", ".join(f"{count} {name}" for name, count in sorted(found.items())) or "none has texts enough"
    logger.info("%s: %d days have changed: %s", version, days, told)
