"""Fits every head at once: progress bar, figures per epoch and task, checkpoint and resume.

Written into the output folder: `checkpoint.pt` (everything needed to go on), `history.json` (figures per epoch),
`best.pt` (weights of the epoch that is worth most on the selection slice; of the last where there is none).
"""

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Never

import torch
from torch.nn.functional import cross_entropy
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from tqdm import tqdm

from models.annotation.heads import HEADS, NO_ANSWER, SENTIMENT
from models.annotation.text.word_pieces import read_word_pieces
from models.training.batches import Batch, build_batch, epoch_order
from models.training.checkpoint import (
    Stateful,
    rate_at,
    restore_checkpoint,
    save_checkpoint,
    seed_everything,
    update_average,
)
from models.training.data import TrainingSet, group_number
from models.training.encoder import encoder_folder
from models.training.layer_rates import layer_groups
from models.training.network import HeadsModel, score_rows, split_heads
from models.training.prior import build_offsets
from models.training.tasks import measure_tasks, worth

logger = logging.getLogger("brandpulse.training")

Epoch = dict[str, Any]
"""One epoch and one set of weights (`weights`: last or averaged): train_loss, worth, and `tasks` with their figures."""


@dataclass(frozen=True)
class Recipe:
    """How to train. `layer_decay` multiplies the learning rate once per layer down from the head.

    `replay_one_in`: of TweetEval only every so many-th text an epoch, each epoch others (1: all of them).
    `taught_share`: how much of a taught text's loss follows the teachers rather than its label.
    """

    epochs: int = 2
    batch_size: int = 32
    learning_rate: float = 1e-4
    layer_decay: float = 0.9
    label_smoothing: float = 0.05
    weight_decay: float = 0.01
    warm_up_share: float = 0.06
    averaging: float = 0.998
    consistency: float = 0.0  # weight of R-Drop's term (Liang et al. 2021): two passes a step
    dropout: float = 0.1
    replay_one_in: int = 1
    taught_share: float = 0.7
    frozen_words: bool = True  # half of the weights, which move little anyway: a third more steps a second
    seed: int = 20
    max_steps: int = 0  # 0: all of them
    checkpoint_every: int = 250
    start_sha256: str = ""  # of the weights it starts from; empty: the package's encoder
    autocast: bool = False  # bf16


class Trainer:
    """One run: model, its moving average, optimiser and schedule, and the position in the epochs."""

    def __init__(self, recipe: Recipe, rows: TrainingSet, output: Path, model: HeadsModel) -> None:
        seed_everything(recipe.seed)
        self.recipe, self.rows, self.output, self.model = recipe, rows, output, model
        pieces = read_word_pieces(encoder_folder() / "vocab.txt")
        self.token_ids = [pieces.encode(row.text) for row in rows.train]
        self.selection_ids = [pieces.encode(row.text) for row in rows.selection]
        self.offsets = {name: torch.from_numpy(offset).float() for name, offset in build_offsets(rows.train).items()}
        model.bert.embeddings.word_embeddings.requires_grad_(not recipe.frozen_words)
        self.moving = {name for name, value in model.named_parameters() if value.requires_grad}
        self.average = {name: value.detach().clone() for name, value in model.state_dict().items()}
        self.orders = [self._order_of(epoch) for epoch in range(recipe.epochs)]
        self.total_steps = recipe.max_steps or sum(map(len, self.orders))
        self.optimiser = AdamW(
            layer_groups(model, recipe.learning_rate, recipe.layer_decay, recipe.weight_decay), fused=True
        )
        self.schedule = LambdaLR(self.optimiser, self._rate_at)
        self.step = 0
        self.loss_sum = 0.0
        self.history: list[Epoch] = []

    def run(self, resume: bool) -> list[Epoch]:
        """Trains to the end and returns the figures per epoch (also in history.json)."""
        if resume and self._checkpoint.exists():
            self._restore()
        before = 0
        with tqdm(total=self.total_steps, initial=self.step, unit="step", desc="training", mininterval=5) as bar:
            for epoch, order in enumerate(self.orders):
                last = min(before + len(order), self.total_steps)
                if self.step < last:
                    self._run_epoch(epoch + 1, order[self.step - before : last - before], before, bar)
                before += len(order)
        return self.history

    def _order_of(self, epoch: int) -> list[list[int]]:
        every, seed = self.recipe.replay_one_in, self.recipe.seed + epoch
        taken = [
            number
            for number, row in enumerate(self.rows.train)
            if row.source != "tweeteval" or group_number(row.group) // 7 % every == epoch % every
        ]
        batches = epoch_order([len(self.token_ids[number]) for number in taken], self.recipe.batch_size, seed)
        return [[taken[place] for place in batch] for batch in batches]

    def _run_epoch(self, epoch: int, order: Sequence[Sequence[int]], start: int, bar: "tqdm[Never]") -> None:
        for rows in order:
            self._take_step(build_batch(rows, self.token_ids, self.rows.train))
            bar.update()
            if self.step % self.recipe.checkpoint_every == 0:
                bar.set_postfix(loss=f"{self.loss_sum / (self.step - start):.4f}")
                self._save()
        self._close_epoch(epoch, self.loss_sum / (self.step - start))

    def _take_step(self, batch: Batch) -> None:
        self.model.train()
        passes = 2 if self.recipe.consistency else 1
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.recipe.autocast):
            answers = [self.model(batch.input_ids, batch.attention_mask).float() for _ in range(passes)]
        offset = torch.stack([self.offsets[source] for source in batch.sources])
        loss = torch.stack([row_loss(self.recipe, logits, offset, batch) for logits in answers]).mean()
        if self.recipe.consistency:
            loss = loss + self.recipe.consistency * disagreement(answers[0], answers[-1], batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.schedule.step()
        self.optimiser.zero_grad()
        self.step += 1
        self.loss_sum += float(loss.detach())
        self._update_average()

    def _update_average(self) -> None:
        keep = min(self.recipe.averaging, (1 + self.step) / (10 + self.step))
        current = {name: value for name, value in self.model.state_dict().items() if name in self.moving}
        update_average({name: self.average[name] for name in current}, current, keep)

    def _close_epoch(self, epoch: int, train_loss: float) -> None:
        raw = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        for kind, weights in (("last", raw), ("averaged", self.average)) if self.rows.selection else ():
            self.model.load_state_dict(weights)
            tasks = measure_tasks(self.rows.selection, score_rows(self.model, self.selection_ids))
            self.history.append(
                {"epoch": epoch, "weights": kind, "train_loss": train_loss, "worth": worth(tasks), "tasks": tasks}
            )
            logger.info("epoch %d, %s weights: worth %.4f", epoch, kind, worth(tasks))
            if self.history[-1]["worth"] >= max(past["worth"] for past in self.history):
                torch.save(weights, self.output / "best.pt")
        if not self.rows.selection:
            torch.save(self.average, self.output / "best.pt")
        self.model.load_state_dict(raw)
        self.loss_sum = 0.0
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
        rest = {"average": self.average, "position": (self.step, self.loss_sum, self.history)}
        save_checkpoint(self._checkpoint, asdict(self.recipe), self._parts, rest)

    def _restore(self) -> None:
        state = restore_checkpoint(self._checkpoint, asdict(self.recipe), self._parts)
        self.average = state["average"]
        self.step, self.loss_sum, self.history = state["position"]
        logger.info("resumed at step %d of %d", self.step, self.total_steps)


def row_loss(recipe: Recipe, logits: torch.Tensor, offset: torch.Tensor, batch: Batch) -> torch.Tensor:
    """The heads' cross entropies summed, each text's weighted, over the size of the batch.

    Teachers are followed without the offset: they learnt under it, so their answers are free of the set's shares.
    """
    per_head = [
        cross_entropy(
            part,
            batch.labels[:, number],
            ignore_index=NO_ANSWER,
            reduction="none",
            label_smoothing=recipe.label_smoothing,
        )
        for number, part in enumerate(split_heads(logits + offset))
    ]
    followed = -(batch.taught * split_heads(logits)[HEADS.index(SENTIMENT)].log_softmax(1)).sum(1)
    share = recipe.taught_share * batch.taught.sum(1)
    return ((torch.stack(per_head).sum(0) * (1 - share) + followed * share) * batch.weights).mean()


def disagreement(one: torch.Tensor, other: torch.Tensor, batch: Batch) -> torch.Tensor:
    """R-Drop's term: how far two passes under different dropout are apart (symmetric KL, nats), over answered heads."""
    total = torch.zeros(())
    for number, (left, right) in enumerate(zip(split_heads(one), split_heads(other), strict=True)):
        asked = batch.labels[:, number] != NO_ANSWER
        p, q = left[asked].log_softmax(1), right[asked].log_softmax(1)
        total = total + ((p.exp() - q.exp()) * (p - q)).sum() / 2
    return total / len(batch.labels)


def fit(recipe: Recipe, rows: TrainingSet, output: Path, model: HeadsModel, *, resume: bool) -> list[Epoch]:
    """Trains by `recipe` into `output` and returns the figures per epoch; `resume` goes on from its checkpoint."""
    output.mkdir(parents=True, exist_ok=True)
    logger.info("training on %d texts, choosing on %d", len(rows.train), len(rows.selection))
    started = time.monotonic()
    history = Trainer(recipe, rows, output, model).run(resume)
    logger.info("trained in %.0f minutes", (time.monotonic() - started) / 60)
    return history
