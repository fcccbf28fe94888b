"""Unequal classes: the loss adds strength * ln(share of the class in its set) to the logits (Menon et al. 2021).

A network that learns under that offset answers, without it, as if the set's classes were alike (strength 1) or as
common as they are (strength 0). The offset follows the set a text comes from: TweetEval is measured by macro recall,
where each class counts the same, the airline set by accuracy, where each text does; the network tells the two apart
by their texts. Classes that a set lacks get the share FLOOR, so that they are pushed down only a little.
"""

from collections.abc import Sequence

import numpy as np

from models.annotation.heads import HEADS, Head
from models.metrics import Numbers
from models.training.data import Example

STRENGTHS: dict[tuple[str, str], float] = {
    ("tweeteval", "sentiment"): 1.0,
    ("complaints", "complaint"): 0.5,
    ("airline", "reason"): 0.5,
    ("airline", "category"): 0.5,
    ("complaints", "category"): 0.5,
    ("support", "category"): 0.5,
}
FLOOR = 0.005


def build_offsets(examples: Sequence[Example]) -> dict[str, Numbers]:
    """Set -> what its texts' logits are offset by in the loss, one number a label of HEADS."""
    sources = sorted({row.source for row in examples})
    return {
        source: np.concatenate([_offset([row for row in examples if row.source == source], head) for head in HEADS])
        for source in sources
    }


def _offset(rows: Sequence[Example], head: Head) -> Numbers:
    strength = STRENGTHS.get((rows[0].source, head.name), 0.0)
    return strength * np.log(class_shares(rows, head))


def class_shares(rows: Sequence[Example], head: Head) -> Numbers:
    """The share of each class of a head in the rows' weight, FLOOR at least; one number a label."""
    known = [row for row in rows if row.label(head) >= 0]
    weights = np.bincount([row.label(head) for row in known], [row.weight for row in known], minlength=len(head.labels))
    return np.maximum(weights / max(weights.sum(), 1e-9), FLOOR)
