"""Distillation: the teachers' soft labels reach the texts that they scored, and no other."""

import pytest

from models.annotation.heads import COMPLAINT, SENTIMENT
from models.training.data import Example, TrainingSet, labels_of

pytestmark = pytest.mark.train
SOFT = (0.1, 0.2, 0.7)


@pytest.fixture(autouse=True)
def _torch() -> None:
    pytest.importorskip("torch", reason="the train extra is not installed: make setup-train")


def a_row(text: str, source: str = "tweeteval") -> Example:
    head = {"tweeteval": SENTIMENT, "complaints": COMPLAINT}[source]
    return Example(text, labels_of({head: 1}), source, text)


def test_answers_go_to_the_texts_of_tweeteval_alone() -> None:
    from models.training.stages import with_soft_labels

    rows = [a_row("asked"), a_row("not asked"), a_row("asked", "complaints")]
    assert [row.soft_labels for row in with_soft_labels(rows, {"asked": SOFT})] == [SOFT, (), ()]


def test_an_unlabelled_text_becomes_a_row_that_only_the_teachers_answer() -> None:
    from models.training.stages import BASE_SETS, as_examples

    row = as_examples(["asked"], {"asked": SOFT})[0]
    assert (row.text, row.soft_labels, set(row.labels)) == ("asked", SOFT, {-1})
    assert row.source in BASE_SETS


def test_the_unlabelled_texts_are_a_repeatable_pick_without_any_that_is_trained_on_or_chooses() -> None:
    from models.training.stages import pick_unlabelled

    rows = TrainingSet([a_row("trained on")], [a_row("chooses")])
    texts = ["trained on", "chooses", *(f"free {number}" for number in range(50))]
    picked = pick_unlabelled(texts, rows, 10)
    assert len(set(picked)) == 10
    assert picked == pick_unlabelled(reversed(texts), rows, 10)
    assert picked != sorted(picked)
    assert not {"trained on", "chooses"} & set(pick_unlabelled(texts, rows, 100))


def test_a_taught_text_pulls_towards_the_teachers_by_their_share_and_to_its_label_by_the_rest() -> None:
    import torch

    from models.training.heads_trainer import HeadsRecipe, build_batch, row_loss
    from models.training.network import LABELS

    rows = [a_row("asked")]
    plain = build_batch([0], [[101, 102]], rows)
    distilled = build_batch([0], [[101, 102]], [Example(**{**vars(rows[0]), "soft_labels": SOFT})])
    logits, offset = torch.zeros(1, LABELS), torch.zeros(1, LABELS)
    logits[0, :3] = torch.tensor([0.0, 1.0, 2.0])
    recipe = HeadsRecipe(label_smoothing=0.0, distillation_share=0.7)
    chances = logits[:, :3].log_softmax(1)[0]
    by_label, by_teachers = -float(chances[1]), -float((torch.tensor(SOFT) * chances).sum())
    assert float(row_loss(recipe, logits, offset, plain)) == pytest.approx(by_label, abs=1e-6)
    expected = 0.3 * by_label + 0.7 * by_teachers
    assert float(row_loss(recipe, logits, offset, distilled)) == pytest.approx(expected, abs=1e-6)
