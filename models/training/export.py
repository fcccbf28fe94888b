"""A fine-tuned classifier -> the annotator folder that Spark NLP imports: INT8 ONNX, vocab, labels.

Spark NLP's contract: one file `model.onnx` with inputs input_ids, attention_mask, token_type_ids (int64 [batch,
tokens]) and the output logits (float32 [batch, labels]); opset at most 21 and IR at most 10 for ONNX Runtime 1.19.2.
"""

import shutil
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import BertForSequenceClassification

from models.annotator_folder import INPUTS
from models.heads import Head
from models.training.encoder import encoder_folder

OPSET = 17
IR_VERSION = 8


class _Logits(torch.nn.Module):
    """The classifier as a function of the three inputs, in Spark NLP's order, that returns the logits alone."""

    def __init__(self, model: BertForSequenceClassification) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        answer = self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
        logits: torch.Tensor = answer.logits
        return logits


WAYS = ("per-channel", "per-tensor")
"""The ways of quantising that a training compares; the first wins a tie."""


def write_assets(head: Head, folder: Path) -> None:
    """Writes assets/vocab.txt and assets/labels.txt into `folder`, which is made."""
    (folder / "assets").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(encoder_folder() / "vocab.txt", folder / "assets" / "vocab.txt")
    (folder / "assets" / "labels.txt").write_text("\n".join(head.labels) + "\n", "utf-8")


def export_full_precision(model: BertForSequenceClassification, path: Path) -> None:
    """The float32 graph with dynamic batch and length."""
    model.eval()
    example = torch.tensor([[101, 2307, 102], [101, 2919, 102]])
    axes = {name: {0: "batch", 1: "tokens"} for name in INPUTS} | {"logits": {0: "batch"}}
    torch.onnx.export(
        _Logits(model),
        (example, torch.ones_like(example), torch.zeros_like(example)),
        str(path),
        input_names=list(INPUTS),
        output_names=["logits"],
        dynamic_axes=axes,
        opset_version=OPSET,
        dynamo=False,
    )


def quantise(full: Path, target: Path, way: str) -> None:
    """Dynamic INT8 of the weights in one of `WAYS`; the file is checked and its IR set for ONNX Runtime 1.19.2."""
    quantize_dynamic(
        full,
        target,
        weight_type=QuantType.QInt8,
        per_channel=way == "per-channel",
    )
    graph = onnx.load(target)
    graph.ir_version = IR_VERSION
    onnx.checker.check_model(graph)
    onnx.save(graph, target)
