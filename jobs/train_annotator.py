"""Trains the annotator, every head at once: fits, folds, INT8 ONNX, figures, curves, card, mlflow (train extra).

With `--bf16` two core-hours for the stages and four for the folds; `--resume` continues from the last checkpoints.
The result is in <home>/training/heads/annotator; `--ship` also copies it to the folder in `annotators.tweets`.
"""

import sys
from pathlib import Path

from conf.command_line import DRY_RUN, Flag, Options, required, run_job
from conf.settings import Settings
from models.training.packages import require_train_extra

SWITCH = {"action": "store_true"}
FLAGS = (
    DRY_RUN,
    Flag("--data", "folder with sentiment/, airline/, complaints/, support/, banks/, teacher/", {"type": Path}),
    Flag("--seed", "seed of everything random (default: 20)", {"type": int, "default": 20}),
    Flag("--layers", "how many of the six layers to keep", {"type": int, "choices": range(1, 7), "default": 6}),
    Flag("--encoder", "encoder.pt of jobs/pretrain_encoder.py (default: the package's own)", {"type": Path}),
    Flag("--bf16", "half precision: faster on processors with AVX512-BF16 or AMX, slower on others", SWITCH),
    Flag("--commercial", "without the sets whose licence is non-commercial (airline, support)", SWITCH),
    Flag("--hard-labels", "learn from labels alone, without a teacher's probabilities", SWITCH),
    Flag("--no-folds", "skip the cross-validation", SWITCH),
    Flag("--resume", "continue from the checkpoints", SWITCH),
    Flag("--smoke", "a few steps on a few rows, to check that everything works", SWITCH),
    Flag("--ship", "replace the shipped annotator by the result", SWITCH),
)


def main(settings: Settings, options: Options) -> None:
    """Train as the flags say."""
    require_train_extra()
    from models.training.run import build_request, train_annotator

    train_annotator(settings, build_request(required(options, "data"), options.extra, dry_run=options.dry_run))


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
