"""Cross-validation of the sets that are too small to spare a part: every row scored by a network that never saw it.

The folds are cut by author where authors are known, else by text. Each fold's network starts from the sentiment base,
which saw neither set, and learns by the shipped annotator's own recipe. The probabilities are kept beside the
annotator without a text (`out_of_fold.csv.gz`), so that whoever has the sets can compute every figure again.
"""

import csv
import gzip
import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from models.annotation.heads import HEADS
from models.training.data import FOLDS, Example, TrainingSet, fold_of
from models.training.tasks import TASKS, Scores
from runtime.errors import BadInput

FILE = "out_of_fold.csv.gz"
SOURCES = ("airline", "complaints")
COLUMNS = ["source", "text_hash", "head", "probabilities"]


def cut_fold(examples: Sequence[Example], fold: int) -> tuple[TrainingSet, list[Example]]:
    """(what is trained on, what is held out): no author and no text stands on both sides; nothing is chosen."""
    held_out = [row for row in examples if row.source in SOURCES and fold_of(row) == fold]
    texts = {row.text for row in held_out}
    train = [row for row in examples if row.text not in texts and not (row.source in SOURCES and fold_of(row) == fold)]
    return TrainingSet(train, []), held_out


def cross_validate(
    examples: Sequence[Example], score_fold: Callable[[int, TrainingSet, list[Example]], Scores]
) -> tuple[list[Example], Scores]:
    """Every row of SOURCES with the probabilities that `score_fold` gave it, fold after fold."""
    rows: list[Example] = []
    parts: list[Scores] = []
    for fold in range(FOLDS):
        train, held_out = cut_fold(examples, fold)
        rows += held_out
        parts.append(score_fold(fold, train, held_out))
    return rows, {head.name: np.concatenate([part[head.name] for part in parts]) for head in HEADS}


def text_hash(row: Example) -> str:
    """What a row is found by again: 16 hex of the sha256 of its normalised text."""
    return hashlib.sha256(row.text.encode()).hexdigest()[:16]


def write_out_of_fold(folder: Path, rows: Sequence[Example], scores: Scores) -> None:
    """A line a row and head that it is measured on: four decimals a class, in class order; same rows, same bytes."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(COLUMNS)
    for head in HEADS:
        sources = {source for task in TASKS if task.head == head for source in task.sources}
        for row, chances in zip(rows, scores[head.name], strict=True):
            if row.source in sources and row.label(head) >= 0:
                lines.writerow([row.source, text_hash(row), head.name, " ".join(f"{chance:.4f}" for chance in chances)])
    (folder / FILE).write_bytes(gzip.compress(out.getvalue().encode(), mtime=0))


def read_out_of_fold(folder: Path, examples: Sequence[Example]) -> tuple[list[Example], Scores]:
    """The stored probabilities of `examples` (rows of SOURCES), those without any left out; BadInput when none fits.

    A head's probabilities are NaN for a row that it is not measured on.
    """
    known = {(source, digest, head): chances for source, digest, head, chances in _lines(folder / FILE)}
    hashes = [text_hash(row) for row in examples]
    kept = [
        place
        for place, (row, digest) in enumerate(zip(examples, hashes, strict=True))
        if any((row.source, digest, head.name) in known for head in HEADS)
    ]
    if not kept:
        raise BadInput(f"{folder / FILE} knows none of these {len(examples)} texts: they are not what was held out")
    scores = {head.name: np.full((len(kept), len(head.labels)), np.nan) for head in HEADS}
    for line, place in enumerate(kept):
        for head in HEADS:
            chances = known.get((examples[place].source, hashes[place], head.name))
            if chances:
                scores[head.name][line] = [float(chance) for chance in chances.split(" ")]
    return [examples[place] for place in kept], scores


def _lines(path: Path) -> Iterator[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        yield from list(csv.reader(lines))[1:]
