"""Evaluation: measures of tasks, temperatures, and folds that can be read back without a text."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from models.annotation.heads import COMPLAINT, HEADS, SENTIMENT
from models.training.data import FOLDS, Example, TrainingSet, fold_of, labels_of, text_hash
from models.training.evaluation import (
    OUT_OF_FOLD_FILE,
    Scores,
    choose_temperatures,
    cool,
    cross_validate,
    cut_fold,
    measure_tasks,
    read_out_of_fold,
    validation_score,
    write_out_of_fold,
)
from runtime.errors import BadInput

ROWS = [
    Example("a", labels_of({SENTIMENT: 0}), "tweeteval", "a"),
    Example("b", labels_of({SENTIMENT: 2}), "tweeteval", "b"),
    Example("c", labels_of({SENTIMENT: 0}), "airline", "c"),
    Example("d", labels_of({COMPLAINT: 1}), "complaints", "d", part="food"),
    Example("e", labels_of({COMPLAINT: 0}), "complaints", "e", part="random_tweet"),
]
FOLD_ROWS = [Example(f"flight {i}", labels_of({SENTIMENT: i % 3}), "airline", f"author {i % 40}") for i in range(200)]
FOLD_ROWS += [Example(f"order {i}", labels_of({COMPLAINT: i % 2}), "complaints", f"order {i}") for i in range(100)]
ALL_ROWS = [
    *FOLD_ROWS,
    *[Example(f"tweet {i}", labels_of({SENTIMENT: 1}), "tweeteval", f"tweet {i}") for i in range(20)],
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
    assert validation_score(found) == pytest.approx((0.5 + 1 + 1) / 3)


def test_the_interval_holds_the_measure() -> None:
    rows = [Example(str(i), labels_of({SENTIMENT: i % 3}), "tweeteval", str(i)) for i in range(90)]
    answers = {head.name: np.eye(len(head.labels))[[0] * 90] for head in HEADS} | {
        "sentiment": np.eye(3)[[i % 3 if i % 4 else 0 for i in range(90)]]
    }
    task = measure_tasks(rows, answers, intervals=True)["sentiment"]
    assert task["low"] < task["macro_recall"] < task["high"]


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


def guess(rows: list[Example]) -> Scores:
    return {
        head.name: np.eye(len(head.labels))[[max(row.label(head), 0) for row in rows]] * 0.9 + 0.1 / len(head.labels)
        for head in HEADS
    }


@pytest.mark.parametrize("fold", range(FOLDS))
def test_no_author_and_no_text_of_a_fold_is_trained_on_and_nothing_chooses(fold: int) -> None:
    copy = Example(
        next(row.text for row in FOLD_ROWS if fold_of(row) == fold), labels_of({SENTIMENT: 0}), "tweeteval", "x"
    )
    rows, held_out = cut_fold([*ALL_ROWS, copy], fold)
    assert held_out and not rows.selection
    assert not {row.group for row in held_out} & {row.group for row in rows.train}
    assert copy not in rows.train
    assert len(rows.train) + len(held_out) == len(ALL_ROWS)


def test_every_row_is_held_out_once_and_scored_by_its_own_fold() -> None:
    seen: list[int] = []

    def score(fold: int, rows: TrainingSet, held_out: list[Example]) -> Scores:
        seen.append(fold)
        return guess(held_out)

    rows, scores = cross_validate(ALL_ROWS, score)
    assert seen == list(range(FOLDS))
    assert sorted(row.text for row in rows) == sorted(row.text for row in FOLD_ROWS)
    assert measure_tasks(rows, scores)["airline"]["accuracy"] == 1


def test_what_is_stored_gives_the_same_figures_back_and_holds_no_text(tmp_path: Path) -> None:
    write_out_of_fold(tmp_path, FOLD_ROWS, guess(FOLD_ROWS))
    strangers = [Example("never seen", labels_of({SENTIMENT: 0}), "airline", "z")]
    rows, scores = read_out_of_fold(tmp_path, [*strangers, *FOLD_ROWS])
    stored, given = measure_tasks(rows, scores)["complaint"], measure_tasks(FOLD_ROWS, guess(FOLD_ROWS))["complaint"]
    assert stored.pop("confusion") == given.pop("confusion")
    assert stored == pytest.approx(given)
    assert len(rows) == len(FOLD_ROWS)
    written = gzip.decompress((tmp_path / OUT_OF_FOLD_FILE).read_bytes()).decode()
    assert "flight" not in written and text_hash(FOLD_ROWS[0]) in written


def test_texts_of_another_set_are_not_taken_for_the_stored_ones(tmp_path: Path) -> None:
    write_out_of_fold(tmp_path, FOLD_ROWS, guess(FOLD_ROWS))
    with pytest.raises(BadInput, match="knows none of these 1 texts"):
        read_out_of_fold(tmp_path, [Example("flight 1", labels_of({SENTIMENT: 0}), "complaints", "a")])
