"""Measures what each choice of the training recipe brings, three seeds each; the card shows the table (train extra).

An hour on two free cores; finished runs are not repeated. The table is <home>/training/ablation/ablation.json, which
the next `jobs/train_annotator.py` puts into its card.
"""

import sys
from dataclasses import replace
from pathlib import Path

from conf.command_line import DRY_RUN, Flag, Options, required, run_job
from conf.settings import Settings
from models.training.packages import require_train_extra

FLAGS = (
    DRY_RUN,
    Flag("--data", "folder with sentiment/", {"type": Path}),
    Flag("--encoder", "encoder.pt of jobs/pretrain_encoder.py", {"type": Path}),
    Flag("--part", "train on one in so many texts (default: 5)", {"type": int, "default": 5}),
    Flag("--bf16", "half precision: faster on processors with AVX512-BF16 or AMX", {"action": "store_true"}),
)


def main(settings: Settings, options: Options) -> None:
    """Train every variant and compare them; with --dry-run only log which."""
    require_train_extra()
    from models.training.ablation import compare_recipes
    from models.training.run import BASE

    data, encoder, flags = required(options, "data"), required(options, "encoder"), options.extra
    recipe = replace(BASE, epochs=1, averaging=0.99, autocast=flags["bf16"])
    output = settings.home / "training" / "ablation"
    compare_recipes(recipe, data, encoder, output, part=flags["part"], dry_run=options.dry_run)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
