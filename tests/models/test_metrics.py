import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from models.metrics import (
    MEASURES,
    bootstrap_interval,
    calibration_error,
    confusion,
    paired_interval,
    summarise_answers,
)

TRUTH = np.array([0, 0, 0, 0, 1, 1, 2, 2])
ANSWER = np.array([0, 0, 0, 1, 1, 1, 2, 0])


def test_the_table_counts_truth_by_row_and_answer_by_column() -> None:
    assert confusion(TRUTH, ANSWER, 3).tolist() == [[3, 1, 0], [0, 2, 0], [1, 0, 1]]


def test_the_measures_are_what_their_definitions_say() -> None:
    figures = summarise_answers(TRUTH, ANSWER, 3)
    assert figures["n"] == 8
    assert figures["accuracy"] == pytest.approx(6 / 8)
    assert figures["macro_recall"] == pytest.approx((3 / 4 + 1 + 1 / 2) / 3)
    assert figures["macro_f1"] == pytest.approx((6 / 8 + 4 / 5 + 2 / 3) / 3)


def test_a_class_without_rows_does_not_lower_the_recall() -> None:
    assert summarise_answers(np.array([0, 1]), np.array([0, 1]), 3)["macro_recall"] == 1
    assert summarise_answers(np.array([0, 1]), np.array([0, 2]), 3)["macro_recall"] == 1 / 2


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_a_resample_is_measured_as_scikit_learn_measures_it(classes: int) -> None:
    chance = np.random.default_rng(classes)
    for count in (1, 7, 400):
        truth, answer = chance.integers(0, classes, (2, count))
        table = confusion(truth, answer, classes)
        assert table.tolist() == confusion_matrix(truth, answer, labels=range(classes)).tolist()
        expected = summarise_answers(truth, answer, classes)
        for name, measure in MEASURES.items():
            assert measure(table) == pytest.approx(expected[name], rel=1e-15)


def test_the_interval_holds_the_figure_and_is_the_same_for_the_same_seed() -> None:
    low, high = bootstrap_interval(TRUTH, ANSWER, 3, MEASURES["accuracy"])
    assert low < 6 / 8 < high
    assert (low, high) == bootstrap_interval(TRUTH, ANSWER, 3, MEASURES["accuracy"])


def test_a_sure_and_right_model_is_calibrated_and_a_sure_and_wrong_one_is_not() -> None:
    sure = np.eye(3)[ANSWER]
    assert calibration_error(ANSWER, sure) == 0
    assert calibration_error(TRUTH, sure) == pytest.approx(2 / 8)
    even = np.full((8, 2), 0.5)
    assert calibration_error(np.array([0, 1] * 4), even) == 0


def test_a_paired_interval_knows_only_the_rows_on_which_the_two_differ() -> None:
    truth = np.array([0, 1] * 200)
    hard = np.where(np.arange(400) % 4 == 0, 1 - truth, truth)
    better = np.where(np.arange(400) < 80, truth, hard)
    measure = MEASURES["macro_f1"]
    assert paired_interval(truth, hard, hard, 2, measure) == (0.0, 0.0)
    low, high = paired_interval(truth, hard, better, 2, measure)
    assert 0 < low < measure(confusion(truth, better, 2)) - measure(confusion(truth, hard, 2)) < high
    alone = bootstrap_interval(truth, better, 2, measure)
    assert high - low < alone[1] - alone[0]
