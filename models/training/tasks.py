"""What a model is judged by: a set, the head it asks, and the measure that the field uses for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models import metrics
from models.annotation.heads import CATEGORY, COMPLAINT, REASON, SENTIMENT, Head
from models.training.data import Example


@dataclass(frozen=True)
class Task:
    """One line of the report; `measure` names the figure of `metrics.summarise_answers` that counts."""

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
    """Task -> n, accuracy, macro recall, macro F1, calibration error, loss (nats) and confusion [truth, answer].

    `intervals` adds the 95 % bootstrap interval of the task's measure. Tasks without rows are left out.
    """
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
    table = metrics.confusion(truth, answer, classes)
    figures: Figures = dict(metrics.summarise_answers(truth, answer, classes))
    figures["calibration_error"] = metrics.calibration_error(truth, probabilities)
    figures["loss"] = float(-np.log(np.maximum(probabilities[np.arange(len(truth)), truth], 1e-12)).mean())
    figures["confusion"] = table.tolist()
    if intervals:
        low, high = metrics.bootstrap_interval(truth, answer, classes, MEASURES[task.measure])
        figures |= {"low": low, "high": high}
    return figures


MEASURES: dict[str, Callable[..., float]] = {
    "accuracy": metrics.accuracy,
    "macro_recall": metrics.macro_recall,
    "macro_f1": metrics.macro_f1,
}


def worth(figures: dict[str, Figures]) -> float:
    """The mean of the tasks' measures: what the epoch is chosen by."""
    values = [figures[task.name][task.measure] for task in TASKS if task.name in figures and not task.without]
    return float(np.mean(values))
