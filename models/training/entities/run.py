"""One training of the entity annotator from files to a shippable folder: fit, quantise, measure, draw, card, track.

Epoch, weights and the way of quantising are chosen on the selection slice of the train files; the dev files are scored
once, at the end, for the report.
"""

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from conf.settings import Settings
from models.annotation.entities import entities_folder
from models.training.data import file_sha256
from models.training.entities.data import CORPORA, EntityRows, TaggedTweet, read_entity_rows
from models.training.entities.export import export_best
from models.training.entities.report import build_results, draw_curves, render_card, track_training
from models.training.entities.trainer import EntityRecipe, EntityTrainer
from models.training.report import write_card
from models.training.trainer import WEIGHTS

logger = logging.getLogger("brandpulse.training")

SMOKE_TWEETS = 48
"""How many tweets of each corpus a smoke training takes."""
SMOKE_RECIPE = EntityRecipe(epochs=1, batch_size=16, max_steps=4)


@dataclass(frozen=True)
class Request:
    """What to train. `encoder` is the file of further pre-trained weights; `smoke` takes a few steps on a few tweets;
    `ship` replaces the shipped annotator; `dry_run` only reads the data.
    """

    data: Path
    recipe: EntityRecipe
    encoder: Path | None = None
    resume: bool = False
    smoke: bool = False
    ship: bool = False
    dry_run: bool = False


def build_request(data: Path, flags: Mapping[str, Any], *, dry_run: bool) -> Request:
    """The request of the job's flags."""
    recipe = EntityRecipe(epochs=flags["epochs"], seed=flags["seed"], autocast=flags["bf16"])
    ways = {name: flags[name] for name in ("encoder", "resume", "smoke", "ship")}
    return Request(data, recipe, dry_run=dry_run, **ways)


def train_entities(settings: Settings, request: Request) -> Path:
    """Trains, writes the annotator folder and returns it; a smoke training has its own recipe."""
    work = settings.home / "training" / ("smoke-entities" if request.smoke else "entities")
    folder = work / "annotator" / "entities"
    rows = read_entity_rows(request.data)
    recipe = request.recipe
    if request.encoder:
        recipe = replace(recipe, encoder_sha256=file_sha256(request.encoder))
    if request.smoke:
        rows = _few(rows)
        recipe = replace(SMOKE_RECIPE, encoder_sha256=recipe.encoder_sha256, autocast=recipe.autocast)
    logger.info("%d tweets to train on, %d to choose on", len(rows.train), len(rows.selection))
    if request.dry_run:
        logger.info("would train into %s", folder)
        return folder
    history = EntityTrainer(recipe, rows, work, request.encoder).run(request.resume)
    figures = export_best(work / WEIGHTS, folder, rows)
    draw_curves(history, folder / "curves.png")
    results = build_results(asdict(recipe), rows, history, figures)
    write_card(folder, results, render_card(results))
    version = track_training(settings, folder, results)
    logger.info("entity annotator in %s, registered as version %s", folder, version)
    if request.ship:
        shutil.copytree(folder, entities_folder(settings), dirs_exist_ok=True)
    return folder


def _few(rows: EntityRows) -> EntityRows:
    def first(tweets: Sequence[TaggedTweet]) -> list[TaggedTweet]:
        return [tweet for each in CORPORA for tweet in [own for own in tweets if own.corpus == each][:SMOKE_TWEETS]]

    dev = {name: first(tweets) for name, tweets in rows.dev.items()}
    return replace(rows, train=first(rows.train), selection=first(rows.selection), dev=dev)
