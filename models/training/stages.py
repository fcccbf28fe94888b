"""The fits of one training: the base on TweetEval, the joint stage on every set, and the joint stage per fold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from models.training.data import Example, TrainingSet, file_sha256
from models.training.evaluation import Scores, cross_validate
from models.training.heads_trainer import HeadsRecipe, fit
from models.training.network import HeadsModel, count_layers, encode, score_rows
from models.training.soft_labels import TERMS, Targets, build_targets
from models.training.trainer import WEIGHTS, Epoch, seed_everything

BASE_SET = "tweeteval"


@dataclass(frozen=True)
class Stage:
    """One fit: its recipe, its output folder and its initial weights (of an encoder, or of an earlier stage).

    `answers` is the folder with the teacher's answers; a recipe without a teacher does not read it.
    """

    recipe: HeadsRecipe
    output: Path
    start: Path | None
    answers: Path

    @property
    def full_recipe(self) -> HeadsRecipe:
        """The recipe with the hash of its start, so that a checkpoint of another start is not resumed."""
        return replace(self.recipe, start_sha256=file_sha256(self.start)) if self.start else self.recipe


def find_targets(recipe: HeadsRecipe, answers: Path, rows: TrainingSet, fold: int | None = None) -> Targets | None:
    """What the recipe's teacher answers to the rows that are trained on; None by labels alone."""
    if not recipe.teacher:
        return None
    return build_targets(answers, rows.train, TERMS[recipe.teacher], recipe.temperature, fold)


def fit_base(stage: Stage, rows: TrainingSet, *, resume: bool) -> list[Epoch]:
    """Sentiment alone, from the encoder, on TweetEval; returns the figures per epoch."""
    seed_everything(stage.recipe.seed)
    alone = TrainingSet(_of_base(rows.train), _of_base(rows.selection))
    model = HeadsModel(stage.start, stage.recipe.dropout, stage.recipe.layers)
    targets = find_targets(stage.recipe, stage.answers, alone)
    return _named("base", fit(stage.full_recipe, alone, stage.output, model, targets, resume=resume))


def fit_joint(stage: Stage, rows: TrainingSet, *, resume: bool) -> list[Epoch]:
    """Every head on every set, from the base; returns the figures per epoch."""
    model, targets = _from_base(stage), find_targets(stage.recipe, stage.answers, rows)
    return _named("joint", fit(stage.full_recipe, rows, stage.output, model, targets, resume=resume))


def fit_folds(stage: Stage, examples: Sequence[Example], output: Path, *, resume: bool) -> tuple[list[Example], Scores]:
    """The joint stage once per fold: every row, scored by a network that saw neither it nor its author."""

    def score_fold(fold: int, rows: TrainingSet, held_out: list[Example]) -> Scores:
        folder = output / str(fold)
        targets = find_targets(stage.recipe, stage.answers, rows, fold)
        fit(stage.full_recipe, rows, folder, _from_base(stage), targets, resume=resume)
        return score_rows(load_model(folder), encode(held_out))

    return cross_validate(examples, score_fold)


def load_model(folder: Path) -> HeadsModel:
    """The network with the best weights of a fit."""
    weights = torch.load(folder / WEIGHTS, weights_only=True)
    model = HeadsModel(layers=count_layers(weights))
    model.load_state_dict(weights)
    return model


def _from_base(stage: Stage) -> HeadsModel:
    model = HeadsModel(dropout=stage.recipe.dropout, layers=stage.recipe.layers)
    model.load_state_dict(torch.load(stage.start, weights_only=True) if stage.start else model.state_dict())
    return model


def _of_base(rows: Sequence[Example]) -> list[Example]:
    return [row for row in rows if row.source == BASE_SET]


def _named(stage: str, history: list[Epoch]) -> list[Epoch]:
    return [{"stage": stage, **epoch} for epoch in history]
