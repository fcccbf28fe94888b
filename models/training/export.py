"""A fine-tuned network -> the annotator folder that Spark NLP imports: INT8 ONNX, vocab, labels.

Spark NLP's contract: one file `model.onnx` with inputs input_ids, attention_mask, token_type_ids (int64 [batch,
tokens]) and the output logits (float32 [batch, labels], or [batch, tokens, labels]); opset at most 21 and IR at most 10
for ONNX Runtime 1.23.2.

Before quantising, outliers can be smoothed (SmoothQuant, Xiao et al. 2023): dynamic INT8 has one scale per text for the
input of a matrix, so a few large channels leave few levels to the others. Each input channel is divided by a factor
that its row of weights is multiplied by, which leaves the product as it is.
"""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from models.annotation.annotator_folder import INPUTS
from models.training.network import pad
from models.training.packages import encoder_folder

OPSET = 17
IR_VERSION = 8
BALANCE = 0.8
"""How much of the outliers moves into the weights, which have one scale per channel: 0 nothing, 1 all."""


def write_assets(labels: Sequence[str], folder: Path) -> None:
    """Makes `folder` with assets/vocab.txt and assets/labels.txt, one label per line."""
    (folder / "assets").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(encoder_folder() / "vocab.txt", folder / "assets" / "vocab.txt")
    (folder / "assets" / "labels.txt").write_text("\n".join(labels) + "\n", "utf-8")


def export_full_precision(graph: torch.nn.Module, path: Path) -> None:
    """Writes the float32 graph of a module from the three inputs to logits; batch and length stay open."""
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
    """Whether a node belongs to the last layer, which is a hundredth of the work."""
    return any("classifier" in name for name in node.input)


def quantise(full: Path, target: Path, stays_float: Callable[[onnx.NodeProto], bool]) -> None:
    """Dynamic INT8 of the weights, per channel, except in the nodes that stay float; IR for ONNX Runtime 1.23.2."""
    kept = [node.name for node in onnx.load(full).graph.node if stays_float(node)]
    quantize_dynamic(full, target, weight_type=QuantType.QInt8, per_channel=True, nodes_to_exclude=kept)
    graph = onnx.load(target)
    graph.ir_version = IR_VERSION
    onnx.checker.check_model(graph)
    onnx.save(graph, target)


class Smoothed(torch.nn.Module):
    """A linear layer whose input channels are divided by `factors` [inputs]; its output is that of `dense`."""

    def __init__(self, dense: torch.nn.Linear, factors: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("inverse", 1 / factors)
        self.dense = torch.nn.Linear(dense.in_features, dense.out_features)
        self.dense.weight.data = dense.weight.data * factors
        self.dense.bias.data = dense.bias.data.clone()

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """[..., inputs] -> [..., outputs]."""
        answer: torch.Tensor = self.dense(values * self.inverse)
        return answer


@torch.no_grad()
def smooth(encoder: torch.nn.Module, token_ids: Sequence[Sequence[int]], balance: float = BALANCE) -> None:
    """Smooths a BertModel's linear layers in place, by their inputs on `token_ids`."""
    encoder.eval()
    layers = {name: part for name, part in encoder.encoder.named_modules() if isinstance(part, torch.nn.Linear)}
    largest = {name: torch.zeros(layer.in_features) for name, layer in layers.items()}

    def watch(name: str) -> torch.utils.hooks.RemovableHandle:
        def look(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
            largest[name] = torch.maximum(largest[name], inputs[0].abs().amax(dim=(0, 1)))

        return layers[name].register_forward_pre_hook(look)

    handles = [watch(name) for name in layers]
    for ids in token_ids:
        input_ids = pad([ids])
        encoder(input_ids=input_ids, attention_mask=(input_ids != 0).long())
    for handle in handles:
        handle.remove()
    for name, layer in layers.items():
        weights = layer.weight.abs().amax(dim=0)
        factors = largest[name].clamp(min=1e-5) ** balance / weights.clamp(min=1e-5) ** (1 - balance)
        parent, _, last = name.rpartition(".")
        setattr(encoder.encoder.get_submodule(parent), last, Smoothed(layer, factors))
