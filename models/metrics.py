"""Metrics of a classifier: scikit-learn's, and what it lacks: bootstrap intervals and calibration."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from sklearn.metrics import accuracy_score, f1_score, recall_score

Classes = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
Measure = Callable[[npt.NDArray[np.int64]], float]
"""A figure of a confusion table [truth, answer], where `answer` is the predicted class."""

CALIBRATION_BINS = 15


def summarise_answers(truth: Classes, answer: Classes, classes: int) -> dict[str, float]:
    """n, accuracy, macro recall over the classes in the truth (TweetEval's measure), macro F1 over all `classes`."""
    return {
        "n": float(len(truth)),
        "accuracy": float(accuracy_score(truth, answer)),
        "macro_recall": float(recall_score(truth, answer, labels=np.unique(truth), average="macro")),
        "macro_f1": float(f1_score(truth, answer, labels=range(classes), average="macro", zero_division=0.0)),
    }


def _accuracy(table: npt.NDArray[np.int64]) -> float:
    return float(np.trace(table) / table.sum())


def _macro_recall(table: npt.NDArray[np.int64]) -> float:
    present = table.sum(axis=1) > 0
    return float(np.mean(np.diag(table)[present] / table.sum(axis=1)[present]))


def _macro_f1(table: npt.NDArray[np.int64]) -> float:
    return float(np.mean(2 * np.diag(table) / np.maximum(table.sum(axis=0) + table.sum(axis=1), 1)))


MEASURES: dict[str, Measure] = {"accuracy": _accuracy, "macro_recall": _macro_recall, "macro_f1": _macro_f1}
"""The figures of `summarise_answers` from a table: an interval's 2,000 resamples take 0.3 s, by scikit-learn's 12 s."""


def bootstrap_interval(
    truth: Classes, answer: Classes, classes: int, measure: Measure, draws: int = 2000, seed: int = 7
) -> tuple[float, float]:
    """The 2.5 and 97.5 percentiles of `measure` over `draws` resamples of the rows."""
    chance = np.random.default_rng(seed)
    picks = (chance.integers(0, len(truth), len(truth)) for _ in range(draws))
    values = [measure(confusion(truth[pick], answer[pick], classes)) for pick in picks]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def paired_interval(
    truth: Classes,
    before: Classes,
    after: Classes,
    classes: int,
    measure: Measure,
    draws: int = 2000,
    seed: int = 7,
) -> tuple[float, float]:
    """The 2.5 and 97.5 percentiles of measure(after) - measure(before), both on the same resamples of the rows.

    Paired bootstrap (Koehn 2004): the difficulty of a text for both models cancels out.
    """
    chance = np.random.default_rng(seed)
    picks = (chance.integers(0, len(truth), len(truth)) for _ in range(draws))
    gains = [
        measure(confusion(truth[pick], after[pick], classes)) - measure(confusion(truth[pick], before[pick], classes))
        for pick in picks
    ]
    low, high = np.percentile(gains, [2.5, 97.5])
    return float(low), float(high)


def confusion(truth: Classes, answer: Classes, classes: int) -> npt.NDArray[np.int64]:
    """The counts of scikit-learn's `confusion_matrix`, fast enough for each resample."""
    return np.bincount(truth * classes + answer, minlength=classes * classes).reshape(classes, classes)


def calibration_error(truth: Classes, probabilities: Numbers) -> float:
    """Expected calibration error (Guo et al. 2017) of [texts, classes]: confidence and accuracy in 15 equal bins."""
    confidence = probabilities.max(axis=1)
    hit = (probabilities.argmax(axis=1) == truth).astype(float)
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    gaps = np.bincount(bins, hit - confidence, minlength=CALIBRATION_BINS)
    return float(np.abs(gaps).sum() / len(truth))
