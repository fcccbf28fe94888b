"""Several networks teach one (Hinton et al. 2015): what they answer on average is what the base learns to answer.

Teachers differ by their seed alone; each learns TweetEval as the base would. They are asked about TweetEval's training
texts and about unlabelled tweets. The texts of the selection slice are asked about as well, only to be measured.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.annotation.heads import SENTIMENT
from models.metrics import Numbers
from models.training.data import UNLABELLED, Example, TrainingSet, group_number
from models.training.network import score_rows
from models.training.stages import BASE_SETS, Stage, encode_texts, fit_base, load_model
from models.training.tasks import measure_tasks

logger = logging.getLogger("brandpulse.training")

Answers = Mapping[str, tuple[float, ...]]
"""Text -> the teachers' mean probability of each sentiment."""


@dataclass(frozen=True)
class Lesson:
    """What the teachers answered, and how good they are on the selection slice: each alone, and together."""

    answers: Answers
    figures: dict[str, Any]


def take_lesson(
    stage: Stage, rows: TrainingSet, unlabelled: Sequence[str], seeds: Sequence[int], *, resume: bool
) -> Lesson:
    """Fits a teacher a seed into `stage.output` and asks them about TweetEval's training texts and `unlabelled`."""
    folders = [stage.output / str(seed) for seed in seeds]
    for seed, folder in zip(seeds, folders, strict=True):
        fit_base(replace(stage, recipe=replace(stage.recipe, seed=seed), output=folder), rows, resume=resume)
    selection = [row for row in rows.selection if row.source == "tweeteval"]
    told = [row.text for row in rows.train if row.source == "tweeteval"]
    asked = [*told, *unlabelled, *(row.text for row in selection)]
    chances = np.stack([_answer(folder, asked, stage.recipe.autocast, resume=resume) for folder in folders])
    on_slice = chances[:, len(asked) - len(selection) :]
    alone = [_measure(selection, each) for each in on_slice]
    figures = {
        "seeds": list(seeds),
        "unlabelled": len(unlabelled),
        "alone": alone,
        "together": _measure(selection, on_slice.mean(0)),
    }
    logger.info(
        "teachers on the slice: %s, together %.4f", ", ".join(f"{one:.4f}" for one in alone), figures["together"]
    )
    taught = chances.mean(0)[: len(told) + len(unlabelled)]
    return Lesson({text: tuple(row) for text, row in zip(asked, taught.tolist(), strict=False)}, figures)


def pick_unlabelled(texts: Iterable[str], rows: TrainingSet, most: int) -> list[str]:
    """At most `most` of the texts, which only their hash decides; none that stands in `rows`."""
    known = {row.text for row in (*rows.train, *rows.selection)}
    return sorted((text for text in texts if text not in known), key=group_number)[:most]


def with_answers(examples: Sequence[Example], answers: Answers) -> list[Example]:
    """The examples, those of TweetEval with what the teachers answered on their text."""
    return [replace(row, taught=answers.get(row.text, ())) if row.source == "tweeteval" else row for row in examples]


def as_examples(unlabelled: Iterable[str], answers: Answers) -> list[Example]:
    """Unlabelled texts as rows of the base stage: no label, only what the teachers answered."""
    return [Example(text, UNLABELLED, BASE_SETS[1], text, taught=answers[text]) for text in unlabelled]


def _answer(folder: Path, texts: Sequence[str], autocast: bool, *, resume: bool) -> Numbers:
    """[texts, sentiments] of one teacher; kept in its folder."""
    known = folder / "answers.npy"
    if not (resume and known.exists() and len(np.load(known, mmap_mode="r")) == len(texts)):
        scores = score_rows(load_model(folder), encode_texts(texts), autocast=autocast)
        np.save(known, scores[SENTIMENT.name])
    return np.asarray(np.load(known))


def _measure(selection: Sequence[Example], chances: Numbers) -> float:
    return float(measure_tasks(selection, {SENTIMENT.name: chances})["sentiment"]["macro_recall"])
