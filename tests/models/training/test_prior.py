import numpy as np
import pytest

from models.annotation.heads import CATEGORY, COMPLAINT, HEADS, SENTIMENT
from models.training.data import Example, labels_of
from models.training.prior import FLOOR, build_offsets, class_shares


def a_row(label: int, source: str = "tweeteval", weight: float = 1.0) -> Example:
    return Example("a", labels_of({SENTIMENT: label}), source, "a", weight)


def test_shares_follow_the_weights_and_a_class_without_rows_gets_the_floor() -> None:
    shares = class_shares([a_row(0, weight=0.5), a_row(1), a_row(1, weight=0.5)], SENTIMENT)
    assert shares.tolist() == [0.25, 0.75, FLOOR]


def test_the_rarer_the_class_the_lower_its_offset_where_each_class_counts_the_same() -> None:
    offsets = build_offsets([a_row(0), a_row(1), a_row(1), a_row(1)])["tweeteval"]
    assert offsets[:2] == pytest.approx(np.log([0.25, 0.75]))


def test_a_set_that_is_measured_by_accuracy_is_left_as_it_is() -> None:
    assert not build_offsets([a_row(0, "airline"), a_row(1, "airline")])["airline"][: len(SENTIMENT.labels)].any()


def test_a_head_that_a_set_does_not_answer_is_offset_evenly() -> None:
    offsets = build_offsets([Example("a", labels_of({COMPLAINT: 1}), "complaints", "a")])["complaints"]
    start = sum(len(head.labels) for head in HEADS[: HEADS.index(CATEGORY)])
    assert len(set(offsets[start : start + len(CATEGORY.labels)].tolist())) == 1
