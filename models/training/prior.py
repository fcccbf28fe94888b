"""Correction for unequal classes (logit adjustment, Menon et al. 2021): logit of class y - strength * ln(share of y).

The training texts hold twice as many neutral as negative ones, so the plain model finds too few of the negative. The
strength is the one, of a coarse grid, with the highest sum of accuracy and macro recall on the selection slice: macro
recall alone would pay for rare finds with any number of false ones. It moves three numbers of the last layer's bias.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models import metrics
from models.training.data import Example

STRENGTHS = tuple(round(0.1 * tenth, 1) for tenth in range(11))

Numbers = npt.NDArray[np.float64]


def class_shares(examples: Sequence[Example], classes: int) -> Numbers:
    """The share of each class in the training weight."""
    weights = np.bincount([row.label for row in examples], [row.weight for row in examples], minlength=classes)
    return np.asarray(weights / weights.sum())


def choose_strength(probabilities: Numbers, truth: metrics.Classes, shares: Numbers) -> float:
    """The best of `STRENGTHS` for probabilities [texts, classes]; the weakest of equals."""
    return max(STRENGTHS, key=lambda strength: _worth(probabilities, truth, bias_of(strength, shares)))


def bias_of(strength: float, shares: Numbers) -> Numbers:
    """What is added to the logits, one number a class."""
    return np.asarray(-strength * np.log(shares))


def _worth(probabilities: Numbers, truth: metrics.Classes, bias: Numbers) -> float:
    answer = (np.log(probabilities) + bias).argmax(axis=1)
    table = metrics.confusion(truth, answer, len(bias))
    return metrics.accuracy(table) + metrics.macro_recall(table)
