import numpy as np
import pytest

from models.annotation.heads import COMPLAINT, HEADS, SENTIMENT
from models.training.data import Example, labels_of
from models.training.tasks import Scores, measure_tasks, worth

ROWS = [
    Example("a", labels_of({SENTIMENT: 0}), "tweeteval", "a"),
    Example("b", labels_of({SENTIMENT: 2}), "tweeteval", "b"),
    Example("c", labels_of({SENTIMENT: 0}), "airline", "c"),
    Example("d", labels_of({COMPLAINT: 1}), "complaints", "d", part="food"),
    Example("e", labels_of({COMPLAINT: 0}), "complaints", "e", part="random_tweet"),
]


def scores_of(**answers: list[int]) -> Scores:
    return {head.name: np.eye(len(head.labels))[answers.get(head.name, [0] * len(ROWS))] for head in HEADS}


def test_each_task_is_measured_on_its_own_sets_and_parts() -> None:
    found = measure_tasks(ROWS, scores_of(sentiment=[0, 1, 0, 0, 0], complaint=[0, 0, 0, 1, 1]))
    assert {name: task["n"] for name, task in found.items()} == {
        "sentiment": 2,
        "airline": 1,
        "complaint": 2,
        "complaint_to_brands": 1,
    }
    assert (found["sentiment"]["macro_recall"], found["airline"]["accuracy"]) == (0.5, 1.0)
    assert found["complaint"]["confusion"] == [[0, 1], [0, 1]]


def test_an_epoch_is_worth_the_mean_of_its_tasks_each_by_its_own_measure() -> None:
    found = measure_tasks(ROWS, scores_of(sentiment=[0, 1, 0, 0, 0], complaint=[0, 0, 0, 1, 0]))
    assert worth(found) == pytest.approx((0.5 + 1 + 1) / 3)


def test_the_interval_holds_the_measure() -> None:
    rows = [Example(str(i), labels_of({SENTIMENT: i % 3}), "tweeteval", str(i)) for i in range(90)]
    answers = {head.name: np.eye(len(head.labels))[[0] * 90] for head in HEADS} | {
        "sentiment": np.eye(3)[[i % 3 if i % 4 else 0 for i in range(90)]]
    }
    task = measure_tasks(rows, answers, intervals=True)["sentiment"]
    assert task["low"] < task["macro_recall"] < task["high"]
