"""Pre-trains the encoder further on unlabelled tweets; `jobs/train_annotator.py --encoder FILE` starts there.

Hours on two cores; `--resume` continues from the last checkpoint. The result is <home>/training/encoder/encoder.pt.
"""

import sys
from pathlib import Path

from conf.command_line import DRY_RUN, Flag, Options, required, run_job
from conf.settings import Settings
from models.training.packages import require_train_extra

FLAGS = (
    DRY_RUN,
    Flag("--data", "folder with sentiment/, profiles/, support/ and banks/", {"type": Path}),
    Flag("--epochs", "passes over the texts (default: 1)", {"type": int, "default": 1}),
    Flag("--seed", "seed of everything random (default: 20)", {"type": int, "default": 20}),
    Flag(
        "--bf16",
        "half precision: faster on processors with AVX512-BF16 or AMX, slower on others",
        {"action": "store_true"},
    ),
    Flag("--resume", "continue from the checkpoint", {"action": "store_true"}),
)


def main(settings: Settings, options: Options) -> None:
    """Pre-train as the flags say."""
    require_train_extra()
    from models.training.pretrain import PretrainRecipe, pretrain_encoder

    flags = options.extra
    recipe = PretrainRecipe(epochs=flags["epochs"], seed=flags["seed"], autocast=flags["bf16"])
    data, output = required(options, "data"), settings.home / "training" / "encoder"
    pretrain_encoder(recipe, data, output, resume=flags["resume"], dry_run=options.dry_run)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
