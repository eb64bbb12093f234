"""A moving average of the weights: what stochastic steps scatter around."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

_COUNT = "steps of the average"


class WeightAverage:
    """θ̄ ← βθ̄ + (1 − β)θ with β = min(decay, (1 + t)/(10 + t)) after t steps, so that the start is forgotten.

    Numbers that are not trained (means of normalisations, counts) are taken as they are. Reference: Polyak, Juditsky (1992).
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.weights: dict[str, Tensor] = {name: p.detach().clone() for name, p in model.named_parameters()}
        self.weights[_COUNT] = torch.zeros((), dtype=torch.int64)

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Take the weights after a step in."""
        count = self.weights[_COUNT].add_(1)
        share = 1 - min(self.decay, (1 + int(count)) / (10 + int(count)))
        for name, parameter in model.named_parameters():
            self.weights[name].lerp_(parameter.detach(), share)

    def state(self, model: nn.Module) -> dict[str, Tensor]:
        """The state of the model with the averaged weights."""
        return {**model.state_dict(), **{name: value for name, value in self.weights.items() if name != _COUNT}}

    def restore(self, weights: Mapping[str, Tensor]) -> None:
        """Go on from a state."""
        for name, value in self.weights.items():
            value.copy_(weights[name])
