"""The registered annotators: their tags, and the folder that a path, a version number or an alias means."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conf.settings import Settings
from models.annotation.annotator import REGISTERED_AS, annotator_version, shipped_folder
from models.annotation.annotator_folder import check_annotator
from models.annotation.heads import answered_heads
from models.annotation.text.normaliser import FITTING_VERSIONS, NORMALISER_VERSION
from models.tracking import CHAMPION, TrackedRun, find_registered, find_tagged, tracked_run
from runtime.errors import BadInput, CheckFailed, UsageError


@dataclass(frozen=True)
class Known:
    """An annotator: its folder, the `model_version` of its rows, and its number in the registry if it has one."""

    folder: Path
    version: str
    number: str | None = None

    def __str__(self) -> str:
        return f"{self.version} ({f'registered as {self.number}' if self.number else 'not registered'})"


def find_annotator(settings: Settings, which: str) -> Known:
    """The annotator of a folder, a registered number or an alias; UsageError when there is none."""
    if Path(which).is_dir():
        folder = Path(which).resolve()
        return Known(folder, annotator_version(folder))
    found = find_registered(settings, REGISTERED_AS, which)
    if found is None:
        raise UsageError(f"{which!r} is no annotator: give a folder, or the number or alias of a registered version")
    return Known(found.folder, annotator_version(found.folder), found.number)


def find_champion(settings: Settings) -> Known:
    """The registered champion, or the shipped annotator where there is none."""
    found = find_registered(settings, REGISTERED_AS, CHAMPION)
    if found is None:
        return Known(shipped_folder(settings), annotator_version(shipped_folder(settings)))
    return Known(found.folder, annotator_version(found.folder), found.number)


def check_candidate(candidate: Known) -> None:
    """BadInput when the folder cannot be used, CheckFailed when it was trained with a normaliser that does not fit."""
    check_annotator(candidate.folder)
    if not read_heads(candidate.folder):
        raise BadInput(
            f"the annotator in {candidate.folder} predicts no head of models/annotation/heads.py: see its labels.txt"
        )
    results = candidate.folder / "results.json"
    trained_with = json.loads(results.read_text("utf-8")).get("normaliser_version") if results.is_file() else None
    if trained_with not in FITTING_VERSIONS:
        fault = f"was trained with {trained_with}" if trained_with else "has no normaliser_version in its results.json"
        raise CheckFailed(
            f"annotator {candidate.version} {fault}, but texts are normalised by {NORMALISER_VERSION}: train it again"
        )


def register_annotator(run: TrackedRun, folder: Path, figures: Mapping[str, float]) -> str:
    """Stores the whole folder (ONNX, vocabulary, labels, card, results) with the run; returns its number.

    Its tags, by which versions are found: the `model_version` of its rows, the normaliser, the heads, the `figures`.
    """
    check_annotator(folder)
    tags = {"annotator": annotator_version(folder), "normaliser": NORMALISER_VERSION}
    tags |= {"heads": ",".join(read_heads(folder))} | {name: f"{value:.4f}" for name, value in figures.items()}
    return run.register_folder(folder, REGISTERED_AS, tags)


def number_of(settings: Settings, known: Known, figures: Mapping[str, float]) -> str:
    """The annotator's number in the registry; it is registered first unless its files already are."""
    if known.number:
        return known.number
    found = find_tagged(settings, REGISTERED_AS, "annotator", known.version)
    if found:
        return found.number
    with tracked_run(settings, "annotator", f"register {known.version}") as run:
        run.log_metrics(figures)
        return register_annotator(run, known.folder, figures)


def read_heads(folder: Path) -> list[str]:
    """The names of the heads whose labels are all in the folder's labels.txt."""
    return answered_heads((folder / "assets" / "labels.txt").read_text("utf-8").split())


def using_annotator(settings: Settings, known: Known) -> Settings:
    """Settings under which this annotator scores instead of the champion."""
    chosen = settings.annotators.model_copy(update={"tweets": str(known.folder), "use_champion": False})
    return settings.model_copy(update={"annotators": chosen})


def import_command(known: Known) -> str:
    """The shell command that imports this annotator into Spark NLP."""
    variables = f"BRANDPULSE__ANNOTATORS__TWEETS={known.folder} BRANDPULSE__ANNOTATORS__USE_CHAMPION=false"
    return f"{variables} .venv/bin/python -m jobs.import_annotator"
