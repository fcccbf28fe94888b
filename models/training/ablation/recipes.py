"""What each choice of the recipe brings: variants of the base stage, with several seeds, on the selection slice.

Each changes one thing of the first, which is what `jobs/train_annotator.py` does. Runs are short (a part of TweetEval
train, one epoch), so the table shows the direction of a choice's effect, not its size in the whole training. Val is not
used. Finished runs are stored in the output folder and not repeated.
"""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from models import metrics
from models.annotation.heads import SENTIMENT
from models.metrics import Classes
from models.training.data import TrainingSet, group_number, split_selection
from models.training.heads_trainer import HeadsRecipe, fit
from models.training.label_sets import read_sets
from models.training.network import HeadsModel, encode, score_rows
from models.training.run import BASE
from models.training.soft_labels import TEACHER, Targets
from models.training.stages import find_targets, load_model
from models.training.trainer import seed_everything

logger = logging.getLogger("brandpulse.training")

SEEDS = (1, 2, 3)
FILE = "ablation.json"
Measure = Callable[[Classes, Classes], float]
"""(truth, predicted classes) -> a share, 0 to 1."""


@dataclass(frozen=True)
class Variant:
    """One line of the table: its name, its recipe, and whether it starts from the further pre-trained encoder."""

    name: str
    recipe: HeadsRecipe
    pretrained: bool = False


def short_recipe(autocast: bool) -> HeadsRecipe:
    """The shipped base recipe for a short run: one epoch, weights averaged over fewer steps."""
    return replace(BASE, epochs=1, averaging=0.99, autocast=autocast)


def list_variants(recipe: HeadsRecipe) -> list[Variant]:
    """The unchanged recipe first: all others are compared with it."""
    return [
        Variant("the package's encoder", recipe),
        Variant("labels alone, without the teacher", replace(recipe, teacher="")),
        Variant("pre-trained further on tweets (masked words, distant labels)", recipe, pretrained=True),
        Variant("no layer-wise decay of the learning rate", replace(recipe, layer_decay=1.0)),
        Variant("no averaging of the weights", replace(recipe, averaging=0.0)),
        Variant("no label smoothing", replace(recipe, label_smoothing=0.0)),
        Variant("the word table learns, too", replace(recipe, frozen_words=False)),
    ]


def compare_recipes(
    recipe: HeadsRecipe,
    data: Path,
    encoder: Path,
    output: Path,
    part: int,
    seeds: Sequence[int] = SEEDS,
    *,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Fits every variant with every seed on one in `part` of the texts; returns the table and writes it to `output`.

    A dry run only reads the data, logs what it would train and returns an empty table.
    """
    rows = split_selection(read_sets(data, ["tweeteval"]))
    rows = TrainingSet([row for row in rows.train if group_number(row.group) // 13 % part == 0], rows.selection)
    variants = list_variants(recipe)
    if dry_run:
        names = ", ".join(variant.name for variant in variants)
        texts = len(rows.train)
        logger.info("would train %d times on %d texts into %s: %s", len(variants) * len(seeds), texts, output, names)
        return {}
    truth = np.array([row.label(SENTIMENT) for row in rows.selection])
    answers = {}
    output.mkdir(parents=True, exist_ok=True)
    for variant in variants:
        start = encoder if variant.pretrained else None
        targets = find_targets(variant.recipe, data / TEACHER, rows)
        answers[variant.name] = [_predict(variant, seed, rows, targets, start, output) for seed in seeds]
        logger.info("%s: %.4f", variant.name, _mean(_recall, truth, answers[variant.name]))
    how = (
        f"Macro recall of sentiment on the slice of TweetEval train ({len(truth):,} texts), {len(seeds)} seeds' mean; "
        f"{recipe.epochs} epoch over {len(rows.train):,} texts; intervals by paired bootstrap of the texts."
    )
    table = {"how": how, "rows": compare_answers(truth, answers)}
    (output / FILE).write_text(json.dumps(table, indent=1) + "\n", "utf-8")
    return table


def _predict(
    variant: Variant, seed: int, rows: TrainingSet, targets: Targets | None, encoder: Path | None, output: Path
) -> Classes:
    """The classes that one run predicts on the slice; stored as `<variant>-<seed>.npy`."""
    stored = output / f"{variant.name.replace(' ', '-')[:40]}-{seed}.npy"
    if not stored.exists():
        recipe = replace(variant.recipe, seed=seed)
        seed_everything(seed)
        model = HeadsModel(encoder, recipe.dropout)
        fit(recipe, TrainingSet(rows.train, []), output / "run", model, targets, resume=False)
        scores = score_rows(load_model(output / "run"), encode(rows.selection))
        np.save(stored, scores[SENTIMENT.name].argmax(axis=1))
    return np.asarray(np.load(stored))


def compare_answers(
    truth: Classes, answers: dict[str, list[Classes]], measure: Measure | None = None, draws: int = 1000
) -> list[dict[str, Any]]:
    """A line per variant from the classes that its runs predict: the mean measure, and the interval of its gain.

    The measure is macro recall of sentiment where none is given. The gain is over the first variant, on the same
    resamples of the texts (paired bootstrap).
    """
    score = measure or _recall
    first = next(iter(answers.values()))
    chance = np.random.default_rng(7)
    picks = [chance.integers(0, len(truth), len(truth)) for _ in range(draws)]
    lines = []
    for name, runs in answers.items():
        line: dict[str, Any] = {"name": name, "seeds": len(runs), "mean": _mean(score, truth, runs)}
        if runs is not first:
            gaps = [
                _mean(score, truth[pick], [run[pick] for run in runs])
                - _mean(score, truth[pick], [run[pick] for run in first])
                for pick in picks
            ]
            line["low"], line["high"] = (float(value) for value in np.percentile(gaps, [2.5, 97.5]))
        lines.append(line)
    return lines


def _mean(measure: Measure, truth: Classes, runs: Sequence[Classes]) -> float:
    return float(np.mean([measure(truth, run) for run in runs]))


def _recall(truth: Classes, answer: Classes) -> float:
    return metrics.MEASURES["macro_recall"](metrics.confusion(truth, answer, len(SENTIMENT.labels)))
