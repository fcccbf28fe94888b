import numpy as np
import pytest

from conf.settings import Settings
from models.annotator import annotator_folder
from models.heads import SENTIMENT
from models.plain_onnx import PlainAnnotator

TEXTS = ["I love this!", "worst day ever, can't believe it", "the meeting is on monday", ""]


@pytest.fixture
def plain(offline_settings: Settings) -> PlainAnnotator:
    return PlainAnnotator(annotator_folder(offline_settings))


def test_the_shipped_labels_are_the_head_in_class_order(plain: PlainAnnotator) -> None:
    assert tuple(plain.labels) == SENTIMENT.labels


def test_each_row_is_a_distribution(plain: PlainAnnotator) -> None:
    scores = plain.score(TEXTS)
    assert scores.shape == (4, 3)
    assert scores.sum(axis=1) == pytest.approx(np.ones(4))


def test_batches_give_the_rows_in_the_order_asked(plain: PlainAnnotator) -> None:
    assert plain.score(TEXTS, batch_size=3) == pytest.approx(plain.score(TEXTS), abs=0.05)
