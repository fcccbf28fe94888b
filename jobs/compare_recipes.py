"""Measures what each choice of the training recipe brings, three seeds each; the card shows the table (train extra).

An hour on two free cores, `--whole` half a day; finished runs are not repeated. `train_annotator` shows the tables.
"""

import sys
from pathlib import Path

from conf.command_line import DRY_RUN, Flag, Options, required, run_job
from conf.settings import Settings
from models.training.packages import require_train_extra

FLAGS = (
    DRY_RUN,
    Flag("--data", "folder with sentiment/", {"type": Path}),
    Flag("--encoder", "encoder.pt of jobs/pretrain_encoder.py (not for --whole)", {"type": Path}),
    Flag("--part", "train on one in so many texts (default: 5)", {"type": int, "default": 5}),
    Flag("--whole", "compare whole trainings: their length and the teacher", {"action": "store_true"}),
    Flag("--seeds", "how many seeds (default: 3)", {"type": int, "default": 3}),
    Flag("--bf16", "half precision: faster on processors with AVX512-BF16 or AMX", {"action": "store_true"}),
)


def main(settings: Settings, options: Options) -> None:
    """Train every variant and compare them; with --dry-run only log which."""
    require_train_extra()
    from models.training.ablation.recipes import compare_recipes, short_recipe
    from models.training.ablation.whole import compare_trainings, whole_request

    data, output = required(options, "data"), settings.home / "training" / "ablation"
    flags, seeds, dry_run = options.extra, range(1, options.extra["seeds"] + 1), options.dry_run
    if flags["whole"]:
        compare_trainings(whole_request(data, flags["bf16"]), output, seeds, dry_run=dry_run)
    else:
        recipe, start = short_recipe(flags["bf16"]), required(options, "encoder")
        compare_recipes(recipe, data, start, output, flags["part"], seeds, dry_run=dry_run)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
