"""Soft labels: the probabilities of a larger teacher for the texts of the training sets, joined by row and hash.

A text's loss on a head is (1 - share) of the cross entropy with its label and `share` of the teacher's; a text without
a label learns from the teacher alone. A temperature T evens the teacher's probabilities out: p^(1/T), renormalised
(Hinton et al. 2015). A network that is measured on a fold learns from teachers that saw none of it (`by_fold/`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.annotation.heads import CATEGORY, COMPLAINT, HEADS, REASON, SENTIMENT, Head
from models.metrics import Numbers
from models.training.data import Example, enumerate_csv, file_sha256, text_hash
from runtime.errors import BadInput

TEACHER = Path("teacher")
MIN_PROBABILITY = 1e-4
FILES = {
    "tweeteval": "tweeteval_train.csv.gz",
    "airline": "airline.csv.gz",
    "complaints": "complaints.csv.gz",
    "twcs": "twcs.csv.gz",
    "banks": "banks.csv.gz",
}
"""Set -> the file with the teacher's answers to it."""


@dataclass(frozen=True)
class Term:
    """What a head learns from the teacher on a set's texts.

    `share` replaces that much of a label's loss; `alone` is the weight on texts without a label. `view` names the
    teacher of a sentiment: `base` learnt TweetEval alone, `joint` every set.
    """

    view: str
    share: float = 0.0
    alone: float = 0.0


Terms = Mapping[tuple[str, Head], Term]
TERMS: dict[str, Terms] = {
    "base": {("tweeteval", SENTIMENT): Term("base", share=0.7)},
    "joint": {
        ("tweeteval", SENTIMENT): Term("base", share=0.7),
        ("tweeteval", COMPLAINT): Term("joint", alone=0.5),
        ("airline", SENTIMENT): Term("joint", share=0.5),
        ("airline", COMPLAINT): Term("joint", alone=0.5),
        ("airline", CATEGORY): Term("joint", share=0.5),
        ("airline", REASON): Term("joint", share=0.5),
        ("complaints", SENTIMENT): Term("joint", alone=0.5),
        ("complaints", COMPLAINT): Term("joint", share=0.5),
        ("complaints", CATEGORY): Term("joint", share=0.5),
        ("twcs", SENTIMENT): Term("joint", alone=1.0),
        ("twcs", COMPLAINT): Term("joint", alone=1.0),
        ("banks", SENTIMENT): Term("joint", alone=1.0),
        ("banks", COMPLAINT): Term("joint", alone=1.0),
    },
}
"""Stage -> (set, head) -> its term."""


@dataclass(frozen=True)
class Targets:
    """What each text learns: float32 arrays.

    `probabilities` [texts, labels of HEADS], 0 where the teacher was not asked; `hard` and `soft` [texts, heads] weigh
    the cross entropy with the label and with the teacher.
    """

    probabilities: Numbers
    hard: Numbers
    soft: Numbers


def without_teacher(texts: int) -> Targets:
    """Labels alone."""
    labels = sum(len(head.labels) for head in HEADS)
    shape = (texts, len(HEADS))
    return Targets(np.zeros((texts, labels), np.float32), np.ones(shape, np.float32), np.zeros(shape, np.float32))


def build_targets(
    folder: Path, examples: Sequence[Example], terms: Terms, temperature: float, fold: int | None = None
) -> Targets:
    """The targets of `examples` from the teacher's files in `folder`; `fold`: for a network that is measured on it."""
    targets = without_teacher(len(examples))
    for source in sorted({source for source, _ in terms} & {row.source for row in examples}):
        asked = {head: term for (name, head), term in terms.items() if name == source}
        if fold is not None and source == "tweeteval":  # its other columns have no form by fold
            asked = {head: term for head, term in asked.items() if term.view == "base"}
        answers = read_answers(answers_file(folder, source, fold), asked)
        for place, row in enumerate(examples):
            if row.source == source and row.row in answers:
                _fill_in(targets, place, row, answers[row.row], asked, temperature)
    return targets


@dataclass(frozen=True)
class Answer:
    """The teacher's answer to one row of a file: the hash of the text that it was asked, and probabilities by head."""

    place: str
    digest: str
    by_head: Mapping[Head, Numbers]


def answers_file(folder: Path, source: str, fold: int | None) -> Path:
    """The file with the answers to a set; where a fold is measured, of teachers that did not see it."""
    name = FILES[source]
    if fold is None or source == "tweeteval":
        return folder / name
    return folder / "by_fold" / name.replace(".csv.gz", f"_{fold}.csv.gz")


def read_answers(path: Path, asked: Mapping[Head, Term]) -> dict[int, Answer]:
    """Row number -> answer; a head without an answer to a row is left out. BadInput names a field that is no number."""
    columns = {head: columns_of(head, term.view) for head, term in asked.items()}
    needed = {"row", "text_sha16", *(name for names in columns.values() for name in names)}
    answers = {}
    for place, row in enumerate_csv(path, needed):
        found = {
            head: _numbers([row[name] for name in names], place) for head, names in columns.items() if row[names[0]]
        }
        answers[int(row["row"])] = Answer(place, row["text_sha16"], found)
    return answers


def columns_of(head: Head, view: str) -> list[str]:
    """The columns with a head's probabilities; of two labels only the second has one."""
    if head == SENTIMENT:
        return [f"{view}_{label}" for label in head.labels]
    return [head.name] if head == COMPLAINT else list(head.keys)


def hash_answers(folder: Path, stages: Iterable[str]) -> dict[str, str]:
    """File name -> sha256 of the teacher's files that the terms of the named stages need; an empty name needs none."""
    names = {FILES[source] for stage in stages if stage for source, _ in TERMS[stage]}
    return {f"{TEACHER.name}/{name}": file_sha256(folder / name) for name in sorted(names)}


def soften(probabilities: Numbers, temperature: float) -> Numbers:
    """p^(1/T), renormalised."""
    powers = np.maximum(probabilities, MIN_PROBABILITY) ** (1 / temperature)
    return np.asarray(powers / powers.sum())


def _fill_in(
    targets: Targets, place: int, row: Example, answer: Answer, asked: Mapping[Head, Term], temperature: float
) -> None:
    if answer.digest != text_hash(row):
        raise BadInput(f"{answer.place}: the teacher was asked another text than the one in row {row.row}")
    start = 0
    for number, head in enumerate(HEADS):
        end = start + len(head.labels)
        if head in answer.by_head:
            is_labelled = row.label(head) >= 0
            term = asked[head]
            targets.probabilities[place, start:end] = soften(answer.by_head[head], temperature)
            targets.hard[place, number] = 1 - term.share  # without a label it weighs nothing
            targets.soft[place, number] = term.share if is_labelled else term.alone
        start = end


def _numbers(fields: list[str], place: str) -> Numbers:
    try:
        numbers = np.array([float(field) for field in fields])
    except ValueError:
        raise BadInput(f"{place}: {', '.join(fields)} are not numbers from 0 to 1") from None
    return np.array([1 - numbers[0], numbers[0]]) if len(numbers) == 1 else numbers
