"""Annotator folders for tests: one of a few kilobytes that predicts by words, and copies that predict worse."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.annotation.annotator_folder import INPUTS, OUTPUT
from models.annotation.heads import HEADS, Head
from models.annotation.text.normaliser import NORMALISER_VERSION


def word_of(head: Head, label: str) -> str:
    """The word from which the tiny annotator predicts this label: `sentimentpositive`."""
    return f"{head.name}{label}".replace("_", "")


def write_tiny_annotator(folder: Path, heads: Sequence[Head] = HEADS, logit: float = 4.0) -> Path:
    """A folder whose logit of a label is `logit` when the text has its word, else 0; each `logit` is a new version."""
    keys = [key for head in heads for key in head.keys]
    words = [word_of(head, label) for head in heads for label in head.labels]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words]
    table = np.vstack([np.zeros((4, len(keys))), logit * np.eye(len(keys))]).astype(np.float32)
    nodes = [
        helper.make_node("Gather", ["table", INPUTS[0]], ["found"]),
        helper.make_node("ReduceSum", ["found", "axis"], [OUTPUT], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in INPUTS],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", len(keys)])],
        [numpy_helper.from_array(table, "table"), numpy_helper.from_array(np.array([1]), "axis")],
    )
    (folder / "assets").mkdir(parents=True)
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), folder / "model.onnx"
    )
    (folder / "assets" / "vocab.txt").write_text("\n".join(pieces) + "\n")
    (folder / "assets" / "labels.txt").write_text("\n".join(keys) + "\n")
    (folder / "results.json").write_text(json.dumps({"normaliser_version": NORMALISER_VERSION}))
    return folder


def copy_with_labels_swapped(folder: Path, target: Path, one: str, other: str) -> Path:
    """A copy that predicts `one` where the original predicts `other`, and vice versa; keys as in labels.txt."""
    shutil.copytree(folder, target)
    labels = (folder / "assets" / "labels.txt").read_text().split()
    order = list(range(len(labels)))
    order[labels.index(one)], order[labels.index(other)] = labels.index(other), labels.index(one)
    model = onnx.load(target / "model.onnx")
    for node in model.graph.node:
        node.output[:] = ["before_swap" if name == OUTPUT else name for name in node.output]
    model.graph.initializer.append(numpy_helper.from_array(np.array(order), "swap"))
    model.graph.node.append(helper.make_node("Gather", ["before_swap", "swap"], [OUTPUT], axis=1))
    onnx.save(model, target / "model.onnx")
    return target
