"""Shapes of one sample, and the sentence that says why a block cannot take one.

A shape leaves the batch out: (features,), (tokens, width), (channels, height, width).
"""

from collections.abc import Sequence
from typing import cast

from gromov.core import InputError

Shape = tuple[int, ...]


class ShapeError(InputError):
    """A block cannot take its input.

    Attributes:
        block: The block as it is written.
        shape: What it got.
        wanted: What it wants, and what to do.
        path: Where it stands: the name its module would have in the built network; empty for the block that was asked.
    """

    def __init__(self, block: str, shape: Shape, wanted: str, path: str = "") -> None:
        super().__init__(block, shape, wanted, path)
        self.block, self.shape, self.wanted, self.path = block, shape, wanted, path

    def __str__(self) -> str:
        where = f" at {self.path}" if self.path else ""
        return f"{self.block}{where} got the shape {self.shape} of one sample, and wants {self.wanted}"

    def inside(self, name: str) -> "ShapeError":
        """The same error, told by the composition in which the block is called `name`."""
        return ShapeError(self.block, self.shape, self.wanted, f"{name}.{self.path}" if self.path else name)


def as_shape(shape: Sequence[int]) -> Shape:
    """A shape as a tuple.

    Raises:
        InputError: an entry is not a positive whole number.
    """
    found = tuple(shape)
    if not found or any(isinstance(n, bool) or not isinstance(cast(object, n), int) or n < 1 for n in found):
        raise InputError(f"shape is {shape!r}; it must be positive whole numbers without the batch, such as (784,) or (3, 32, 32)")
    return found


def features(block: object, shape: Shape) -> tuple[int, int]:
    """Rows and width of (features,) or (tokens, width)."""
    if len(shape) not in (1, 2):
        raise ShapeError(str(block), shape, "(features,) or (tokens, width): put Flatten(), GlobalAveragePool() or Patchify(…) before it")
    return (1, shape[0]) if len(shape) == 1 else (shape[0], shape[1])


def tokens(block: object, shape: Shape) -> tuple[int, int]:
    """Tokens and width of (tokens, width)."""
    if len(shape) != 2:
        raise ShapeError(str(block), shape, "(tokens, width): put Patchify(…), TokenEmbedding(…) or Reshape((tokens, width)) before it")
    return shape[0], shape[1]


def image(block: object, shape: Shape) -> tuple[int, int, int]:
    """Channels, height and width of (channels, height, width)."""
    if len(shape) != 3:
        raise ShapeError(str(block), shape, "(channels, height, width): put Reshape((channels, height, width)) before it")
    return shape[0], shape[1], shape[2]
