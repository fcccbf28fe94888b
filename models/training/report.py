"""What a training records: curves as PNG, results.json, the model's card, every figure read from it, an mlflow run."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import Any

from matplotlib.figure import Figure

from conf.settings import Settings
from models.annotation.registry import register_annotator
from models.annotation.text.normaliser import NORMALISER_VERSION
from models.tracking import tracked_run
from models.training.data import TrainingSet
from models.training.evaluation import TASKS
from models.training.label_sets import AIRLINE_REASONS, COMPLAINT_DOMAINS
from models.training.packages import package_versions
from models.training.soft_labels import TERMS
from runtime.resources import read_resource

Flat = dict[str, str | int | float]

_DATA_ROWS = {
    "| CrowdFlower": "airline_train",
    "| Complaints": "complaints_train",
    "| Customer support": "twcs_first5000",
}
"""A row of the card's table of data -> the file without which the row is left out."""


def draw_curves(history: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Loss (nats) and measure of each task on the selection slices by epoch, averaged weights; base, then joint."""
    rows = [row for row in history if row["weights"] == "averaged"]
    ticks = [f"{row['stage']} {row['epoch']}" for row in rows]
    tasks = [task for task in TASKS if not task.without and any(task.name in row["tasks"] for row in rows)]
    figure = Figure(figsize=(10, 3.8), layout="constrained")
    loss, measure = figure.subplots(1, 2)
    for task in tasks:
        places = [place for place, row in enumerate(rows) if task.name in row["tasks"]]
        found = [rows[place]["tasks"][task.name] for place in places]
        loss.plot(places, [one["loss"] for one in found], "o-", label=task.name)
        label = f"{task.name}: {task.measure.replace('_', ' ')}"
        measure.plot(places, [one[task.measure] for one in found], "o-", label=label)
    loss.plot(range(len(rows)), [row["train_loss"] for row in rows], "k:", label="train, all heads summed")
    for axes, title in ((loss, "loss (nats)"), (measure, "measure of each task")):
        axes.set(title=f"{title}, selection slices", xlabel="stage and epoch")
        axes.set_xticks(range(len(rows)), ticks)
        axes.legend(fontsize=7)
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110)


def build_results(
    recipe: Mapping[str, Any], rows: TrainingSet, history: Sequence[Mapping[str, Any]], figures: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything that the card shows, as one JSON object; no row of the data. `recipe` has that of each stage."""
    joint = [row for row in history if row["stage"] == "joint"]
    best = max(joint, key=lambda row: (row["validation_score"], row["epoch"]))
    return {
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "normaliser_version": NORMALISER_VERSION,
        "recipe": dict(recipe),
        "data": {"train_rows": len(rows.train), "selection_rows": len(rows.selection)},
        "history": list(history),
        "chosen": {name: best[name] for name in ("epoch", "weights")},
        "packages": package_versions(),
        **figures,
    }


def write_card(folder: Path, results: Mapping[str, Any], card: str) -> None:
    """results.json and README.md of an annotator folder."""
    (folder / "results.json").write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", "utf-8")
    (folder / "README.md").write_text(card, "utf-8")


def render_card(results: Mapping[str, Any]) -> str:
    """The card's text, numbers with four digits. A KeyError names a figure that is missing."""
    shown = {name: _as_text(value) for name, value in flatten(results).items()}
    card = Template(read_resource("models/training/card.md")).substitute(shown)
    files = results["data"]["sha256"]
    absent = [start for start, file in _DATA_ROWS.items() if not any(file in name for name in files)]
    if not results["recipe"]["base"]["start_sha256"]:
        absent.append("| Unlabelled")
    if not _taught_by(results, "joint"):
        absent.append("| Customer support on Twitter and")
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
        "@replayed": "TweetEval and of the banks' tweets" if _taught_by(results, "joint") else "TweetEval",
        "@teacher": _teacher_lines(results),
        "@val": (
            "the folds decided nothing, and val only what is said of the teacher"
            if results["recipe"]["base"].get("teacher")
            else "val and the folds decided nothing"
        ),
        "@whole": "".join(f"{line}\n" for line in _whole_lines(results)),
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


def _fold_lines(results: Mapping[str, Any]) -> Iterable[str]:
    folds = results.get("folds", {})
    if not folds:
        yield "The folds were not run for this file; the selection slices below show roughly how the other heads do."
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
        yield f"| {row['name']} | {row['seeds']} | {_as_text(row['mean'])} | {_interval(row)} |"


def _taught_by(results: Mapping[str, Any], stage: str) -> bool:
    """Whether the joint stage learnt from the named stage's teacher; older results know of no teacher."""
    return bool(results["recipe"]["joint"].get("teacher") == stage)


def _teacher_lines(results: Mapping[str, Any]) -> str:
    """Who the teacher is and what its licence is; the share of each loss that is its. Empty without a teacher."""
    recipe = results["recipe"]
    if not recipe["base"].get("teacher"):
        return ""
    about = read_resource("models/training/teacher.md")
    shares = [
        f"| {source} | {head.name} | {_as_text(term.share)} | {_as_text(term.alone)} |"
        for (source, head), term in TERMS[recipe["joint"]["teacher"]].items()
    ]
    shown = {"temperature": _as_text(recipe["base"]["temperature"]), "shares": "\n".join(shares)}
    return Template(about).substitute(shown) + "\n"


def _whole_lines(results: Mapping[str, Any]) -> Iterable[str]:
    """The table of whole trainings; nothing for a file that neither learnt from a teacher nor was compared."""
    table = results.get("whole_ablation")
    if table is None and not results["recipe"]["base"].get("teacher"):
        return
    yield "## What length and the teacher brought"
    yield ""
    if table is None:
        yield from ("Not measured yet for this file: `python -m jobs.compare_recipes --data DATA --whole`.", "")
        return
    yield from (table["how"], "", "| task | n | measure | training | seeds | mean | 95 % interval of the difference |")
    yield "|---|---|---|---|---|---|---|"
    for row in table["rows"]:
        about = f"{row['task']} | {row['n']} | {row['measure'].replace('_', ' ')}"
        yield f"| {about} | {row['name']} | {row['seeds']} | {_as_text(row['mean'])} | {_interval(row)} |"
    yield ""


def _interval(row: Mapping[str, Any]) -> str:
    return f"{_as_text(row['low'])} to {_as_text(row['high'])}" if "low" in row else "-"


def _as_text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)


def flatten(values: Mapping[str, Any], prefix: str = "") -> Flat:
    """Nested names joined by `_`, also in place of dots and dashes, as templates and mlflow need them."""
    flat: Flat = {}
    for name, value in values.items():
        key = f"{prefix}{name}".replace("-", "_").replace(".", "_")
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{key}_")
        elif isinstance(value, str | int | float):
            flat[key] = value
    return flat


def track_training(settings: Settings, folder: Path, results: Mapping[str, Any]) -> str:
    """Logs recipe, figures and the annotator folder to mlflow and registers it; returns the version."""
    flat = flatten(results)
    with tracked_run(settings, "annotator", folder.name) as run:
        run.log_parameters({"normaliser": NORMALISER_VERSION})
        run.log_parameters(
            {name: value for name, value in flat.items() if name.startswith(("recipe_", "data_", "packages_"))}
        )
        figures = {name: value for name, value in flat.items() if name.startswith(("val_", "folds_", "int8_loss_"))}
        run.log_metrics({name: float(value) for name, value in figures.items() if not isinstance(value, str)})
        for step, epoch in enumerate(results["history"]):
            for task, found in epoch["tasks"].items():
                kept = {f"{epoch['weights']}_{task}_{name}": found[name] for name in ("loss", "accuracy", "macro_f1")}
                run.log_metrics(kept, step)
        reported = {**results["val"]["int8"], **results.get("folds", {})}
        tags = {task.name: float(reported[task.name][task.measure]) for task in TASKS if task.name in reported}
        return register_annotator(run, folder, tags)
