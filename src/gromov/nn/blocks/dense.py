"""The dense layer, and how its weights begin."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gromov.nn.block import Block
from gromov.nn.fields import choice, flag, whole
from gromov.nn.shapes import Shape, features

INITIAL = ("torch", "he", "glorot", "small", "orthogonal", "zero")
"""Names of ways to begin: see `start`."""


def start(weight: Tensor, initial: str, bias: Tensor | None = None) -> None:
    """Fill a weight (out × in × …): `torch` leaves it; `he` is N(0, 2/fan_in), `glorot` uniform with variance 2/(fan_in + fan_out),
    `small` N(0, 0.02²) cut at two deviations, `orthogonal` has orthonormal rows or columns, `zero` 0. A bias is 0 with all but `torch`.

    Reference: Glorot, Bengio (2010); He, Zhang, Ren, Sun (2015), arXiv:1502.01852; Saxe, McClelland, Ganguli (2014), arXiv:1312.6120.
    """  # noqa: D205
    match initial:
        case "he":
            nn.init.kaiming_normal_(weight, nonlinearity="relu")
        case "glorot":
            nn.init.xavier_uniform_(weight)
        case "small":
            nn.init.trunc_normal_(weight, std=0.02, a=-0.04, b=0.04)
        case "orthogonal":
            nn.init.orthogonal_(weight)
        case "zero":
            nn.init.zeros_(weight)
        case _:
            return
    if bias is not None:
        with torch.no_grad():
            bias.zero_()


@dataclass(frozen=True, repr=False)
class Dense(Block):
    """y = W x + b along the last axis.

    Takes (features,) or (tokens, width). Parameters: in·units + units. FLOPs: 2·in·units a token.

    Args:
        units: Entries of y.
        bias: Whether there is a b.
        initial: How W begins: `torch` (the default of `torch.nn.Linear`), `he`, `glorot`, `small`, `orthogonal` or `zero`.

    Raises:
        InputError: a field cannot be used.
    """

    units: int
    bias: bool = True
    initial: str = "torch"

    def __post_init__(self) -> None:
        whole(self, "units")
        flag(self, "bias")
        choice(self, "initial", INITIAL)

    def shape_for(self, shape: Shape) -> Shape:
        """The last axis becomes `units`."""
        features(self, shape)
        return (*shape[:-1], self.units)

    def parameters_for(self, shape: Shape) -> int:
        """(in + 1)·units."""
        return (shape[-1] + self.bias) * self.units

    def flops_for(self, shape: Shape) -> int:
        """2·in·units a token."""
        rows, width = features(self, shape)
        return 2 * rows * width * self.units

    def module_for(self, shape: Shape) -> nn.Module:
        """`torch.nn.Linear`."""
        layer = nn.Linear(shape[-1], self.units, bias=self.bias)
        start(layer.weight, self.initial, layer.bias if self.bias else None)
        return layer
