"""How a problem is trained: all that changes the numbers, in one value."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn
from torch.optim import Optimizer

from gromov.core import InputError
from gromov.learn.schedules import schedule
from gromov.spaces import ManifoldParameter, RiemannianAdam, RiemannianSGD

OptimizerName = Literal["adamw", "adam", "sgd"]
Precision = Literal["float32", "bf16"]
_CHOICES = {"optimizer": ("adamw", "adam", "sgd"), "precision": ("float32", "bf16"), "keep": ("best", "last")}


@dataclass(frozen=True, slots=True)
class Training:
    """Options of `fit`.

    Attributes:
        epochs: Passes over the training samples, at most.
        batch: Samples in a step.
        rate: Largest learning rate.
        optimizer: `adamw`, `adam`, or `sgd` (Nesterov's momentum 0.9). Points of a curved space are moved by the Riemannian form.
        weight_decay: Of matrices and kernels; biases, scales of normalisations and points of a curved space have none.
        schedule: `constant`, `cosine`, `linear` or `one-cycle`.
        warm_up: Share of the steps over which the rate rises first.
        clip: Largest norm of all gradients together; None does not clip.
        average: Decay of a moving average of the weights, which is what is kept; None keeps the weights.
        patience: Epochs without a better validation number after which training ends; None trains to the end.
        monitor: The metric of validation that says what is better; `loss` is the loss. Of losses and errors the smallest is best, of other metrics the largest.
        keep: `best` returns the weights of the best epoch of validation, `last` those of the last.
        precision: `float32`, or `bf16` where products may be rounded to bfloat16.
        compiled: Whether the model is compiled by torch.compile.
    """

    epochs: int = 10
    batch: int = 128
    rate: float = 1e-3
    optimizer: OptimizerName = "adamw"
    weight_decay: float = 0.0
    schedule: str = "cosine"
    warm_up: float = 0.0
    clip: float | None = None
    average: float | None = None
    patience: int | None = None
    monitor: str = "loss"
    keep: Literal["best", "last"] = "last"
    precision: Precision = "float32"
    compiled: bool = False

    def __post_init__(self) -> None:
        """Refuse options nothing can be done with.

        Raises:
            InputError: with the option, what it is and what it must be.
        """
        for name, least in (("epochs", 1), ("batch", 1)):
            if getattr(self, name) < least:
                raise InputError(f"{name} is {getattr(self, name)}; it must be {least} or more")
        for name in ("rate", "clip"):
            value = getattr(self, name)
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise InputError(f"{name} is {value}; it must be a positive number")
        if self.weight_decay < 0:
            raise InputError(f"weight_decay is {self.weight_decay}; it must not be negative")
        if self.average is not None and not 0 < self.average < 1:
            raise InputError(f"average is {self.average}; a decay lies between 0 and 1")
        if self.patience is not None and self.patience < 1:
            raise InputError(f"patience is {self.patience}; it must be 1 or more")
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise InputError(f"{name} is {getattr(self, name)!r}; it must be {', '.join(choices)}")
        schedule(self.schedule, self.warm_up)

    def pace(self) -> Callable[[float], float]:
        """The share of the largest rate after a share of the steps."""
        return schedule(self.schedule, self.warm_up)

    def optimizer_of(self, parameters: Iterable[nn.Parameter]) -> Optimizer:
        """The optimiser of these parameters."""
        every = [parameter for parameter in parameters if parameter.requires_grad]
        if not every:
            raise InputError("the model has no parameters to train")
        curved = any(isinstance(parameter, ManifoldParameter) for parameter in every)
        decayed = [p for p in every if self.weight_decay and p.ndim > 1 and not isinstance(p, ManifoldParameter)]
        held = set(map(id, decayed))
        pairs = (
            (decayed, self.weight_decay),
            ([p for p in every if id(p) not in held], 0.0),
        )  # one group is stepped in half the time of two
        groups = [{"params": group, "weight_decay": decay} for group, decay in pairs if group]
        if self.optimizer == "sgd":
            make = RiemannianSGD if curved else torch.optim.SGD
            return make(groups, lr=self.rate, momentum=0.9, nesterov=True)
        if curved:
            return RiemannianAdam(groups, lr=self.rate)
        return (torch.optim.AdamW if self.optimizer == "adamw" else torch.optim.Adam)(groups, lr=self.rate, fused=True)
