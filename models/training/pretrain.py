"""Continued pre-training of the encoder on tweets: masked language model (Devlin et al. 2019) and, in the same pass,
the distant label of those that have one (an emoticon's), whose noise generalised cross entropy tolerates (Zhang and
Sabuncu 2018).

Written into the output folder: `encoder.pt` (the encoder's weights, for `--encoder` of the trainings), `checkpoint.pt`
and `history.json` (loss in nats per masked piece, by checkpoint).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from torch.optim import AdamW
from transformers import BertForPreTraining

from models.annotation.text.word_pieces import read_word_pieces
from models.training.label_sets import NO_LABEL, read_unlabelled
from models.training.network import pad
from models.training.packages import encoder_folder
from models.training.trainer import Epoch, Recipe, Trainer, epoch_order, seed_everything

logger = logging.getLogger("brandpulse.training")

ENCODER_FILE = "encoder.pt"
_IGNORED = -100


@dataclass(frozen=True)
class PretrainRecipe(Recipe):
    """How to pre-train: of the pieces to predict 80 % are masked, 10 % replaced by another piece, 10 % unchanged."""

    epochs: int = 1
    batch_size: int = 48
    learning_rate: float = 2e-4
    checkpoint_every: int = 100
    masked_share: float = 0.15
    max_pieces: int = 64
    noise_exponent: float = 0.7  # of the distant loss (1 - p^q) / q: 0 is cross entropy, 1 mean absolute error


def pretrain_encoder(recipe: PretrainRecipe, data: Path, output: Path, *, resume: bool, dry_run: bool) -> None:
    """Pre-trains on the unlabelled texts under `data` into `output`; a dry run only reads them."""
    texts = read_unlabelled(data)
    logger.info("%s on %d texts into %s", "would pre-train" if dry_run else "pre-training", len(texts), output)
    if not dry_run:
        Pretrainer(recipe, texts, output).run(resume)


class Pretrainer(Trainer[PretrainRecipe]):
    """Pre-trains on texts, each with its distant label or NO_LABEL."""

    title = "pre-training"

    def __init__(self, recipe: PretrainRecipe, texts: Mapping[str, int], output: Path) -> None:
        seed_everything(recipe.seed)
        pieces = read_word_pieces(encoder_folder() / "vocab.txt")
        self.mask_id, self.vocabulary = pieces.ids["[MASK]"], len(pieces.ids)
        self.token_ids = [pieces.encode(text)[: recipe.max_pieces] for text in texts]
        self.distant = torch.tensor(list(texts.values()))
        model = BertForPreTraining.from_pretrained(  # its second head, two classes from the pooler, is the distant one
            encoder_folder(), local_files_only=True, attn_implementation="eager", dtype=torch.float32
        )
        optimiser = AdamW(model.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True)
        super().__init__(recipe, model, optimiser, output)

    def run(self, resume: bool) -> list[Epoch]:
        """Pre-trains to the end, writes the encoder's weights and returns the losses by checkpoint."""
        history = super().run(resume)
        torch.save(self.model.bert.state_dict(), self.output / ENCODER_FILE)
        return history

    def order(self, epoch: int) -> list[list[int]]:
        """Every text once."""
        lengths = [len(ids) for ids in self.token_ids]
        return epoch_order(lengths, self.recipe.batch_size, self.recipe.seed + epoch)

    def compute_loss(self, rows: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """The loss of the masked pieces, with that of the distant labels; reported is the first alone."""
        input_ids, attention, wanted = self._mask([self.token_ids[row] for row in rows])
        masked = wanted != _IGNORED  # only these go through the vocabulary, the expensive part
        with self._mixed_precision():
            answer = self.model.bert(input_ids=input_ids, attention_mask=attention)
            pieces = self.model.cls.predictions(answer.last_hidden_state[masked])
            polarity = self.model.cls.seq_relationship(answer.pooler_output)
        loss = cross_entropy(pieces.float(), wanted[masked])
        return loss + self._distant_loss(polarity.float(), self.distant[list(rows)]), loss

    def _distant_loss(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        known = labels != NO_LABEL
        if not known.any():
            return torch.zeros(())
        chances = logits[known].softmax(dim=1).gather(1, labels[known, None])
        exponent = self.recipe.noise_exponent
        return ((1 - chances**exponent) / exponent).mean()

    def _mask(self, token_ids: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(input ids, attention mask, the piece to predict or -100), each [batch, pieces]; at least one to predict."""
        chance = torch.Generator().manual_seed(self.recipe.seed * 1_000_003 + self.step)
        ids = pad(token_ids)
        inner = (ids != 0) & (torch.arange(ids.shape[1]) > 0)
        inner[torch.arange(len(token_ids)), torch.tensor([len(each) - 1 for each in token_ids])] = False
        masked = (torch.rand(ids.shape, generator=chance) < self.recipe.masked_share) & inner
        masked[0, 1] = True
        wanted = torch.where(masked, ids, _IGNORED)
        draw = torch.rand(ids.shape, generator=chance)
        others = torch.randint(self.vocabulary, ids.shape, generator=chance)
        shown = torch.where(masked & (draw < 0.8), self.mask_id, torch.where(masked & (draw >= 0.9), others, ids))
        return shown, (ids != 0).long(), wanted

    def _close_epoch(self, epoch: int) -> None:
        """Nothing is measured: the history is the loss by checkpoint."""

    def _save(self) -> None:
        if self.losses:
            self.history.append({"step": self.step, "loss": sum(self.losses) / len(self.losses)})
            self.losses = []
        super()._save()
