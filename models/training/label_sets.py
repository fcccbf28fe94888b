"""The data sets: TweetEval, US Airline, complaints and customer support as labelled examples; tweets without labels.

A category is mapped by table from the airline reasons and from the complaint domains in which one cause prevails; the
other domains say only whose customer complains. Billing, and safety or fraud, are labelled in no set: a text whose
words are unambiguous (`WEAK_RULES`) counts as one, at a lower weight.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from models.annotation.heads import CATEGORY, COMPLAINT, REASON, SENTIMENT, Head
from models.annotation.text.normaliser import mask_text, normalise_text, space_punctuation
from models.training.data import (
    UNLABELLED,
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
DISTANT = Path("sentiment/sentiment140_distant.csv.gz")
PROFILES = Path("profiles/tweets_with_user_fields.csv.gz")
BANKS = Path("banks/kenya_bank_tweets.csv.gz")
FIRST_LINE = 2  # of a table's rows, below its header
MIN_WORDS = 4
NO_LABEL = -1
"""The distant label of a text that has none; 0 is negative, 1 positive."""

AIRLINE_REASONS = {
    "bad_flight": "other",
    "cancelled_flight": "cancellation",
    "cant_tell": "other",
    "customer_service_issue": "service",
    "damaged_luggage": "lost_or_damaged",
    "flight_attendant_complaints": "staff",
    "flight_booking_problems": "booking",
    "late_flight": "delay",
    "longlines": "delay",
    "lost_luggage": "lost_or_damaged",
}
COMPLAINT_DOMAINS = {
    "software": "technical",
    "electronics": "technical",
    "cars": "technical",
    "services": "service",
    "food": "other",
    "other": "other",
    "apparel": None,
    "retail": None,
    "transport": None,
    "random_tweet": None,
    "random_reply": None,
}
WEAK_WEIGHT = 0.5
WEAK_RULES = {
    "safety_or_fraud": re.compile(
        r"(?i)\b(?:scam\w*|fraud\w*|hack(?:ed|ing)|phishing|stolen|theft|unsafe|dangerous|data breach|food poisoning)\b"
    ),
    "billing": re.compile(
        r"(?i)\b(?:refund\w*|overcharg\w*|(?:double|wrongly) charged|charged (?:me|twice|my)|billing|my bill|invoice"
        r"|money back|reimburse\w*|payment (?:failed|declined|issue))\b"
    ),
}

Reader = Callable[[Path], list[Example]]


def read_tweeteval(path: Path) -> list[Example]:
    """Sentiment, from TweetEval's TSV (`label`, `text`)."""
    rows = []
    for line, (label, raw) in enumerate_tsv(path):
        text = normalise_text(decode_escapes(raw))
        answer = {SENTIMENT: class_of(SENTIMENT, label, f"{path.name} line {line}")}
        rows.append(Example(text, labels_of(answer), "tweeteval", text, row=line - FIRST_LINE))
    return _complete(rows, path, SENTIMENT)


def read_airline(path: Path) -> list[Example]:
    """Sentiment of every row, reason and category of the negative rows; weighted by the annotators' agreement."""
    needed = {"name", "text", "airline_sentiment", "airline_sentiment_confidence", "negativereason"}
    rows = []
    for number, (place, row) in enumerate(enumerate_csv(path, needed)):
        answer = {SENTIMENT: class_of(SENTIMENT, row["airline_sentiment"], place)}
        if row["negativereason"]:
            reason = class_of(REASON, slug(row["negativereason"]), place)
            answer |= {REASON: reason, CATEGORY: _category(AIRLINE_REASONS[REASON.labels[reason]])}
        weight = _confidence(row["airline_sentiment_confidence"], place)
        text = normalise_text(row["text"])
        rows.append(Example(text, labels_of(answer), "airline", row["name"], weight, row=number))
    return _complete(rows, path, SENTIMENT, REASON)


def read_complaints(path: Path) -> list[Example]:
    """Complaint or not, and a category; folded to ASCII, because other characters reveal the set's random rows."""
    rows = []
    for number, (place, row) in enumerate(enumerate_csv(path, {"text", "is_complaint", "domain"})):
        if row["domain"] not in COMPLAINT_DOMAINS:
            raise BadInput(f"{place}: domain {row['domain']!r} is none of {', '.join(COMPLAINT_DOMAINS)}")
        is_complaint = class_of(COMPLAINT, {"0": "no", "1": "yes"}.get(row["is_complaint"], row["is_complaint"]), place)
        answer = {COMPLAINT: is_complaint}
        category = weak_category(row["text"]) or COMPLAINT_DOMAINS[row["domain"]]
        if is_complaint and category:
            answer[CATEGORY] = _category(category)
        text = fold_to_ascii(row["text"])
        rows.append(Example(text, labels_of(answer), "complaints", text, part=row["domain"], row=number))
    return _complete(rows, path, COMPLAINT)


def read_support(path: Path) -> list[Example]:
    """Weakly labelled categories of customers' messages to support accounts: only the messages that match a rule."""
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
TEXT_SETS = {"twcs": SUPPORT, "banks": BANKS}
NON_COMMERCIAL = ("airline", "support", "twcs")
"""The sets whose licence forbids commercial use (CC BY-NC-SA 4.0)."""


def read_sets(folder: Path, names: Iterable[str]) -> list[Example]:
    """The examples of the named sets under `folder`, normalised, each text once per set."""
    return [row for name in names for row in keep_consistent(SETS[name][1](folder / SETS[name][0]))]


def hash_sets(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """File name -> sha256 of the files that the named sets are read from."""
    paths = [folder / (TEXT_SETS[name] if name in TEXT_SETS else SETS[name][0]) for name in names]
    return {path.name: file_sha256(path) for path in paths}


def read_texts(folder: Path, names: Iterable[str]) -> list[Example]:
    """The texts of sets without labels, which only a teacher's answers can teach from; each text once per set."""
    texts: dict[tuple[str, str], Example] = {}
    for name in names:
        for number, (_, row) in enumerate(enumerate_csv(folder / TEXT_SETS[name], {"text"})):
            text = normalise_text(decode_escapes(row["text"]))
            texts.setdefault((name, text), Example(text, UNLABELLED, name, text, row=number))
    return [row for row in texts.values() if row.text]


def read_unlabelled(folder: Path) -> dict[str, int]:
    """Normalised text -> its distant label, each text once, in the order of the files, for pre-training.

    TweetEval val and the cross-validated sets (airline, complaints) are left out. MissingPrerequisite names a file that
    is missing.
    """
    held_out = {normalise_text(decode_escapes(text)) for _, (_, text) in enumerate_tsv(folder / TWEETEVAL_VAL)}
    texts: dict[str, int] = {}
    for raw, label in _raw_texts(folder):
        text = normalise_text(decode_escapes(raw))
        if text not in held_out and len(text.split()) >= MIN_WORDS:
            texts.setdefault(text, label)
    return texts


def _raw_texts(folder: Path) -> Iterator[tuple[str, int]]:
    yield from ((text, NO_LABEL) for _, (_, text) in enumerate_tsv(folder / TWEETEVAL_TRAIN))
    yield from (
        (row["text"], int(row["polarity"] == "4")) for _, row in enumerate_csv(folder / DISTANT, {"text", "polarity"})
    )
    yield from (
        (row["text"], NO_LABEL) for _, row in enumerate_csv(folder / PROFILES, {"text", "lang"}) if row["lang"] == "en"
    )
    yield from (
        (row["text"], NO_LABEL) for path in (SUPPORT, BANKS) for _, row in enumerate_csv(folder / path, {"text"})
    )


def weak_category(text: str) -> str | None:
    """`billing` or `safety_or_fraud` where the words of a complaint are unambiguous, else None."""
    return next((name for name, pattern in WEAK_RULES.items() if pattern.search(text)), None)


def fold_to_ascii(text: str) -> str:
    """The normalised text in ASCII: accents are dropped, and so is every other character that is not ASCII."""
    spaced = space_punctuation(mask_text(text))
    decomposed = unicodedata.normalize("NFKD", spaced)
    return " ".join(decomposed.encode("ascii", "ignore").decode().split())


def slug(label: str) -> str:
    """A label in snake_case; apostrophes are dropped."""
    return re.sub(r"[^a-z0-9]+", "_", label.lower().replace("'", "")).strip("_")


def _category(name: str) -> int:
    return CATEGORY.labels.index(name)


def _confidence(value: str, place: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise BadInput(f"{place}: the confidence {value!r} is not a number from 0 to 1") from None


def _complete(rows: list[Example], path: Path, *heads: Head) -> list[Example]:
    """The rows; BadInput when a class of a head has none."""
    for head in heads:
        empty = _empty_classes(rows, head)
        if empty:
            raise BadInput(f"{path.name}: no row is labelled {', '.join(empty)} ({head.name})")
    return rows


def _empty_classes(rows: Sequence[Example], head: Head) -> list[str]:
    seen = {row.label(head) for row in rows}
    return [label for number, label in enumerate(head.labels) if number not in seen]
