"""The contract of an annotator folder, checked before Spark NLP imports it: no broken folder reaches the stream.

The contract (Spark NLP 5.5.3 on ONNX Runtime 1.23.2): one `model.onnx` with its weights inside, opset at most 21 and IR
at most 10; inputs input_ids, attention_mask and token_type_ids (int64 [batch, tokens]); the output `logits` (float32
[batch, labels], or [batch, tokens, labels] for BIO tags); a vocabulary with as many word pieces as the model has
embeddings, [PAD] first; one label per line.
"""

from collections.abc import Iterator
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError
from onnx.external_data_helper import uses_external_data

from models.annotation.spans import OUTSIDE
from runtime.errors import BadInput, MissingPrerequisite

FILES = ("model.onnx", "assets/vocab.txt", "assets/labels.txt")
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUT = "logits"
MAX_OPSET, MAX_IR = 21, 10
SPECIAL_PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


def check_files(folder: Path) -> None:
    """MissingPrerequisite names the files that `folder` lacks."""
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise MissingPrerequisite(
            f"no annotator in {folder}: {', '.join(missing)} missing (the settings under annotators name it)"
        )


def check_annotator(folder: Path) -> None:
    """BadInput lists every breach of the contract; MissingPrerequisite when a file is missing."""
    check_files(folder)
    try:
        model = onnx.load(folder / "model.onnx", load_external_data=False)
    except DecodeError:
        raise BadInput(f"{folder / 'model.onnx'} is not an ONNX file, or is truncated") from None
    pieces = (folder / "assets" / "vocab.txt").read_text("utf-8").split("\n")
    labels = (folder / "assets" / "labels.txt").read_text("utf-8").split()
    faults = [*_format_faults(model), *_shape_faults(model, labels), *_vocab_faults(model, pieces)]
    if faults:
        raise BadInput(f"the annotator in {folder} cannot be used: {'; '.join(faults)}")


def _format_faults(model: onnx.ModelProto) -> Iterator[str]:
    if model.ir_version > MAX_IR:
        yield f"IR {model.ir_version} is above {MAX_IR}"
    for opset in model.opset_import:
        if opset.domain in ("", "ai.onnx") and opset.version > MAX_OPSET:
            yield f"opset {opset.version} is above {MAX_OPSET}"
    outside = [tensor.name for tensor in model.graph.initializer if uses_external_data(tensor)]
    if outside:
        yield f"{len(outside)} weights lie outside model.onnx ({outside[0]} first)"


def _shape_faults(model: onnx.ModelProto, labels: list[str]) -> Iterator[str]:
    inputs = {each.name: each.type.tensor_type for each in model.graph.input}
    if set(inputs) != set(INPUTS):
        yield f"the inputs are {', '.join(sorted(inputs))}, not {', '.join(INPUTS)}"
    for name in INPUTS:
        if name in inputs and inputs[name].elem_type != onnx.TensorProto.INT64:
            yield f"{name} is not int64"
    outputs = {each.name: each.type.tensor_type for each in model.graph.output}
    if OUTPUT not in outputs:
        yield f"the outputs are {', '.join(sorted(outputs))}, without {OUTPUT}"
        return
    sizes = outputs[OUTPUT].shape.dim
    shape = ", ".join(str(size.dim_value or size.dim_param) for size in sizes)
    if len(sizes) != (3 if OUTSIDE in labels else 2):
        wanted = "[batch, tokens, labels] for tags" if OUTSIDE in labels else "[batch, labels]"
        yield f"{OUTPUT} is [{shape}], not {wanted}, but labels.txt has {len(labels)} labels"
    elif sizes[-1].dim_value and sizes[-1].dim_value != len(labels):
        yield f"{OUTPUT} is [{shape}] but labels.txt has {len(labels)} labels"


def _vocab_faults(model: onnx.ModelProto, pieces: list[str]) -> Iterator[str]:
    known = [piece for piece in pieces if piece]
    if known[:1] != ["[PAD]"]:
        yield "[PAD] is not the first word piece"
    absent = [piece for piece in SPECIAL_PIECES if piece not in known]
    if absent:
        yield f"the vocabulary lacks {', '.join(absent)}"
    sizes = {tensor.name: tensor.dims[0] for tensor in model.graph.initializer if tensor.dims}
    for node in model.graph.node:
        if node.op_type == "Gather" and INPUTS[0] in node.input and sizes.get(node.input[0], len(known)) != len(known):
            yield f"the vocabulary has {len(known)} word pieces but the model {sizes[node.input[0]]} embeddings"
