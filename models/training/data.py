"""Training rows: examples, the selection slice and the folds, class shares, and how files are read and checked.

Everything is chosen on slices of the train sets that are cut by a hash (`is_selection`) of the author where authors are
known, else of the text. TweetEval val is read for the final report alone.
"""

import csv
import gzip
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from models.annotation.heads import HEADS, NO_ANSWER, Head
from models.metrics import Numbers
from runtime.errors import BadInput, MissingPrerequisite

SELECTION_ONE_IN = {"tweeteval": 20, "airline": 10, "complaints": 10, "support": 10}
"""Set -> one in how many of its groups chooses the epoch, the temperatures and the way of quantising."""

PRIOR_STRENGTHS: dict[tuple[str, str], float] = {
    ("tweeteval", "sentiment"): 1.0,
    ("complaints", "complaint"): 0.5,
    ("airline", "reason"): 0.5,
    ("airline", "category"): 0.5,
    ("complaints", "category"): 0.5,
    ("support", "category"): 0.5,
}
"""(set, head) -> how much of its unequal class shares the loss corrects: 1 all, 0 nothing (see `build_offsets`)."""

MIN_SHARE = 0.005
FOLDS = 5
UNLABELLED = (NO_ANSWER,) * len(HEADS)
_BARE_RETURN = re.compile(r"\r(?!\n)")  # inside a text without quotes it would split the row
_ESCAPED_UNITS = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")


@dataclass(frozen=True)
class Example:
    """One normalised text with its labels.

    `labels` has a class id per head of HEADS, NO_ANSWER where there is none; folds and slices are cut by `group`;
    `weight` scales the loss; `part` is a part of the set (a complaint's domain); `row` is the text's place in its file,
    from 0.
    """

    text: str
    labels: tuple[int, ...]
    source: str
    group: str
    weight: float = 1.0
    part: str = ""
    row: int = -1

    def label(self, head: Head) -> int:
        """The class id of one head."""
        return self.labels[HEADS.index(head)]


@dataclass(frozen=True)
class TrainingSet:
    """The rows that are trained on, and the held-out rows that every choice is made on."""

    train: list[Example]
    selection: list[Example]


def labels_of(given: dict[Head, int]) -> tuple[int, ...]:
    """Class ids in the order of HEADS."""
    return tuple(given.get(head, NO_ANSWER) for head in HEADS)


def class_of(head: Head, label: str, place: str) -> int:
    """The class id of a label; BadInput names the place of an unknown one."""
    if label not in head.labels:
        raise BadInput(f"{place}: label {label!r} is none of {', '.join(head.labels)}")
    return head.labels.index(label)


def split_selection(examples: Iterable[Example]) -> TrainingSet:
    """Cuts the selection slice out; none of its texts is trained on, not even as a row of another set."""
    rows = list(examples)
    selection = [row for row in rows if is_selection(row)]
    held_out = {row.text for row in selection}
    return TrainingSet([row for row in rows if not is_selection(row) and row.text not in held_out], selection)


def is_selection(row: Example) -> bool:
    """Whether a row belongs to the selection slice, by its group's sha256; a set without labels has no slice."""
    return row.source in SELECTION_ONE_IN and group_number(row.group) % SELECTION_ONE_IN[row.source] == 0


def fold_of(row: Example) -> int:
    """The fold, 0 to FOLDS - 1, in which a row is held out; independent of the slice."""
    return group_number(row.group) // 1000 % FOLDS


def text_hash(row: Example) -> str:
    """The first 16 hex digits of the sha256 of the row's normalised text: its key where texts must not be stored."""
    return hashlib.sha256(row.text.encode()).hexdigest()[:16]


def group_number(group: str) -> int:
    """The first 64 bits of the group's sha256."""
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:8], "big")


def keep_consistent(examples: Sequence[Example]) -> list[Example]:
    """Each text once, in first-seen order; a head on which a text's copies contradict each other has no answer."""
    merged: dict[str, Example] = {}
    for row in examples:
        if row.text:
            seen = merged.get(row.text)
            merged[row.text] = row if seen is None else replace(seen, labels=_agreed(seen.labels, row.labels))
    kept = [replace(row, labels=tuple(max(label, NO_ANSWER) for label in row.labels)) for row in merged.values()]
    return [row for row in kept if row.labels != UNLABELLED]


_CONTRADICTED = -2


def _agreed(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(
        left if left == right or right == NO_ANSWER else right if left == NO_ANSWER else _CONTRADICTED
        for left, right in zip(one, other, strict=True)
    )


def build_offsets(examples: Sequence[Example]) -> dict[str, Numbers]:
    """Set -> the offsets of its logits in the loss, one per label of HEADS: strength * ln(the class' share in the set).

    A network that is trained under such an offset (Menon et al. 2021) answers, without it, as if the set's classes
    were equally common (strength 1), or as common as they are (strength 0). TweetEval is measured by macro recall,
    where every class counts the same, the airline set by accuracy, where every text does. A class that a set lacks
    gets the share MIN_SHARE, so that it is pushed down only a little.
    """
    sources = sorted({row.source for row in examples})
    return {
        source: np.concatenate([_offset([row for row in examples if row.source == source], head) for head in HEADS])
        for source in sources
    }


def _offset(rows: Sequence[Example], head: Head) -> Numbers:
    strength = PRIOR_STRENGTHS.get((rows[0].source, head.name), 0.0)
    return strength * np.log(class_shares(rows, head))


def class_shares(rows: Sequence[Example], head: Head) -> Numbers:
    """Each class' share of the rows' weight, at least MIN_SHARE; one number per label of the head."""
    known = [row for row in rows if row.label(head) >= 0]
    weights = np.bincount([row.label(head) for row in known], [row.weight for row in known], minlength=len(head.labels))
    return np.maximum(weights / max(weights.sum(), 1e-9), MIN_SHARE)


def decode_escapes(text: str) -> str:
    r"""Literal `\u2019`-style UTF-16 escapes as characters; half a surrogate pair becomes U+FFFD."""
    return _ESCAPED_UNITS.sub(_decoded, text)


def _decoded(match: re.Match[str]) -> str:
    units = bytes.fromhex(match.group().replace("\\u", ""))
    return units.decode("utf-16-be", errors="replace")


def file_sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def enumerate_tsv(path: Path) -> Iterator[tuple[int, tuple[str, str]]]:
    """(line number, (label, raw text)) of a gzipped TSV with a `label` and a `text` column."""
    with opened(path) as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        if next(rows, None) != ["label", "text"]:
            raise BadInput(f"{path.name} line 1: the columns must be label, text")
        for line, row in enumerate(rows, start=2):
            if len(row) != 2:
                raise BadInput(f"{path.name} line {line}: {len(row)} columns where 2 are expected")
            yield line, (row[0], row[1])


def enumerate_csv(path: Path, needed: set[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """(`file line n`, row) of a gzipped CSV; BadInput when a `needed` column is missing, or a row is too short."""
    with opened(path) as lines:
        rows = csv.DictReader(lines)
        missing = needed - set(rows.fieldnames or ())
        if missing:
            raise BadInput(f"{path.name} line 1: the columns must include {', '.join(sorted(missing))}")
        for row in rows:
            place = f"{path.name} line {rows.line_num}"
            if any(row[name] is None for name in needed):
                raise BadInput(f"{place}: fewer columns than the first line has")
            yield place, row


@contextmanager
def opened(path: Path) -> Iterator[Iterator[str]]:
    """The lines of a gzipped text. BadInput names a line that is not UTF-8, MissingPrerequisite a missing file."""
    if not path.exists():
        raise MissingPrerequisite(f"{path} is missing: --data names the folder with sentiment/ and airline/")
    with gzip.open(path, "rb") as raw:
        try:
            yield _decode_lines(raw, path.name)
        except (gzip.BadGzipFile, EOFError) as error:
            raise BadInput(f"{path.name} is not a whole gzip file: {error}") from None


def _decode_lines(raw: Iterable[bytes], name: str) -> Iterator[str]:
    for number, line in enumerate(raw, start=1):
        try:
            yield _BARE_RETURN.sub(" ", line.decode("utf-8"))
        except UnicodeDecodeError:
            raise BadInput(f"{name} line {number}: not UTF-8") from None
