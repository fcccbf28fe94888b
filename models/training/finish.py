"""From a fitted network to the annotator folder and its figures: temperatures, INT8, reference of the drift monitor.

Every choice is made on the selection slices; val and the folds are only measured.
"""

import copy
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.annotation import drift
from models.annotation.drift import build_reference
from models.annotation.heads import HEADS
from models.annotation.reference_annotator import ReferenceAnnotator
from models.training import export
from models.training.data import Example
from models.training.evaluation import TASKS, Scores, choose_temperatures, cool, measure_tasks, write_out_of_fold
from models.training.network import HeadsModel, ProbabilityGraph, encode, score_rows

SMOOTHED_BY_ONE_IN = 10
"""Outliers are measured on one in so many texts of the selection slices."""

AS_IT_IS = "as it is"
HeldOut = tuple[list[Example], Scores]


def finish_annotator(
    model: HeadsModel, folder: Path, selection: list[Example], val: list[Example], held_out: HeldOut | None
) -> dict[str, Any]:
    """Writes the folder with the way of quantising that is nearest to the float network; returns every figure.

    Nearest by the mean distance of the probabilities on the slice, which is far less noisy than the difference of two
    recalls. `held_out` has the rows of the folds with their probabilities.
    """
    plain = score_rows(model, encode(selection))
    temperatures = choose_temperatures(selection, plain)
    figures: dict[str, Any] = {
        "temperatures": {head.name: chosen for head, chosen in zip(HEADS, temperatures, strict=True)},
        "uncalibrated": _errors(measure_tasks(selection, plain)) | {"val": _errors(measure_val(model, val))},
    }
    figures |= write_smallest(ProbabilityGraph(model, temperatures), folder, selection, val)
    write_reference(folder, selection)
    figures["calibrated"] = _errors(figures["selection"]["int8"])
    if held_out:
        rows, scores = held_out
        cooled = {head.name: cool(scores[head.name], chosen) for head, chosen in zip(HEADS, temperatures, strict=True)}
        write_out_of_fold(folder, rows, cooled)
        figures["folds"] = measure_tasks(rows, cooled, intervals=True)
    return figures


def measure_val(model: HeadsModel, val: Sequence[Example]) -> dict[str, Any]:
    """The float network's figures on TweetEval val, without the temperature."""
    return measure_tasks(val, score_rows(model, encode(val)))


def write_smallest(
    graph: ProbabilityGraph, folder: Path, selection: Sequence[Example], val: Sequence[Example]
) -> dict[str, Any]:
    """Exports, quantises each way, copies the nearest into `folder`; figures of float and INT8 on the slice and val."""
    with tempfile.TemporaryDirectory() as scratch:
        floats = {
            way: write_full(prepared, Path(scratch) / f"{way} in float")
            for way, prepared in prepare_ways(graph, selection).items()
        }
        full = floats[AS_IT_IS]
        exact = score_examples(full, selection)
        answers, distances = {}, {}
        for way, float_form in floats.items():
            small = Path(scratch) / way
            shutil.copytree(float_form / "assets", small / "assets")
            export.quantise(float_form / "model.onnx", small / "model.onnx", export.reads_classifier)
            answers[way] = score_examples(small, selection)
            distances[way] = float(np.mean([np.abs(answers[way][name] - exact[name]).mean() for name in exact]))
        best = min(distances, key=distances.__getitem__)
        fp32_val = measure_tasks(val, score_examples(full, val))
        shutil.copytree(Path(scratch) / best, folder, dirs_exist_ok=True)
    measured = {"fp32": measure_tasks(selection, exact), "int8": measure_tasks(selection, answers[best])}
    return {
        "int8_way": best,
        "int8_distance": distances,
        "int8_agreement": {
            name: float((exact[name].argmax(1) == answers[best][name].argmax(1)).mean()) for name in exact
        },
        "int8_loss": {
            task.name: measured["fp32"][task.name][task.measure] - measured["int8"][task.name][task.measure]
            for task in TASKS
            if task.name in measured["fp32"]
        },
        "selection": measured,
        "val": {"fp32": fp32_val, "int8": measure_tasks(val, score_examples(folder, val), intervals=True)},
    }


def prepare_ways(graph: ProbabilityGraph, selection: Sequence[Example]) -> dict[str, ProbabilityGraph]:
    """Way of quantising -> the network to quantise: as it is, and with its outliers smoothed."""
    smoothed = copy.deepcopy(graph)
    export.smooth(smoothed.model.bert, encode(selection[::SMOOTHED_BY_ONE_IN]))
    return {AS_IT_IS: graph, "smoothed": smoothed}


def write_full(graph: ProbabilityGraph, folder: Path) -> Path:
    """The float annotator folder of a network."""
    export.write_assets([key for head in HEADS for key in head.keys], folder)
    export.export_full_precision(graph, folder / "model.onnx")
    return folder


def write_reference(folder: Path, selection: Sequence[Example]) -> None:
    """The folder's answers on the slice, which the drift monitor compares a day's tweets with."""
    annotator, texts = ReferenceAnnotator(folder), [row.text for row in selection]
    reference = build_reference(annotator.score_normalised(texts), texts, annotator.pieces)
    (folder / drift.FILE).write_text(json.dumps(reference, indent=1) + "\n", "utf-8")


def score_examples(folder: Path, examples: Sequence[Example]) -> Scores:
    """The probabilities of an annotator folder under plain onnxruntime, one text per call as in Spark NLP."""
    return ReferenceAnnotator(folder).score_normalised([row.text for row in examples])


def _errors(tasks: dict[str, Any]) -> dict[str, float]:
    return {f"{name}_error": figures["calibration_error"] for name, figures in tasks.items()}
