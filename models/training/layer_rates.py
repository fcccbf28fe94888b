"""Layer-wise learning rates (Howard and Ruder 2018): the nearer a layer is to the words, the less it moves."""

import torch


def layer_groups(
    model: torch.nn.Module, learning_rate: float, layer_decay: float, weight_decay: float
) -> list[dict[str, object]]:
    """Parameter groups of a network with a `bert`: rate * decay^(layers below the head); weights alone decay."""
    layers = max(_layer_of(name) for name, _ in model.named_parameters()) + 1
    groups: dict[tuple[int, bool], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        groups.setdefault((_depth_below_head(name, layers), parameter.ndim > 1), []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": learning_rate * layer_decay**depth,
            "weight_decay": weight_decay if decays else 0.0,
        }
        for (depth, decays), parameters in groups.items()
    ]


def _depth_below_head(name: str, layers: int) -> int:
    if "embeddings" in name:
        return layers + 1
    return layers - _layer_of(name) if _layer_of(name) >= 0 else 0


def _layer_of(name: str) -> int:
    """The number of the encoder's layer that a parameter belongs to; -1 for all others."""
    return int(name.partition("encoder.layer.")[2].partition(".")[0]) if "encoder.layer." in name else -1
