"""What trainers of embeddings share: the pace of their steps, and parameters with the optimiser's means as arrays."""

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import nn
from torch.optim import Optimizer

from gromov.core import Arrays

WARM_UP = 0.1
LAST_RATE = 0.01


def pace(done: float) -> float:
    """The share of the largest rate after the share `done` of the steps: it rises for a tenth of them and falls along a cosine to a hundredth."""
    return min(1.0, done / WARM_UP) * (LAST_RATE + (1 - LAST_RATE) * (1 + math.cos(math.pi * done)) / 2)


def parameter_state(parameters: Mapping[str, nn.Parameter], optimizer: Optimizer) -> Arrays:
    """The parameters, and what the optimiser keeps of each, as arrays."""
    kept: Arrays = {}
    for name, parameter in parameters.items():
        kept[name] = parameter.detach().numpy().copy()
        for key, value in optimizer.state[parameter].items():
            kept[f"{name}.{key}"] = np.asarray(value)
    return kept


def restore_parameters(parameters: Mapping[str, nn.Parameter], optimizer: Optimizer, kept: Arrays) -> None:
    """Go on from a state."""
    for name, parameter in parameters.items():
        parameter.data.copy_(torch.from_numpy(kept[name]))
        state = optimizer.state[parameter]
        for key in kept:
            if key.startswith(f"{name}."):
                value = torch.tensor(kept[key])
                # a file gives a single number back as an array of one, and its sums in another order
                state[key.removeprefix(f"{name}.")] = value.reshape(()) if key.endswith(".step") and value.numel() == 1 else value
