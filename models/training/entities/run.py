"""One training of the entity annotator from files to a shippable folder: fit, quantise, measure, draw, card, track.

Everything is chosen on the selection slice of the train files (epoch, weights, way of quantising); the dev files are
scored once, at the end, for the report.
"""

import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from conf.settings import Settings
from models.annotation.entities import entities_folder
from models.training.entities.card import write_card
from models.training.entities.data import CORPORA, EntityRows, TaggedTweet, read_entity_rows
from models.training.entities.export import export_best
from models.training.entities.report import build_results, draw_curves, track_training
from models.training.entities.trainer import EntityRecipe, EntityTrainer

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


def _few(rows: EntityRows) -> EntityRows:
    def first(tweets: Sequence[TaggedTweet]) -> list[TaggedTweet]:
        return [tweet for each in CORPORA for tweet in [own for own in tweets if own.corpus == each][:SMOKE_TWEETS]]

    dev = {name: first(tweets) for name, tweets in rows.dev.items()}
    return replace(rows, train=first(rows.train), selection=first(rows.selection), dev=dev)
