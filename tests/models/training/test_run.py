"""A training of four steps on made-up rows: everything from files to a folder that onnxruntime opens."""

import gzip
import json
from pathlib import Path

import pytest

from conf.settings import Settings
from models.plain_onnx import PlainAnnotator
from models.training.data import AIRLINE, TWEETEVAL_TRAIN, TWEETEVAL_VAL

pytestmark = [pytest.mark.slow, pytest.mark.train]

WORDS = {"negative": "awful", "neutral": "monday", "positive": "lovely"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [(label, f"number {i} is {word}") for i in range(60) for label, word in WORDS.items()]
    tsv = "label\ttext\n" + "".join(f"{label}\t{text}\n" for label, text in rows)
    csv = "airline_sentiment,airline_sentiment_confidence,text\n"
    csv += "".join(f"{label},1.0,@SkyHigh {text}\n" for label, text in rows[:30])
    for name, content in ((TWEETEVAL_TRAIN, tsv), (TWEETEVAL_VAL, tsv), (AIRLINE, csv)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(gzip.compress(content.encode()))
    return tmp_path


def test_a_smoke_training_leaves_a_loadable_annotator_its_card_and_its_curves(
    data: Path, offline_settings: Settings
) -> None:
    pytest.importorskip("torch", reason="the train extra is not installed: make setup-train")
    from models.training.run import Request, train_annotator
    from models.training.train import Recipe

    folder = train_annotator(offline_settings, Request(data, Recipe(), smoke=True))
    assert PlainAnnotator(folder).score(["a lovely monday", ""]).shape == (2, 3)
    assert (folder / "curves.png").stat().st_size > 5000
    results = json.loads((folder / "results.json").read_text("utf-8"))
    assert results["recipe"]["max_steps"] == 4
    assert f"**{round(results['int8_val']['macro_recall'], 4):g}**" in (folder / "README.md").read_text("utf-8")


def test_an_interrupted_training_ends_where_an_uninterrupted_one_does(data: Path, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="the train extra is not installed: make setup-train")
    from models.training.data import read_training_set
    from models.training.train import Recipe, Trainer

    recipe = Recipe(epochs=1, batch_size=8, max_steps=4, checkpoint_every=2)
    rows = read_training_set(data)
    Trainer(recipe, rows, tmp_path).run(resume=False)
    checkpoint = tmp_path / "checkpoint.pt"
    expected = torch.load(checkpoint, weights_only=True)
    checkpoint.unlink()

    class Interrupted(Trainer):
        def _save(self) -> None:
            super()._save()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Interrupted(recipe, rows, tmp_path).run(resume=False)
    assert torch.load(checkpoint, weights_only=True)["position"][0] == 2
    Trainer(recipe, rows, tmp_path).run(resume=True)
    found = torch.load(checkpoint, weights_only=True)
    assert found["position"][0] == expected["position"][0] == 4
    assert all(torch.allclose(found["model"][name], expected["model"][name], atol=1e-6) for name in expected["model"])


def test_the_exported_graph_is_what_spark_nlp_reads(offline_settings: Settings) -> None:
    onnx = pytest.importorskip("onnx", reason="the train extra is not installed: make setup-train")
    from models.annotator import annotator_folder

    graph = onnx.load(annotator_folder(offline_settings) / "model.onnx")
    assert (graph.ir_version, [one.version for one in graph.opset_import if one.domain == ""]) == (8, [17])
    assert [one.name for one in graph.graph.input] == ["input_ids", "attention_mask", "token_type_ids"]
    assert [one.name for one in graph.graph.output] == ["logits"]
    assert not any(one.external_data for one in graph.graph.initializer)
