"""One training from files to a shippable annotator: fit, quantise, measure, draw, write the card, track.

Everything is chosen on the selection slice of TweetEval train (epoch, weights, way of quantising); TweetEval val is
scored once, at the end, for the report.
"""

import logging
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from conf.settings import Settings
from models import metrics
from models.annotator import annotator_folder
from models.heads import SENTIMENT
from models.plain_onnx import PlainAnnotator
from models.training import export
from models.training.card import write_card
from models.training.data import TWEETEVAL_VAL, Example, TrainingSet, keep_consistent, read_training_set, read_tweeteval
from models.training.encoder import build_classifier
from models.training.report import build_results, draw_curves, track_training
from models.training.train import Recipe, fit_annotator

logger = logging.getLogger("brandpulse.training")

SMOKE_ROWS = 96
SMOKE_RECIPE = Recipe(epochs=1, batch_size=16, max_steps=4)


@dataclass(frozen=True)
class Request:
    """What to train: the data folder, with or without the airline set, from the checkpoint or afresh."""

    data: Path
    recipe: Recipe
    with_airline: bool = True
    resume: bool = False
    smoke: bool = False
    ship: bool = False


def train_annotator(settings: Settings, request: Request) -> Path:
    """Trains and writes the annotator folder, returned; `ship` copies it over the one that the settings name."""
    work = settings.home / "training" / ("smoke" if request.smoke else "sentiment")
    folder = work / "annotator" / SENTIMENT.name
    rows = read_training_set(request.data, request.with_airline)
    val = keep_consistent(read_tweeteval(request.data / TWEETEVAL_VAL))
    recipe = request.recipe
    if request.smoke:
        rows = replace(rows, train=rows.train[:SMOKE_ROWS], selection=rows.selection[:SMOKE_ROWS])
        val, recipe = val[:SMOKE_ROWS], SMOKE_RECIPE
    history = fit_annotator(recipe, rows, work, request.resume)
    figures = export_best(work / "best.pt", folder, rows, val)
    draw_curves(history, folder / "curves.png")
    results = build_results(recipe, rows, history, figures)
    write_card(folder, results)
    version = track_training(settings, folder, recipe, results)
    logger.info("annotator in %s, registered as version %s", folder, version)
    if request.ship:
        shutil.copytree(folder, annotator_folder(settings), dirs_exist_ok=True)
    return folder


def export_best(weights: Path, folder: Path, rows: TrainingSet, val: list[Example]) -> dict[str, object]:
    """Writes the folder with the way of quantising that keeps most macro recall on the selection slice.

    Returns the figures of the float and of the INT8 model: on the selection slice for each way, on val for the report.
    """
    model = build_classifier(SENTIMENT)
    model.load_state_dict(torch.load(weights, weights_only=True))
    with tempfile.TemporaryDirectory() as scratch:
        candidates = {name: Path(scratch) / name for name in ("fp32", *export.WAYS)}
        export.write_assets(SENTIMENT, candidates["fp32"])
        export.export_full_precision(model, candidates["fp32"] / "model.onnx")
        for way in export.WAYS:
            export.write_assets(SENTIMENT, candidates[way])
            export.quantise(candidates["fp32"] / "model.onnx", candidates[way] / "model.onnx", way)
        selection = {name: score_examples(path, rows.selection) for name, path in candidates.items()}
        logger.info("macro recall on the selection slice: %s", {k: v["macro_recall"] for k, v in selection.items()})
        best = max(export.WAYS, key=lambda way: selection[way]["macro_recall"])
        figures: dict[str, object] = {
            "selection": selection,
            "int8_way": best,
            "fp32_val": score_examples(candidates["fp32"], val),
        }
        shutil.copytree(candidates[best], folder, dirs_exist_ok=True)
    figures["int8_loss"] = selection["fp32"]["macro_recall"] - selection[best]["macro_recall"]
    return figures | {"int8_val": score_examples(folder, val, with_interval=True)}


def score_examples(folder: Path, examples: list[Example], with_interval: bool = False) -> dict[str, float]:
    """n, accuracy, macro recall and macro F1 of an annotator folder under plain onnxruntime."""
    truth = np.array([example.label for example in examples])
    answer = PlainAnnotator(folder).score_normalised([example.text for example in examples]).argmax(axis=1)
    return metrics.summarise_answers(truth, answer, len(SENTIMENT.labels), with_interval)
