"""Fine-tunes the encoder to tag words: progress bar, span F1 per epoch, checkpoint and resume.

Written into the output folder: `checkpoint.pt` (everything needed to go on), `history.json` (figures per epoch),
`best.pt` (weights of the epoch whose span F1 on the selection slice, averaged over the corpora, is best).
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Never

import numpy as np
import torch
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from tqdm import tqdm

from models.training.batches import epoch_order
from models.training.checkpoint import (
    Stateful,
    rate_at,
    restore_checkpoint,
    save_checkpoint,
    seed_everything,
    update_average,
)
from models.training.entities.data import EntityRows
from models.training.entities.tagger import Encoded, Tagger, encode_tweets, measure_tagger, tag_loss, word_logits
from models.training.layer_rates import layer_groups

logger = logging.getLogger("brandpulse.training")

Epoch = dict[str, float | int | str]
"""Figures of one epoch and one set of weights (`weights`: last or averaged) on the selection slice."""


@dataclass(frozen=True)
class EntityRecipe:
    """How to train. `layer_decay` multiplies the learning rate once per layer down from the head."""

    epochs: int = 6
    batch_size: int = 32
    learning_rate: float = 2e-4
    layer_decay: float = 0.9
    label_smoothing: float = 0.02
    weight_decay: float = 0.01
    warm_up_share: float = 0.06
    averaging: float = 0.998
    seed: int = 20
    max_steps: int = 0  # 0: all of them
    checkpoint_every: int = 100
    encoder_sha256: str = ""  # of the further pre-trained encoder; empty: the package's own
    autocast: bool = False  # bf16


class EntityTrainer:
    """One run: model, its moving average, optimiser and schedule, and the position in the epochs."""

    def __init__(self, recipe: EntityRecipe, rows: EntityRows, output: Path, encoder: Path | None = None) -> None:
        seed_everything(recipe.seed)
        self.recipe, self.rows, self.output = recipe, rows, output
        self.tweets, self.selection = encode_tweets(rows.train), encode_tweets(rows.selection)
        self.model = Tagger(encoder)
        self.average = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        self.steps_per_epoch = -(-len(self.tweets) // recipe.batch_size)
        self.total_steps = recipe.max_steps or recipe.epochs * self.steps_per_epoch
        groups = layer_groups(self.model, recipe.learning_rate, recipe.layer_decay, recipe.weight_decay)
        self.optimiser = AdamW(groups, fused=True)
        self.schedule = LambdaLR(self.optimiser, self._rate_at)
        self.step = 0
        self.losses: list[float] = []
        self.history: list[Epoch] = []

    def run(self, resume: bool) -> list[Epoch]:
        """Trains to the end and returns the figures per epoch (also in history.json)."""
        self.output.mkdir(parents=True, exist_ok=True)
        if resume and self._checkpoint.exists():
            self._restore()
        with tqdm(total=self.total_steps, initial=self.step, unit="step", desc="training", mininterval=5) as bar:
            while self.step < self.total_steps:
                self._run_epoch(self.step // self.steps_per_epoch, bar)
        return self.history

    def _run_epoch(self, epoch: int, bar: "tqdm[Never]") -> None:
        lengths = [len(tweet.ids) for tweet in self.tweets]
        order = epoch_order(lengths, self.recipe.batch_size, self.recipe.seed + epoch)
        before = epoch * self.steps_per_epoch
        for rows in order[self.step - before : self.total_steps - before]:
            self.losses.append(self._take_step([self.tweets[row] for row in rows]))
            bar.update()
            if self.step % self.recipe.checkpoint_every == 0:
                bar.set_postfix(loss=f"{np.mean(self.losses):.4f}")
                self._save()
        self._close_epoch(epoch + 1)

    def _take_step(self, batch: Sequence[Encoded]) -> float:
        self.model.train()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.recipe.autocast):
            logits = word_logits(self.model, batch)
        loss = tag_loss(logits, torch.cat([each.allowed for each in batch]), self.recipe.label_smoothing)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.schedule.step()
        self.optimiser.zero_grad()
        self.step += 1
        self._update_average()
        return float(loss.detach())

    def _update_average(self) -> None:
        keep = min(self.recipe.averaging, (1 + self.step) / (10 + self.step))
        update_average(self.average, self.model.state_dict(), keep)

    def _close_epoch(self, epoch: int) -> None:
        raw = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        for kind, weights in (("last", raw), ("averaged", self.average)):
            self.model.load_state_dict(weights)
            figures = measure_tagger(self.model, self.selection, self.rows.selection)
            self.history.append({"epoch": epoch, "weights": kind, "train_loss": float(np.mean(self.losses)), **figures})
            logger.info("epoch %d, %s weights: %s", epoch, kind, figures)
            if figures["f1"] >= max(float(past["f1"]) for past in self.history):
                torch.save(weights, self.output / "best.pt")
        self.model.load_state_dict(raw)
        self.losses = []
        (self.output / "history.json").write_text(json.dumps(self.history, indent=1))
        self._save()

    def _rate_at(self, step: int) -> float:
        return rate_at(step, self.total_steps, self.recipe.warm_up_share)

    @property
    def _parts(self) -> dict[str, Stateful]:
        return {"model": self.model, "optimiser": self.optimiser, "schedule": self.schedule}

    @property
    def _checkpoint(self) -> Path:
        return self.output / "checkpoint.pt"

    def _save(self) -> None:
        rest = {"average": self.average, "position": (self.step, self.losses, self.history)}
        save_checkpoint(self._checkpoint, asdict(self.recipe), self._parts, rest)

    def _restore(self) -> None:
        state = restore_checkpoint(self._checkpoint, asdict(self.recipe), self._parts)
        self.average = state["average"]
        self.step, self.losses, self.history = state["position"]
        logger.info("resumed at step %d of %d", self.step, self.total_steps)
