"""One training from files to a shippable annotator: fit, quantise, measure, draw, write the card, track.

Everything is chosen on the selection slice of TweetEval train (epoch, weights, correction for unequal
classes, way of quantising); TweetEval val is
scored once, at the end, for the report.
"""

import logging
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from transformers import BertForSequenceClassification

from conf.settings import Settings
from models import metrics
from models.annotator import annotator_folder
from models.heads import SENTIMENT
from models.plain_onnx import PlainAnnotator, Probabilities
from models.training import export, prior
from models.training.card import write_card
from models.training.data import (
    TWEETEVAL_VAL,
    Example,
    TrainingSet,
    file_sha256,
    keep_consistent,
    read_training_set,
    read_tweeteval,
)
from models.training.encoder import build_classifier
from models.training.report import build_results, draw_curves, track_training
from models.training.train import Recipe, fit_annotator

logger = logging.getLogger("brandpulse.training")

SMOKE_ROWS = 96
SMOKE_RECIPE = Recipe(epochs=1, batch_size=16, max_steps=4)


@dataclass(frozen=True)
class Request:
    """What to train: the data folder, with or without the airline set, from the checkpoint or afresh.

    `encoder` names weights that further pre-training left; `smoke` takes a few steps on a few rows, `ship` replaces the
    settings' annotator, `dry_run` only reads the data.
    """

    data: Path
    recipe: Recipe
    encoder: Path | None = None
    without_airline: bool = False
    resume: bool = False
    smoke: bool = False
    ship: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Scored:
    """Truth [texts] and probabilities [texts, labels] of one model."""

    truth: metrics.Classes
    probabilities: Probabilities

    def figures(self, with_interval: bool = False) -> dict[str, float]:
        """n, accuracy, macro recall and macro F1."""
        return metrics.summarise_answers(
            self.truth, self.probabilities.argmax(axis=1), len(SENTIMENT.labels), with_interval
        )


def train_annotator(settings: Settings, request: Request) -> Path:
    """Trains and writes the annotator folder, returned; `ship` copies it over the one that the settings name."""
    work = settings.home / "training" / ("smoke" if request.smoke else "sentiment")
    folder = work / "annotator" / SENTIMENT.name
    rows = read_training_set(request.data, not request.without_airline)
    val = keep_consistent(read_tweeteval(request.data / TWEETEVAL_VAL))
    recipe = request.recipe
    if request.encoder:
        recipe = replace(recipe, encoder_sha256=file_sha256(request.encoder))
    if request.smoke:
        rows = replace(rows, train=rows.train[:SMOKE_ROWS], selection=rows.selection[:SMOKE_ROWS])
        val, recipe = val[:SMOKE_ROWS], SMOKE_RECIPE
    if request.dry_run:
        logger.info("would train on %d texts and choose on %d into %s", len(rows.train), len(rows.selection), folder)
        return folder
    history = fit_annotator(recipe, rows, work, request.resume, request.encoder)
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
    """Writes the folder with the way of quantising that stays nearest to the float model on the selection slice.

    Nearest by the mean distance of the probabilities, which is far less noisy than the difference of two recalls.
    Returns the figures of the float and of the INT8 models: on the selection slice, and of the two to report on val.
    """
    model = build_classifier(SENTIMENT)
    model.load_state_dict(torch.load(weights, weights_only=True))
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "fp32"
        export.write_assets(SENTIMENT, full)
        export.export_full_precision(model, full / "model.onnx")
        figures: dict[str, object] = {"uncorrected_val": score_examples(full, val).figures()}
        figures["prior_strength"] = correct_prior(model, score_examples(full, rows.selection), rows)
        export.export_full_precision(model, full / "model.onnx")
        selection = {"fp32": score_examples(full, rows.selection)}
        distances: dict[str, float] = {}
        for way in export.WAYS:
            export.write_assets(SENTIMENT, Path(scratch) / way)
            export.quantise(full / "model.onnx", Path(scratch) / way / "model.onnx", way)
            selection[way] = score_examples(Path(scratch) / way, rows.selection)
            distances[way] = float(np.abs(selection[way].probabilities - selection["fp32"].probabilities).mean())
        best = min(distances, key=distances.__getitem__)
        figures["fp32_val"] = score_examples(full, val).figures()
        shutil.copytree(Path(scratch) / best, folder, dirs_exist_ok=True)
    figures["int8_loss"] = selection["fp32"].figures()["macro_recall"] - selection[best].figures()["macro_recall"]
    figures["selection"] = {name: scored.figures() for name, scored in selection.items()}
    figures |= {"int8_way": best, "int8_distance": distances}
    return figures | {"int8_val": score_examples(folder, val).figures(with_interval=True)}


def score_examples(folder: Path, examples: list[Example]) -> Scored:
    """What an annotator folder answers under plain onnxruntime."""
    probabilities = PlainAnnotator(folder).score_normalised([example.text for example in examples])
    return Scored(np.array([example.label for example in examples]), probabilities)


def correct_prior(model: BertForSequenceClassification, plain: Scored, rows: TrainingSet) -> float:
    """Corrects the bias of `model`, whose answers on the selection slice are `plain`; returns the strength of that."""
    shares = prior.class_shares(rows.train, len(SENTIMENT.labels))
    strength = prior.choose_strength(plain.probabilities, plain.truth, shares)
    with torch.no_grad():
        model.classifier.bias += torch.tensor(prior.bias_of(strength, shares), dtype=torch.float32)
    return strength
