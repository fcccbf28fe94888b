"""The loss of a step: a text's own label, the teacher's probabilities, and nothing for a head without either."""

import numpy as np
import pytest

from models.annotation.heads import SENTIMENT
from models.training.data import Example, labels_of
from models.training.soft_labels import without_teacher

pytestmark = pytest.mark.train

TEXT = Example("text", labels_of({SENTIMENT: 1}), "tweeteval", "text")


def test_a_text_pulls_towards_its_label() -> None:
    torch = pytest.importorskip("torch", reason="the train extra is not installed: make setup-train")
    from models.training.heads_trainer import HeadsRecipe, build_batch, row_loss
    from models.training.network import LABELS

    batch = build_batch([0], [[101, 102]], [TEXT], without_teacher(1))
    logits, offset = torch.zeros(1, LABELS), torch.zeros(1, LABELS)
    logits[0, :3] = torch.tensor([0.0, 1.0, 2.0])
    expected = -float(logits[0, :3].log_softmax(0)[1])
    loss = row_loss(HeadsRecipe(label_smoothing=0.0), logits, offset, batch)
    assert float(loss) == pytest.approx(expected, abs=1e-6)


def test_a_text_pulls_towards_its_label_and_the_teacher_by_the_share_and_the_squared_temperature() -> None:
    torch = pytest.importorskip("torch", reason="the train extra is not installed: make setup-train")
    from models.training.heads_trainer import HeadsRecipe, build_batch, row_loss
    from models.training.network import LABELS

    targets = without_teacher(1)
    targets.probabilities[0, :3] = [0.6, 0.3, 0.1]
    targets.hard[0, 0], targets.soft[0, 0] = 0.3, 0.7
    batch = build_batch([0], [[101, 102]], [TEXT], targets)
    logits, offset = torch.zeros(1, LABELS), torch.zeros(1, LABELS)
    logits[0, :3], offset[0, :3] = torch.tensor([0.0, 1.0, 2.0]), torch.tensor([-1.0, 0.0, -2.0])
    label = -np.log(np.exp(1) / (np.exp(-1) + np.exp(1) + np.exp(0)))
    halved = np.exp([0, 0.5, 1])
    teacher = -float(np.array([0.6, 0.3, 0.1]) @ np.log(halved / halved.sum()))
    recipe = HeadsRecipe(label_smoothing=0.0, teacher="base", temperature=2.0)
    loss = row_loss(recipe, logits, offset, batch)
    assert float(loss) == pytest.approx(0.3 * label + 0.7 * 4 * teacher, abs=1e-5)


def test_a_step_takes_another_third_of_the_replayed_sets_each_epoch_and_all_of_the_others() -> None:
    pytest.importorskip("torch", reason="the train extra is not installed: make setup-train")
    from pathlib import Path

    from models.training.data import TrainingSet
    from models.training.heads_trainer import HeadsRecipe, HeadsTrainer
    from models.training.network import HeadsModel

    rows = [Example(f"{source} {i}", TEXT.labels, source, f"{source} {i}") for source in SETS for i in range(60)]
    recipe = HeadsRecipe(epochs=3, replay_one_in=3)
    trainer = HeadsTrainer(recipe, TrainingSet(rows, []), Path("unused"), HeadsModel())
    taken = [[rows[number].source for batch in order for number in batch] for order in trainer.orders]
    assert [sources.count("airline") for sources in taken] == [60] * 3
    for source in ("tweeteval", "banks"):
        assert sum(sources.count(source) for sources in taken) == 60
        assert all(0 < sources.count(source) < 40 for sources in taken)


SETS = ("tweeteval", "airline", "banks")
