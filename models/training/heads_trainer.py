"""Fits every head at once: batches, the loss of a step from labels and a teacher, the figures per epoch and task."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from torch.optim import AdamW

from models.annotation.heads import NO_ANSWER
from models.training.data import Example, TrainingSet, build_offsets, group_number
from models.training.evaluation import measure_tasks, validation_score
from models.training.network import LAYERS, HeadsModel, encode, layer_groups, pad, score_rows, split_heads
from models.training.soft_labels import Targets, without_teacher
from models.training.trainer import Epoch, Recipe, Trainer, epoch_order, seed_everything

logger = logging.getLogger("brandpulse.training")

REPLAYED = ("tweeteval", "banks")
"""The sets of which an epoch takes a part only, another one each time."""


@dataclass(frozen=True)
class HeadsRecipe(Recipe):
    """How to train the heads. `layer_decay` multiplies the learning rate once per layer down from the head.

    `layers` of the encoder are kept, from the words up. `replay_one_in`: each epoch takes another one in so many of the
    texts of REPLAYED (1: all of them). `teacher`: the terms of `soft_labels.TERMS` that it learns from (empty: labels
    alone), at `temperature`.
    """

    epochs: int = 2
    batch_size: int = 32
    learning_rate: float = 1e-4
    checkpoint_every: int = 100
    layer_decay: float = 0.9
    label_smoothing: float = 0.05
    averaging: float = 0.998
    dropout: float = 0.1
    replay_one_in: int = 1
    layers: int = LAYERS
    frozen_words: bool = True  # half of the weights, which move little anyway: a third more steps per second
    teacher: str = ""
    temperature: float = 1.0
    start_sha256: str = ""  # of the weights it starts from; empty: the package's encoder


@dataclass(frozen=True)
class Batch:
    """Tensors of one step: `input_ids`, `attention_mask` int64 [batch, tokens], `labels` int64 [batch, heads].

    `weights` is float [batch]; `sources` names the set of each row. Of the teacher: `answers` float [batch, labels],
    and the weights `hard` and `soft` float [batch, heads] of the two cross entropies.
    """

    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    labels: torch.Tensor
    weights: torch.Tensor
    sources: tuple[str, ...]
    answers: torch.Tensor
    hard: torch.Tensor
    soft: torch.Tensor


class HeadsTrainer(Trainer[HeadsRecipe]):
    """Trains `model` on every head that the rows answer."""

    def __init__(
        self, recipe: HeadsRecipe, rows: TrainingSet, output: Path, model: HeadsModel, targets: Targets | None = None
    ) -> None:
        seed_everything(recipe.seed)
        self.rows, self.targets = rows, targets or without_teacher(len(rows.train))
        self.token_ids, self.selection_ids = encode(rows.train), encode(rows.selection)
        self.offsets = {name: torch.from_numpy(offset).float() for name, offset in build_offsets(rows.train).items()}
        model.bert.embeddings.word_embeddings.requires_grad_(not recipe.frozen_words)
        groups = layer_groups(model, recipe.learning_rate, recipe.layer_decay, recipe.weight_decay)
        super().__init__(recipe, model, AdamW(groups, fused=True), output, recipe.averaging)

    def order(self, epoch: int) -> list[list[int]]:
        """Every row, but of the sets in REPLAYED only the part that is this epoch's."""
        every = self.recipe.replay_one_in
        taken = [
            number
            for number, row in enumerate(self.rows.train)
            if row.source not in REPLAYED or group_number(row.group) // 7 % every == epoch % every
        ]
        lengths = [len(self.token_ids[number]) for number in taken]
        batches = epoch_order(lengths, self.recipe.batch_size, self.recipe.seed + epoch)
        return [[taken[place] for place in batch] for batch in batches]

    def compute_loss(self, rows: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """Of all heads."""
        batch = build_batch(rows, self.token_ids, self.rows.train, self.targets)
        with self._mixed_precision():
            logits = self.model(batch.input_ids, batch.attention_mask).float()
        offset = torch.stack([self.offsets[source] for source in batch.sources])
        loss = row_loss(self.recipe, logits, offset, batch)
        return loss, loss

    def evaluate(self) -> dict[str, Any]:
        """The validation score, and every task's figures."""
        if not self.rows.selection:
            return {}
        tasks = measure_tasks(self.rows.selection, score_rows(self.model, self.selection_ids))
        return {"validation_score": validation_score(tasks), "tasks": tasks}


def build_batch(
    rows: Sequence[int], token_ids: Sequence[Sequence[int]], examples: Sequence[Example], targets: Targets
) -> Batch:
    """The tensors of the numbered rows."""
    input_ids, chosen = pad([token_ids[row] for row in rows]), list(rows)
    return Batch(
        input_ids,
        (input_ids != 0).long(),
        torch.tensor([examples[row].labels for row in rows]),
        torch.tensor([examples[row].weight for row in rows]),
        tuple(examples[row].source for row in rows),
        *(torch.from_numpy(part[chosen]) for part in (targets.probabilities, targets.hard, targets.soft)),
    )


def row_loss(recipe: HeadsRecipe, logits: torch.Tensor, offset: torch.Tensor, batch: Batch) -> torch.Tensor:
    """The heads' losses summed, each text's weighted, over the size of the batch."""
    loss = batch.hard * _from_labels(recipe, logits + offset, batch)
    if recipe.teacher:
        loss = loss + batch.soft * _from_teacher(recipe, logits, batch)
    return (loss.sum(1) * batch.weights).mean()


def _from_labels(recipe: HeadsRecipe, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
    """The cross entropy with each head's label, 0 without one: [batch, heads]."""
    per_head = [
        cross_entropy(
            part,
            batch.labels[:, number],
            ignore_index=NO_ANSWER,
            reduction="none",
            label_smoothing=recipe.label_smoothing,
        )
        for number, part in enumerate(split_heads(logits))
    ]
    return torch.stack(per_head, dim=1)


def _from_teacher(recipe: HeadsRecipe, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
    """The teacher's cross entropy, times T^2 so that its gradient keeps its size: [batch, heads].

    No offset: the teacher answers as if a set's classes were as the set is measured. Its gradient is that of the KL
    divergence from the teacher.
    """
    heat = recipe.temperature
    per_head = [
        -(answer * part.log_softmax(1)).sum(1)
        for part, answer in zip(split_heads(logits / heat), split_heads(batch.answers), strict=True)
    ]
    return heat**2 * torch.stack(per_head, dim=1)


def fit(
    recipe: HeadsRecipe,
    rows: TrainingSet,
    output: Path,
    model: HeadsModel,
    targets: Targets | None = None,
    *,
    resume: bool,
) -> list[Epoch]:
    """Trains `model` by `recipe` into `output` and returns the figures per epoch; without targets by labels alone."""
    logger.info("training on %d texts, choosing on %d", len(rows.train), len(rows.selection))
    started = time.monotonic()
    history = HeadsTrainer(recipe, rows, output, model, targets).run(resume)
    logger.info("trained in %.0f minutes", (time.monotonic() - started) / 60)
    return history
