"""A fine-tuned classifier -> the annotator folder that Spark NLP imports: INT8 ONNX, vocab, labels.

Spark NLP's contract: one file `model.onnx` with inputs input_ids, attention_mask, token_type_ids (int64 [batch, tokens])
and the output logits (float32 [batch, labels]); opset at most 21 and IR at most 10 for ONNX Runtime 1.19.2.
"""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnxruntime import InferenceSession, SessionOptions
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import BertForSequenceClassification

from models.heads import Head
from models.training.encoder import encoder_folder

OPSET = 17
IR_VERSION = 8
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


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


def export_annotator(model: BertForSequenceClassification, head: Head, folder: Path) -> None:
    """Writes model.onnx (INT8), assets/vocab.txt and assets/labels.txt into `folder`."""
    (folder / "assets").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "full.onnx"
        export_full_precision(model, full)
        quantise(full, folder / "model.onnx")
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


def quantise(full: Path, target: Path, per_channel: bool = True, kept_in_float: Sequence[str] = ()) -> None:
    """Dynamic INT8 of the weights; `kept_in_float` names nodes that stay as they are."""
    quantize_dynamic(
        full, target, weight_type=QuantType.QInt8, per_channel=per_channel, nodes_to_exclude=list(kept_in_float)
    )
    graph = onnx.load(target)
    graph.ir_version = IR_VERSION
    onnx.checker.check_model(graph)
    onnx.save(graph, target)


def score_with_onnxruntime(model: Path, token_ids: Sequence[Sequence[int]]) -> npt.NDArray[np.float32]:
    """Logits [texts, labels] of plain onnxruntime, one text at a time: no padding, as Spark NLP 5.5.3 calls it."""
    options = SessionOptions()
    options.intra_op_num_threads = 1
    session = InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    rows = [np.array([ids], dtype=np.int64) for ids in token_ids]
    feeds = ({INPUTS[0]: ids, INPUTS[1]: np.ones_like(ids), INPUTS[2]: np.zeros_like(ids)} for ids in rows)
    return np.concatenate([session.run(["logits"], feed)[0] for feed in feeds])
