import numpy as np
import pytest

from models.metrics import (
    accuracy,
    area_under_curve,
    bootstrap_interval,
    calibration_error,
    confusion,
    macro_f1,
    macro_recall,
    paired_interval,
    summarise_answers,
)

TRUTH = np.array([0, 0, 0, 0, 1, 1, 2, 2])
ANSWER = np.array([0, 0, 0, 1, 1, 1, 2, 0])


def test_the_table_counts_truth_by_row_and_answer_by_column() -> None:
    assert confusion(TRUTH, ANSWER, 3).tolist() == [[3, 1, 0], [0, 2, 0], [1, 0, 1]]


def test_the_measures_are_what_their_definitions_say() -> None:
    table = confusion(TRUTH, ANSWER, 3)
    assert accuracy(table) == pytest.approx(6 / 8)
    assert macro_recall(table) == pytest.approx((3 / 4 + 1 + 1 / 2) / 3)
    assert macro_f1(table) == pytest.approx((6 / 8 + 4 / 5 + 2 / 3) / 3)


def test_a_class_without_rows_does_not_lower_the_recall() -> None:
    assert macro_recall(confusion(np.array([0, 1]), np.array([0, 1]), 3)) == 1


def test_the_interval_holds_the_figure_and_is_the_same_for_the_same_seed() -> None:
    low, high = bootstrap_interval(TRUTH, ANSWER, 3, accuracy)
    assert low < 6 / 8 < high
    assert (low, high) == bootstrap_interval(TRUTH, ANSWER, 3, accuracy)


def test_the_summary_says_how_many_it_saw() -> None:
    figures = summarise_answers(TRUTH, ANSWER, 3, with_interval=True)
    assert figures["n"] == 8
    assert figures["macro_recall_low"] <= figures["macro_recall"] <= figures["macro_recall_high"]


def test_a_sure_and_right_model_is_calibrated_and_a_sure_and_wrong_one_is_not() -> None:
    sure = np.eye(3)[ANSWER]
    assert calibration_error(ANSWER, sure) == 0
    assert calibration_error(TRUTH, sure) == pytest.approx(2 / 8)
    even = np.full((8, 2), 0.5)
    assert calibration_error(np.array([0, 1] * 4), even) == 0


def test_the_area_under_the_curve_counts_ordered_pairs_and_halves_ties() -> None:
    positive = np.array([True, True, False, False])
    assert area_under_curve(positive, np.array([0.9, 0.8, 0.2, 0.1])) == 1
    assert area_under_curve(positive, np.array([0.9, 0.1, 0.5, 0.1])) == pytest.approx((2 + 0.5) / 4)
    assert np.isnan(area_under_curve(np.array([True]), np.array([0.3])))


def test_a_paired_interval_knows_only_the_rows_on_which_the_two_differ() -> None:
    truth = np.array([0, 1] * 200)
    hard = np.where(np.arange(400) % 4 == 0, 1 - truth, truth)
    better = np.where(np.arange(400) < 80, truth, hard)
    assert paired_interval(truth, hard, hard, 2, macro_f1) == (0.0, 0.0)
    low, high = paired_interval(truth, hard, better, 2, macro_f1)
    assert 0 < low < macro_f1(confusion(truth, better, 2)) - macro_f1(confusion(truth, hard, 2)) < high
    alone = bootstrap_interval(truth, better, 2, macro_f1)
    assert high - low < alone[1] - alone[0]
