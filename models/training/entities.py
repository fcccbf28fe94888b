"""One training of the entity annotator from files to a shippable folder: fit, quantise, measure, draw, card, track.

Everything is chosen on the selection slice of the train files (epoch, weights, leaning away from O, way of quantising);
the dev files are scored once, at the end, for the report.
"""

import logging
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch

from conf.settings import Settings
from models.annotator_folder import check_annotator
from models.entities import entities_folder
from models.plain_entities import Probabilities
from models.spans import OUTSIDE, TAGS
from models.training.entity_card import write_card
from models.training.entity_data import BTC, CORPORA, EntityRows, TaggedTweet, read_entity_rows, without_mentions
from models.training.entity_report import build_results, draw_curves, track_training
from models.training.entity_scores import choose_leaning, mean_f1, measure_tweets, score_tweets
from models.training.entity_trainer import EntityRecipe, EntityTrainer
from models.training.export import WAYS, export_full_precision, quantise, write_assets
from models.training.tagger import Tagger

logger = logging.getLogger("brandpulse.training")

SMOKE_TWEETS = 48
"""Of each corpus, in a smoke training."""
SMOKE_RECIPE = EntityRecipe(epochs=1, batch_size=16, max_steps=4)


@dataclass(frozen=True)
class Request:
    """What to train: the data folder, from the checkpoint or afresh.

    `encoder` names weights that further pre-training left; `smoke` takes a few steps on a few tweets, `ship` replaces
    the settings' annotator, `dry_run` only reads the data.
    """

    data: Path
    recipe: EntityRecipe
    encoder: Path | None = None
    resume: bool = False
    smoke: bool = False
    ship: bool = False
    dry_run: bool = False


def train_entities(settings: Settings, request: Request) -> Path:
    """Trains and writes the annotator folder, returned; `ship` copies it over the one that the settings name."""
    work = settings.home / "training" / ("smoke-entities" if request.smoke else "entities")
    folder = work / "annotator" / "entities"
    rows = read_entity_rows(request.data)
    recipe = request.recipe
    if request.encoder:
        recipe = replace(recipe, encoder_sha256=sha256(request.encoder.read_bytes()).hexdigest())
    if request.smoke:
        rows = _few(rows)
        recipe = replace(SMOKE_RECIPE, encoder_sha256=recipe.encoder_sha256, autocast=recipe.autocast)
    logger.info("%d tweets to train on, %d to choose on", len(rows.train), len(rows.selection))
    if request.dry_run:
        logger.info("would train into %s", folder)
        return folder
    history = EntityTrainer(recipe, rows, work, request.encoder).run(request.resume)
    figures = export_best(work / "best.pt", folder, rows)
    draw_curves(history, folder / "curves.png")
    results = build_results(recipe, rows, history, figures)
    write_card(folder, results)
    version = track_training(settings, folder, recipe, results)
    logger.info("entity annotator in %s, registered as version %s", folder, version)
    if request.ship:
        shutil.copytree(folder, entities_folder(settings), dirs_exist_ok=True)
    return folder


def export_best(weights: Path, folder: Path, rows: EntityRows) -> dict[str, object]:
    """Writes the folder with the way of quantising that stays nearest to the float model on the selection slice.

    Nearest by the mean distance of the words' probabilities. Returns the figures of the float and of the INT8 model.
    """
    model = Tagger()
    model.load_state_dict(torch.load(weights, weights_only=True))
    selection = rows.selection
    distances: dict[str, float] = {}
    f1: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "fp32"
        write_assets(TAGS, full)
        export_full_precision(model, full / "model.onnx")
        f1["uncorrected"], leaning = _lean_away_from_outside(model, selection, score_tweets(full, selection))
        export_full_precision(model, full / "model.onnx")
        floats = score_tweets(full, selection)
        f1["fp32"] = mean_f1(selection, floats)
        for way in WAYS:
            write_assets(TAGS, Path(scratch) / way)
            quantise(full / "model.onnx", Path(scratch) / way / "model.onnx", way)
            answers = score_tweets(Path(scratch) / way, selection)
            f1[way] = mean_f1(selection, answers)
            distances[way] = float(np.abs(np.concatenate(answers) - np.concatenate(floats)).mean())
        best = min(distances, key=distances.__getitem__)
        fp32_dev = measure_folder(full, rows)
        shutil.copytree(Path(scratch) / best, folder, dirs_exist_ok=True)
    check_annotator(folder)
    chosen = {"leaning": leaning, "int8_way": best, "int8_distance": distances, "int8_loss": f1["fp32"] - f1[best]}
    return {**chosen, "selection_f1": f1, "fp32_dev": fp32_dev, "int8_dev": measure_folder(folder, rows)}


def _lean_away_from_outside(
    model: Tagger, tweets: list[TaggedTweet], plain: list[Probabilities]
) -> tuple[float, float]:
    """Takes the leaning that `plain` answers call for from the bias of O; (their span F1 without it, the leaning)."""
    leaning = choose_leaning(tweets, plain)
    with torch.no_grad():
        model.classifier.bias[TAGS.index(OUTSIDE)] -= leaning
    return mean_f1(tweets, plain), leaning


def measure_folder(folder: Path, rows: EntityRows) -> dict[str, dict[str, float]]:
    """Figures of each dev file in the types that it can tell apart.

    Broad Twitter Corpus counts twice: as it is annotated, and (`btc_masked`) with its mentions masked as in production.
    """
    sets = dict(rows.dev)
    sets["btc_masked"] = [without_mentions(tweet) for tweet in rows.dev[BTC.name]]
    return {name: measure_tweets(tweets, score_tweets(folder, tweets)) for name, tweets in sets.items()}


def _few(rows: EntityRows) -> EntityRows:
    def first(tweets: Sequence[TaggedTweet]) -> list[TaggedTweet]:
        return [tweet for each in CORPORA for tweet in [own for own in tweets if own.corpus == each][:SMOKE_TWEETS]]

    dev = {name: first(tweets) for name, tweets in rows.dev.items()}
    return replace(rows, train=first(rows.train), selection=first(rows.selection), dev=dev)
