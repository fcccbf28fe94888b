"""Training rows of the sentiment head: TweetEval and US Airline files -> masked, spaced examples with weights.

The best epoch is chosen on a slice of TweetEval train that only the text's own hash decides (`is_selection_text`);
TweetEval val is read for the final report alone.
"""

import csv
import gzip
import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from conf.errors import BadInput, MissingPrerequisite
from models.heads import SENTIMENT
from models.normaliser import normalise_text

TWEETEVAL_TRAIN = Path("sentiment/tweeteval_train.tsv.gz")
TWEETEVAL_VAL = Path("sentiment/tweeteval_val.tsv.gz")
AIRLINE = Path("airline/airline_train.csv.gz")

AIRLINE_WEIGHT = 0.5
AIRLINE_MIN_CONFIDENCE = 0.6
_SELECTION_ONE_IN = 20
_ESCAPED_UNITS = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")


@dataclass(frozen=True)
class Example:
    """One labelled text as the model sees it; `label` is a class id of the sentiment head, `weight` scales its loss."""

    text: str
    label: int
    weight: float = 1.0


@dataclass(frozen=True)
class TrainingSet:
    """What is fitted, what chooses the epoch, and the sha256 of every file it came from."""

    train: list[Example]
    selection: list[Example]
    file_hashes: dict[str, str]


def read_training_set(folder: Path, with_airline: bool = True) -> TrainingSet:
    """All examples under `folder` (the layout of the data folder's README), normalised, without conflicting repeats."""
    tweets = keep_consistent(read_tweeteval(folder / TWEETEVAL_TRAIN))
    airline = keep_consistent(read_airline(folder / AIRLINE)) if with_airline else []
    selection = [example for example in tweets if is_selection_text(example.text)]
    held_out = {example.text for example in selection}
    train = [example for example in tweets + airline if example.text not in held_out]
    files = [TWEETEVAL_TRAIN, AIRLINE] if with_airline else [TWEETEVAL_TRAIN]
    return TrainingSet(train, selection, {file.name: file_sha256(folder / file) for file in files})


def read_tweeteval(path: Path) -> list[Example]:
    """Rows of a TweetEval TSV (`label`, `text`); refuses an unknown label or a missing column with its line number."""
    return [
        Example(normalise_text(decode_escapes(text)), class_of(label, path, line))
        for line, (label, text) in enumerate_tsv(path)
    ]


def enumerate_tsv(path: Path) -> Iterator[tuple[int, tuple[str, str]]]:
    """(line number, (label, raw text)) of a gzipped TSV with a `label` and a `text` column."""
    with _opened(path) as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        if next(rows, None) != ["label", "text"]:
            raise BadInput(f"{path.name} line 1: the columns must be label, text")
        for line, row in enumerate(rows, start=2):
            if len(row) != 2:
                raise BadInput(f"{path.name} line {line}: {len(row)} columns where 2 are expected")
            yield line, (row[0], row[1])


def read_airline(path: Path) -> list[Example]:
    """Rows of the US Airline file whose label at least `AIRLINE_MIN_CONFIDENCE` of the annotators stand behind."""
    with _opened(path) as lines:
        rows = csv.DictReader(lines)
        needed = {"airline_sentiment", "airline_sentiment_confidence", "text"}
        if not needed <= set(rows.fieldnames or ()):
            raise BadInput(f"{path.name} line 1: the columns must include {', '.join(sorted(needed))}")
        return [
            Example(
                normalise_text(row["text"]), class_of(row["airline_sentiment"], path, rows.line_num), AIRLINE_WEIGHT
            )
            for row in rows
            if _confidence(row["airline_sentiment_confidence"], path, rows.line_num) >= AIRLINE_MIN_CONFIDENCE
        ]


def decode_escapes(text: str) -> str:
    r"""Literal `\u2019`-style UTF-16 escapes as characters; half a surrogate pair becomes U+FFFD."""
    return _ESCAPED_UNITS.sub(_decoded, text)


def _decoded(match: re.Match[str]) -> str:
    units = bytes.fromhex(match.group().replace("\\u", ""))
    return units.decode("utf-16-be", errors="replace")


def keep_consistent(examples: Sequence[Example]) -> list[Example]:
    """Each text once, in first-seen order; a text that carries two labels is left out altogether."""
    labels: dict[str, set[int]] = {}
    for example in examples:
        labels.setdefault(example.text, set()).add(example.label)
    first = {example.text: example for example in reversed(examples)}
    return [first[text] for text, seen in labels.items() if len(seen) == 1 and text]


def is_selection_text(text: str) -> bool:
    """Whether a text belongs to the slice (one in twenty, by sha256) that chooses the epoch."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % _SELECTION_ONE_IN == 0


def file_sha256(path: Path) -> str:
    """The sha256 of a file's bytes, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def class_of(label: str, path: Path, line: int) -> int:
    """The class id of a label of the sentiment head; BadInput names the file and the line of any other."""
    if label not in SENTIMENT.labels:
        raise BadInput(f"{path.name} line {line}: label {label!r} is none of {', '.join(SENTIMENT.labels)}")
    return SENTIMENT.labels.index(label)


def _confidence(value: str | None, path: Path, line: int) -> float:
    try:
        return float(value or "")
    except ValueError:
        raise BadInput(f"{path.name} line {line}: the confidence {value} is not a number from 0 to 1") from None


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    if not path.exists():
        raise MissingPrerequisite(f"{path} is missing: --data names the folder that holds sentiment/ and airline/")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        yield lines
