"""What every training here shares: a learning rate that warms up and falls, and a checkpoint that appears whole."""

import os
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch


class Stateful(Protocol):
    """A model, an optimiser, a schedule."""

    def state_dict(self) -> dict[str, Any]:
        """Everything that is needed to go on."""

    def load_state_dict(self, state_dict: dict[str, Any], /) -> Any:
        """Goes on from there."""


def rate_at(step: int, total_steps: int, warm_up_share: float) -> float:
    """The share of the learning rate at `step`: up from nothing, then down to nothing, both in a line."""
    warm_up = max(1, int(warm_up_share * total_steps))
    return min((step + 1) / warm_up, max(0.0, (total_steps - step) / max(1, total_steps - warm_up)))


def save_checkpoint(
    path: Path, recipe: Mapping[str, object], parts: Mapping[str, Stateful], rest: Mapping[str, object]
) -> None:
    """Writes recipe, parts, `rest` and the state of chance to `path`, whole or not at all."""
    state = {"recipe": dict(recipe), "random": torch.get_rng_state(), **rest}
    state |= {name: part.state_dict() for name, part in parts.items()}
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    os.replace(partial, path)


def restore_checkpoint(path: Path, recipe: Mapping[str, object], parts: Mapping[str, Stateful]) -> dict[str, Any]:
    """Brings parts and chance back and returns everything stored; ValueError when another recipe made it."""
    state: dict[str, Any] = torch.load(path, weights_only=True)
    if state["recipe"] != recipe:
        raise ValueError(f"{path} was made by another recipe: {state['recipe']}; start without --resume")
    for name, part in parts.items():
        part.load_state_dict(state[name])
    torch.set_rng_state(state["random"])
    return state


@torch.no_grad()
def update_average(average: Mapping[str, torch.Tensor], current: Mapping[str, torch.Tensor], keep: float) -> None:
    """Moves the moving average of the weights, in place, towards `current`: keep * average + (1 - keep) * current."""
    floats = [name for name, value in average.items() if value.is_floating_point()]
    torch._foreach_lerp_([average[name] for name in floats], [current[name] for name in floats], 1 - keep)


def seed_everything(seed: int) -> None:
    """Python's, numpy's and torch's chance."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
