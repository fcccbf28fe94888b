"""Labelled texts from any file with the columns `label` and `text`, and `head` if it has labels for several heads."""

import csv
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from models.annotation.heads import HEADS, SENTIMENT, Head
from models.training.data import decode_escapes
from models.training.label_sets import slug
from runtime.errors import BadInput, MissingPrerequisite


@dataclass(frozen=True)
class Labelled:
    """One row of a file: the head, the true class and the raw text."""

    head: Head
    truth: int
    text: str


def read_labelled(path: Path) -> list[Labelled]:
    """Every row of a TSV (never quoted, as TweetEval writes it) or a CSV, plain or gzip.

    A label is a name (in any case, with blanks or underscores: `Lost Luggage`) or the number of a class of the row's
    head (`sentiment` if there is no column `head`). Raises BadInput naming the line of an unknown label or head,
    MissingPrerequisite if the file does not exist.
    """
    heads = {head.name: head for head in HEADS}
    rows = []
    with _opened(path) as lines:
        reader = _reader(path, lines)
        missing = {"label", "text"} - set(reader.fieldnames or ())
        if missing:
            raise BadInput(
                f"{path.name} line 1: the columns must include label and text ({', '.join(missing)} missing)"
            )
        for row in reader:
            place = f"{path.name} line {reader.line_num}"
            head = heads.get(row.get("head") or SENTIMENT.name)
            if head is None:
                raise BadInput(f"{place}: unknown head {row['head']!r}; known heads are {', '.join(heads)}")
            if row["label"] is None or row["text"] is None:
                raise BadInput(f"{place}: fewer columns than the first line has")
            rows.append(Labelled(head, _class_of(row["label"], head, place), decode_escapes(row["text"])))
    if not rows:
        raise BadInput(f"{path.name} contains no labelled text")
    return rows


def _class_of(label: str, head: Head, place: str) -> int:
    if slug(label) in head.labels:
        return head.labels.index(slug(label))
    if label.isdecimal() and int(label) < len(head.labels):
        return int(label)
    raise BadInput(f"{place}: unknown label {label!r}; known labels are {', '.join(head.labels)}")


def _reader(path: Path, lines: TextIO) -> "csv.DictReader[str]":
    if ".tsv" in path.suffixes:
        return csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    return csv.DictReader(lines)


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    if not path.is_file():
        raise MissingPrerequisite(
            f"{path} is missing: --split takes `val` or a TSV or CSV with the columns label, text"
        )
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8", newline="") as lines:
            yield lines
    except (UnicodeDecodeError, gzip.BadGzipFile, EOFError) as error:
        raise BadInput(f"{path.name} cannot be read as UTF-8 text: {error}") from None
