"""The card of an annotator folder: README.md from a template, every figure read from results.json."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Template
from typing import Any

from models.training.categories import AIRLINE_REASONS, COMPLAINT_DOMAINS
from models.training.tasks import TASKS
from runtime.resources import read_resource

Flat = dict[str, str | int | float]

# A row of the card's table of data, and the file whose absence from the training takes it out.
_ROWS = {
    "| CrowdFlower": "airline_train",
    "| Complaints": "complaints_train",
    "| Customer support": "twcs_first5000",
}


def write_card(folder: Path, results: Mapping[str, Any]) -> None:
    """results.json and README.md of an annotator folder; the card's figures come from the results alone."""
    (folder / "results.json").write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", "utf-8")
    (folder / "README.md").write_text(render_card(results), "utf-8")


def render_card(results: Mapping[str, Any]) -> str:
    """The card's text; numbers are shown with four digits. A KeyError names a figure that is missing."""
    shown = {name: _as_text(value) for name, value in flatten(results).items()}
    card = Template(read_resource("models/training/card.md")).substitute(shown)
    files = results["data"]["sha256"]
    absent = [start for start, file in _ROWS.items() if not any(file in name for name in files)]
    if not results["recipe"]["base"]["start_sha256"]:
        absent.append("| Unlabelled")
    kept = [line for line in card.splitlines(keepends=True) if not line.startswith(tuple(absent))]
    return _fill("".join(kept), results)


def _fill(card: str, results: Mapping[str, Any]) -> str:
    further = ", pre-trained further on tweets (sha256 of the weights in `results.json`)"
    before, _, rest = card.partition("<!-- folds -->\n")
    about, _, after = rest.partition("<!-- folds end -->\n")
    card = f"{before}\n{about}\n{after}" if results.get("folds") else f"{before}\n{after}"
    parts = {
        "@folds": "\n".join(_fold_lines(results)),
        "@int8": "\n".join(_int8_lines(results)),
        "@teachers": _teacher_line(results),
        "@encoder": further if results["recipe"]["base"]["start_sha256"] else "",
        "@categories": "\n".join(
            f"| {name} | {category or 'none: the domain does not say'} |"
            for name, category in (AIRLINE_REASONS | COMPLAINT_DOMAINS).items()
        ),
        "@ablation": "\n".join(_ablation_lines(results)),
    }
    for name, text in parts.items():
        card = card.replace(name, text)
    return card


def _teacher_line(results: Mapping[str, Any]) -> str:
    told = results.get("teachers")
    if not told:
        return "No teachers: the base learnt from labels alone."
    alone = ", ".join(_as_text(one) for one in told["alone"])
    return (
        f"Teachers: {len(told['seeds'])} networks that differ by their seed, each fitted to TweetEval; "
        f"macro recall on the selection slice {alone}, of their mean {_as_text(told['together'])}. The base follows "
        f"their mean for {_as_text(results['recipe']['base']['taught_share'])} of a text's loss and the label for the "
        f"rest, and also learns what they answer on {told['unlabelled']} unlabelled tweets."
    )


def _fold_lines(results: Mapping[str, Any]) -> Iterable[str]:
    folds = results.get("folds", {})
    if not folds:
        yield "The folds were not run for this file; the selection slices below say roughly how the other heads do."
        return
    yield "| 5 folds | n | measure | 95 % interval | accuracy | macro F1 | calibration error |"
    yield "|---|---|---|---|---|---|---|"
    for task in TASKS:
        if task.name in folds:
            row = {name: _as_text(value) for name, value in folds[task.name].items()}
            rest = " | ".join(row[name] for name in ("accuracy", "macro_f1", "calibration_error"))
            measure = f"{task.measure.replace('_', ' ')} **{row[task.measure]}**"
            yield f"| {task.name} | {row['n']} | {measure} | {row['low']} to {row['high']} | {rest} |"


def _int8_lines(results: Mapping[str, Any]) -> Iterable[str]:
    yield "| INT8 against float, selection slices | n | measure in float | lost in INT8 |"
    yield "|---|---|---|---|"
    for task in TASKS:
        if task.name in results["int8_loss"]:
            row = results["selection"]["fp32"][task.name]
            lost = results["int8_loss"][task.name]
            yield (
                f"| {task.name} | {_as_text(row['n'])} | {task.measure.replace('_', ' ')} "
                f"{_as_text(row[task.measure])} | {_as_text(lost)} |"
            )


def _ablation_lines(results: Mapping[str, Any]) -> Iterable[str]:
    rows = results.get("ablation", {}).get("rows", [])
    if not rows:
        yield "Not measured yet."
        return
    yield results["ablation"]["how"]
    yield ""
    yield "| variant | seeds | mean | 95 % interval of the difference to the first |"
    yield "|---|---|---|---|"
    for row in rows:
        gap = f"{_as_text(row['low'])} to {_as_text(row['high'])}" if "low" in row else "-"
        yield f"| {row['name']} | {row['seeds']} | {_as_text(row['mean'])} | {gap} |"


def _as_text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)


def flatten(values: Mapping[str, Any], prefix: str = "") -> Flat:
    """Nested names joined by `_`, dots and dashes too, so that they can stand in a template and in mlflow."""
    flat: Flat = {}
    for name, value in values.items():
        key = f"{prefix}{name}".replace("-", "_").replace(".", "_")
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{key}_")
        elif isinstance(value, str | int | float):
            flat[key] = value
    return flat
