import numpy as np
import pytest

from conf.settings import Settings
from models.annotation.annotator import annotator_folder
from models.annotation.heads import HEADS
from models.annotation.reference_annotator import ReferenceAnnotator

TEXTS = ["I love this!", "worst day ever, can't believe it", "the meeting is on monday", ""]


@pytest.fixture
def reference(offline_settings: Settings) -> ReferenceAnnotator:
    return ReferenceAnnotator(annotator_folder(offline_settings))


def test_the_shipped_labels_are_every_head_in_class_order(reference: ReferenceAnnotator) -> None:
    assert reference.labels == [key for head in HEADS for key in head.keys]
    assert reference.heads == [head.name for head in HEADS]


def test_each_head_of_each_row_is_a_distribution(reference: ReferenceAnnotator) -> None:
    for head in HEADS:
        scores = reference.score(TEXTS)[head.name]
        assert scores.shape == (4, len(head.labels))
        assert scores.sum(axis=1) == pytest.approx(np.ones(4), abs=1e-4)


def test_batches_give_the_rows_in_the_order_asked(reference: ReferenceAnnotator) -> None:
    alone, together = reference.score(TEXTS), reference.score(TEXTS, batch_size=3)
    for head in HEADS:
        assert together[head.name] == pytest.approx(alone[head.name], abs=0.08)
