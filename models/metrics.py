"""Metrics of a classifier: recall, accuracy, F1, confusion, calibration, ranking, bootstrap intervals. Pure numpy."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Classes = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]

CALIBRATION_BINS = 15


def confusion(truth: Classes, answer: Classes, classes: int) -> npt.NDArray[np.int64]:
    """Counts [truth, answer], where `answer` is the predicted class."""
    return np.bincount(truth * classes + answer, minlength=classes * classes).reshape(classes, classes)


def accuracy(table: npt.NDArray[np.int64]) -> float:
    """Share of rows on the diagonal of a confusion table."""
    return float(np.trace(table) / table.sum())


def macro_recall(table: npt.NDArray[np.int64]) -> float:
    """Mean recall over the classes that occur in the truth (TweetEval's measure of sentiment)."""
    present = table.sum(axis=1) > 0
    return float(np.mean(np.diag(table)[present] / table.sum(axis=1)[present]))


def macro_f1(table: npt.NDArray[np.int64]) -> float:
    """Mean over all classes of 2 correct / (true + predicted); 0 for a class that does not occur."""
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


def paired_interval(
    truth: Classes,
    before: Classes,
    after: Classes,
    classes: int,
    measure: Callable[[npt.NDArray[np.int64]], float],
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


def calibration_error(truth: Classes, probabilities: Numbers) -> float:
    """Expected calibration error (Guo et al. 2017) of [texts, classes]: confidence and accuracy in 15 equal bins."""
    confidence = probabilities.max(axis=1)
    hit = (probabilities.argmax(axis=1) == truth).astype(float)
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    gaps = np.bincount(bins, hit - confidence, minlength=CALIBRATION_BINS)
    return float(np.abs(gaps).sum() / len(truth))


def area_under_curve(positive: npt.NDArray[np.bool_], scores: Numbers) -> float:
    """ROC AUC by ranks: the probability that a positive text outscores a negative one, ties half; NaN without both."""
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    count = int(positive.sum())
    pairs = count * (len(positive) - count)
    return float((ranks[positive].sum() - count * (count + 1) / 2) / pairs) if pairs else float("nan")


def summarise_answers(truth: Classes, answer: Classes, classes: int, with_interval: bool = False) -> dict[str, float]:
    """n, accuracy, macro recall and macro F1; `with_interval` adds the 95 % bootstrap interval of the macro recall."""
    table = confusion(truth, answer, classes)
    figures = {"n": float(len(truth)), "accuracy": accuracy(table), "macro_recall": macro_recall(table)}
    figures["macro_f1"] = macro_f1(table)
    if with_interval:
        low, high = bootstrap_interval(truth, answer, classes, macro_recall)
        figures |= {"macro_recall_low": low, "macro_recall_high": high}
    return figures
