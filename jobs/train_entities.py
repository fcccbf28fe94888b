"""Trains the entity annotator: fit, INT8 ONNX, figures, curves, card, mlflow. Needs the train extra.

A quarter of an hour for six epochs on two free cores in half precision; `--resume` continues from the last checkpoint.
The result is in <home>/training/entities/annotator; `--ship` also copies it to the folder in `annotators.entities`.
"""

import sys
from pathlib import Path

from conf.command_line import DRY_RUN, Flag, Options, required, run_job
from conf.settings import Settings
from models.training.packages import require_train_extra

FLAGS = (
    DRY_RUN,
    Flag("--data", "folder with ner/", {"type": Path}),
    Flag("--epochs", "passes over the data (default: 6)", {"type": int, "default": 6}),
    Flag("--seed", "seed of everything random (default: 20)", {"type": int, "default": 20}),
    Flag("--encoder", "encoder.pt of jobs/pretrain_encoder.py (default: the package's own)", {"type": Path}),
    Flag("--bf16", "half precision: faster on processors with AVX512-BF16 or AMX", {"action": "store_true"}),
    Flag("--resume", "continue from the checkpoint", {"action": "store_true"}),
    Flag("--smoke", "a few steps on a few tweets, to check that everything works", {"action": "store_true"}),
    Flag("--ship", "replace the shipped annotator by the result", {"action": "store_true"}),
)


def main(settings: Settings, options: Options) -> None:
    """Train as the flags say."""
    require_train_extra()
    from models.training.entities.run import build_request, train_entities

    train_entities(settings, build_request(required(options, "data"), options.extra, dry_run=options.dry_run))


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
