"""Smoothing changes no answer, and calms the channel that is far larger than the others."""

import pytest

pytestmark = pytest.mark.train


def test_a_smoothed_layer_answers_as_before_from_calmer_numbers() -> None:
    torch = pytest.importorskip("torch", reason="the train extra is not installed: make setup-train")
    from models.training.export import Smoothed, smooth
    from models.training.network import build_encoder
    from models.training.trainer import seed_everything

    seed_everything(1)
    encoder = build_encoder()
    encoder.eval()
    dense = encoder.encoder.layer[2].output.dense
    encoder.encoder.layer[2].intermediate.dense.bias.data[7] = 400.0
    texts = [[101, 2307, 2154, 102], [101, 2919, 102]]
    ids = torch.tensor([texts[0]])
    with torch.no_grad():
        before = encoder(input_ids=ids).last_hidden_state
        smooth(encoder, texts)
        after = encoder(input_ids=ids).last_hidden_state
    smoothed = encoder.encoder.layer[2].output.dense
    assert isinstance(smoothed, Smoothed)
    assert torch.allclose(before, after, atol=1e-3)
    assert not torch.equal(smoothed.dense.weight, dense.weight)
    assert float(smoothed.inverse[7]) < 0.1 * float(smoothed.inverse.median())
