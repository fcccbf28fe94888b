"""An annotator folder that breaks Spark NLP's contract is rejected with a message that names the fault."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from models.annotation.annotator_folder import check_annotator
from runtime.errors import BadInput, MissingPrerequisite
from runtime.resources import PROJECT
from tests.taggers import write_tiny_tagger

PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad")
LABELS = ("negative", "neutral", "positive")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The smallest model that meets the contract: each word piece has its logits."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "vocab.txt").write_text("\n".join(PIECES) + "\n")
    (tmp_path / "assets" / "labels.txt").write_text("\n".join(LABELS) + "\n")
    onnx.save(build_model(), tmp_path / "model.onnx")
    return tmp_path


def build_model(opset: int = 17, ir: int = 8, pieces: int = len(PIECES), labels: int = len(LABELS)) -> onnx.ModelProto:
    weights = numpy_helper.from_array(np.zeros((pieces, labels), np.float32), "weights")
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", labels])
    nodes = [
        helper.make_node("Gather", ["weights", "input_ids"], ["embedded"]),
        helper.make_node("ReduceMean", ["embedded"], ["logits"], axes=[1], keepdims=0),
    ]
    graph = helper.make_graph(nodes, "tiny", inputs, [output], [weights])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir)


def change_model(change: Callable[[onnx.ModelProto], None]) -> Callable[[Path], None]:
    def changed(folder: Path) -> None:
        model = onnx.load(folder / "model.onnx")
        change(model)
        onnx.save(model, folder / "model.onnx")

    return changed


def write(name: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / "assets" / name).write_text(text)


def move_weights_outside(folder: Path) -> None:
    model = onnx.load(folder / "model.onnx")
    onnx.save(model, folder / "model.onnx", save_as_external_data=True, location="weights.bin", size_threshold=0)


def test_a_folder_that_keeps_the_contract_passes(folder: Path) -> None:
    check_annotator(folder)


def test_every_shipped_annotator_passes() -> None:
    shipped = list((PROJECT / "models" / "pretrained").iterdir())
    assert shipped
    for each in shipped:
        check_annotator(each)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: onnx.save(build_model(opset=22), folder / "model.onnx"), "opset 22 is above 21"),
        (lambda folder: onnx.save(build_model(ir=11), folder / "model.onnx"), "IR 11 is above 10"),
        (lambda folder: (folder / "model.onnx").write_bytes(b"PK\x03\x04 a zip"), "not an ONNX file"),
        (change_model(lambda model: setattr(model.graph.input[0], "name", "ids")), "the inputs are .*ids"),
        (change_model(lambda model: setattr(model.graph.output[0], "name", "scores")), "without logits"),
        (write("labels.txt", "no\nyes\n"), "but labels.txt has 2 labels"),
        (write("vocab.txt", "\n".join([*PIECES, "more"])), "has 7 word pieces but the model 6 embeddings"),
        (write("vocab.txt", "\n".join(reversed(PIECES))), "PAD. is not the first"),
        (write("vocab.txt", "[PAD]\na\nb\nc\nd\ne\n"), "lacks .UNK., .CLS., .SEP."),
        (move_weights_outside, "1 weights lie outside model.onnx"),
    ],
)
def test_a_fault_is_refused_by_name(folder: Path, spoil: Callable[[Path], object], message: str) -> None:
    spoil(folder)
    with pytest.raises(BadInput, match=message):
        check_annotator(folder)


def test_a_token_classifier_passes(tmp_path: Path) -> None:
    check_annotator(write_tiny_tagger(tmp_path / "entities"))


def test_tags_need_an_answer_a_token_and_other_labels_an_answer_a_text(folder: Path, tmp_path: Path) -> None:
    write("labels.txt", "O\nB-person\nI-person\n")(folder)
    with pytest.raises(BadInput, match=r"logits is .batch, 3., not .batch, tokens, labels. for tags"):
        check_annotator(folder)
    tagger = write_tiny_tagger(tmp_path / "entities")
    write("labels.txt", "\n".join("abcdefghijk"))(tagger)
    with pytest.raises(BadInput, match=r"logits is .batch, tokens, 11., not .batch, labels.,"):
        check_annotator(tagger)


def test_tags_that_the_graph_does_not_answer_are_refused(tmp_path: Path) -> None:
    tagger = write_tiny_tagger(tmp_path / "entities")
    write("labels.txt", "O\nB-person\n")(tagger)
    with pytest.raises(BadInput, match=r"logits is .batch, tokens, 11. but labels.txt has 2 labels"):
        check_annotator(tagger)


def test_a_missing_file_is_named(folder: Path) -> None:
    shutil.rmtree(folder / "assets")
    with pytest.raises(MissingPrerequisite, match=r"assets/vocab.txt, assets/labels.txt missing"):
        check_annotator(folder)
