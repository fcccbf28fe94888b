"""The fits of one training: the base on TweetEval, the joint stage on every set, and the joint stage per fold.

The base may be distilled from teachers (Hinton et al. 2015): networks that differ by their seed alone, each fitted as
the base would be, whose mean probabilities are the soft labels of TweetEval's training texts and of unlabelled tweets.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.annotation.heads import SENTIMENT
from models.metrics import Numbers
from models.training.data import UNLABELLED, Example, TrainingSet, file_sha256, group_number
from models.training.evaluation import Scores, cross_validate, measure_tasks
from models.training.heads_trainer import HeadsRecipe, fit
from models.training.network import HeadsModel, encode, encode_texts, score_rows
from models.training.trainer import WEIGHTS, Epoch, seed_everything

logger = logging.getLogger("brandpulse.training")

BASE_SETS = ("tweeteval", "unlabelled")
SoftLabels = Mapping[str, tuple[float, ...]]
"""Text -> the teachers' mean probability of each sentiment."""


@dataclass(frozen=True)
class Stage:
    """One fit: its recipe, its output folder and its initial weights (of an encoder, or of an earlier stage)."""

    recipe: HeadsRecipe
    output: Path
    start: Path | None

    @property
    def full_recipe(self) -> HeadsRecipe:
        """The recipe with the hash of its start, so that a checkpoint of another start is not resumed."""
        return replace(self.recipe, start_sha256=file_sha256(self.start)) if self.start else self.recipe


@dataclass(frozen=True)
class Distillation:
    """What the teachers answered, and how good they are on the selection slice: each alone, and together."""

    soft_labels: SoftLabels
    figures: dict[str, Any]


def fit_base(stage: Stage, rows: TrainingSet, *, resume: bool) -> list[Epoch]:
    """Sentiment alone, from the encoder, by TweetEval's labels and the soft labels; returns the figures per epoch."""
    seed_everything(stage.recipe.seed)
    alone = TrainingSet(_of_base(rows.train), _of_base(rows.selection))
    model = HeadsModel(stage.start, stage.recipe.dropout)
    return _named("base", fit(stage.full_recipe, alone, stage.output, model, resume=resume))


def fit_joint(stage: Stage, rows: TrainingSet, *, resume: bool) -> list[Epoch]:
    """Every head on every set, from the base; returns the figures per epoch."""
    return _named("joint", fit(stage.full_recipe, rows, stage.output, _from_base(stage), resume=resume))


def fit_folds(stage: Stage, examples: Sequence[Example], output: Path, *, resume: bool) -> tuple[list[Example], Scores]:
    """The joint stage once per fold: every row, scored by a network that saw neither it nor its author."""

    def score_fold(fold: int, rows: TrainingSet, held_out: list[Example]) -> Scores:
        folder = output / str(fold)
        fit(stage.full_recipe, rows, folder, _from_base(stage), resume=resume)
        return score_rows(load_model(folder), encode(held_out))

    return cross_validate(examples, score_fold)


def fit_teachers(
    stage: Stage, rows: TrainingSet, unlabelled: Sequence[str], seeds: Sequence[int], *, resume: bool
) -> Distillation:
    """Fits a teacher per seed into `stage.output`; soft labels of TweetEval's training texts and of `unlabelled`.

    The selection slice is scored as well, only to be measured.
    """
    folders = [stage.output / str(seed) for seed in seeds]
    for seed, folder in zip(seeds, folders, strict=True):
        fit_base(replace(stage, recipe=replace(stage.recipe, seed=seed), output=folder), rows, resume=resume)
    selection = [row for row in rows.selection if row.source == "tweeteval"]
    texts = [row.text for row in rows.train if row.source == "tweeteval"] + list(unlabelled)
    asked = [*texts, *(row.text for row in selection)]
    scores = np.stack([_score_teacher(folder, asked, stage.recipe.autocast, resume=resume) for folder in folders])
    on_slice = scores[:, len(texts) :]
    alone, together = [_macro_recall(selection, each) for each in on_slice], _macro_recall(selection, on_slice.mean(0))
    logger.info("teachers on the slice: %s, together %.4f", ", ".join(f"{one:.4f}" for one in alone), together)
    soft_labels = zip(texts, map(tuple, scores.mean(0)[: len(texts)].tolist()), strict=True)
    figures = {"seeds": list(seeds), "unlabelled": len(unlabelled), "alone": alone, "together": together}
    return Distillation(dict(soft_labels), figures)


def pick_unlabelled(texts: Iterable[str], rows: TrainingSet, limit: int) -> list[str]:
    """At most `limit` of the texts, picked by their hash; none that is in `rows`."""
    known = {row.text for row in (*rows.train, *rows.selection)}
    return sorted((text for text in texts if text not in known), key=group_number)[:limit]


def with_soft_labels(examples: Sequence[Example], soft_labels: SoftLabels) -> list[Example]:
    """The examples, those of TweetEval with the soft labels of their text."""
    return [
        replace(row, soft_labels=soft_labels.get(row.text, ())) if row.source == "tweeteval" else row
        for row in examples
    ]


def as_examples(unlabelled: Iterable[str], soft_labels: SoftLabels) -> list[Example]:
    """Unlabelled texts as rows of the base stage, with soft labels alone."""
    return [Example(text, UNLABELLED, BASE_SETS[1], text, soft_labels=soft_labels[text]) for text in unlabelled]


def load_model(folder: Path) -> HeadsModel:
    """The network with the best weights of a fit."""
    model = HeadsModel()
    model.load_state_dict(torch.load(folder / WEIGHTS, weights_only=True))
    return model


def _from_base(stage: Stage) -> HeadsModel:
    model = HeadsModel(dropout=stage.recipe.dropout)
    model.load_state_dict(torch.load(stage.start, weights_only=True) if stage.start else model.state_dict())
    return model


def _of_base(rows: Sequence[Example]) -> list[Example]:
    return [row for row in rows if row.source in BASE_SETS]


def _named(stage: str, history: list[Epoch]) -> list[Epoch]:
    return [{"stage": stage, **epoch} for epoch in history]


def _score_teacher(folder: Path, texts: Sequence[str], autocast: bool, *, resume: bool) -> Numbers:
    """[texts, sentiments] of one teacher; stored in its folder, and read from there when the training is resumed."""
    stored = folder / "answers.npy"
    if not (resume and stored.exists() and len(np.load(stored, mmap_mode="r")) == len(texts)):
        scores = score_rows(load_model(folder), encode_texts(texts), autocast=autocast)
        np.save(stored, scores[SENTIMENT.name])
    return np.asarray(np.load(stored))


def _macro_recall(selection: Sequence[Example], probabilities: Numbers) -> float:
    return float(measure_tasks(selection, {SENTIMENT.name: probabilities})["sentiment"]["macro_recall"])
