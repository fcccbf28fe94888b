"""Entities as spans of tags: the types, lenient decoding of BIO tags, span F1 with its bootstrap interval.

A span is correct when its type, begin and end are correct (CoNLL-2003, Tjong Kim Sang and De Meulder). Pure numpy.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

ENTITY_TYPES = ("person", "location", "organisation", "product", "other")
OUTSIDE = "O"
TAGS = (OUTSIDE, *(f"{prefix}-{kind}" for kind in ENTITY_TYPES for prefix in "BI"))
"""The labels of the token classifier in class order: O, then B- (first word) and I- (further word) of each type."""

Counts = npt.NDArray[np.int64]
"""[tweets, 3]: correct spans, predicted spans, true spans."""


@dataclass(frozen=True)
class Span:
    """An entity of `type` in the words [start, end)."""

    type: str
    start: int
    end: int


def decode_spans(tags: Sequence[str]) -> list[Span]:
    """The spans of a sequence of tags; an I- that continues no span of its type begins one, as in conlleval."""
    spans: list[Span] = []
    for place, tag in enumerate(tags):
        prefix, _, kind = tag.partition("-")
        if tag == OUTSIDE:
            continue
        last = spans[-1] if spans else None
        if prefix == "I" and last is not None and (last.type, last.end) == (kind, place):
            spans[-1] = Span(kind, last.start, place + 1)
        else:
            spans.append(Span(kind, place, place + 1))
    return spans


def count_spans(
    truth: Sequence[Sequence[Span]], answer: Sequence[Sequence[Span]], kinds: Collection[str] = ENTITY_TYPES
) -> Counts:
    """The counts of each tweet; spans of types outside `kinds` are ignored on both sides."""
    pairs = zip(truth, answer, strict=True)
    sides = ([{span for span in side if span.type in kinds} for side in pair] for pair in pairs)
    rows = [(len(true & found), len(found), len(true)) for true, found in sides]
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def span_f1(counts: Counts) -> float:
    """2 correct / (predicted + true) over all tweets (micro-averaged); 0 when there is neither."""
    hits, answered, true = counts.sum(axis=0)
    return float(2 * hits / max(answered + true, 1))


def f1_interval(counts: Counts, draws: int = 2000, seed: int = 7) -> tuple[float, float]:
    """The 2.5 and 97.5 percentiles of the span F1 over `draws` resamples of the tweets."""
    chance = np.random.default_rng(seed)
    values = [span_f1(counts[chance.integers(0, len(counts), len(counts))]) for _ in range(draws)]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def summarise_spans(
    truth: Sequence[Sequence[Span]], answer: Sequence[Sequence[Span]], kinds: Sequence[str] = ENTITY_TYPES
) -> dict[str, float]:
    """Tweets, entities, precision, recall, F1, its 95 % interval, and recall and F1 of each of `kinds`."""
    counts = count_spans(truth, answer, kinds)
    hits, answered, true = (int(total) for total in counts.sum(axis=0))
    low, high = f1_interval(counts)
    figures = {"tweets": float(len(counts)), "entities": float(true)}
    figures |= {"precision": hits / max(answered, 1), "recall": hits / max(true, 1), "f1": span_f1(counts)}
    figures |= {"f1_low": low, "f1_high": high}
    for kind in kinds:
        own = count_spans(truth, answer, [kind])
        figures[f"{kind}_recall"] = float(own[:, 0].sum() / max(own[:, 2].sum(), 1))
        figures[f"{kind}_f1"] = span_f1(own)
    return figures
