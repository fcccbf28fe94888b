import numpy as np
import pytest

from conf.settings import Settings
from models.annotation.annotator import annotator_folder
from models.annotation.heads import HEADS
from models.annotation.reference_annotator import PlainAnnotator

TEXTS = ["I love this!", "worst day ever, can't believe it", "the meeting is on monday", ""]


@pytest.fixture
def plain(offline_settings: Settings) -> PlainAnnotator:
    return PlainAnnotator(annotator_folder(offline_settings))


def test_the_shipped_labels_are_every_head_in_class_order(plain: PlainAnnotator) -> None:
    assert plain.labels == [key for head in HEADS for key in head.keys]
    assert plain.heads == [head.name for head in HEADS]


def test_each_head_of_each_row_is_a_distribution(plain: PlainAnnotator) -> None:
    for head in HEADS:
        scores = plain.score(TEXTS)[head.name]
        assert scores.shape == (4, len(head.labels))
        assert scores.sum(axis=1) == pytest.approx(np.ones(4), abs=1e-4)


def test_batches_give_the_rows_in_the_order_asked(plain: PlainAnnotator) -> None:
    alone, together = plain.score(TEXTS), plain.score(TEXTS, batch_size=3)
    for head in HEADS:
        assert together[head.name] == pytest.approx(alone[head.name], abs=0.08)
