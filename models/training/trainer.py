"""The training loop: schedule, mixed precision, gradient clipping, averaged weights, progress bar, checkpoint, resume.

Written into the output folder: `checkpoint.pt` (everything needed to resume), `history.json` (the figures) and
`best.pt` (of last and averaged weights after each epoch those with the best score on the selection slice; without a
slice the averaged weights of the last epoch).
"""

import json
import logging
import os
import random
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, Never, TypeVar

import numpy as np
import torch
from torch.optim.lr_scheduler import LambdaLR
from tqdm import tqdm

logger = logging.getLogger("brandpulse.training")

WEIGHTS = "best.pt"
_BATCHES_PER_BUCKET = 50

Epoch = dict[str, Any]
"""An entry of the history: `epoch`, `weights` (last or averaged), `train_loss`, and what `evaluate` returned."""


@dataclass(frozen=True)
class Recipe:
    """What every training is set by; `warm_up_share` is the share of the steps in which the learning rate rises."""

    epochs: int
    batch_size: int
    learning_rate: float
    checkpoint_every: int  # steps
    weight_decay: float = 0.01
    warm_up_share: float = 0.06
    seed: int = 20
    max_steps: int = 0  # 0: all of them
    autocast: bool = False  # bf16


R = TypeVar("R", bound=Recipe)


class Trainer(ABC, Generic[R]):
    """One run: model, optimiser, schedule, averaged weights and the position in the epochs.

    A subclass gives the batches of an epoch, the loss of a step and the figures after an epoch; it sets what `order`
    needs, then calls this constructor. With `averaging` the weights are averaged exponentially, by that share per step.
    """

    score = "validation_score"
    """The figure of `evaluate` by which best.pt is chosen."""
    title = "training"
    """What the progress bar shows."""

    def __init__(
        self,
        recipe: R,
        model: torch.nn.Module,
        optimiser: torch.optim.Optimizer,
        output: Path,
        averaging: float | None = None,
    ) -> None:
        self.recipe, self.model, self.optimiser = recipe, model, optimiser
        self.output, self.averaging = output, averaging
        self.orders = [self.order(epoch) for epoch in range(recipe.epochs)]
        self.total_steps = recipe.max_steps or sum(map(len, self.orders))
        self.schedule = LambdaLR(optimiser, self._rate_at)
        self.average = {} if averaging is None else _clone(model.state_dict())
        self.trained = [name for name, value in model.named_parameters() if value.requires_grad]
        self.step = 0
        self.losses: list[float] = []
        self.history: list[Epoch] = []

    @abstractmethod
    def order(self, epoch: int) -> list[list[int]]:
        """The row numbers of each batch of an epoch (from 0), which the recipe's seed decides."""

    @abstractmethod
    def compute_loss(self, rows: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """The loss that a step minimises, and the one that is reported."""

    def evaluate(self) -> dict[str, Any]:
        """The figures of the model on the selection slice, among them `score`; empty where there is no slice."""
        return {}

    def run(self, resume: bool) -> list[Epoch]:
        """Trains to the end and returns the history; `resume` continues from the checkpoint."""
        self.output.mkdir(parents=True, exist_ok=True)
        if resume and self._checkpoint.exists():
            self._restore()
        epoch = start = 0
        with tqdm(total=self.total_steps, initial=self.step, unit="step", desc=self.title, mininterval=5) as bar:
            while start < self.total_steps and (order := self._order(epoch)):
                end = min(start + len(order), self.total_steps)
                if self.step < end:
                    self._run_epoch(epoch + 1, order[self.step - start : end - start], end, bar)
                epoch, start = epoch + 1, end
        return self.history

    def _order(self, epoch: int) -> list[list[int]]:
        return self.orders[epoch] if epoch < len(self.orders) else self.order(epoch)

    def _run_epoch(self, epoch: int, batches: Sequence[Sequence[int]], end: int, bar: "tqdm[Never]") -> None:
        for rows in batches:
            self._take_step(rows)
            bar.update()
            if self.step % self.recipe.checkpoint_every == 0 and self.step < end:
                bar.set_postfix(loss=f"{_mean(self.losses):.4f}")
                self._save()
        self._close_epoch(epoch)
        self._save()

    def _take_step(self, rows: Sequence[int]) -> None:
        self.model.train()
        loss, reported = self.compute_loss(rows)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.schedule.step()
        self.optimiser.zero_grad()
        self.step += 1
        self.losses.append(float(reported.detach()))
        if self.averaging is not None:
            self._update_average(min(self.averaging, (1 + self.step) / (10 + self.step)))

    @torch.no_grad()
    def _update_average(self, keep: float) -> None:
        """keep * average + (1 - keep) * weights, in place."""
        current = self.model.state_dict()
        averages, weights = ([values[name] for name in self.trained] for values in (self.average, current))
        torch._foreach_lerp_(averages, weights, 1 - keep)

    def _close_epoch(self, epoch: int) -> None:
        last = _clone(self.model.state_dict())
        averaged = {"averaged": self.average} if self.averaging is not None else {}
        for kind, weights in ({"last": last} | averaged).items():
            self.model.load_state_dict(weights)
            figures = self.evaluate()
            if figures:
                self.history.append({"epoch": epoch, "weights": kind, "train_loss": _mean(self.losses), **figures})
                shown = ", ".join(f"{name} {value:.4f}" for name, value in figures.items() if isinstance(value, float))
                logger.info("epoch %d, %s weights: %s", epoch, kind, shown)
            if not figures or figures[self.score] >= max(past[self.score] for past in self.history):
                torch.save(weights, self.output / WEIGHTS)
        self.model.load_state_dict(last)
        self.losses = []

    def _mixed_precision(self) -> torch.autocast:
        """The context in which the network runs in bf16 where that is exact enough, if the recipe asks for it."""
        return torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.recipe.autocast)

    def _rate_at(self, step: int) -> float:
        """The share of the learning rate at `step`: linearly up from 0 in the warm-up, then linearly down to 0."""
        warm_up = max(1, int(self.recipe.warm_up_share * self.total_steps))
        return min((step + 1) / warm_up, max(0.0, (self.total_steps - step) / max(1, self.total_steps - warm_up)))

    @property
    def _checkpoint(self) -> Path:
        return self.output / "checkpoint.pt"

    def _save(self) -> None:
        """Writes history and checkpoint; the checkpoint whole or not at all."""
        (self.output / "history.json").write_text(json.dumps(self.history, indent=1))
        state = {
            "recipe": asdict(self.recipe),
            "random": torch.get_rng_state(),
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "average": self.average,
            "position": (self.step, self.losses, self.history),
        }
        partial = self._checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        os.replace(partial, self._checkpoint)

    def _restore(self) -> None:
        """ValueError when another recipe wrote the checkpoint."""
        state = torch.load(self._checkpoint, weights_only=True)
        if state["recipe"] != asdict(self.recipe):
            raise ValueError(f"{self._checkpoint} is of another recipe: {state['recipe']}; start without --resume")
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])
        self.average = state["average"]
        self.step, self.losses, self.history = state["position"]
        torch.set_rng_state(state["random"])
        logger.info("resumed at step %d of %d", self.step, self.total_steps)


def seed_everything(seed: int) -> None:
    """Seeds Python's, numpy's and torch's random numbers."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def epoch_order(lengths: Sequence[int], batch_size: int, seed: int) -> list[list[int]]:
    """Row numbers of each batch: shuffled, then sorted by length within buckets, so that little is padding."""
    chance = random.Random(seed)
    order = list(range(len(lengths)))
    chance.shuffle(order)
    size = batch_size * _BATCHES_PER_BUCKET
    buckets = [sorted(order[i : i + size], key=lengths.__getitem__) for i in range(0, len(order), size)]
    batches = [bucket[i : i + batch_size] for bucket in buckets for i in range(0, len(bucket), batch_size)]
    chance.shuffle(batches)
    return batches


def _clone(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in weights.items()}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
