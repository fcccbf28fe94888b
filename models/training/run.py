"""One training from files to a shippable annotator: base, joint fit, folds, INT8, figures, curves, card, mlflow.

Two stages: the base learns TweetEval's sentiment alone, from labels and, with teachers, from their soft labels; from it
the joint fit learns every head on every set, with a part of TweetEval in each epoch. The folds start from the same
base, so they measure the joint stage on rows that no stage saw. Epoch, weights, temperatures and the way of quantising
are chosen on the selection slices; TweetEval val is scored once, at the end.
"""

import json
import logging
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
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
    TWEETEVAL_VAL,
    hash_sets,
    read_sets,
    read_tweeteval,
    read_unlabelled,
)
from models.training.report import build_results, draw_curves, render_card, track_training, write_card
from models.training.stages import (
    Distillation,
    Stage,
    as_examples,
    fit_base,
    fit_folds,
    fit_joint,
    fit_teachers,
    load_model,
    pick_unlabelled,
    with_soft_labels,
)
from models.training.trainer import WEIGHTS

logger = logging.getLogger("brandpulse.training")

BASE = HeadsRecipe(epochs=1, learning_rate=1e-4)
JOINT = HeadsRecipe(epochs=3, learning_rate=1e-4, replay_one_in=5)
UNLABELLED_TEXTS = 30_000
"""How many unlabelled texts get soft labels from the teachers."""
SMOKE_ROWS = 120
SMOKE = HeadsRecipe(epochs=1, batch_size=16, max_steps=4)


@dataclass(frozen=True)
class Request:
    """What to train. `encoder` is the file of further pre-trained weights; `teachers` are the teachers' seeds, if any;
    `commercial` leaves out the sets of non-commercial licences; `smoke` takes a few steps on a few rows; `ship`
    replaces the shipped annotator; `dry_run` only reads the data.
    """

    data: Path
    teachers: tuple[int, ...] = ()
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
    def unlabelled(self) -> int:
        """How many unlabelled texts to take."""
        return UNLABELLED_TEXTS if self.teachers and not self.smoke else 0

    @property
    def sets(self) -> list[str]:
        """The names of the sets to read."""
        return [name for name in SETS if not (self.commercial and name in NON_COMMERCIAL)]


def build_request(data: Path, flags: Mapping[str, Any], *, dry_run: bool) -> Request:
    """The request of the job's flags; a smoke training has its own recipe."""
    ways = {name: flags[name] for name in ("encoder", "commercial", "resume", "smoke", "ship")}
    base, joint = (
        replace(recipe, seed=flags["seed"], autocast=flags["bf16"])
        for recipe in ((SMOKE, SMOKE) if flags["smoke"] else (BASE, JOINT))
    )
    seeds = tuple(range(1, flags["teachers"] + 1))
    return Request(data, seeds, base, joint, folds=not flags["no_folds"], dry_run=dry_run, **ways)


def train_annotator(settings: Settings, request: Request) -> Path:
    """Trains, writes the annotator folder and returns it."""
    work = settings.home / "training" / ("smoke" if request.smoke else "heads")
    folder = work / "annotator"
    examples = read_sets(request.data, request.sets)
    val = keep_consistent(read_tweeteval(request.data / TWEETEVAL_VAL))
    if request.smoke:
        examples, val = keep_first(examples), keep_first(val)
    rows = split_selection(examples)
    if request.dry_run:
        logger.info("would train on %d texts and choose on %d into %s", len(rows.train), len(rows.selection), folder)
        return folder
    teachers: dict[str, Any] = {}
    unlabelled: list[Example] = []
    if request.teachers:
        distillation, unlabelled = distil_teachers(request, rows, work / "teachers")
        teachers, examples = distillation.figures, with_soft_labels(examples, distillation.soft_labels)
        rows = split_selection(examples)
    base = Stage(request.base, work / "base", request.encoder)
    joint = Stage(request.joint, work / "joint", work / "base" / WEIGHTS)
    history = fit_base(base, TrainingSet(rows.train + unlabelled, rows.selection), resume=request.resume)
    history += fit_joint(joint, rows, resume=request.resume)
    held_out = fit_folds(joint, examples, work / "folds", resume=request.resume) if request.folds else None
    figures = finish_annotator(load_model(work / "joint"), folder, rows.selection, val, held_out)
    draw_curves(history, folder / "curves.png")
    recipe = {"base": asdict(base.full_recipe), "joint": asdict(joint.full_recipe)}
    results = build_results(recipe, rows, history, figures)
    results["data"]["sha256"] = hash_sets(request.data, request.sets)
    results["teachers"] = teachers
    ablation = settings.home / "training" / "ablation" / "ablation.json"
    if ablation.exists():
        results["ablation"] = json.loads(ablation.read_text("utf-8"))
    write_card(folder, results, render_card(results))
    version = track_training(settings, folder, results)
    logger.info("annotator in %s, registered as version %s", folder, version)
    if request.ship:
        shutil.copytree(folder, shipped_folder(settings), dirs_exist_ok=True)
    return folder


def distil_teachers(request: Request, rows: TrainingSet, output: Path) -> tuple[Distillation, list[Example]]:
    """Soft labels and figures of the teachers; the unlabelled texts as rows of the base stage."""
    texts: Iterable[str] = read_unlabelled(request.data, commercial=request.commercial) if request.unlabelled else ()
    unlabelled = pick_unlabelled(texts, rows, request.unlabelled)
    stage = Stage(request.base, output, request.encoder)
    distillation = fit_teachers(stage, rows, unlabelled, request.teachers, resume=request.resume)
    return distillation, as_examples(unlabelled, distillation.soft_labels)


def keep_first(examples: list[Example]) -> list[Example]:
    """At most SMOKE_ROWS of each set."""
    counts: Counter[str] = Counter()
    kept = []
    for row in examples:
        counts[row.source] += 1
        if counts[row.source] <= SMOKE_ROWS:
            kept.append(row)
    return kept
