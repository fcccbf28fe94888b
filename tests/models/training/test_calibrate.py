import numpy as np
import pytest

from models.annotation.heads import HEADS, SENTIMENT
from models.training.calibrate import choose_temperatures, cool
from models.training.data import Example, labels_of


def test_a_temperature_of_one_changes_nothing_and_a_high_one_evens_out() -> None:
    chances = np.array([[0.7, 0.2, 0.1]])
    assert cool(chances, 1.0) == pytest.approx(chances)
    assert cool(chances, 100.0) == pytest.approx(np.full((1, 3), 1 / 3), abs=0.01)


def test_a_model_that_is_too_sure_is_cooled_and_a_timid_one_heated() -> None:
    truth = [0] * 7 + [1] * 3
    rows = [Example(str(i), labels_of({SENTIMENT: label}), "tweeteval", "a") for i, label in enumerate(truth)]
    scores = {head.name: np.full((10, len(head.labels)), 1 / len(head.labels)) for head in HEADS}
    sure = scores | {"sentiment": np.tile([0.98, 0.01, 0.01], (10, 1))}
    timid = scores | {"sentiment": np.tile([0.45, 0.3, 0.25], (10, 1))}
    assert choose_temperatures(rows, sure)[0] > 1 > choose_temperatures(rows, timid)[0]


def test_a_head_without_rows_is_left_alone() -> None:
    rows = [Example("a", labels_of({SENTIMENT: 0}), "tweeteval", "a")]
    scores = {head.name: np.full((1, len(head.labels)), 1 / len(head.labels)) for head in HEADS}
    assert choose_temperatures(rows, scores)[1:] == [1.0] * (len(HEADS) - 1)
