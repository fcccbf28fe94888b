"""Tweets without labels, for continued pre-training: distinct normalised texts of the public corpora.

What a report is later made on stays out: TweetEval val, and the airline and complaint sets, which are cross-validated.
"""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

from conf.errors import MissingPrerequisite
from models.normaliser import normalise_text
from models.training.data import TWEETEVAL_TRAIN, TWEETEVAL_VAL, decode_escapes, enumerate_tsv

DISTANT = Path("sentiment/sentiment140_distant.csv.gz")
PROFILES = Path("profiles/tweets_with_user_fields.csv.gz")
FEWEST_WORDS = 4


def read_unlabelled(folder: Path) -> list[str]:
    """Each text once, in the order of the files, as the model sees it; MissingPrerequisite names a missing file."""
    held_out = {normalise_text(decode_escapes(text)) for _, (_, text) in enumerate_tsv(folder / TWEETEVAL_VAL)}
    texts = dict.fromkeys(normalise_text(decode_escapes(text)) for text in _raw_texts(folder))
    return [text for text in texts if text not in held_out and len(text.split()) >= FEWEST_WORDS]


def _raw_texts(folder: Path) -> Iterator[str]:
    yield from (text for _, (_, text) in enumerate_tsv(folder / TWEETEVAL_TRAIN))
    yield from (row["text"] for row in _rows(folder / DISTANT))
    yield from (row["text"] for row in _rows(folder / PROFILES) if row["lang"] == "en")


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if not path.exists():
        raise MissingPrerequisite(f"{path} is missing: --data names the folder that holds sentiment/ and profiles/")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)
