"""What teachers say reaches the texts they were asked about, and no other."""

import pytest

from models.annotation.heads import COMPLAINT, SENTIMENT
from models.training.data import Example, TrainingSet, labels_of

pytestmark = pytest.mark.train
TOLD = (0.1, 0.2, 0.7)


@pytest.fixture(autouse=True)
def _torch() -> None:
    pytest.importorskip("torch", reason="the train extra is not installed: make setup-train")


def a_row(text: str, source: str = "tweeteval") -> Example:
    head = {"tweeteval": SENTIMENT, "complaints": COMPLAINT}[source]
    return Example(text, labels_of({head: 1}), source, text)


def test_answers_go_to_the_texts_of_tweeteval_alone() -> None:
    from models.training.teachers import with_answers

    rows = [a_row("asked"), a_row("not asked"), a_row("asked", "complaints")]
    assert [row.taught for row in with_answers(rows, {"asked": TOLD})] == [TOLD, (), ()]


def test_an_unlabelled_text_becomes_a_row_that_only_the_teachers_answer() -> None:
    from models.training.stages import BASE_SETS
    from models.training.teachers import as_examples

    row = as_examples(["asked"], {"asked": TOLD})[0]
    assert (row.text, row.taught, set(row.labels)) == ("asked", TOLD, {-1})
    assert row.source in BASE_SETS


def test_the_unlabelled_texts_are_a_repeatable_pick_without_any_that_is_trained_on_or_chooses() -> None:
    from models.training.teachers import pick_unlabelled

    rows = TrainingSet([a_row("trained on")], [a_row("chooses")])
    texts = ["trained on", "chooses", *(f"free {number}" for number in range(50))]
    picked = pick_unlabelled(texts, rows, 10)
    assert len(set(picked)) == 10
    assert picked == pick_unlabelled(reversed(texts), rows, 10)
    assert picked != sorted(picked)
    assert not {"trained on", "chooses"} & set(pick_unlabelled(texts, rows, 100))


def test_a_taught_text_pulls_towards_the_teachers_by_their_share_and_to_its_label_by_the_rest() -> None:
    import torch

    from models.training.batches import build_batch
    from models.training.network import LABELS
    from models.training.train import Recipe, row_loss

    rows = [a_row("asked")]
    plain = build_batch([0], [[101, 102]], rows)
    taught = build_batch([0], [[101, 102]], [Example(**{**vars(rows[0]), "taught": TOLD})])
    logits, offset = torch.zeros(1, LABELS), torch.zeros(1, LABELS)
    logits[0, :3] = torch.tensor([0.0, 1.0, 2.0])
    recipe = Recipe(label_smoothing=0.0, taught_share=0.7)
    chances = logits[:, :3].log_softmax(1)[0]
    by_label, by_teachers = -float(chances[1]), -float((torch.tensor(TOLD) * chances).sum())
    assert float(row_loss(recipe, logits, offset, plain)) == pytest.approx(by_label, abs=1e-6)
    expected = 0.3 * by_label + 0.7 * by_teachers
    assert float(row_loss(recipe, logits, offset, taught)) == pytest.approx(expected, abs=1e-6)
