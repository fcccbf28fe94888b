"""The files of every training set with a few made-up rows, laid out as `--data` expects them."""

import gzip
from collections.abc import Mapping
from pathlib import Path

from models.training.data import Example, text_hash
from models.training.label_sets import AIRLINE, COMPLAINTS, SUPPORT, TWEETEVAL_TRAIN, TWEETEVAL_VAL

AIRLINE_HEADER = "name,text,airline_sentiment,airline_sentiment_confidence,negativereason"


def a_file(folder: Path, name: Path, *lines: str, newline: str = "\n") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(f"{line}{newline}" for line in lines).encode()))
    return path


def a_tsv(folder: Path, *rows: str) -> Path:
    return a_file(folder, TWEETEVAL_TRAIN, "label\ttext", *rows)


def an_airline_file(folder: Path, *rows: str) -> Path:
    return a_file(folder, AIRLINE, AIRLINE_HEADER, *rows, newline="\r\n")


def a_complaints_file(folder: Path, *rows: str) -> Path:
    return a_file(folder, COMPLAINTS, "text,is_complaint,domain", *rows, newline="\r\n")


def a_support_file(folder: Path, *rows: str) -> Path:
    return a_file(folder, SUPPORT, "text,inbound", *rows)


def an_answer(row: Example, fields: Mapping[str, float | str]) -> dict[str, str]:
    """A teacher's answer to a row of a set."""
    return {"row": str(row.row), "text_sha16": text_hash(row)} | {name: str(value) for name, value in fields.items()}


def a_teacher_file(folder: Path, name: str, *answers: Mapping[str, str]) -> Path:
    return a_file(folder, Path(name), ",".join(answers[0]), *(",".join(answer.values()) for answer in answers))


__all__ = [
    "TWEETEVAL_VAL",
    "a_complaints_file",
    "a_file",
    "a_support_file",
    "a_teacher_file",
    "a_tsv",
    "an_airline_file",
    "an_answer",
]
