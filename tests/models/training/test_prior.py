import numpy as np
import pytest

from models.training.data import Example
from models.training.prior import bias_of, choose_strength, class_shares


def test_shares_follow_the_weights() -> None:
    assert class_shares([Example("a", 0, 0.5), Example("b", 1), Example("c", 1, 0.5)], 3).tolist() == [0.25, 0.75, 0]


def test_the_rarer_the_class_the_more_it_is_lifted() -> None:
    bias = bias_of(0.5, np.array([0.1, 0.9]))
    assert bias == pytest.approx([0.5 * np.log(10), 0.5 * np.log(10 / 9)])


def test_a_rare_class_that_is_just_missed_is_worth_a_correction() -> None:
    probabilities = np.array([[0.45, 0.55]] * 5 + [[0.05, 0.95]] * 45)
    truth = np.array([0] * 5 + [1] * 45)
    assert choose_strength(probabilities, truth, np.array([0.1, 0.9])) == 0.1


def test_a_model_that_is_right_is_left_alone() -> None:
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert choose_strength(probabilities, np.array([0, 1]), np.array([0.1, 0.9])) == 0
