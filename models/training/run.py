"""One training from files to a shippable annotator: base, joint fit, folds, INT8, figures, curves, card, mlflow.

Two stages: the base learns TweetEval's sentiment alone; from it the joint fit learns every head on every set, with a
part of TweetEval in each epoch. Both learn from labels and from a teacher's probabilities (`soft_labels.py`). The folds
start from the same base, so they measure the joint stage on rows that no stage saw. Epoch, weights, temperatures and
the way of quantising are chosen on the selection slices; TweetEval val is scored once, at the end.
"""

import json
import logging
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from conf.settings import Settings
from models.annotation.annotator import shipped_folder
from models.training.data import Example, TrainingSet, keep_consistent, split_selection
from models.training.finish import finish_annotator
from models.training.heads_trainer import HeadsRecipe
from models.training.label_sets import (
    NON_COMMERCIAL,
    SETS,
    TEXT_SETS,
    TWEETEVAL_VAL,
    hash_sets,
    read_sets,
    read_texts,
    read_tweeteval,
)
from models.training.report import build_results, draw_curves, render_card, track_training, write_card
from models.training.soft_labels import TEACHER, hash_answers
from models.training.stages import Stage, fit_base, fit_folds, fit_joint, load_model
from models.training.trainer import WEIGHTS, Epoch

logger = logging.getLogger("brandpulse.training")

BASE = HeadsRecipe(epochs=4, learning_rate=2e-4, teacher="base", temperature=2.0)
JOINT = HeadsRecipe(epochs=4, learning_rate=1e-4, replay_one_in=3, teacher="joint")
ABLATIONS = ("ablation", "whole_ablation")
SMOKE_ROWS = 120
SMOKE_BASE, SMOKE_JOINT = (replace(recipe, epochs=1, batch_size=16, max_steps=4) for recipe in (BASE, JOINT))


@dataclass(frozen=True)
class Request:
    """What to train. `encoder` is the file of further pre-trained weights; `commercial` leaves out the sets of
    non-commercial licences; `smoke` takes a few steps on a few rows; `ship` replaces the shipped annotator; `dry_run`
    only reads the data.
    """

    data: Path
    base: HeadsRecipe = BASE
    joint: HeadsRecipe = JOINT
    encoder: Path | None = None
    commercial: bool = False
    folds: bool = True
    resume: bool = False
    smoke: bool = False
    ship: bool = False
    dry_run: bool = False

    @property
    def sets(self) -> list[str]:
        """The names of the labelled sets to read."""
        return [name for name in SETS if not (self.commercial and name in NON_COMMERCIAL)]

    @property
    def text_sets(self) -> list[str]:
        """The names of the sets without labels to read: those that the joint stage's teacher answers."""
        return [name for name in TEXT_SETS if self.joint.teacher == "joint"]

    @property
    def answers(self) -> Path:
        """The folder with the teacher's answers."""
        return self.data / TEACHER


def build_request(data: Path, flags: Mapping[str, Any], *, dry_run: bool) -> Request:
    """The request of the job's flags; a smoke training has its own recipe."""
    ways = {name: flags[name] for name in ("encoder", "commercial", "resume", "smoke", "ship")}
    base, joint = (
        replace(recipe, seed=flags["seed"], autocast=flags["bf16"], layers=flags["layers"])
        for recipe in ((SMOKE_BASE, SMOKE_JOINT) if flags["smoke"] else (BASE, JOINT))
    )
    if flags["commercial"]:  # the joint teacher learnt from sets of non-commercial licences, too
        joint = replace(joint, teacher="base")
    if flags["hard_labels"]:
        base, joint = replace(base, teacher=""), replace(joint, teacher="")
    return Request(data, base, joint, folds=not flags["no_folds"], dry_run=dry_run, **ways)


def train_annotator(settings: Settings, request: Request) -> Path:
    """Trains, writes the annotator folder and returns it."""
    work = settings.home / "training" / ("smoke" if request.smoke else "heads")
    folder = work / "annotator"
    examples = read_examples(request)
    val = keep_consistent(read_tweeteval(request.data / TWEETEVAL_VAL))
    if request.smoke:
        examples, val = keep_first(examples), keep_first(val)
    rows = split_selection(examples)
    if request.dry_run:
        logger.info("would train on %d texts and choose on %d into %s", len(rows.train), len(rows.selection), folder)
        return folder
    base, joint = list_stages(request, work)
    history = fit_stages((base, joint), rows, resume=request.resume)
    held_out = fit_folds(joint, examples, work / "folds", resume=request.resume) if request.folds else None
    figures = finish_annotator(load_model(work / "joint"), folder, rows.selection, val, held_out)
    draw_curves(history, folder / "curves.png")
    recipe = {"base": asdict(base.full_recipe), "joint": asdict(joint.full_recipe)}
    results = build_results(recipe, rows, history, figures)
    results["data"]["sha256"] = hash_sets(request.data, request.sets + request.text_sets) | hash_answers(
        request.answers, [request.base.teacher, request.joint.teacher]
    )
    results |= read_ablations(settings.home / "training" / "ablation")
    write_card(folder, results, render_card(results))
    version = track_training(settings, folder, results)
    logger.info("annotator in %s, registered as version %s", folder, version)
    if request.ship:
        shutil.copytree(folder, shipped_folder(settings), dirs_exist_ok=True)
    return folder


def read_examples(request: Request) -> list[Example]:
    """The rows of every set that the request names; those without a label are for the teacher's answers alone."""
    return read_sets(request.data, request.sets) + read_texts(request.data, request.text_sets)


def list_stages(request: Request, work: Path) -> tuple[Stage, Stage]:
    """The base and the joint stage, each in its folder of `work`."""
    return (
        Stage(request.base, work / "base", request.encoder, request.answers),
        Stage(request.joint, work / "joint", work / "base" / WEIGHTS, request.answers),
    )


def fit_stages(stages: tuple[Stage, Stage], rows: TrainingSet, *, resume: bool) -> list[Epoch]:
    """Fits the base, then the joint stage from it; returns the figures per epoch."""
    base, joint = stages
    return fit_base(base, rows, resume=resume) + fit_joint(joint, rows, resume=resume)


def read_ablations(folder: Path) -> dict[str, Any]:
    """The tables that `jobs/compare_recipes.py` has made so far, by name."""
    tables = {name: folder / f"{name}.json" for name in ABLATIONS}
    return {name: json.loads(path.read_text("utf-8")) for name, path in tables.items() if path.exists()}


def keep_first(examples: list[Example]) -> list[Example]:
    """At most SMOKE_ROWS of each set."""
    counts: Counter[str] = Counter()
    kept = []
    for row in examples:
        counts[row.source] += 1
        if counts[row.source] <= SMOKE_ROWS:
            kept.append(row)
    return kept
