"""How a model is evaluated: a task's measure, temperatures, and cross-validation of the sets that are too small to cut.

The folds are cut by author where authors are known, else by text. Their probabilities are stored beside the annotator
without a text (`out_of_fold.csv.gz`), so that whoever has the sets can compute every figure again.
"""

import csv
import gzip
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import confusion_matrix

from models import metrics
from models.annotation.heads import CATEGORY, COMPLAINT, HEADS, REASON, SENTIMENT, Head
from models.training.data import FOLDS, Example, TrainingSet, fold_of, text_hash
from runtime.errors import BadInput

OUT_OF_FOLD_FILE = "out_of_fold.csv.gz"
CROSS_VALIDATED = ("airline", "complaints")
COLUMNS = ["source", "text_hash", "head", "probabilities"]
TEMPERATURES = tuple(round(0.6 + 0.05 * step, 2) for step in range(39))


@dataclass(frozen=True)
class Task:
    """A set, a head, and the `measure` (of `metrics.summarise_answers`) that the field reports for them."""

    name: str
    sources: tuple[str, ...]
    head: Head
    measure: str
    without: tuple[str, ...] = ()  # parts of the set that are left out


TASKS = (
    Task("sentiment", ("tweeteval",), SENTIMENT, "macro_recall"),
    Task("airline", ("airline",), SENTIMENT, "accuracy"),
    Task("complaint", ("complaints",), COMPLAINT, "macro_f1"),
    Task("complaint_to_brands", ("complaints",), COMPLAINT, "macro_f1", ("random_tweet", "random_reply")),
    Task("reason", ("airline",), REASON, "macro_f1"),
    Task("category", ("airline", "complaints"), CATEGORY, "macro_f1"),
)
Scores = dict[str, metrics.Numbers]
"""Head name -> probabilities [texts, labels]."""
Figures = dict[str, Any]
"""n, accuracy, macro_recall, macro_f1, calibration_error, loss (nats), confusion [truth, answer]; low and high."""


def rows_of(task: Task, examples: Sequence[Example]) -> list[int]:
    """The numbers of the rows that a task is measured on."""
    return [
        number
        for number, row in enumerate(examples)
        if row.source in task.sources and row.label(task.head) >= 0 and row.part not in task.without
    ]


def measure_tasks(examples: Sequence[Example], scores: Scores, intervals: bool = False) -> dict[str, Figures]:
    """Task -> its figures; tasks without rows are left out. `intervals` adds the measure's 95 % bootstrap interval."""
    found: dict[str, Figures] = {}
    for task in TASKS:
        rows = rows_of(task, examples)
        if rows:
            truth = np.array([examples[row].label(task.head) for row in rows])
            found[task.name] = measure(task, truth, scores[task.head.name][rows], intervals)
    return found


def measure(task: Task, truth: metrics.Classes, probabilities: metrics.Numbers, intervals: bool = False) -> Figures:
    """The figures of one task."""
    classes, answer = len(task.head.labels), probabilities.argmax(axis=1)
    figures: Figures = dict(metrics.summarise_answers(truth, answer, classes))
    figures["calibration_error"] = metrics.calibration_error(truth, probabilities)
    figures["loss"] = _cross_entropy(truth, probabilities)
    figures["confusion"] = confusion_matrix(truth, answer, labels=range(classes)).tolist()
    if intervals:
        low, high = metrics.bootstrap_interval(truth, answer, classes, metrics.MEASURES[task.measure])
        figures |= {"low": low, "high": high}
    return figures


def validation_score(figures: dict[str, Figures]) -> float:
    """The mean of the tasks' measures, by which the epoch and its weights are chosen."""
    values = [figures[task.name][task.measure] for task in TASKS if task.name in figures and not task.without]
    return float(np.mean(values))


def choose_temperatures(examples: Sequence[Example], scores: Scores) -> list[float]:
    """Per head the temperature (Guo et al. 2017) of the lowest loss on its labelled examples; 1 without any."""
    return [_choose_temperature([row.label(head) for row in examples], scores[head.name]) for head in HEADS]


def _choose_temperature(labels: Sequence[int], probabilities: metrics.Numbers) -> float:
    truth = np.array(labels, dtype=np.int64)
    known = truth >= 0
    if not known.any():
        return 1.0
    return min(TEMPERATURES, key=lambda one: _cross_entropy(truth[known], cool(probabilities[known], one)))


def cool(probabilities: metrics.Numbers, temperature: float) -> metrics.Numbers:
    """Probabilities [texts, labels] as if the logits had been divided by the temperature."""
    powers = np.maximum(probabilities, 1e-12) ** (1 / temperature)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _cross_entropy(truth: metrics.Classes, probabilities: metrics.Numbers) -> float:
    """The mean over the texts, in nats."""
    return float(-np.log(np.maximum(probabilities[np.arange(len(truth)), truth], 1e-12)).mean())


def cut_fold(examples: Sequence[Example], fold: int) -> tuple[TrainingSet, list[Example]]:
    """(what is trained on, what is held out), with no author and no text on both sides; nothing is chosen."""
    held_out = [row for row in examples if row.source in CROSS_VALIDATED and fold_of(row) == fold]
    texts = {row.text for row in held_out}
    train = [
        row
        for row in examples
        if row.text not in texts and not (row.source in CROSS_VALIDATED and fold_of(row) == fold)
    ]
    return TrainingSet(train, []), held_out


def cross_validate(
    examples: Sequence[Example], score_fold: Callable[[int, TrainingSet, list[Example]], Scores]
) -> tuple[list[Example], Scores]:
    """Every row of CROSS_VALIDATED, fold after fold, with the probabilities from `score_fold`."""
    rows: list[Example] = []
    parts: list[Scores] = []
    for fold in range(FOLDS):
        train, held_out = cut_fold(examples, fold)
        rows += held_out
        parts.append(score_fold(fold, train, held_out))
    return rows, {head.name: np.concatenate([part[head.name] for part in parts]) for head in HEADS}


def write_out_of_fold(folder: Path, rows: Sequence[Example], scores: Scores) -> None:
    """One line per row and head that it is measured on: four decimals per class; same rows, same bytes."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(COLUMNS)
    for head in HEADS:
        sources = {source for task in TASKS if task.head == head for source in task.sources}
        for row, chances in zip(rows, scores[head.name], strict=True):
            if row.source in sources and row.label(head) >= 0:
                lines.writerow([row.source, text_hash(row), head.name, " ".join(f"{chance:.4f}" for chance in chances)])
    (folder / OUT_OF_FOLD_FILE).write_bytes(gzip.compress(out.getvalue().encode(), mtime=0))


def read_out_of_fold(folder: Path, examples: Sequence[Example]) -> tuple[list[Example], Scores]:
    """The rows of `examples` that the file knows, with their probabilities; BadInput when it knows none.

    A head's probabilities are NaN for a row that it is not measured on.
    """
    known = {(source, digest, head): chances for source, digest, head, chances in _lines(folder / OUT_OF_FOLD_FILE)}
    hashes = [text_hash(row) for row in examples]
    kept = [
        place
        for place, (row, digest) in enumerate(zip(examples, hashes, strict=True))
        if any((row.source, digest, head.name) in known for head in HEADS)
    ]
    if not kept:
        raise BadInput(
            f"{folder / OUT_OF_FOLD_FILE} knows none of these {len(examples)} texts: they are not the held-out ones"
        )
    scores = {head.name: np.full((len(kept), len(head.labels)), np.nan) for head in HEADS}
    for line, place in enumerate(kept):
        for head in HEADS:
            chances = known.get((examples[place].source, hashes[place], head.name))
            if chances:
                scores[head.name][line] = [float(chance) for chance in chances.split(" ")]
    return [examples[place] for place in kept], scores


def _lines(path: Path) -> Iterator[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        yield from list(csv.reader(lines))[1:]
