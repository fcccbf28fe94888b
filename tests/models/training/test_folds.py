"""Folds: nobody stands on both sides, and what is stored gives the same answers back without a text."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from models.annotation.heads import COMPLAINT, HEADS, SENTIMENT
from models.training.data import FOLDS, Example, TrainingSet, fold_of, labels_of
from models.training.folds import FILE, cross_validate, cut_fold, read_out_of_fold, text_hash, write_out_of_fold
from models.training.tasks import Scores, measure_tasks
from runtime.errors import BadInput

ROWS = [Example(f"flight {i}", labels_of({SENTIMENT: i % 3}), "airline", f"author {i % 40}") for i in range(200)]
ROWS += [Example(f"order {i}", labels_of({COMPLAINT: i % 2}), "complaints", f"order {i}") for i in range(100)]
ALL = [*ROWS, *[Example(f"tweet {i}", labels_of({SENTIMENT: 1}), "tweeteval", f"tweet {i}") for i in range(20)]]


def guess(rows: list[Example]) -> Scores:
    return {
        head.name: np.eye(len(head.labels))[[max(row.label(head), 0) for row in rows]] * 0.9 + 0.1 / len(head.labels)
        for head in HEADS
    }


@pytest.mark.parametrize("fold", range(FOLDS))
def test_no_author_and_no_text_of_a_fold_is_trained_on_and_nothing_chooses(fold: int) -> None:
    copy = Example(next(row.text for row in ROWS if fold_of(row) == fold), labels_of({SENTIMENT: 0}), "tweeteval", "x")
    rows, held_out = cut_fold([*ALL, copy], fold)
    assert held_out and not rows.selection
    assert not {row.group for row in held_out} & {row.group for row in rows.train}
    assert copy not in rows.train
    assert len(rows.train) + len(held_out) == len(ALL)


def test_every_row_is_held_out_once_and_scored_by_its_own_fold() -> None:
    seen: list[int] = []

    def score(fold: int, rows: TrainingSet, held_out: list[Example]) -> Scores:
        seen.append(fold)
        return guess(held_out)

    rows, scores = cross_validate(ALL, score)
    assert seen == list(range(FOLDS))
    assert sorted(row.text for row in rows) == sorted(row.text for row in ROWS)
    assert measure_tasks(rows, scores)["airline"]["accuracy"] == 1


def test_what_is_stored_gives_the_same_figures_back_and_holds_no_text(tmp_path: Path) -> None:
    write_out_of_fold(tmp_path, ROWS, guess(ROWS))
    strangers = [Example("never seen", labels_of({SENTIMENT: 0}), "airline", "z")]
    rows, scores = read_out_of_fold(tmp_path, [*strangers, *ROWS])
    stored, given = measure_tasks(rows, scores)["complaint"], measure_tasks(ROWS, guess(ROWS))["complaint"]
    assert stored.pop("confusion") == given.pop("confusion")
    assert stored == pytest.approx(given)
    assert len(rows) == len(ROWS)
    written = gzip.decompress((tmp_path / FILE).read_bytes()).decode()
    assert "flight" not in written and text_hash(ROWS[0]) in written


def test_texts_of_another_set_are_not_taken_for_the_stored_ones(tmp_path: Path) -> None:
    write_out_of_fold(tmp_path, ROWS, guess(ROWS))
    with pytest.raises(BadInput, match="knows none of these 1 texts"):
        read_out_of_fold(tmp_path, [Example("flight 1", labels_of({SENTIMENT: 0}), "complaints", "a")])
