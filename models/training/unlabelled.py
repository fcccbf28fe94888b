"""Tweets for continued pre-training: distinct normalised texts of the public corpora, some with a distant label.

What a report is later made on stays out: TweetEval val, and the airline and complaint sets, which are cross-validated.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from models.annotation.text.normaliser import normalise_text
from models.training.data import decode_escapes, enumerate_csv, enumerate_tsv
from models.training.label_sets import SUPPORT, TWEETEVAL_TRAIN, TWEETEVAL_VAL

DISTANT = Path("sentiment/sentiment140_distant.csv.gz")
PROFILES = Path("profiles/tweets_with_user_fields.csv.gz")
BANKS = Path("banks/kenya_bank_tweets.csv.gz")
FEWEST_WORDS = 4
NO_LABEL = -1
"""The distant label of a text that has none; 0 is negative, 1 positive."""


def read_unlabelled(folder: Path, *, commercial: bool = False) -> dict[str, int]:
    """text as the model sees it -> its distant label, each text once, in the order of the files.

    `commercial` leaves out what a licence keeps from commercial use. MissingPrerequisite names a file that is missing.
    """
    held_out = {normalise_text(decode_escapes(text)) for _, (_, text) in enumerate_tsv(folder / TWEETEVAL_VAL)}
    texts: dict[str, int] = {}
    for raw, label in _raw_texts(folder, (BANKS,) if commercial else (SUPPORT, BANKS)):
        text = normalise_text(decode_escapes(raw))
        if text not in held_out and len(text.split()) >= FEWEST_WORDS:
            texts.setdefault(text, label)
    return texts


def _raw_texts(folder: Path, services: Sequence[Path]) -> Iterator[tuple[str, int]]:
    yield from ((text, NO_LABEL) for _, (_, text) in enumerate_tsv(folder / TWEETEVAL_TRAIN))
    yield from (
        (row["text"], int(row["polarity"] == "4")) for _, row in enumerate_csv(folder / DISTANT, {"text", "polarity"})
    )
    yield from (
        (row["text"], NO_LABEL) for _, row in enumerate_csv(folder / PROFILES, {"text", "lang"}) if row["lang"] == "en"
    )
    yield from ((row["text"], NO_LABEL) for path in services for _, row in enumerate_csv(folder / path, {"text"}))
