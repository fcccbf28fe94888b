"""Soft labels: joined by row and hash, tempered, weighed by set and head; by-fold files where a fold is measured."""

from pathlib import Path

import numpy as np
import pytest

from models.annotation.heads import CATEGORY, COMPLAINT, HEADS, REASON, SENTIMENT, Head
from models.training.data import Example, labels_of
from models.training.soft_labels import TERMS, Term, Terms, build_targets, hash_answers, soften
from runtime.errors import BadInput, MissingPrerequisite
from tests.models.training.files import a_teacher_file, an_answer

LATE = Example("late", labels_of({SENTIMENT: 0}), "airline", "ann", row=1)
GREAT = Example("great", labels_of({SENTIMENT: 2}), "tweeteval", "great", row=0)
SHARED: Terms = {("airline", SENTIMENT): Term("joint", share=0.4), ("airline", COMPLAINT): Term("joint", alone=0.3)}


def at(head: Head) -> slice:
    start = sum(len(one.labels) for one in HEADS[: HEADS.index(head)])
    return slice(start, start + len(head.labels))


def test_a_share_of_the_labels_loss_becomes_the_teachers_and_a_head_without_a_label_learns_from_it_alone(
    tmp_path: Path,
) -> None:
    answer = an_answer(LATE, {"joint_negative": 0.5, "joint_neutral": 0.3, "joint_positive": 0.2, "complaint": 0.9})
    a_teacher_file(tmp_path, "airline.csv.gz", answer)
    targets = build_targets(tmp_path, [GREAT, LATE], SHARED, temperature=1.0)
    assert targets.probabilities[1, at(SENTIMENT)] == pytest.approx([0.5, 0.3, 0.2])
    assert targets.probabilities[1, at(COMPLAINT)] == pytest.approx([0.1, 0.9])
    assert targets.hard[1].tolist() == pytest.approx([0.6, 1, 1, 1])
    assert targets.soft[1].tolist() == pytest.approx([0.4, 0.3, 0, 0])
    assert not targets.soft[0].any() and not targets.probabilities[0].any() and targets.hard[0].all()


def test_a_row_that_the_teacher_was_not_asked_keeps_its_label_whole(tmp_path: Path) -> None:
    empty = an_answer(
        LATE, dict.fromkeys(("joint_negative", "joint_neutral", "joint_positive"), "") | {"complaint": 0.9}
    )
    a_teacher_file(tmp_path, "airline.csv.gz", empty)
    stranger = Example("later", labels_of({SENTIMENT: 0}), "airline", "ben", row=7)
    targets = build_targets(tmp_path, [LATE, stranger], SHARED, temperature=1.0)
    assert targets.hard[0].tolist() == [1, 1, 1, 1] and targets.hard[1].tolist() == [1, 1, 1, 1]
    assert targets.soft[0].tolist() == pytest.approx([0, 0.3, 0, 0]) and not targets.soft[1].any()


def test_a_temperature_evens_out_and_a_probability_of_zero_counts_as_the_smallest_one() -> None:
    assert soften(np.array([0.64, 0.36, 0.0]), 2.0) == pytest.approx(np.array([0.8, 0.6, 0.01]) / 1.41)


def test_an_answer_to_another_text_is_refused_with_its_line(tmp_path: Path) -> None:
    other = Example("early", LATE.labels, "airline", "ann", row=1)
    a_teacher_file(tmp_path, "airline.csv.gz", an_answer(other, sentiment()))
    with pytest.raises(BadInput, match=r"airline\.csv\.gz line 2: the teacher was asked another text"):
        build_targets(tmp_path, [LATE], {("airline", SENTIMENT): Term("joint", share=0.4)}, 1.0)


def test_a_field_that_is_no_number_and_a_missing_column_are_refused(tmp_path: Path) -> None:
    a_teacher_file(tmp_path, "airline.csv.gz", an_answer(LATE, sentiment() | {"joint_neutral": "much"}))
    terms = {("airline", SENTIMENT): Term("joint", share=0.4)}
    with pytest.raises(BadInput, match=r"line 2: .*much.* are not numbers from 0 to 1"):
        build_targets(tmp_path, [LATE], terms, 1.0)
    with pytest.raises(BadInput, match="line 1: the columns must include complaint"):
        build_targets(tmp_path, [LATE], SHARED, 1.0)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingPrerequisite, match=r"tweeteval_train\.csv\.gz is missing"):
        build_targets(tmp_path, [GREAT], TERMS["base"], 1.0)


def test_where_a_fold_is_measured_the_teachers_that_did_not_see_it_answer(tmp_path: Path) -> None:
    a_teacher_file(tmp_path, "airline.csv.gz", an_answer(LATE, sentiment(0.9)))
    a_teacher_file(tmp_path, "by_fold/airline_3.csv.gz", an_answer(LATE, sentiment(0.6)))
    terms = {("airline", SENTIMENT): Term("joint", share=0.4)}
    found = {fold: build_targets(tmp_path, [LATE], terms, 1.0, fold).probabilities[0, 0] for fold in (None, 3)}
    assert found == pytest.approx({None: 0.9, 3: 0.6})


def test_of_tweeteval_a_fold_takes_the_base_teachers_alone(tmp_path: Path) -> None:
    answer = {name.replace("joint", "base"): value for name, value in sentiment().items()} | {"complaint": 0.9}
    a_teacher_file(tmp_path, "tweeteval_train.csv.gz", an_answer(GREAT, answer))
    whole, fold = (build_targets(tmp_path, [GREAT], TERMS["joint"], 1.0, fold) for fold in (None, 0))
    assert whole.soft[0].tolist() == pytest.approx([0.7, 0.5, 0, 0])
    assert fold.soft[0].tolist() == pytest.approx([0.7, 0, 0, 0])


def test_a_reason_and_a_category_are_learnt_where_a_row_has_one(tmp_path: Path) -> None:
    labelled = Example("lost", labels_of({CATEGORY: 1, REASON: 2}), "airline", "ben", row=2)
    chances = {key: 0.1 for head in (CATEGORY, REASON) for key in head.keys}
    lines = [an_answer(row, sentiment() | {"complaint": 0.5} | chances) for row in (LATE, labelled)]
    a_teacher_file(tmp_path, "airline.csv.gz", *lines)
    targets = build_targets(tmp_path, [LATE, labelled], TERMS["joint"], 1.0)
    assert targets.soft[:, 2:].tolist() == [[0, 0], [0.5, 0.5]]


def test_the_files_that_the_stages_read_are_hashed(tmp_path: Path) -> None:
    a_teacher_file(tmp_path, "tweeteval_train.csv.gz", an_answer(GREAT, sentiment()))
    assert list(hash_answers(tmp_path, ["base", ""])) == ["teacher/tweeteval_train.csv.gz"]


def sentiment(negative: float = 0.5) -> dict[str, float | str]:
    return {"joint_negative": negative, "joint_neutral": (1 - negative) / 2, "joint_positive": (1 - negative) / 2}
