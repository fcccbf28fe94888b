"""The card of the entity annotator: README.md from a template, every figure read from results.json."""

import json
from collections.abc import Mapping
from pathlib import Path
from string import Template

from models.training.card import flatten
from runtime.resources import read_resource


def write_card(folder: Path, results: Mapping[str, object]) -> None:
    """results.json and README.md of the annotator folder; the card's figures come from the results alone."""
    (folder / "results.json").write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", "utf-8")
    (folder / "README.md").write_text(render_card(results), "utf-8")


def render_card(results: Mapping[str, object]) -> str:
    """The card's text; fractions are shown with three digits. A KeyError names a figure that is missing."""
    shown = {
        name: f"{round(value, 3):g}" if isinstance(value, float) else str(value)
        for name, value in flatten(results).items()
    }
    shown["recipe_learning_rate"] = f"{flatten(results)['recipe_learning_rate']:g}"
    card = Template(read_resource("models/training/entities/card.md")).substitute(shown)
    unused = () if shown["recipe_encoder_sha256"] else ("| Unlabelled",)
    return "".join(line for line in card.splitlines(keepends=True) if not line.startswith(unused))
