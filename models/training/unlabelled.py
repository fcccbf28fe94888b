"""Tweets for continued pre-training: distinct normalised texts of the public corpora, some with a distant label.

What a report is later made on stays out: TweetEval val, and the airline and complaint sets, which are cross-validated.
"""

import csv
import gzip
import re
from collections.abc import Iterator
from pathlib import Path

from conf.errors import MissingPrerequisite
from models.normaliser import normalise_text
from models.training.data import TWEETEVAL_TRAIN, TWEETEVAL_VAL, decode_escapes, enumerate_tsv

DISTANT = Path("sentiment/sentiment140_distant.csv.gz")
PROFILES = Path("profiles/tweets_with_user_fields.csv.gz")
SUPPORT = Path("support/twcs_first5000.csv.gz")
BANKS = Path("banks/kenya_bank_tweets.csv.gz")
FEWEST_WORDS = 4
_BARE_RETURN = re.compile(r"\r(?!\n)")  # inside a text without quotes it would split the row
NO_LABEL = -1
"""The distant label of a text that has none; 0 is negative, 1 positive."""


def read_unlabelled(folder: Path) -> dict[str, int]:
    """text as the model sees it -> its distant label, each text once, in the order of the files.

    MissingPrerequisite names a file that is missing.
    """
    held_out = {normalise_text(decode_escapes(text)) for _, (_, text) in enumerate_tsv(folder / TWEETEVAL_VAL)}
    texts: dict[str, int] = {}
    for raw, label in _raw_texts(folder):
        text = normalise_text(decode_escapes(raw))
        if text not in held_out and len(text.split()) >= FEWEST_WORDS:
            texts.setdefault(text, label)
    return texts


def _raw_texts(folder: Path) -> Iterator[tuple[str, int]]:
    yield from ((text, NO_LABEL) for _, (_, text) in enumerate_tsv(folder / TWEETEVAL_TRAIN))
    yield from ((row["text"], int(row["polarity"] == "4")) for row in _rows(folder / DISTANT))
    yield from ((row["text"], NO_LABEL) for row in _rows(folder / PROFILES) if row["lang"] == "en")
    yield from ((row["text"], NO_LABEL) for path in (SUPPORT, BANKS) for row in _rows(folder / path))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if not path.exists():
        raise MissingPrerequisite(f"{path} is missing: --data names the folder that holds sentiment/ and profiles/")
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        yield from csv.DictReader(_BARE_RETURN.sub(" ", line) for line in lines)
