"""Continued pre-training of the encoder on tweets: masked language model (Devlin et al. 2019) and, in the same pass,
the distant label of those that have one (an emoticon's), whose noise generalised cross entropy tolerates (Zhang and
Sabuncu 2018).

Written into the output folder: `checkpoint.pt` (everything needed to go on), `encoder.pt` (the encoder's weights, which
`--encoder` of the training takes), `history.json` (loss in nats a masked piece, by checkpoint).
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from tqdm import tqdm
from transformers import BertForPreTraining

from models.annotation.text.word_pieces import read_word_pieces
from models.training.batches import epoch_order
from models.training.checkpoint import Stateful, rate_at, restore_checkpoint, save_checkpoint
from models.training.encoder import encoder_folder
from models.training.unlabelled import NO_LABEL, read_unlabelled

logger = logging.getLogger("brandpulse.training")

ENCODER_FILE = "encoder.pt"
_IGNORED = -100


@dataclass(frozen=True)
class PretrainRecipe:
    """How to pre-train: of the pieces to guess 80 % are masked, 10 % another piece, 10 % as they are."""

    epochs: int = 1
    batch_size: int = 48
    learning_rate: float = 2e-4
    weight_decay: float = 0.01
    warm_up_share: float = 0.06
    masked_share: float = 0.15
    most_pieces: int = 64
    seed: int = 20
    max_steps: int = 0  # 0: all of them
    checkpoint_every: int = 100
    noise_exponent: float = 0.7  # of the distant loss (1 - p^q) / q: 0 is cross entropy, 1 mean absolute error
    autocast: bool = False  # bf16


def pretrain_encoder(recipe: PretrainRecipe, data: Path, output: Path, *, resume: bool, dry_run: bool) -> None:
    """Pre-trains on the unlabelled texts under `data` into `output`; a dry run only reads them."""
    texts = read_unlabelled(data)
    logger.info("%d texts to pre-train on", len(texts))
    if not dry_run:
        logger.info("encoder in %s", Pretrainer(recipe, texts, output).run(resume))


class Pretrainer:
    """One run: model, optimiser, schedule and the position in the epochs; everything random follows from the seed."""

    def __init__(self, recipe: PretrainRecipe, texts: Mapping[str, int], output: Path) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.output = recipe, output
        pieces = read_word_pieces(encoder_folder() / "vocab.txt")
        self.mask_id, self.vocabulary = pieces.ids["[MASK]"], len(pieces.ids)
        self.token_ids = [pieces.encode(text)[: recipe.most_pieces] for text in texts]
        self.distant = torch.tensor(list(texts.values()))
        self.model = (
            BertForPreTraining.from_pretrained(  # its second head, two classes from the pooler, is the distant one
                encoder_folder(), local_files_only=True, attn_implementation="eager", dtype=torch.float32
            )
        )
        self.steps_per_epoch = -(-len(texts) // recipe.batch_size)
        self.total_steps = recipe.max_steps or recipe.epochs * self.steps_per_epoch
        self.optimiser = AdamW(
            self.model.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
        )
        self.schedule = LambdaLR(self.optimiser, self._rate_at)
        self.step = 0
        self.losses: list[float] = []
        self.history: list[dict[str, float]] = []

    def run(self, resume: bool) -> Path:
        """Pre-trains to the end; returns the file of the encoder's weights."""
        self.output.mkdir(parents=True, exist_ok=True)
        if resume and self._checkpoint.exists():
            self._restore()
        with tqdm(total=self.total_steps, initial=self.step, unit="step", desc="pre-training", mininterval=5) as bar:
            while self.step < self.total_steps:
                epoch, done = divmod(self.step, self.steps_per_epoch)
                order = epoch_order(
                    [len(ids) for ids in self.token_ids], self.recipe.batch_size, self.recipe.seed + epoch
                )
                for rows in order[done : done + self.total_steps - self.step]:
                    self.losses.append(self._take_step(rows))
                    bar.update()
                    if self.step % self.recipe.checkpoint_every == 0:
                        self._save()
                        bar.set_postfix(loss=f"{self.history[-1]['loss']:.3f}")
        self._save()
        target = self.output / ENCODER_FILE
        torch.save(self.model.bert.state_dict(), target)
        return target

    def _take_step(self, rows: Sequence[int]) -> float:
        self.model.train()
        input_ids, attention, wanted = self._mask([self.token_ids[row] for row in rows])
        guessed = wanted != _IGNORED  # only these go through the vocabulary, the dear part
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.recipe.autocast):
            answer = self.model.bert(input_ids=input_ids, attention_mask=attention)
            pieces = self.model.cls.predictions(answer.last_hidden_state[guessed])
            polarity = self.model.cls.seq_relationship(answer.pooler_output)
        loss = cross_entropy(pieces.float(), wanted[guessed])
        (loss + self._distant_loss(polarity.float(), self.distant[list(rows)])).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.schedule.step()
        self.optimiser.zero_grad()
        self.step += 1
        return float(loss.detach())

    def _distant_loss(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        known = labels != NO_LABEL
        if not known.any():
            return torch.zeros(())
        chances = logits[known].softmax(dim=1).gather(1, labels[known, None])
        exponent = self.recipe.noise_exponent
        return ((1 - chances**exponent) / exponent).mean()

    def _mask(self, token_ids: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(input ids, attention mask, the piece to guess or -100), each [batch, pieces]; at least one is guessed."""
        chance = torch.Generator().manual_seed(self.recipe.seed * 1_000_003 + self.step)
        width = max(len(ids) for ids in token_ids)
        ids = torch.tensor([[*each, *[0] * (width - len(each))] for each in token_ids])
        inner = (ids != 0) & (torch.arange(width) > 0)
        inner[torch.arange(len(token_ids)), torch.tensor([len(each) - 1 for each in token_ids])] = False
        guessed = (torch.rand(ids.shape, generator=chance) < self.recipe.masked_share) & inner
        guessed[0, 1] = True
        wanted = torch.where(guessed, ids, _IGNORED)
        draw = torch.rand(ids.shape, generator=chance)
        others = torch.randint(self.vocabulary, ids.shape, generator=chance)
        shown = torch.where(guessed & (draw < 0.8), self.mask_id, torch.where(guessed & (draw >= 0.9), others, ids))
        return shown, (ids != 0).long(), wanted

    def _rate_at(self, step: int) -> float:
        return rate_at(step, self.total_steps, self.recipe.warm_up_share)

    @property
    def _parts(self) -> dict[str, Stateful]:
        return {"model": self.model, "optimiser": self.optimiser, "schedule": self.schedule}

    @property
    def _checkpoint(self) -> Path:
        return self.output / "checkpoint.pt"

    def _save(self) -> None:
        if self.losses:
            self.history.append({"step": self.step, "loss": sum(self.losses) / len(self.losses)})
            self.losses = []
        (self.output / "history.json").write_text(json.dumps(self.history, indent=1))
        save_checkpoint(self._checkpoint, asdict(self.recipe), self._parts, {"position": (self.step, self.history)})

    def _restore(self) -> None:
        state = restore_checkpoint(self._checkpoint, asdict(self.recipe), self._parts)
        self.step, self.history = state["position"]
        logger.info("resumed at step %d of %d", self.step, self.total_steps)
