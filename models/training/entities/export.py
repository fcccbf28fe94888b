"""A fine-tuned tagger -> the annotator folder that Spark NLP imports: INT8 ONNX, vocab, labels.

Tags suffer more from rounding than a text's label does, most of all in the feed-forward layers nearest to the words,
and the entity annotator reads ticket candidates only. So those layers may stay float: shipped is the smallest file that
loses at most `MAX_LOSS` of span F1 on the selection slice or, if none does, the nearest to the float model.
"""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from models.annotation.annotator_folder import check_annotator
from models.annotation.reference_tagger import Probabilities
from models.annotation.spans import TAGS
from models.training.entities.data import BTC, EntityRows, TaggedTweet, without_mentions
from models.training.entities.report import mean_f1, measure_tweets, score_tweets
from models.training.entities.tagger import Tagger
from models.training.export import export_full_precision, quantise, write_assets

MAX_LOSS = 0.005

# What is INT8 -> the encoder's layers whose feed-forward part stays float; from the smallest file to the largest.
_FLOAT_LAYERS: dict[str, tuple[int, ...]] = {
    "everything": (),
    "everything but the lower three feed-forward layers": (0, 1, 2),
    "everything but the feed-forward layers": (0, 1, 2, 3, 4, 5),
}
WAYS = tuple(_FLOAT_LAYERS)
"""The ways of quantising that a training compares."""


@dataclass(frozen=True)
class Quantised:
    """One way of quantising on the selection slice: span F1, and the mean distance of the words' probabilities."""

    way: str
    f1: float
    distance: float


def export_best(weights: Path, folder: Path, rows: EntityRows) -> dict[str, object]:
    """Writes the annotator folder; returns the figures of the float and the INT8 model on the slice and on dev."""
    model = Tagger()
    model.load_state_dict(torch.load(weights, weights_only=True))
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "fp32"
        write_assets(TAGS, full)
        export_full_precision(model, full / "model.onnx")
        floats = score_tweets(full, rows.selection)
        tried = [_try_way(way, full, rows.selection, floats) for way in WAYS]
        f1 = mean_f1(rows.selection, floats)
        chosen = choose_way(tried, f1)
        write_assets(TAGS, folder)
        quantise_tagger(full / "model.onnx", folder / "model.onnx", chosen.way)
        fp32_dev = measure_folder(full, rows)
    check_annotator(folder)
    return {
        "int8_way": chosen.way,
        "int8_loss": f1 - chosen.f1,
        "int8_distance": {each.way: each.distance for each in tried},
        "selection_f1": {"fp32": f1} | {each.way: each.f1 for each in tried},
        "fp32_dev": fp32_dev,
        "int8_dev": measure_folder(folder, rows),
    }


def choose_way(tried: Sequence[Quantised], full_f1: float) -> Quantised:
    """The first that loses at most `MAX_LOSS` against the float model; if none does, the nearest to it."""
    good = [each for each in tried if full_f1 - each.f1 <= MAX_LOSS]
    return good[0] if good else min(tried, key=lambda each: each.distance)


def quantise_tagger(full: Path, target: Path, way: str) -> None:
    """Dynamic INT8 of the weights, per channel, in one of the ways."""
    parts = [f"layer.{layer}/{part}/" for layer in _FLOAT_LAYERS[way] for part in ("intermediate", "output")]
    quantise(full, target, lambda node: node.op_type == "MatMul" and any(part in node.name for part in parts))


def measure_folder(folder: Path, rows: EntityRows) -> dict[str, dict[str, float]]:
    """Figures of each dev file in the types that it distinguishes.

    Broad Twitter Corpus counts twice: as it is annotated, and (`btc_masked`) with its mentions masked as in production.
    """
    sets = dict(rows.dev)
    sets["btc_masked"] = [without_mentions(tweet) for tweet in rows.dev[BTC.name]]
    return {name: measure_tweets(tweets, score_tweets(folder, tweets)) for name, tweets in sets.items()}


def _try_way(way: str, full: Path, tweets: Sequence[TaggedTweet], floats: Sequence[Probabilities]) -> Quantised:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shutil.copytree(full / "assets", folder / "assets")
        quantise_tagger(full / "model.onnx", folder / "model.onnx", way)
        answers = score_tweets(folder, tweets)
    distance = np.abs(np.concatenate(answers) - np.concatenate(floats)).mean()
    return Quantised(way, mean_f1(tweets, answers), float(distance))
