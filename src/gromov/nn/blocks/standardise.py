"""Inputs brought to mean 0 and deviation 1, by numbers that are part of the network."""

import math
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from gromov.core import InputError
from gromov.nn.block import Block
from gromov.nn.shapes import Shape, ShapeError


class Scaled(nn.Module):
    """(x − mean)/scale along the first axis of a sample; the numbers are kept with the weights and are not trained."""

    mean: Tensor
    scale: Tensor

    def __init__(self, mean: tuple[float, ...], scale: tuple[float, ...], axes: int) -> None:
        super().__init__()
        shape = (-1, *(1,) * (axes - 1))
        self.register_buffer("mean", torch.tensor(mean).reshape(shape))
        self.register_buffer("scale", torch.tensor(scale).reshape(shape))

    def forward(self, x: Tensor) -> Tensor:
        """The standardised samples."""
        return (x - self.mean) / self.scale


@dataclass(frozen=True, repr=False)
class Standardise(Block):
    """(x − mean)/scale for each channel of an image or each feature of a vector. No parameters are trained, and its FLOPs do not count.

    Args:
        mean: A number for each channel or feature.
        scale: The same, positive.

    Raises:
        InputError: numbers that are not finite, scales that are not positive, or two lengths.
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]

    def __post_init__(self) -> None:
        for name in ("mean", "scale"):
            values = cast("list[object]", getattr(self, name))
            if not all(isinstance(value, int | float) and math.isfinite(value) for value in values):
                raise InputError(f"{name} of Standardise must be finite numbers")
            object.__setattr__(self, name, tuple(float(value) for value in cast("list[float]", values)))
        if len(self.mean) != len(self.scale) or not self.mean or min(self.scale) <= 0:
            raise InputError(f"Standardise has {len(self.mean)} means and {len(self.scale)} scales; it needs as many, and positive scales")

    def shape_for(self, shape: Shape) -> Shape:
        """The same."""
        if shape[0] != len(self.mean):
            raise ShapeError(str(self), shape, f"{len(self.mean)} channels or features")
        return shape

    def module_for(self, shape: Shape) -> nn.Module:
        """The module."""
        return Scaled(self.mean, self.scale, len(shape))
