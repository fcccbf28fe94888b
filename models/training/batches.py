"""Length-bucketed batches: texts of like length side by side, so that little of a batch is padding."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from models.annotation.heads import SENTIMENT
from models.training.data import Example

_BATCHES_PER_BUCKET = 50
_UNTAUGHT = (0.0,) * len(SENTIMENT.labels)


@dataclass(frozen=True)
class Batch:
    """Tensors of one step: `input_ids`, `attention_mask` int64 [batch, tokens], `labels` int64 [batch, heads].

    `weights` is float [batch], `taught` float [batch, sentiments], all zero for a row that no teacher answered;
    `sources` names the set of each row.
    """

    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    labels: torch.Tensor
    weights: torch.Tensor
    taught: torch.Tensor
    sources: tuple[str, ...]


def epoch_order(lengths: Sequence[int], batch_size: int, seed: int) -> list[list[int]]:
    """Row numbers of each batch of an epoch: shuffled, then sorted by length within buckets; the seed decides all."""
    chance = random.Random(seed)
    order = list(range(len(lengths)))
    chance.shuffle(order)
    size = batch_size * _BATCHES_PER_BUCKET
    buckets = [sorted(order[i : i + size], key=lengths.__getitem__) for i in range(0, len(order), size)]
    batches = [bucket[i : i + batch_size] for bucket in buckets for i in range(0, len(bucket), batch_size)]
    chance.shuffle(batches)
    return batches


def pad(token_ids: Sequence[Sequence[int]]) -> torch.Tensor:
    """int64 [batch, tokens]: the rows padded with id 0 to the longest of them."""
    width = max(len(ids) for ids in token_ids)
    return torch.tensor([[*ids, *[0] * (width - len(ids))] for ids in token_ids], dtype=torch.long)


def build_batch(rows: Sequence[int], token_ids: Sequence[Sequence[int]], examples: Sequence[Example]) -> Batch:
    """The tensors of the numbered rows."""
    input_ids = pad([token_ids[row] for row in rows])
    return Batch(
        input_ids,
        (input_ids != 0).long(),
        torch.tensor([examples[row].labels for row in rows]),
        torch.tensor([examples[row].weight for row in rows]),
        torch.tensor([examples[row].taught or _UNTAUGHT for row in rows]),
        tuple(examples[row].source for row in rows),
    )
