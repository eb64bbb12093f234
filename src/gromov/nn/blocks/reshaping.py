"""The same numbers in another shape."""

import math
from dataclasses import dataclass
from typing import cast

from torch import nn

from gromov.core import InputError
from gromov.nn.block import Block
from gromov.nn.shapes import Shape, ShapeError, as_shape


@dataclass(frozen=True, repr=False)
class Flatten(Block):
    """All numbers of a sample in a row. Takes every shape."""

    def shape_for(self, shape: Shape) -> Shape:
        """(their number,)."""
        return (math.prod(shape),)

    def module_for(self, shape: Shape) -> nn.Module:
        """`torch.nn.Flatten`."""
        del shape
        return nn.Flatten()


@dataclass(frozen=True, repr=False)
class Reshape(Block):
    """The numbers of a sample in the same order, in another shape. Takes every shape of as many numbers.

    Args:
        shape: The new shape, without the batch.

    Raises:
        InputError: it is not a tuple of positive whole numbers.
    """

    shape: Shape

    def __post_init__(self) -> None:
        if not isinstance(cast(object, self.shape), tuple):
            raise InputError(f"shape of Reshape is {self.shape!r}; it must be a tuple such as (3, 32, 32)")
        as_shape(self.shape)

    def shape_for(self, shape: Shape) -> Shape:
        """`shape`."""
        if math.prod(shape) != math.prod(self.shape):
            raise ShapeError(
                str(self), shape, f"{math.prod(self.shape)} numbers, and that shape has {math.prod(shape)}: give another shape"
            )
        return self.shape

    def module_for(self, shape: Shape) -> nn.Module:
        """`torch.nn.Unflatten` of the flattened sample."""
        del shape
        return nn.Sequential(nn.Flatten(), nn.Unflatten(1, self.shape))
