"""Precision and recall of a cut-off where complaints are rarer than in the labelled texts."""

import numpy as np
import pytest

from models.tickets.cutoffs import measure_curve, recall_interval

TRUTH = np.array([1, 1, 0, 1, 0, 0])
SCORES = np.array([0.9, 0.8, 0.8, 0.4, 0.2, np.nan])


def test_of_texts_as_they_are_the_curve_is_the_plain_one() -> None:
    curve = measure_curve(TRUTH, SCORES, 0.5)
    assert curve.cutoffs.tolist() == [0.9, 0.8, 0.4, 0.2]
    assert curve.precision == pytest.approx([1, 2 / 3, 3 / 4, 3 / 5])
    assert curve.recall == pytest.approx([1 / 3, 2 / 3, 1, 1])


def test_where_complaints_are_rare_a_false_alarm_weighs_more() -> None:
    point = measure_curve(TRUTH, SCORES, 0.05).at_cutoff(0.4)
    assert point is not None
    assert (point.precision, point.recall) == pytest.approx((0.05 / (0.05 + 0.95 / 3), 1))


def test_the_highest_recall_of_a_precision_is_chosen() -> None:
    curve = measure_curve(TRUTH, SCORES, 0.5)
    found = curve.at_precision(0.7)
    assert found is not None
    assert (found.cutoff, found.recall) == pytest.approx((0.4, 1))
    assert measure_curve(TRUTH, -SCORES, 0.05).at_precision(0.99) is None


def test_a_text_without_a_score_is_never_chosen() -> None:
    assert measure_curve(np.array([1, 1]), np.array([np.nan, 0.5]), 0.5).recall.tolist() == [0.5]
    assert measure_curve(np.array([1]), np.array([np.nan]), 0.5).at_cutoff(0) is None


def test_the_interval_contains_the_recall() -> None:
    chance = np.random.default_rng(1)
    truth = chance.integers(0, 2, 400)
    scores = truth + chance.normal(0, 0.7, 400)
    found = measure_curve(truth, scores, 0.5).at_precision(0.8)
    assert found is not None
    low, high = recall_interval(truth, scores, 0.5, 0.8, draws=100)
    assert low < found.recall < high
