"""How right is the shipped annotator, through Spark NLP as the stream runs it, and does plain onnxruntime agree?

    python -m benchmarks.accuracy [--split FILE.tsv.gz] [--json FILE]

Scores every text of a file with the columns label and text (TweetEval's form), prints macro recall with its 95 %
bootstrap interval, and the share of texts on which Spark NLP and plain onnxruntime give the same label.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pyspark.sql import SparkSession

from conf.command_line import set_up_logging
from conf.errors import JobError, MissingPrerequisite
from conf.resources import PROJECT
from conf.session import build_session
from conf.settings import Settings, load_settings
from models.annotator import annotator_folder, load_annotator, pipeline_folder, score_texts
from models.heads import SENTIMENT
from models.metrics import Classes, summarise_answers
from models.normaliser import mask_text_column
from models.plain_onnx import PlainAnnotator
from models.training.data import TWEETEVAL_VAL, class_of, decode_escapes, enumerate_tsv

DEFAULT_SPLIT = PROJECT.parent / "shared" / "data" / TWEETEVAL_VAL
DEFAULT_JSON = PROJECT / "benchmarks" / "results" / "accuracy.json"
NO_ANSWER = -1


def main(arguments: list[str] | None = None) -> int:
    """Prints the table, writes the JSON; 3 when the file or set-up's work is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", type=Path, default=DEFAULT_SPLIT, help="gzipped TSV with the columns label and text")
    parser.add_argument("--json", type=Path, default=DEFAULT_JSON, help="where every figure is written")
    flags = parser.parse_args(arguments)
    set_up_logging()
    try:
        if not flags.split.exists():
            raise MissingPrerequisite(
                f"{flags.split} is missing: --split names a gzipped TSV with the columns label, text"
            )
        settings = load_settings()
        import_in_its_own_process(settings)
        figures = measure(settings, build_session(settings, "accuracy"), flags.split)
    except JobError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    flags.json.parent.mkdir(parents=True, exist_ok=True)
    flags.json.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n", "utf-8")
    print(_as_text(figures))
    return 0


def measure(settings: Settings, spark: SparkSession, split: Path) -> dict[str, Any]:
    """Every figure of the settings' annotator on the labelled texts of `split`."""
    rows = list(enumerate_tsv(split))
    texts = [decode_escapes(text) for _, (_, text) in rows]
    truth = np.array([class_of(label, split, line) for line, (label, _) in rows])
    answers, version = score_through_spark(settings, spark, texts)
    plain = PlainAnnotator(annotator_folder(settings)).score(texts).argmax(axis=1)
    answered = answers != NO_ANSWER
    figures: dict[str, Any] = {"split": split.name.removesuffix(".tsv.gz"), "model_version": version}
    figures |= summarise_answers(truth[answered], answers[answered], len(SENTIMENT.labels), with_interval=True)
    figures["unanswered"] = int((~answered).sum())
    figures["label_agreement"] = float((answers == plain).mean())
    figures["plain_macro_recall"] = summarise_answers(truth, plain, len(SENTIMENT.labels))["macro_recall"]
    return figures


def import_in_its_own_process(settings: Settings) -> None:
    """Runs jobs.import_annotator when the annotator has not been imported: only one import fits in a process."""
    if not pipeline_folder(settings).exists():
        subprocess.run([sys.executable, "-m", "jobs.import_annotator"], cwd=PROJECT, check=True)


def score_through_spark(settings: Settings, spark: SparkSession, texts: Sequence[str]) -> tuple[Classes, str]:
    """Class ids [texts] by the stream's own steps, mask and score, and the model version; -1 where no word is left."""
    annotator = load_annotator(settings, spark)
    raw = spark.createDataFrame([(str(row), text) for row, text in enumerate(texts)], "text_hash string, text string")
    masked = raw.repartition(settings.stream_tweets.score_partitions).select(
        "text_hash", mask_text_column(raw["text"]).alias("text")
    )
    answers = np.full(len(texts), NO_ANSWER)
    for row in score_texts(annotator, masked).select("text_hash", "sentiment.label").collect():
        answers[int(row.text_hash)] = NO_ANSWER if row.label is None else SENTIMENT.labels.index(row.label)
    return answers, annotator.version


def _as_text(figures: dict[str, Any]) -> str:
    lines = [
        f"{name:20} {value:.4f}" if isinstance(value, float) else f"{name:20} {value}"
        for name, value in figures.items()
    ]
    low, high = figures["macro_recall_low"], figures["macro_recall_high"]
    return "\n".join([*lines, f"macro_recall {figures['macro_recall']:.4f} (95 % {low:.4f} to {high:.4f})"])


if __name__ == "__main__":
    sys.exit(main())
