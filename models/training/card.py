"""The card of an annotator folder: README.md from a template, every figure read from results.json."""

import json
from collections.abc import Mapping
from pathlib import Path
from string import Template

from conf.resources import read_resource

Flat = dict[str, str | int | float]


def write_card(folder: Path, results: Mapping[str, object]) -> None:
    """results.json and README.md of an annotator folder; the card's figures come from the results alone."""
    (folder / "results.json").write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", "utf-8")
    (folder / "README.md").write_text(render_card(results), "utf-8")


def render_card(results: Mapping[str, object]) -> str:
    """The card's text; fractions are shown with four digits. A KeyError names a figure that is missing."""
    shown = {name: _as_text(value) for name, value in flatten(results).items()}
    card = Template(read_resource("models/training/card.md")).substitute(shown)
    absent = []
    if not any("airline" in name for name in shown if name.startswith("data_sha256_")):
        absent.append("| CrowdFlower")
    if not shown.get("recipe_encoder_sha256"):
        absent.append("| Unlabelled")
    return "".join(line for line in card.splitlines(keepends=True) if not line.startswith(tuple(absent)))


def _as_text(value: str | float) -> str:
    if isinstance(value, float):
        return f"{round(value, 4):g}"
    return str(value)


def flatten(values: Mapping[str, object], prefix: str = "") -> Flat:
    """Nested names joined by `_`, dots and dashes too, so that they can stand in a template and in mlflow."""
    flat: Flat = {}
    for name, value in values.items():
        key = f"{prefix}{name}".replace("-", "_").replace(".", "_")
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{key}_")
        elif isinstance(value, str | int | float):
            flat[key] = value
    return flat
