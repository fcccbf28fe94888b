"""The labelled sets: TweetEval, US Airline, complaints, customer support -> examples of the heads they answer."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from models.annotation.heads import CATEGORY, COMPLAINT, REASON, SENTIMENT, Head
from models.annotation.text.normaliser import mask_text, normalise_text, space_punctuation
from models.training.categories import AIRLINE_REASONS, COMPLAINT_DOMAINS, WEAK_WEIGHT, weak_category
from models.training.data import (
    Example,
    class_of,
    decode_escapes,
    enumerate_csv,
    enumerate_tsv,
    file_sha256,
    keep_consistent,
    labels_of,
)
from runtime.errors import BadInput

TWEETEVAL_TRAIN = Path("sentiment/tweeteval_train.tsv.gz")
TWEETEVAL_VAL = Path("sentiment/tweeteval_val.tsv.gz")
AIRLINE = Path("airline/airline_train.csv.gz")
COMPLAINTS = Path("complaints/complaints_train.csv.gz")
SUPPORT = Path("support/twcs_first5000.csv.gz")

Reader = Callable[[Path], list[Example]]


def read_tweeteval(path: Path) -> list[Example]:
    """Sentiment, of TweetEval's TSV (`label`, `text`)."""
    rows = []
    for line, (label, raw) in enumerate_tsv(path):
        text = normalise_text(decode_escapes(raw))
        answer = {SENTIMENT: class_of(SENTIMENT, label, f"{path.name} line {line}")}
        rows.append(Example(text, labels_of(answer), "tweeteval", text))
    return _complete(rows, path, SENTIMENT)


def read_airline(path: Path) -> list[Example]:
    """Sentiment of every row, reason and category of the negative ones; weighted by the annotators' agreement."""
    needed = {"name", "text", "airline_sentiment", "airline_sentiment_confidence", "negativereason"}
    rows = []
    for place, row in enumerate_csv(path, needed):
        answer = {SENTIMENT: class_of(SENTIMENT, row["airline_sentiment"], place)}
        if row["negativereason"]:
            reason = class_of(REASON, slug(row["negativereason"]), place)
            answer |= {REASON: reason, CATEGORY: _category(AIRLINE_REASONS[REASON.labels[reason]])}
        weight = _confidence(row["airline_sentiment_confidence"], place)
        rows.append(Example(normalise_text(row["text"]), labels_of(answer), "airline", row["name"], weight))
    return _complete(rows, path, SENTIMENT, REASON)


def read_complaints(path: Path) -> list[Example]:
    """Complaint or not, folded to ASCII (what is not ASCII gives the set's random rows away), and a category."""
    rows = []
    for place, row in enumerate_csv(path, {"text", "is_complaint", "domain"}):
        if row["domain"] not in COMPLAINT_DOMAINS:
            raise BadInput(f"{place}: domain {row['domain']!r} is none of {', '.join(COMPLAINT_DOMAINS)}")
        is_complaint = class_of(COMPLAINT, {"0": "no", "1": "yes"}.get(row["is_complaint"], row["is_complaint"]), place)
        answer = {COMPLAINT: is_complaint}
        category = weak_category(row["text"]) or COMPLAINT_DOMAINS[row["domain"]]
        if is_complaint and category:
            answer[CATEGORY] = _category(category)
        text = fold_to_ascii(row["text"])
        rows.append(Example(text, labels_of(answer), "complaints", text, part=row["domain"]))
    return _complete(rows, path, COMPLAINT)


def read_support(path: Path) -> list[Example]:
    """Weakly labelled categories of customers' messages to support accounts: only those that a rule names."""
    found = (
        (normalise_text(row["text"]), weak_category(row["text"]))
        for _, row in enumerate_csv(path, {"text", "inbound"})
        if row["inbound"] == "True"
    )
    return [
        Example(text, labels_of({CATEGORY: _category(name)}), "support", text, WEAK_WEIGHT)
        for text, name in found
        if name
    ]


SETS: dict[str, tuple[Path, Reader]] = {
    "tweeteval": (TWEETEVAL_TRAIN, read_tweeteval),
    "airline": (AIRLINE, read_airline),
    "complaints": (COMPLAINTS, read_complaints),
    "support": (SUPPORT, read_support),
}
NON_COMMERCIAL = ("airline", "support")
"""The sets that their licence keeps from commercial use (CC BY-NC-SA 4.0)."""


def read_sets(folder: Path, names: Iterable[str]) -> list[Example]:
    """The examples of the named sets under `folder`, each text once a set, normalised."""
    return [row for name in names for row in keep_consistent(SETS[name][1](folder / SETS[name][0]))]


def hash_sets(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """File name -> sha256 of what the named sets are read from."""
    return {SETS[name][0].name: file_sha256(folder / SETS[name][0]) for name in names}


def fold_to_ascii(text: str) -> str:
    """`text` as the model sees it, of ASCII characters alone: accents dropped, all else that is not ASCII too."""
    spaced = space_punctuation(mask_text(text))
    decomposed = unicodedata.normalize("NFKD", spaced)
    return " ".join(decomposed.encode("ascii", "ignore").decode().split())


def slug(label: str) -> str:
    """A label in the form of ours: lower case, apostrophes dropped, all else that is no letter or digit one `_`."""
    return re.sub(r"[^a-z0-9]+", "_", label.lower().replace("'", "")).strip("_")


def _category(name: str) -> int:
    return CATEGORY.labels.index(name)


def _confidence(value: str, place: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise BadInput(f"{place}: the confidence {value!r} is not a number from 0 to 1") from None


def _complete(rows: list[Example], path: Path, *heads: Head) -> list[Example]:
    """The rows, unless a class of a head has none."""
    for head in heads:
        empty = _empty_classes(rows, head)
        if empty:
            raise BadInput(f"{path.name}: no row is labelled {', '.join(empty)} ({head.name})")
    return rows


def _empty_classes(rows: Sequence[Example], head: Head) -> list[str]:
    seen = {row.label(head) for row in rows}
    return [label for number, label in enumerate(head.labels) if number not in seen]
