"""What the encoder's size, the teacher and the length bring: whole trainings without folds, on the slices and val.

Unlike the short runs of `recipes.py`, each variant is the base stage and the joint stage as they are shipped. Val
decides nothing: it is measured. Finished runs are stored in the output folder and not repeated; the table is written
again after each variant.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from models import metrics
from models.metrics import Classes
from models.training.ablation.recipes import SEEDS, Measure, compare_answers
from models.training.data import Example, keep_consistent, split_selection
from models.training.evaluation import TASKS, Task, rows_of
from models.training.label_sets import TWEETEVAL_VAL, read_tweeteval
from models.training.network import HeadsModel, encode, score_rows
from models.training.run import BASE, JOINT, Request, fit_stages, list_stages, read_examples
from models.training.stages import load_model

logger = logging.getLogger("brandpulse.training")

FILE = "whole_ablation.json"
VAL = "sentiment on val"
SHALLOW = 4
"""Layers of the smaller encoder."""


@dataclass(frozen=True)
class Variant:
    """One line of the table: its name and its training."""

    name: str
    request: Request


@dataclass(frozen=True)
class Question:
    """The texts that a task is measured on, under the table's name for them."""

    name: str
    task: Task
    examples: Sequence[Example]


def whole_request(data: Path, autocast: bool) -> Request:
    """The shipped training without its folds."""
    return Request(data, replace(BASE, autocast=autocast), replace(JOINT, autocast=autocast), folds=False)


def list_variants(request: Request) -> list[Variant]:
    """The shipped training first: the others are compared with it."""
    base, joint = replace(request.base, teacher=""), replace(request.joint, teacher="")
    hard = replace(request, base=base, joint=joint)
    short = replace(hard, base=replace(base, epochs=1), joint=replace(joint, epochs=3))
    shallow = replace(request, base=replace(request.base, layers=SHALLOW), joint=replace(request.joint, layers=SHALLOW))
    return [
        Variant(f"as shipped: six layers, {_length(request)}, with the teacher", request),
        Variant(f"{SHALLOW} layers", shallow),
        Variant(f"labels alone, {_length(hard)}", hard),
        Variant(f"labels alone, {_length(short)}", short),
    ]


def _length(request: Request) -> str:
    return f"{request.base.epochs} base and {request.joint.epochs} joint epochs"


def compare_trainings(
    request: Request, output: Path, seeds: Sequence[int] = SEEDS, *, dry_run: bool = False
) -> dict[str, Any]:
    """Trains every variant with every seed; returns the table and writes it to `output`.

    A dry run only reads the data, logs what it would train and returns an empty table.
    """
    variants = list_variants(request)
    questions = list_questions(request)
    if dry_run:
        names = "; ".join(variant.name for variant in variants)
        logger.info("would train %d times into %s: %s", len(variants) * len(seeds), output, names)
        return {}
    how = (
        f"Whole trainings without folds, {len(seeds)} seed{'s' if len(seeds) > 1 else ''}, float network; mean of the "
        "measure, and the 95 % interval of the difference to the first by paired bootstrap of the texts."
    )
    runs: dict[str, list[dict[str, Classes]]] = {}
    table: dict[str, Any] = {}
    for number, variant in enumerate(variants):
        runs[variant.name] = [_predict(variant, number, seed, questions, output) for seed in seeds]
        table = {"how": how, "rows": summarise_runs(questions, runs)}
        (output / FILE).write_text(json.dumps(table, indent=1) + "\n", "utf-8")
    return table


def list_questions(request: Request) -> list[Question]:
    """Sentiment on val, and each task on its texts of the selection slices."""
    selection = split_selection(read_examples(request)).selection
    val = keep_consistent(read_tweeteval(request.data / TWEETEVAL_VAL))
    found = [(VAL, TASKS[0], val), *((task.name, task, selection) for task in TASKS)]
    chosen = [(name, task, [rows[place] for place in rows_of(task, rows)]) for name, task, rows in found]
    return [Question(name, task, rows) for name, task, rows in chosen if rows]


def summarise_runs(questions: Sequence[Question], runs: dict[str, list[dict[str, Classes]]]) -> list[dict[str, Any]]:
    """A line per question and variant: the question, n, the measure's name and what `compare_answers` gives."""
    lines = []
    for question in questions:
        truth = np.array([row.label(question.task.head) for row in question.examples])
        answers = {name: [run[question.name] for run in each] for name, each in runs.items()}
        about = {"task": question.name, "n": len(truth), "measure": question.task.measure}
        lines += [about | line for line in compare_answers(truth, answers, _measure_of(question.task))]
    return lines


def _measure_of(task: Task) -> Measure:
    def score(truth: Classes, answer: Classes) -> float:
        return metrics.MEASURES[task.measure](metrics.confusion(truth, answer, len(task.head.labels)))

    return score


def _predict(
    variant: Variant, number: int, seed: int, questions: Sequence[Question], output: Path
) -> dict[str, Classes]:
    """Question -> the classes that one training predicts; stored as `<number of the variant>-<seed>.json`."""
    work = output / f"{number}-{seed}"
    stored = work.with_suffix(".json")
    if not stored.exists():
        request = variant.request
        request = replace(request, base=replace(request.base, seed=seed), joint=replace(request.joint, seed=seed))
        fit_stages(list_stages(request, work), split_selection(read_examples(request)), resume=True)
        model = load_model(work / "joint")
        found = {question.name: _classes(model, question).tolist() for question in questions}
        stored.write_text(json.dumps(found), "utf-8")
    return {name: np.array(classes) for name, classes in json.loads(stored.read_text("utf-8")).items()}


def _classes(model: HeadsModel, question: Question) -> Classes:
    scores = score_rows(model, encode(question.examples))
    return np.asarray(scores[question.task.head.name].argmax(axis=1))
