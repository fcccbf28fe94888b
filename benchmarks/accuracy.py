"""How right is the shipped annotator, through Spark NLP as the stream runs it, and what would a user pick instead?

    python -m benchmarks.accuracy [--split val|PATH] [--json FILE] [--predictions FILE]

PATH is any TSV or CSV, plain or gzip, with the columns label and text (and head, where it asks several). Per head: n,
macro recall with its 95 % bootstrap interval, accuracy, macro F1, calibration error and confusion; the share of texts
on which Spark NLP and plain onnxruntime agree; VADER, TextBlob and TF-IDF with logistic regression on the same texts.
"""

import argparse
import csv
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pyspark.sql import SparkSession

from benchmarks import rivals
from benchmarks.labelled import Labelled, read_labelled
from conf.command_line import set_up_logging
from conf.errors import JobError
from conf.resources import PROJECT
from conf.session import build_session
from conf.settings import Settings, load_settings
from models.annotator import annotator_folder, load_annotator, pipeline_folder, score_texts
from models.heads import HEADS, SENTIMENT, Head
from models.metrics import Classes, Numbers, area_under_curve, calibration_error, confusion, summarise_answers
from models.normaliser import mask_text_column
from models.plain_onnx import PlainAnnotator
from models.training.data import AIRLINE, TWEETEVAL_TRAIN, TWEETEVAL_VAL

DATA = PROJECT.parent / "shared" / "data"
DEFAULT_JSON = PROJECT / "benchmarks" / "results" / "accuracy.json"

# Published figures on another split (TweetEval test, 12,284 tweets), to see the order of size.
ANCHORS = {"TimeLMs-2021 (124 M)": 0.737, "BERTweet (135 M)": 0.734, "RoBERTa-base (125 M)": 0.713, "FastText": 0.629}


@dataclass(frozen=True)
class Answers:
    """Probabilities [texts, labels] of one head through Spark NLP; a row of NaN where no word is left to judge."""

    probabilities: Numbers
    version: str

    @property
    def answered(self) -> Any:
        """Which texts have an answer, bool [texts]."""
        return ~np.isnan(self.probabilities[:, 0])


def main(arguments: list[str] | None = None) -> int:
    """Prints the tables, writes the files; the exit code of the error when the file or set-up's work is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", default="val", help="`val` (TweetEval's), or a TSV or CSV with label and text")
    parser.add_argument("--json", type=Path, help="where every figure is written (default with val: the result file)")
    parser.add_argument("--predictions", type=Path, help="CSV to write: a row a text with its probabilities")
    flags = parser.parse_args(arguments)
    set_up_logging()
    path = DATA / TWEETEVAL_VAL if flags.split == "val" else Path(flags.split)
    target = flags.json or (DEFAULT_JSON if flags.split == "val" else None)
    try:
        rows = read_labelled(path)
        settings = load_settings()
        import_in_its_own_process(settings)
        figures = measure(settings, build_session(settings, "accuracy"), rows, flags.predictions)
    except JobError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    figures = {"split": flags.split if flags.split == "val" else path.name, **figures}
    if target:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n", "utf-8")
    print(as_text(figures))
    return 0


def measure(
    settings: Settings, spark: SparkSession, rows: Sequence[Labelled], predictions: Path | None = None
) -> dict[str, Any]:
    """Every figure of the settings' annotator on labelled texts, by head; `predictions` is a CSV to write."""
    by_head = {head: [row for row in rows if row.head == head] for head in HEADS}
    answers = {
        head: score_through_spark(settings, spark, head, [row.text for row in asked])
        for head, asked in by_head.items()
        if asked
    }
    if predictions:
        write_predictions(predictions, by_head, answers)
    plain = PlainAnnotator(annotator_folder(settings))
    return {
        "model_version": next(iter(answers.values())).version,
        "tasks": {head.name: measure_head(head, by_head[head], answer, plain) for head, answer in answers.items()},
    }


def measure_head(head: Head, rows: Sequence[Labelled], answer: Answers, plain: PlainAnnotator) -> dict[str, Any]:
    """One head's figures, and those of its rivals."""
    texts, truth = [row.text for row in rows], np.array([row.truth for row in rows])
    seen = answer.answered
    labels = answer.probabilities[seen].argmax(axis=1)
    figures = describe(head, truth[seen], labels, answer.probabilities[seen])
    figures |= {
        "unanswered": int((~seen).sum()),
        "confusion": confusion(truth[seen], labels, len(head.labels)).tolist(),
    }
    figures["label_agreement"] = float((labels == plain.score(texts).argmax(axis=1)[seen]).mean())
    if head == SENTIMENT:
        figures["subjectivity"] = compare_subjectivity(truth[seen], answer.probabilities[seen], np.array(texts)[seen])
        figures["rivals"] = {name: describe(head, truth, *answers) for name, answers in ask_rivals(texts).items()}
    return figures


def describe(head: Head, truth: Classes, answer: Classes, probabilities: Numbers | None = None) -> dict[str, Any]:
    """n, macro recall with its interval, accuracy, macro F1; calibration error where there are probabilities."""
    figures: dict[str, Any] = dict(summarise_answers(truth, answer, len(head.labels), with_interval=True))
    figures["n"] = len(truth)
    figures["interval"] = [figures.pop("macro_recall_low"), figures.pop("macro_recall_high")]
    if probabilities is not None:
        figures["calibration_error"] = calibration_error(truth, probabilities)
    return figures


def ask_rivals(texts: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """(class ids, and probabilities where there are any) of each rival; the fitted one needs the training files."""
    answers: dict[str, tuple[Any, ...]] = {
        "VADER": (rivals.answer_with_vader(texts),),
        "TextBlob": (rivals.answer_with_textblob(texts),),
    }
    if (DATA / TWEETEVAL_TRAIN).exists() and (DATA / AIRLINE).exists():
        answers["TF-IDF + logistic regression"] = rivals.answer_with_tfidf(texts, DATA)
    else:
        print(f"TF-IDF is left out: its training files are not under {DATA}", file=sys.stderr)
    return answers


def compare_subjectivity(truth: Classes, probabilities: Numbers, texts: Any) -> dict[str, float]:
    """1 - P(neutral) and TextBlob's subjectivity: AUC of each on neutral against not, and their correlation."""
    ours = 1 - probabilities[:, SENTIMENT.labels.index("neutral")]
    theirs = rivals.textblob_subjectivity(texts)
    opinionated = truth != SENTIMENT.labels.index("neutral")
    return {
        "auc": area_under_curve(opinionated, ours),
        "textblob_auc": area_under_curve(opinionated, theirs),
        "correlation_with_textblob": float(np.corrcoef(ours, theirs)[0, 1]),
    }


def import_in_its_own_process(settings: Settings) -> None:
    """Runs jobs.import_annotator when the annotator has not been imported: only one import fits in a process."""
    if not pipeline_folder(settings).exists():
        subprocess.run([sys.executable, "-m", "jobs.import_annotator"], cwd=PROJECT, check=True)


def score_through_spark(settings: Settings, spark: SparkSession, head: Head, texts: Sequence[str]) -> Answers:
    """One head's probabilities by the stream's own steps, mask and score."""
    annotator = load_annotator(settings, spark)
    raw = spark.createDataFrame([(str(row), text) for row, text in enumerate(texts)], "text_hash string, text string")
    masked = raw.repartition(settings.stream_tweets.score_partitions).select(
        "text_hash", mask_text_column(raw["text"]).alias("text")
    )
    probabilities = np.full((len(texts), len(head.labels)), np.nan)
    for row in score_texts(annotator, masked).select("text_hash", head.name).collect():
        if row[head.name] is not None:
            probabilities[int(row.text_hash)] = [row[head.name][label] for label in head.labels]
    return Answers(probabilities, annotator.version)


def write_predictions(path: Path, by_head: dict[Head, list[Labelled]], answers: dict[Head, Answers]) -> None:
    """A row a text: its head, its number among the head's, truth, answer and the probability of each label."""
    labels = list(dict.fromkeys(label for head in answers for label in head.labels))
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, ["head", "row", "truth", "answer", *labels])
        out.writeheader()
        for head, answer in answers.items():
            for number, (row, chances) in enumerate(zip(by_head[head], answer.probabilities, strict=True)):
                judged = not np.isnan(chances[0])
                best = head.labels[int(chances.argmax())] if judged else ""
                shown = {label: f"{chance:.6f}" for label, chance in zip(head.labels, chances, strict=True) if judged}
                out.writerow(
                    {"head": head.name, "row": number, "truth": head.labels[row.truth], "answer": best} | shown
                )


def as_text(figures: dict[str, Any]) -> str:
    """The tables for the screen."""
    lines = [f"annotator {figures['model_version']} on {figures['split']}"]
    for name, task in figures["tasks"].items():
        lines += ["", f"{name}: macro recall (95 % interval), accuracy, macro F1, calibration error"]
        lines += [_line(who, row) for who, row in [("Brandpulse", task), *task.get("rivals", {}).items()]]
        lines += [f"  confusion {task['confusion']} (rows: truth), {task['unanswered']} without an answer"]
        lines += [f"  Spark NLP gives plain onnxruntime's label on {task['label_agreement']:.2%} of the texts"]
        if "subjectivity" in task:
            lines += [
                "  subjectivity: " + ", ".join(f"{key} {value:.3f}" for key, value in task["subjectivity"].items())
            ]
            anchors = ", ".join(f"{who} {value:.3f}" for who, value in ANCHORS.items())
            lines += [f"  published on TweetEval test, not on these texts: {anchors}"]
    return "\n".join(lines)


def _line(who: str, figures: dict[str, Any]) -> str:
    low, high = figures["interval"]
    error = f"{figures['calibration_error']:.3f}" if "calibration_error" in figures else "-"
    return (
        f"  {who:30} {figures['macro_recall']:.4f} ({low:.4f} to {high:.4f})  {figures['accuracy']:.4f}  "
        f"{figures['macro_f1']:.4f}  {error}  n = {figures['n']:,}"
    )


if __name__ == "__main__":
    sys.exit(main())
