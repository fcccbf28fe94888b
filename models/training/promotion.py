"""Promotion of a new annotator to champion: a paired comparison on every head, then the move of the alias.

A candidate is rejected on a head when it is significantly worse (the whole 95 % interval of its difference from the
champion is below 0), when it is worse by more than `MARGIN`, or when it does not predict a head that the champion
predicts. The interval is a paired bootstrap (`models.metrics.paired_interval`). No text of the comparison was used for
training: TweetEval val for sentiment, the selection slices for the other heads.
"""

import logging
import os
import pwd
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from conf.settings import Settings
from models.annotation.annotator import REGISTERED_AS
from models.annotation.heads import Head
from models.annotation.reference_annotator import ReferenceAnnotator
from models.annotation.registry import Known, check_candidate, find_annotator, find_champion, number_of
from models.metrics import MEASURES, Classes, paired_interval, summarise_answers
from models.tracking import move_alias
from models.training.data import keep_consistent, split_selection
from models.training.evaluation import TASKS, Task, rows_of
from models.training.label_sets import SETS, TWEETEVAL_VAL, read_sets, read_tweeteval
from runtime.errors import BadInput, CheckFailed, UsageError

logger = logging.getLogger("brandpulse.promotion")

MARGIN = 0.005
"""The largest loss of a head's measure (0..1) that is accepted when the texts are too few to prove a loss."""


@dataclass(frozen=True)
class Request:
    """The folder or registered version to promote, and the data to compare on; `force` is the reason to overrule."""

    candidate: str
    data: Path
    force: str | None = None
    dry_run: bool = False


@dataclass(frozen=True)
class Question:
    """The normalised texts that one head is compared on, and their class ids [texts]."""

    task: Task
    texts: Sequence[str]
    truth: Classes


@dataclass(frozen=True)
class Sample:
    """One head's true class ids [texts] and those that both predicted [texts]; None where one lacks the head."""

    task: Task
    truth: Classes
    champion: Classes | None
    candidate: Classes | None


@dataclass(frozen=True)
class Comparison:
    """One line of the table: the measure of both, and candidate - champion with its 95 % interval."""

    task: Task
    count: int
    champion: float | None
    candidate: float | None
    difference: float
    interval: tuple[float, float]

    @property
    def objection(self) -> str | None:
        """Why the candidate is rejected on this head; None when it is not."""
        if self.champion is None:
            return None
        if self.candidate is None:
            return "not predicted"
        if self.interval[1] < 0:
            return "worse"
        return "worse by more than the margin" if self.difference < -MARGIN else None


def promote_annotator(settings: Settings, request: Request) -> None:
    """Compares both, prints the table, and makes the candidate the champion unless it is rejected on a head.

    CheckFailed names those heads, and the champion stays. `force` overrules them; its reason is stored with the
    version. UsageError for an empty reason.
    """
    if request.force is not None and not request.force.strip():
        raise UsageError("--force needs a reason in words: it is stored with the version")
    candidate, champion = find_annotator(settings, request.candidate), find_champion(settings)
    check_candidate(candidate)
    if champion.number and candidate.version == champion.version:
        logger.info("%s is already the champion", champion)
        return
    found = compare_annotators(champion.folder, candidate.folder, read_questions(request.data))
    print(as_text(champion, candidate, found))
    objections = [f"{each.task.name} is {each.objection}" for each in found if each.objection]
    if request.dry_run:
        logger.info("dry run: would %s", f"reject: {', '.join(objections)}" if objections else "promote")
        return
    if objections and not request.force:
        raise CheckFailed(
            f"{candidate.version} is rejected: {', '.join(objections)}; {champion} stays (--force REASON overrules it)"
        )
    _move(settings, champion, candidate, found, request.force if objections else None)


def read_questions(data: Path) -> list[Question]:
    """A question a head: its own task of `models.training.evaluation`, on texts that no training saw."""
    val = keep_consistent(read_tweeteval(data / TWEETEVAL_VAL))
    slices = split_selection(read_sets(data, [name for name in SETS if name != "tweeteval"])).selection
    examples = [*val, *slices]
    questions = []
    for task in (task for task in TASKS if task.name == task.head.name):
        rows = [examples[row] for row in rows_of(task, examples)]
        truth = np.array([row.label(task.head) for row in rows], dtype=np.int64)
        questions.append(Question(task, [row.text for row in rows], truth))
    return questions


def compare_annotators(champion: Path, candidate: Path, questions: Sequence[Question]) -> list[Comparison]:
    """Both folders under plain onnxruntime, one text per call as in Spark NLP, head by head."""
    old, new = ReferenceAnnotator(champion), ReferenceAnnotator(candidate)
    found = []
    for question in questions:
        logger.info("comparing %s on %d texts", question.task.name, len(question.texts))
        answers = [_answers(one, question.texts, question.task.head) for one in (old, new)]
        found.append(compare_head(Sample(question.task, question.truth, *answers)))
    return found


def compare_head(sample: Sample) -> Comparison:
    """The paired bootstrap of one head; the difference is NaN where one of the two does not predict it."""
    task, truth, classes = sample.task, sample.truth, len(sample.task.head.labels)
    if not len(truth):
        raise BadInput(f"no text of the data is labelled for {task.name}: the comparison needs at least one")
    both = (sample.champion, sample.candidate)
    champion, candidate = (
        None if one is None else summarise_answers(truth, one, classes)[task.measure] for one in both
    )
    difference, interval = float("nan"), (float("nan"), float("nan"))
    if sample.champion is not None and sample.candidate is not None and champion is not None and candidate is not None:
        difference = candidate - champion
        interval = paired_interval(truth, sample.champion, sample.candidate, classes, MEASURES[task.measure])
    return Comparison(task, len(truth), champion, candidate, difference, interval)


def as_text(champion: Known, candidate: Known, found: Sequence[Comparison]) -> str:
    lines = [f"champion  {champion}", f"candidate {candidate}"]
    lines.append("head       measure       texts   champion candidate difference (95 % interval)")
    for each in (one for one in found if one.champion is not None or one.candidate is not None):
        low, high = each.interval
        gap = "" if np.isnan(each.difference) else f"{each.difference:+.4f} ({low:+.4f} to {high:+.4f})"
        verdict = each.objection or ("not worse" if each.champion is not None else "new")
        lines.append(
            f"{each.task.name:10} {each.task.measure.replace('_', ' '):13} {each.count:6,} "
            f"{_shown(each.champion)}   {_shown(each.candidate)}   {gap:28} {verdict}"
        )
    return "\n".join(lines)


def _answers(annotator: ReferenceAnnotator, texts: Sequence[str], head: Head) -> Classes | None:
    return annotator.score_normalised(texts)[head.name].argmax(axis=1) if head.name in annotator.heads else None


def _shown(value: float | None) -> str:
    return "     -" if value is None else f"{value:.4f}"


def _move(
    settings: Settings, champion: Known, candidate: Known, found: Sequence[Comparison], reason: str | None
) -> None:
    figures = {f"{each.task.name}_{each.task.measure}": each.candidate for each in found if each.candidate is not None}
    number = number_of(settings, candidate, figures)
    tags = {"promoted_at": datetime.now(UTC).isoformat(timespec="seconds"), "promoted_by": _who()}
    move_alias(settings, REGISTERED_AS, number, tags | {"promoted_over": champion.version, "forced": reason or "no"})
    if reason:
        logger.warning("promoted by force, because: %s", reason)
    logger.info("%s is now the champion, registered as %s; it replaces %s", candidate.version, number, champion)
    logger.info("next: jobs.import_annotator, then start the stream again")


def _who() -> str:
    """The user's name, or the user id where the system has no name for it, as in a container."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
