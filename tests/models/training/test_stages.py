"""The fits of a training: a network with fewer layers than the package's encoder is loaded with as many as it has."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.train


def test_a_smaller_network_is_loaded_as_it_was_trained(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="the train extra is not installed: make setup-train")
    from models.training.network import HeadsModel, score_rows
    from models.training.stages import load_model
    from models.training.trainer import WEIGHTS

    model = HeadsModel(layers=2)
    torch.save(model.state_dict(), tmp_path / WEIGHTS)
    loaded = load_model(tmp_path)
    assert len(loaded.bert.encoder.layer) == loaded.bert.config.num_hidden_layers == 2
    text = [[101, 2023, 102]]
    assert score_rows(loaded, text)["sentiment"].tolist() == score_rows(model, text)["sentiment"].tolist()
    six = HeadsModel()
    six.load_state_dict(model.state_dict(), strict=False)
    assert score_rows(six, text)["sentiment"].tolist() != score_rows(model, text)["sentiment"].tolist()
