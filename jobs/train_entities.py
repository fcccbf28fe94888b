"""Trains the entity annotator: fit, INT8 ONNX, figures, curves, card, mlflow. Needs the train extra.

A quarter of an hour for six epochs on two free cores in half precision; `--resume` goes on from the last checkpoint.
The result lies in <home>/training/entities/annotator until `--ship` puts it where `annotators.entities` says.
"""

import sys
from pathlib import Path

from conf.command_line import Flag, Options, required, run_job
from conf.settings import Settings
from models.training.packages import require_train_extra

FLAGS = (
    Flag("--data", "folder that holds ner/", {"type": Path}),
    Flag("--epochs", "passes over the data (default: 6)", {"type": int, "default": 6}),
    Flag("--seed", "of the shuffle, the dropout and the new layer (default: 20)", {"type": int, "default": 20}),
    Flag("--encoder", "encoder.pt of jobs/pretrain_encoder.py (default: the package's own)", {"type": Path}),
    Flag("--bf16", "half precision: faster on processors with AVX512-BF16 or AMX", {"action": "store_true"}),
    Flag("--resume", "go on from the checkpoint", {"action": "store_true"}),
    Flag("--smoke", "a few steps on a few tweets, to see that everything works", {"action": "store_true"}),
    Flag("--ship", "put the result in the place of the shipped annotator", {"action": "store_true"}),
)


def main(settings: Settings, options: Options) -> None:
    """Train as the flags say."""
    require_train_extra()
    from models.training.entities.run import Request, train_entities
    from models.training.entities.trainer import EntityRecipe

    data, flags = required(options, "data"), options.extra
    recipe = EntityRecipe(epochs=flags["epochs"], seed=flags["seed"], autocast=flags["bf16"])
    ways = {name: flags[name] for name in ("encoder", "resume", "smoke", "ship")}
    train_entities(settings, Request(data, recipe, dry_run=options.dry_run, **ways))


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
