"""Trains the annotator, every head at once: fits, folds, INT8 ONNX, figures, curves, card, mlflow (train extra).

Two hours on two free cores, most of them for the folds; `--resume` goes on from the last checkpoint of each fit. The
result lies in <home>/training/heads/annotator until `--ship` puts it in the place that `annotators.tweets` names.
"""

import sys
from pathlib import Path

from conf.command_line import Flag, Options, required, run_job
from conf.settings import Settings
from models.training.packages import require_train_extra

SWITCH = {"action": "store_true"}
FLAGS = (
    Flag("--data", "folder that holds sentiment/, airline/, complaints/ and support/", {"type": Path}),
    Flag("--seed", "of the shuffle, the dropout and the new layer (default: 20)", {"type": int, "default": 20}),
    Flag("--encoder", "encoder.pt of jobs/pretrain_encoder.py (default: the package's own)", {"type": Path}),
    Flag("--teachers", "networks whose mean the base learns from (default: 0, none)", {"type": int, "default": 0}),
    Flag("--bf16", "half precision: faster on processors with AVX512-BF16 or AMX, slower on others", SWITCH),
    Flag("--commercial", "without the sets whose licence is non-commercial (airline, support)", SWITCH),
    Flag("--no-folds", "leave out the cross-validation", SWITCH),
    Flag("--resume", "go on from the checkpoints", SWITCH),
    Flag("--smoke", "a few steps on a few rows, to see that everything works", SWITCH),
    Flag("--ship", "put the result in the place of the shipped annotator", SWITCH),
)


def main(settings: Settings, options: Options) -> None:
    """Train as the flags say."""
    require_train_extra()
    from models.training.run import build_request, train_annotator

    train_annotator(settings, build_request(required(options, "data"), options.extra, dry_run=options.dry_run))


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
