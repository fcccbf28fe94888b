"""Fine-tunes the encoder on the sentiment head: progress bar, figures per epoch, checkpoint and resume.

Written into the output folder: `checkpoint.pt` (everything needed to go on), `history.json` (figures per epoch),
`best.pt` (weights of the best epoch by macro recall on the selection slice).
"""

import json
import logging
import random
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Never

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from tqdm import tqdm
from transformers import BertForSequenceClassification

from models import metrics
from models.heads import SENTIMENT
from models.training.batches import Batch, build_batch, epoch_order
from models.training.checkpoint import Stateful, rate_at, restore_checkpoint, save_checkpoint
from models.training.data import Example, TrainingSet
from models.training.encoder import build_classifier, encoder_folder
from models.wordpiece import read_word_pieces

logger = logging.getLogger("brandpulse.training")

Epoch = dict[str, float | int | str]
"""Figures of one epoch and one set of weights (`weights`: last or averaged) on the selection slice."""


@dataclass(frozen=True)
class Recipe:
    """How to train. `layer_decay` multiplies the learning rate once per layer down from the head."""

    epochs: int = 2
    batch_size: int = 32
    learning_rate: float = 1e-4
    layer_decay: float = 0.9
    label_smoothing: float = 0.05
    weight_decay: float = 0.01
    warm_up_share: float = 0.06
    averaging: float = 0.999
    seed: int = 20
    max_steps: int = 0  # 0: all of them
    checkpoint_every: int = 250
    encoder_sha256: str = ""  # of the further pre-trained encoder; empty: the package's own
    autocast: bool = False  # bf16: halves the memory, but is slower than fp32 on processors without AMX


class Trainer:
    """One run: model, its moving average, optimiser and schedule, and the position in the epochs."""

    def __init__(self, recipe: Recipe, rows: TrainingSet, output: Path, encoder: Path | None = None) -> None:
        _seed_everything(recipe.seed)
        self.recipe, self.rows, self.output = recipe, rows, output
        pieces = read_word_pieces(encoder_folder() / "vocab.txt")
        self.token_ids = [pieces.encode(row.text) for row in rows.train]
        self.selection_ids = [pieces.encode(row.text) for row in rows.selection]
        self.model = build_classifier(SENTIMENT, encoder)
        self.average = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        self.steps_per_epoch = -(-len(rows.train) // recipe.batch_size)
        self.total_steps = recipe.max_steps or recipe.epochs * self.steps_per_epoch
        self.optimiser = AdamW(_parameter_groups(self.model, recipe), fused=True)
        self.schedule = LambdaLR(self.optimiser, self._rate_at)
        self.step = 0
        self.loss_sum, self.weight_sum = 0.0, 0.0
        self.history: list[Epoch] = []

    def run(self, resume: bool) -> list[Epoch]:
        """Trains to the end and returns the figures per epoch (also in history.json)."""
        if resume and self._checkpoint.exists():
            self._restore()
        with tqdm(total=self.total_steps, initial=self.step, unit="step", desc="training", mininterval=5) as bar:
            while self.step < self.total_steps:
                self._run_epoch(self.step // self.steps_per_epoch, bar)
        return self.history

    def _run_epoch(self, epoch: int, bar: "tqdm[Never]") -> None:
        order = epoch_order([len(ids) for ids in self.token_ids], self.recipe.batch_size, self.recipe.seed + epoch)
        last = min(self.total_steps - epoch * self.steps_per_epoch, len(order))
        for rows in order[self.step - epoch * self.steps_per_epoch : last]:
            self._take_step(build_batch(rows, self.token_ids, self.rows.train))
            bar.update()
            if self.step % self.recipe.checkpoint_every == 0:
                bar.set_postfix(loss=f"{self.loss_sum / self.weight_sum:.4f}")
                self._save()
        self._close_epoch(epoch + 1)

    def _take_step(self, batch: Batch) -> None:
        self.model.train()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.recipe.autocast):
            logits = self.model(input_ids=batch.input_ids, attention_mask=batch.attention_mask).logits
        losses = cross_entropy(
            logits.float(), batch.labels, reduction="none", label_smoothing=self.recipe.label_smoothing
        )
        (losses * batch.weights).mean().backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.schedule.step()
        self.optimiser.zero_grad()
        self.step += 1
        self.loss_sum += float((losses.detach() * batch.weights).sum())
        self.weight_sum += float(batch.weights.sum())
        self._update_average()

    @torch.no_grad()
    def _update_average(self) -> None:
        keep = min(self.recipe.averaging, (1 + self.step) / (10 + self.step))
        current = self.model.state_dict()
        floats = [name for name, value in self.average.items() if value.is_floating_point()]
        torch._foreach_lerp_([self.average[name] for name in floats], [current[name] for name in floats], 1 - keep)

    def _close_epoch(self, epoch: int) -> None:
        raw = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        train_loss = self.loss_sum / self.weight_sum
        for kind, weights in (("last", raw), ("averaged", self.average)):
            self.model.load_state_dict(weights)
            figures = measure_classifier(self.model, self.selection_ids, self.rows.selection)
            self.history.append({"epoch": epoch, "weights": kind, "train_loss": train_loss, **figures})
            logger.info("epoch %d, %s weights: %s", epoch, kind, figures)
            if figures["macro_recall"] >= max(float(past["macro_recall"]) for past in self.history):
                torch.save(weights, self.output / "best.pt")
        self.model.load_state_dict(raw)
        self.loss_sum, self.weight_sum = 0.0, 0.0
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
        position = (self.step, self.loss_sum, self.weight_sum, self.history)
        save_checkpoint(
            self._checkpoint, asdict(self.recipe), self._parts, {"average": self.average, "position": position}
        )

    def _restore(self) -> None:
        state = restore_checkpoint(self._checkpoint, asdict(self.recipe), self._parts)
        self.average = state["average"]
        self.step, self.loss_sum, self.weight_sum, self.history = state["position"]
        logger.info("resumed at step %d of %d", self.step, self.total_steps)


def measure_classifier(
    model: BertForSequenceClassification, token_ids: list[list[int]], examples: list[Example]
) -> dict[str, float]:
    """Loss (nats), accuracy, macro recall and macro F1 of `model` on the examples."""
    model.eval()
    order = sorted(range(len(examples)), key=lambda row: len(token_ids[row]))
    logits = torch.zeros(len(examples), len(SENTIMENT.labels))
    for start in range(0, len(order), 64):
        rows = order[start : start + 64]
        batch = build_batch(rows, token_ids, examples)
        with torch.no_grad():
            answer = model(input_ids=batch.input_ids, attention_mask=batch.attention_mask).logits
        logits[torch.tensor(rows)] = answer.float()
    truth = torch.tensor([example.label for example in examples])
    table = metrics.confusion(truth.numpy(), logits.argmax(1).numpy(), len(SENTIMENT.labels))
    return {
        "loss": float(cross_entropy(logits, truth)),
        "accuracy": metrics.accuracy(table),
        "macro_recall": metrics.macro_recall(table),
        "macro_f1": metrics.macro_f1(table),
    }


def fit_annotator(
    recipe: Recipe, rows: TrainingSet, output: Path, resume: bool, encoder: Path | None = None
) -> list[Epoch]:
    """Trains by `recipe` into `output` and returns the figures per epoch; `resume` goes on from its checkpoint."""
    output.mkdir(parents=True, exist_ok=True)
    logger.info("training on %d texts, choosing on %d", len(rows.train), len(rows.selection))
    started = time.monotonic()
    history = Trainer(recipe, rows, output, encoder).run(resume)
    logger.info("trained in %.0f minutes", (time.monotonic() - started) / 60)
    return history


def _parameter_groups(model: BertForSequenceClassification, recipe: Recipe) -> list[dict[str, object]]:
    layers = model.config.num_hidden_layers
    groups: dict[tuple[int, bool], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        decays = parameter.ndim > 1
        groups.setdefault((_depth_below_head(name, layers), decays), []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": recipe.learning_rate * recipe.layer_decay**depth,
            "weight_decay": recipe.weight_decay if decays else 0.0,
        }
        for (depth, decays), parameters in groups.items()
    ]


def _depth_below_head(name: str, layers: int) -> int:
    if "embeddings" in name:
        return layers + 1
    if "encoder.layer." in name:
        return layers - int(name.partition("encoder.layer.")[2].partition(".")[0])
    return 0


def _seed_everything(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
