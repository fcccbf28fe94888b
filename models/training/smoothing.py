"""Outliers made small before INT8 (SmoothQuant, Xiao et al. 2023).

One scale a text is all that dynamic INT8 has for the input of a matrix, so that a few large channels leave the others
few levels. Each input channel is divided by a factor that its row of weights is multiplied by: the same product, of
calmer numbers.
"""

from collections.abc import Sequence

import torch

from models.training.batches import pad

BALANCE = 0.8
"""How much of the outliers moves into the weights, which have a scale a channel: 0 nothing, 1 all."""


class Smoothed(torch.nn.Module):
    """A linear layer whose input channels are divided by `factors` [inputs]; it answers what `dense` answered."""

    def __init__(self, dense: torch.nn.Linear, factors: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("inverse", 1 / factors)
        self.dense = torch.nn.Linear(dense.in_features, dense.out_features)
        self.dense.weight.data = dense.weight.data * factors
        self.dense.bias.data = dense.bias.data.clone()

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """[..., inputs] -> [..., outputs]."""
        answer: torch.Tensor = self.dense(values * self.inverse)
        return answer


@torch.no_grad()
def smooth(encoder: torch.nn.Module, token_ids: Sequence[Sequence[int]], balance: float = BALANCE) -> None:
    """Smooths a BertModel's linear layers in place, by what flows through them on `token_ids`."""
    encoder.eval()
    layers = {name: part for name, part in encoder.encoder.named_modules() if isinstance(part, torch.nn.Linear)}
    largest = {name: torch.zeros(layer.in_features) for name, layer in layers.items()}

    def watch(name: str) -> torch.utils.hooks.RemovableHandle:
        def look(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
            largest[name] = torch.maximum(largest[name], inputs[0].abs().amax(dim=(0, 1)))

        return layers[name].register_forward_pre_hook(look)

    handles = [watch(name) for name in layers]
    for ids in token_ids:
        input_ids = pad([ids])
        encoder(input_ids=input_ids, attention_mask=(input_ids != 0).long())
    for handle in handles:
        handle.remove()
    for name, layer in layers.items():
        weights = layer.weight.abs().amax(dim=0)
        factors = largest[name].clamp(min=1e-5) ** balance / weights.clamp(min=1e-5) ** (1 - balance)
        parent, _, last = name.rpartition(".")
        setattr(encoder.encoder.get_submodule(parent), last, Smoothed(layer, factors))
