"""How right is the shipped annotator, through Spark NLP as the stream runs it, and what would a user pick instead?

    python -m benchmarks.accuracy [--split val|PATH] [--json FILE] [--predictions FILE]

`val` is TweetEval's for sentiment; the sets that are too small to spare a part are figured from the stored answers of
the five folds (`out_of_fold.csv.gz`), each row's by a network that never saw it. PATH is any TSV or CSV, plain or gzip,
with the columns label and text (and head, where it asks several). Per task: n, the measure of the published figures
with its 95 % bootstrap interval, macro recall, accuracy, macro F1, calibration error and confusion; the share of
texts on which Spark NLP and plain onnxruntime agree; VADER, TextBlob and TF-IDF with logistic regression. With `val`
also the span F1 of the entities on the dev sets.
"""

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pyspark.sql import SparkSession

from benchmarks import rivals
from benchmarks.accuracy_text import as_text
from benchmarks.entities import measure_entities
from benchmarks.labelled import Labelled, read_labelled
from benchmarks.scoring import import_in_its_own_process, score_through_spark
from conf.command_line import set_up_logging
from conf.session import build_session
from conf.settings import Settings, load_settings
from models.annotation.annotator import annotator_folder, shipped_folder
from models.annotation.heads import HEADS, SENTIMENT, Head
from models.annotation.reference_annotator import ReferenceAnnotator
from models.annotation.text.normaliser import normalise_text
from models.metrics import Classes, Numbers, area_under_curve
from models.training.folds import FILE, SOURCES, read_out_of_fold
from models.training.label_sets import SETS, TWEETEVAL_VAL, read_sets
from models.training.tasks import TASKS, Task, measure, rows_of
from runtime.errors import JobError
from runtime.resources import PROJECT

DATA = PROJECT.parent / "shared" / "data"
DEFAULT_JSON = PROJECT / "benchmarks" / "results" / "accuracy.json"


def main(arguments: list[str] | None = None) -> int:
    """Prints the tables, writes the files; the exit code of the error when the file or set-up's work is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", default="val", help="`val` (TweetEval's), or a TSV or CSV with label and text")
    parser.add_argument("--json", type=Path, help="where every figure is written (default with val: the result file)")
    parser.add_argument("--predictions", type=Path, help="CSV to write: a row a text with its probabilities")
    flags = parser.parse_args(arguments)
    set_up_logging()
    is_val = flags.split == "val"
    path = DATA / TWEETEVAL_VAL if is_val else Path(flags.split)
    target = flags.json or (DEFAULT_JSON if is_val else None)
    try:
        rows = read_labelled(path)
        settings = load_settings(overrides={"annotators": {"use_champion": False}})
        import_in_its_own_process(settings)
        spark = build_session(settings, "accuracy")
        figures = measure_file(settings, spark, rows, flags.predictions)
        if is_val:
            figures["tasks"] |= measure_folds(shipped_folder(settings))
            figures["entities"] = measure_entities(settings, spark, DATA)
    except JobError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    figures = {"split": flags.split if is_val else path.name, **figures}
    if target:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n", "utf-8")
    print(as_text(figures))
    return 0


def measure_file(
    settings: Settings, spark: SparkSession, rows: Sequence[Labelled], predictions: Path | None = None
) -> dict[str, Any]:
    """Every figure of the settings' annotator on labelled texts, by head; `predictions` is a CSV to write."""
    texts = [row.text for row in rows]
    scores, version = score_through_spark(settings, spark, texts)
    plain = ReferenceAnnotator(annotator_folder(settings)).score(texts)
    tasks: dict[str, Any] = {}
    places: dict[Head, list[int]] = {}
    for head in HEADS:
        places[head] = [number for number, row in enumerate(rows) if row.head == head]
        if places[head]:
            asked = [rows[number] for number in places[head]]
            tasks[head.name] = measure_head(
                head, asked, scores[head.name][places[head]], plain[head.name][places[head]]
            )
    if predictions:
        write_predictions(predictions, rows, places, {head: scores[head.name] for head in HEADS})
    return {"model_version": version, "tasks": tasks}


def measure_head(head: Head, rows: Sequence[Labelled], answers: Numbers, plain: Numbers) -> dict[str, Any]:
    """One head's figures, and those of its rivals. A text of which no word is left has no answer (a row of NaN)."""
    task = next(task for task in TASKS if task.head == head)
    texts, truth = [row.text for row in rows], np.array([row.truth for row in rows])
    seen = ~np.isnan(answers[:, 0])
    figures = describe(task, truth[seen], answers[seen])
    figures["unanswered"] = int((~seen).sum())
    figures["label_agreement"] = float((answers[seen].argmax(axis=1) == plain[seen].argmax(axis=1)).mean())
    if head == SENTIMENT:
        figures["subjectivity"] = compare_subjectivity(truth[seen], answers[seen], np.array(texts)[seen])
    figures["rivals"] = ask_rivals(task, texts, truth)
    return figures


def measure_folds(folder: Path) -> dict[str, Any]:
    """The cross-validated tasks from the stored answers beside the annotator, and TF-IDF in the same folds."""
    absent = [path for path in [DATA / SETS[source][0] for source in SOURCES] + [folder / FILE] if not path.exists()]
    if absent:
        print(f"the folds are left out: {absent[0]} is missing", file=sys.stderr)
        return {}
    rows, scores = read_out_of_fold(folder, read_sets(DATA, SOURCES))
    found = {}
    for task in TASKS:
        places = rows_of(task, rows)
        if places:
            asked = [rows[place] for place in places]
            truth = np.array([row.label(task.head) for row in asked])
            linear = rivals.cross_validate_tfidf(task.head, asked)
            found[task.name] = describe(task, truth, scores[task.head.name][places]) | {
                "how": "5 folds, stored answers",
                "rivals": {"TF-IDF + logistic regression": describe(task, truth, linear)},
            }
    return found


def describe(task: Task, truth: Classes, probabilities: Numbers) -> dict[str, Any]:
    """The figures of `models.training.tasks.measure`; `interval` is that of the named `measure`."""
    figures = measure(task, truth, probabilities, intervals=True)
    figures |= {"n": len(truth), "measure": task.measure, "interval": [figures.pop("low"), figures.pop("high")]}
    return figures


def ask_rivals(task: Task, texts: Sequence[str], truth: Classes) -> dict[str, Any]:
    """The figures of each rival that can answer; the fitted one needs the training files."""
    found: dict[str, Any] = {}
    if task.head == SENTIMENT:
        for name, ask in (("VADER", rivals.answer_with_vader), ("TextBlob", rivals.answer_with_textblob)):
            found[name] = describe(task, truth, np.eye(len(SENTIMENT.labels))[ask(texts)])
            del found[name]["calibration_error"]  # they answer a class, not a probability
    if all((DATA / path).exists() for path, _ in SETS.values()):
        spaced = [normalise_text(text) for text in texts]
        linear = rivals.answer_with_tfidf(spaced, task.head, read_sets(DATA, SETS))
        found["TF-IDF + logistic regression"] = describe(task, truth, linear)
    else:
        print(f"TF-IDF is left out: its training files are not under {DATA}", file=sys.stderr)
    return found


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


def write_predictions(
    path: Path, rows: Sequence[Labelled], places: dict[Head, list[int]], scores: dict[Head, Numbers]
) -> None:
    """A row a text: its head, its number among the head's, truth, answer and the probability of each label."""
    asked = [head for head in HEADS if places[head]]
    labels = list(dict.fromkeys(label for head in asked for label in head.labels))
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, ["head", "row", "truth", "answer", *labels])
        out.writeheader()
        for head in asked:
            for number, place in enumerate(places[head]):
                chances = scores[head][place]
                judged = not np.isnan(chances[0])
                best = head.labels[int(chances.argmax())] if judged else ""
                shown = {label: f"{chance:.6f}" for label, chance in zip(head.labels, chances, strict=True) if judged}
                truth = head.labels[rows[place].truth]
                out.writerow({"head": head.name, "row": number, "truth": truth, "answer": best} | shown)


if __name__ == "__main__":
    sys.exit(main())
