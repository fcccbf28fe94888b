"""Temperatures (Guo et al. 2017): one number a head that the logits are divided by, chosen on the selection slice."""

from collections.abc import Sequence

import numpy as np

from models.annotation.heads import HEADS
from models.metrics import Numbers
from models.training.data import Example
from models.training.tasks import Scores

GRID = tuple(round(0.6 + 0.05 * step, 2) for step in range(39))


def choose_temperatures(examples: Sequence[Example], scores: Scores) -> list[float]:
    """Per head of HEADS the temperature of the least loss on the examples that answer it; 1 where none does."""
    found = []
    for number, head in enumerate(HEADS):
        rows = [n for n, row in enumerate(examples) if row.labels[number] >= 0]
        truth = np.array([examples[row].labels[number] for row in rows], dtype=np.int64)
        chances = scores[head.name][rows]
        found.append(min(GRID, key=lambda grade: _loss(chances, truth, grade)) if rows else 1.0)
    return found


def cool(probabilities: Numbers, temperature: float) -> Numbers:
    """Probabilities [texts, labels] as if the logits had been divided by the temperature."""
    powers = np.maximum(probabilities, 1e-12) ** (1 / temperature)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _loss(probabilities: Numbers, truth: "np.typing.NDArray[np.int64]", temperature: float) -> float:
    cooled = cool(probabilities, temperature)
    return float(-np.log(np.maximum(cooled[np.arange(len(truth)), truth], 1e-12)).mean())
