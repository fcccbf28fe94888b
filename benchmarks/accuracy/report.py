"""The figures of `benchmarks.accuracy` as tables for the screen."""

from collections.abc import Iterator
from typing import Any

from benchmarks.accuracy.published import PUBLISHED


def as_text(figures: dict[str, Any]) -> str:
    """One table per task: the annotator, the baselines, then figures published for other texts."""
    lines = [f"annotator {figures['model_version']} on {figures['split']}"]
    for name, task in figures["tasks"].items():
        lines += ["", *_table(name, task)]
    if figures.get("entities"):
        lines += ["", *_entities(figures["entities"])]
    return "\n".join(lines)


def _table(name: str, task: dict[str, Any]) -> Iterator[str]:
    measure = task["measure"].replace("_", " ")
    how = task.get("how", "through Spark NLP")
    yield f"{name} ({how}): {measure} (95 % interval), accuracy, macro F1, calibration error"
    for model, row in [("Brandpulse", task), *task.get("baselines", {}).items()]:
        yield _line(model, task["measure"], row)
    yield f"  confusion {task['confusion']} (rows: truth)"
    if "label_agreement" in task:
        yield f"  Spark NLP and plain onnxruntime agree on {task['label_agreement']:.2%} of the labels"
        yield f"  {task['unanswered']} texts without an answer"
    if "subjectivity" in task:
        yield "  subjectivity: " + ", ".join(f"{key} {value:.3f}" for key, value in task["subjectivity"].items())
    if name in PUBLISHED:
        yield _published(name)


def _line(model: str, measure: str, figures: dict[str, Any]) -> str:
    low, high = figures["interval"]
    error = f"{figures['calibration_error']:.3f}" if "calibration_error" in figures else "-"
    return (
        f"  {model:30} {figures[measure]:.4f} ({low:.4f} to {high:.4f})  {figures['accuracy']:.4f}  "
        f"{figures['macro_f1']:.4f}  {error}  n = {figures['n']:,}"
    )


def _entities(corpora: dict[str, dict[str, float]]) -> Iterator[str]:
    yield "entities (dev sets, through Spark NLP): span F1 (95 % interval), precision, recall"
    for name, row in corpora.items():
        yield (
            f"  {name:30} {row['f1']:.4f} ({row['f1_low']:.4f} to {row['f1_high']:.4f})  {row['precision']:.4f}  "
            f"{row['recall']:.4f}  {row['tweets']:,.0f} tweets, {row['entities']:,.0f} entities"
        )
    yield _published("entities")


def _published(name: str) -> str:
    source, found = PUBLISHED[name]
    return f"  published ({source}): " + ", ".join(f"{model} {value:.3f}" for model, value in found.items())
