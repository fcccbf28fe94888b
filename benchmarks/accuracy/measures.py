"""The figures of the annotator and of the baselines, head by head."""

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pyspark.sql import SparkSession
from sklearn.metrics import roc_auc_score

from benchmarks.accuracy import baselines
from benchmarks.accuracy.labelled import Labelled
from benchmarks.accuracy.scoring import score_through_spark
from benchmarks.harness import DATA
from conf.settings import Settings
from models.annotation.annotator import annotator_folder
from models.annotation.heads import HEADS, SENTIMENT, Head
from models.annotation.reference_annotator import ReferenceAnnotator
from models.annotation.text.normaliser import normalise_text
from models.metrics import Classes, Numbers
from models.training.evaluation import (
    CROSS_VALIDATED,
    OUT_OF_FOLD_FILE,
    TASKS,
    Task,
    measure,
    read_out_of_fold,
    rows_of,
)
from models.training.label_sets import SETS, read_sets

LINEAR = "TF-IDF + logistic regression"


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
            labelled = [rows[number] for number in places[head]]
            tasks[head.name] = measure_head(
                head, labelled, scores[head.name][places[head]], plain[head.name][places[head]]
            )
    if predictions:
        write_predictions(predictions, rows, places, {head: scores[head.name] for head in HEADS})
    return {"model_version": version, "tasks": tasks}


def measure_head(head: Head, rows: Sequence[Labelled], scores: Numbers, plain: Numbers) -> dict[str, Any]:
    """One head's figures and its baselines. A text without words after masking has no scores (a row of NaN)."""
    task = next(task for task in TASKS if task.head == head)
    texts, truth = [row.text for row in rows], np.array([row.truth for row in rows])
    is_scored = ~np.isnan(scores[:, 0])
    figures = describe(task, truth[is_scored], scores[is_scored])
    figures["unanswered"] = int((~is_scored).sum())
    figures["label_agreement"] = float((scores[is_scored].argmax(axis=1) == plain[is_scored].argmax(axis=1)).mean())
    if head == SENTIMENT:
        figures["subjectivity"] = compare_subjectivity(truth[is_scored], scores[is_scored], np.array(texts)[is_scored])
    figures["baselines"] = measure_baselines(task, texts, truth)
    return figures


def measure_folds(folder: Path) -> dict[str, Any]:
    """The cross-validated tasks, from the predictions stored in the annotator's folder; TF-IDF on the same folds."""
    absent = [
        path
        for path in [DATA / SETS[source][0] for source in CROSS_VALIDATED] + [folder / OUT_OF_FOLD_FILE]
        if not path.exists()
    ]
    if absent:
        print(f"the cross-validated tasks are skipped: {absent[0]} is missing", file=sys.stderr)
        return {}
    rows, scores = read_out_of_fold(folder, read_sets(DATA, CROSS_VALIDATED))
    found = {}
    for task in TASKS:
        places = rows_of(task, rows)
        if places:
            labelled = [rows[place] for place in places]
            truth = np.array([row.label(task.head) for row in labelled])
            linear = baselines.cross_validate_tfidf(task.head, labelled)
            found[task.name] = describe(task, truth, scores[task.head.name][places]) | {
                "how": "5 folds, stored answers",
                "baselines": {LINEAR: describe(task, truth, linear)},
            }
    return found


def describe(task: Task, truth: Classes, probabilities: Numbers) -> dict[str, Any]:
    """The figures of `models.training.evaluation.measure`; `interval` is that of the task's own `measure`."""
    figures = measure(task, truth, probabilities, intervals=True)
    figures |= {"n": len(truth), "measure": task.measure, "interval": [figures.pop("low"), figures.pop("high")]}
    return figures


def measure_baselines(task: Task, texts: Sequence[str], truth: Classes) -> dict[str, Any]:
    """The figures of each baseline that has this head; TF-IDF only if the training files are present."""
    found: dict[str, Any] = {}
    if task.head == SENTIMENT:
        for name, predict in (("VADER", baselines.predict_with_vader), ("TextBlob", baselines.predict_with_textblob)):
            found[name] = describe(task, truth, np.eye(len(SENTIMENT.labels))[predict(texts)])
            del found[name]["calibration_error"]  # they predict a class, not a probability
    if all((DATA / path).exists() for path, _ in SETS.values()):
        normalised = [normalise_text(text) for text in texts]
        linear = baselines.predict_with_tfidf(normalised, task.head, read_sets(DATA, SETS))
        found[LINEAR] = describe(task, truth, linear)
    else:
        print(f"TF-IDF is skipped: its training files are not in {DATA}", file=sys.stderr)
    return found


def compare_subjectivity(truth: Classes, probabilities: Numbers, texts: Any) -> dict[str, float]:
    """1 - P(neutral) and TextBlob's subjectivity: AUC of each for neutral or not, and their correlation."""
    ours = 1 - probabilities[:, SENTIMENT.labels.index("neutral")]
    theirs = baselines.textblob_subjectivity(texts)
    opinionated = truth != SENTIMENT.labels.index("neutral")
    return {
        "auc": float(roc_auc_score(opinionated, ours)),
        "textblob_auc": float(roc_auc_score(opinionated, theirs)),
        "correlation_with_textblob": float(np.corrcoef(ours, theirs)[0, 1]),
    }


def write_predictions(
    path: Path, rows: Sequence[Labelled], places: dict[Head, list[int]], scores: dict[Head, Numbers]
) -> None:
    """One row per text: its head, its number among the head's texts, truth, answer, the probability of each label."""
    heads = [head for head in HEADS if places[head]]
    labels = list(dict.fromkeys(label for head in heads for label in head.labels))
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, ["head", "row", "truth", "answer", *labels])
        out.writeheader()
        for head in heads:
            for number, place in enumerate(places[head]):
                chances = scores[head][place]
                is_scored = not np.isnan(chances[0])
                best = head.labels[int(chances.argmax())] if is_scored else ""
                shown = {
                    label: f"{chance:.6f}" for label, chance in zip(head.labels, chances, strict=True) if is_scored
                }
                truth = head.labels[rows[place].truth]
                out.writerow({"head": head.name, "row": number, "truth": truth, "answer": best} | shown)
