"""The reference of the drift monitor: an annotator's predictions on the slice of its data that no training fits to.

Stored as `reference.json` in the annotator's folder; `models.annotation.drift_columns` counts a day's tweets in the
same bins.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.annotation.heads import CATEGORY, COMPLAINT, SENTIMENT
from models.annotation.text.word_pieces import WordPieces
from runtime.errors import BadInput, MissingPrerequisite

Numbers = npt.NDArray[np.float64]

FILE = "reference.json"
BINS = 10
SCORES = ("sentiment", "subjectivity", "complaint")
LABELS = (CATEGORY.name,)


@dataclass(frozen=True)
class Reference:
    """Shares 0..1 over `texts` texts: of each score per bin between `edges`, of each label, of [UNK] and empty texts.

    A score on an edge belongs to the bin above it; 1 to the last bin.
    """

    edges: tuple[float, ...]
    scores: dict[str, tuple[float, ...]]
    labels: dict[str, dict[str, float]]
    unknown_share: float
    empty_share: float
    texts: int


def build_reference(answers: Mapping[str, Numbers], texts: Sequence[str], pieces: WordPieces) -> dict[str, Any]:
    """The content of reference.json, from normalised `texts` and `answers`: head -> probabilities [texts, labels].

    Texts without a word count in `empty_share` only. ValueError when no text has a word, or when a head has not one row
    per text.
    """
    wrong = [head.name for head in (SENTIMENT, COMPLAINT, CATEGORY) if len(answers[head.name]) != len(texts)]
    if wrong:
        raise ValueError(f"{', '.join(wrong)}: not one prediction for each of the {len(texts)} texts")
    has_word = np.array([bool(text.strip()) for text in texts], dtype=bool)
    if not has_word.any():
        raise ValueError("no text has a word: a reference needs at least one")
    heads = {name: rows[has_word] for name, rows in answers.items()}
    edges = [bin_number / BINS for bin_number in range(BINS + 1)]
    counted = [count_pieces(pieces, text) for text in texts]
    return {
        "bins": edges,
        "scores": {name: _bin_shares(values, edges) for name, values in _scores(heads).items()},
        "labels": {CATEGORY.name: _label_shares(heads[CATEGORY.name], CATEGORY.labels)},
        "unknown_share": sum(unknown for _, unknown in counted) / max(sum(total for total, _ in counted), 1),
        "empty_share": float(1 - has_word.mean()),
        "texts": int(has_word.sum()),
    }


def count_pieces(pieces: WordPieces, text: str) -> tuple[int, int]:
    """(word pieces, [UNK] among them) of the part of a normalised text that the model reads."""
    ids = pieces.encode(text)[1:-1]
    return len(ids), Counter(ids)[pieces.ids["[UNK]"]]


def read_reference(folder: Path) -> Reference:
    """The reference of an annotator's folder.

    MissingPrerequisite when it has none; BadInput when the file is not the output of `build_reference`.
    """
    path = folder / FILE
    if not path.is_file():
        raise MissingPrerequisite(
            f"the annotator in {folder} has no {FILE}, so its drift cannot be measured: "
            "`.venv/bin/python -m jobs.train_annotator` writes one"
        )
    try:
        content = json.loads(path.read_text("utf-8"))
        reference = Reference(
            tuple(map(float, content["bins"])),
            {name: tuple(map(float, content["scores"][name])) for name in SCORES},
            {name: {label: float(share) for label, share in content["labels"][name].items()} for name in LABELS},
            float(content["unknown_share"]),
            float(content["empty_share"]),
            int(content["texts"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{path} is not a reference of the drift monitor: {error!r}") from None
    bins = {len(shares) for shares in reference.scores.values()} | {len(reference.edges) - 1}
    if bins != {BINS} or list(reference.edges) != sorted(reference.edges) or reference.texts < 1:
        raise BadInput(f"{path} must have {BINS} bins between ascending edges, and at least one text")
    return reference


def _scores(heads: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """The scores of silver.tweets, from probabilities."""
    neutral, positive = (heads[SENTIMENT.name][:, SENTIMENT.labels.index(name)] for name in ("neutral", "positive"))
    scores = (positive + neutral / 2, 1 - neutral, heads[COMPLAINT.name][:, COMPLAINT.labels.index("yes")])
    return dict(zip(SCORES, scores, strict=True))


def _bin_shares(values: Numbers, edges: Sequence[float]) -> list[float]:
    places = np.searchsorted(np.array(edges[1:-1]), values, side="right")
    return [float(share) for share in np.bincount(places, minlength=BINS) / len(values)]


def _label_shares(rows: Numbers, labels: Sequence[str]) -> dict[str, float]:
    counts = np.bincount(rows.argmax(axis=1), minlength=len(labels))
    return {label: float(count / len(rows)) for label, count in zip(labels, counts, strict=True)}
