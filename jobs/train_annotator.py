"""Trains the sentiment annotator: fit, INT8 ONNX, figures, curves, card, mlflow. Needs the train extra.

Half an hour for two epochs on two free cores; `--resume` goes on from the last checkpoint. The result lies in
<home>/training/sentiment/annotator until `--ship` puts it in the place that `annotators.sentiment` names.
"""

import sys
from pathlib import Path

from conf.command_line import Flag, Options, required, run_job
from conf.settings import Settings
from models.training.extra import require_train_extra

FLAGS = (
    Flag("--data", "folder that holds sentiment/ and airline/", {"type": Path}),
    Flag("--epochs", "passes over the data (default: 2; a third overfits)", {"type": int, "default": 2}),
    Flag("--seed", "of the shuffle, the dropout and the new layer (default: 20)", {"type": int, "default": 20}),
    Flag("--encoder", "encoder.pt of jobs/pretrain_encoder.py (default: the package's own)", {"type": Path}),
    Flag("--without-airline", "TweetEval alone: the airline set is non-commercial", {"action": "store_true"}),
    Flag("--resume", "go on from the checkpoint", {"action": "store_true"}),
    Flag("--smoke", "a few steps on a few rows, to see that everything works", {"action": "store_true"}),
    Flag("--ship", "put the result in the place of the shipped annotator", {"action": "store_true"}),
)


def main(settings: Settings, options: Options) -> None:
    """Train as the flags say."""
    require_train_extra()
    from models.training.run import Request, train_annotator
    from models.training.train import Recipe

    data, flags = required(options, "data"), options.extra
    recipe = Recipe(epochs=flags["epochs"], seed=flags["seed"])
    ways = {name: flags[name] for name in ("encoder", "without_airline", "resume", "smoke", "ship")}
    train_annotator(settings, Request(data, recipe, dry_run=options.dry_run, **ways))


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
