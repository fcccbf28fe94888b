"""A token classifier of a few kilobytes whose tags follow from each word's first character."""

import string
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.annotation.annotator_folder import INPUTS, OUTPUT
from models.annotation.spans import TAGS

_CHARACTERS = string.ascii_lowercase + string.digits + string.punctuation
PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", *_CHARACTERS, *(f"##{character}" for character in _CHARACTERS))


def tag_of(piece: str) -> str:
    """Letters up to m begin a person, later ones continue it; digits are products, unknown pieces are other."""
    if piece == "[UNK]":
        return "B-other"
    if piece.isalpha():
        return "B-person" if piece < "n" else "I-person"
    tags = {"#": "B-organisation", "@": "B-location"} | dict.fromkeys(string.digits, "B-product")
    return tags.get(piece, "O")


def write_tiny_tagger(folder: Path, logit: float = 4.0) -> Path:
    """A folder whose logits are `logit` for each word's tag and 0 for all others."""
    table = np.zeros((len(PIECES), len(TAGS)), np.float32)
    for row, piece in enumerate(PIECES):
        table[row, TAGS.index(tag_of(piece))] = logit
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", INPUTS[0]], [OUTPUT])],
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in INPUTS],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", "tokens", len(TAGS)])],
        [numpy_helper.from_array(table, "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (folder / "assets").mkdir(parents=True)
    onnx.save(model, folder / "model.onnx")
    (folder / "assets" / "vocab.txt").write_text("\n".join(PIECES) + "\n")
    (folder / "assets" / "labels.txt").write_text("\n".join(TAGS) + "\n")
    return folder
