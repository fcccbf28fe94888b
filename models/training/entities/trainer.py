"""Fine-tunes the encoder to tag words; the epoch is chosen by span F1, averaged over the corpora."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.optim import AdamW

from models.training.entities.data import EntityRows
from models.training.entities.tagger import Tagger, encode_tweets, measure_tagger, tag_loss, word_logits
from models.training.network import layer_groups
from models.training.trainer import Recipe, Trainer, epoch_order, seed_everything


@dataclass(frozen=True)
class EntityRecipe(Recipe):
    """How to train. `layer_decay` multiplies the learning rate once per layer down from the head."""

    epochs: int = 6
    batch_size: int = 32
    learning_rate: float = 2e-4
    checkpoint_every: int = 100
    layer_decay: float = 0.9
    label_smoothing: float = 0.02
    averaging: float = 0.998
    encoder_sha256: str = ""  # of the further pre-trained encoder; empty: the package's own


class EntityTrainer(Trainer[EntityRecipe]):
    """Trains a new tagger; `encoder` names pre-trained weights to start from."""

    score = "f1"

    def __init__(self, recipe: EntityRecipe, rows: EntityRows, output: Path, encoder: Path | None = None) -> None:
        seed_everything(recipe.seed)
        self.rows = rows
        self.tweets, self.selection = encode_tweets(rows.train), encode_tweets(rows.selection)
        model = Tagger(encoder)
        groups = layer_groups(model, recipe.learning_rate, recipe.layer_decay, recipe.weight_decay)
        super().__init__(recipe, model, AdamW(groups, fused=True), output, recipe.averaging)

    def order(self, epoch: int) -> list[list[int]]:
        """Every tweet once."""
        lengths = [len(tweet.ids) for tweet in self.tweets]
        return epoch_order(lengths, self.recipe.batch_size, self.recipe.seed + epoch)

    def compute_loss(self, rows: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """The mean over the words (`tag_loss`)."""
        batch = [self.tweets[row] for row in rows]
        with self._mixed_precision():
            logits = word_logits(self.model, batch)
        loss = tag_loss(logits, torch.cat([each.allowed for each in batch]), self.recipe.label_smoothing)
        return loss, loss

    def evaluate(self) -> dict[str, Any]:
        """`measure_tagger` on the selection slice."""
        return measure_tagger(self.model, self.selection, self.rows.selection)
