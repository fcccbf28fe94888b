"""A fine-tuned network -> the annotator folder that Spark NLP imports: INT8 ONNX, vocab, labels.

Spark NLP's contract: one file `model.onnx` with inputs input_ids, attention_mask, token_type_ids (int64 [batch,
tokens]) and the output logits (float32 [batch, labels], or [batch, tokens, labels]); opset at most 21 and IR at most 10
for ONNX Runtime 1.19.2.
"""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from models.annotation.annotator_folder import INPUTS
from models.training.encoder import encoder_folder

OPSET = 17
IR_VERSION = 8


def write_assets(labels: Sequence[str], folder: Path) -> None:
    """Writes assets/vocab.txt and assets/labels.txt (a label a line) into `folder`, which is made."""
    (folder / "assets").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(encoder_folder() / "vocab.txt", folder / "assets" / "vocab.txt")
    (folder / "assets" / "labels.txt").write_text("\n".join(labels) + "\n", "utf-8")


def export_full_precision(graph: torch.nn.Module, path: Path) -> None:
    """The float32 graph of a module of the three inputs that returns logits; batch and length stay open."""
    graph.eval()
    example = torch.tensor([[101, 2307, 102], [101, 2919, 102]])
    inputs = (example, torch.ones_like(example), torch.zeros_like(example))
    open_axes = {0: "batch", 1: "tokens"}
    with torch.no_grad():
        output_axes = open_axes if graph(*inputs).dim() == 3 else {0: "batch"}
    torch.onnx.export(
        graph,
        inputs,
        str(path),
        input_names=list(INPUTS),
        output_names=["logits"],
        dynamic_axes=dict.fromkeys(INPUTS, open_axes) | {"logits": output_axes},
        opset_version=OPSET,
        dynamo=False,
    )


def reads_classifier(node: onnx.NodeProto) -> bool:
    """Whether a node belongs to the last layer, a hundredth of the work."""
    return any("classifier" in name for name in node.input)


def quantise(full: Path, target: Path, stays_float: Callable[[onnx.NodeProto], bool]) -> None:
    """Dynamic INT8 of the weights, per channel, but for the nodes that stay float.

    The file is checked, and its IR set for ONNX Runtime 1.19.2.
    """
    kept = [node.name for node in onnx.load(full).graph.node if stays_float(node)]
    quantize_dynamic(full, target, weight_type=QuantType.QInt8, per_channel=True, nodes_to_exclude=kept)
    graph = onnx.load(target)
    graph.ir_version = IR_VERSION
    onnx.checker.check_model(graph)
    onnx.save(graph, target)
