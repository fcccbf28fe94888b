"""Figures of a classifier: macro recall, accuracy, macro F1, confusion, and a bootstrap interval. Pure numpy."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Classes = npt.NDArray[np.int64]


def confusion(truth: Classes, answer: Classes, classes: int) -> npt.NDArray[np.int64]:
    """Counts [truth, answer]."""
    return np.bincount(truth * classes + answer, minlength=classes * classes).reshape(classes, classes)


def accuracy(table: npt.NDArray[np.int64]) -> float:
    """Share of rows on the diagonal of a confusion table."""
    return float(np.trace(table) / table.sum())


def macro_recall(table: npt.NDArray[np.int64]) -> float:
    """Mean over the classes present of the share of their rows that were found (TweetEval's measure of sentiment)."""
    present = table.sum(axis=1) > 0
    return float(np.mean(np.diag(table)[present] / table.sum(axis=1)[present]))


def macro_f1(table: npt.NDArray[np.int64]) -> float:
    """Mean over the classes of 2 hits / (rows of the class + answers of the class); a class never seen counts 0."""
    return float(np.mean(2 * np.diag(table) / np.maximum(table.sum(axis=0) + table.sum(axis=1), 1)))


def bootstrap_interval(
    truth: Classes,
    answer: Classes,
    classes: int,
    measure: Callable[[npt.NDArray[np.int64]], float],
    draws: int = 2000,
    seed: int = 7,
) -> tuple[float, float]:
    """The 2.5 and 97.5 percentiles of `measure` over `draws` resamples of the rows."""
    chance = np.random.default_rng(seed)
    picks = (chance.integers(0, len(truth), len(truth)) for _ in range(draws))
    values = [measure(confusion(truth[pick], answer[pick], classes)) for pick in picks]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def summarise_answers(truth: Classes, answer: Classes, classes: int, with_interval: bool = False) -> dict[str, float]:
    """n, accuracy, macro recall and macro F1; `with_interval` adds the 95 % bootstrap interval of the macro recall."""
    table = confusion(truth, answer, classes)
    figures = {"n": float(len(truth)), "accuracy": accuracy(table), "macro_recall": macro_recall(table)}
    figures["macro_f1"] = macro_f1(table)
    if with_interval:
        low, high = bootstrap_interval(truth, answer, classes, macro_recall)
        figures |= {"macro_recall_low": low, "macro_recall_high": high}
    return figures
