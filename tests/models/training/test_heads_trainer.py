"""The loss of a step: a text's own label, and nothing for a head without one."""

import pytest

from models.annotation.heads import SENTIMENT
from models.training.data import Example, labels_of

pytestmark = pytest.mark.train


def test_a_text_pulls_towards_its_label() -> None:
    torch = pytest.importorskip("torch", reason="the train extra is not installed: make setup-train")
    from models.training.heads_trainer import HeadsRecipe, build_batch, row_loss
    from models.training.network import LABELS

    batch = build_batch([0], [[101, 102]], [Example("text", labels_of({SENTIMENT: 1}), "tweeteval", "text")])
    logits, offset = torch.zeros(1, LABELS), torch.zeros(1, LABELS)
    logits[0, :3] = torch.tensor([0.0, 1.0, 2.0])
    expected = -float(logits[0, :3].log_softmax(0)[1])
    loss = row_loss(HeadsRecipe(label_smoothing=0.0), logits, offset, batch)
    assert float(loss) == pytest.approx(expected, abs=1e-6)
