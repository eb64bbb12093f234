"""What training returns."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from torch import nn


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A trained model, and how it came about.

    Attributes:
        model: The trained module, on the CPU, ready for use (`eval`).
        losses: Mean training loss of each epoch.
        rates: Learning rate at the end of each epoch.
        validation: Numbers on the validation samples after each epoch, by metric, the loss among them; empty where there are none.
        test: Numbers on the test samples of the model that is returned; empty where there are none.
        best_epoch: The epoch whose weights are returned, from 1.
        stopped: Why training ended.
        steps: Steps taken.
        parameters: Numbers that were trained.
        seconds: CPU seconds of this process, earlier runs that were interrupted included.
    """

    model: nn.Module
    losses: Float[np.ndarray, " e"]
    rates: Float[np.ndarray, " e"]
    validation: Mapping[str, Float[np.ndarray, " e"]]
    test: Mapping[str, float]
    best_epoch: int
    stopped: str
    steps: int
    parameters: int
    seconds: float
