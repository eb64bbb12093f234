"""Rows of points with their gradients and running means: what one update works on, and how many at a time."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from gromov.spaces.ball_step import Moved
from gromov.spaces.manifold import Manifold

BLOCK = 2**16
"""Numbers of a tensor that are updated at a time where nothing is compiled: what a step holds then stays in the cache."""


class Rows(NamedTuple):
    """Points, partial derivatives and running means of the same leading axes.

    Attributes:
        x: Points (… × coordinates).
        derivative: Partial derivatives of the loss.
        means: Running means: tangent vectors (… × coordinates) first, then numbers (…).
    """

    x: Tensor
    derivative: Tensor
    means: tuple[Tensor, ...]

    def can_be_cut(self) -> bool:
        """Whether blocks of rows are views, so that they can be updated in place."""
        return self.x.ndim > 1 and all(t.is_contiguous() for t in (self.x, *self.means))

    def flat(self) -> tuple[Tensor, ...]:
        """All tensors with one leading axis: views where they are contiguous."""
        entries = self.x.shape[-1]
        return tuple(t.reshape(-1, entries) if t.ndim == self.x.ndim else t.reshape(-1) for t in (self.x, self.derivative, *self.means))

    def blocks(self) -> "Iterator[Rows]":
        """Views of so many rows that each has about `BLOCK` numbers."""
        rows = max(1, BLOCK // self.x.shape[-1])
        for x, derivative, *means in zip(*(t.split(rows) for t in self.flat()), strict=True):
            yield Rows(x, derivative, tuple(means))

    @classmethod
    def stack(cls, parts: "Sequence[Rows]") -> "Rows":
        """Copies of all rows, one below the other."""
        x, derivative, *means = (torch.cat(tensors) for tensors in zip(*(part.flat() for part in parts), strict=True))
        return cls(x, derivative, tuple(means))


class Update(NamedTuple):
    """What an update makes of rows.

    Attributes:
        moved: The points and their momentum (which is of no meaning where the optimiser keeps none).
        squares: The other running means, one number a row.
    """

    moved: Moved
    squares: tuple[Tensor, ...]


UpdateRule = Callable[[Manifold, Tensor, Tensor, tuple[Tensor, ...], Tensor, bool], Update]
"""(space, x, derivative, running means, rates, whether there is weight decay) → what becomes of them; a pure function."""
UpdateInPlace = Callable[[UpdateRule, Manifold, Tensor, Tensor, tuple[Tensor, ...], Tensor, bool], Tensor | None]
"""`update_in_place`, compiled or not."""


def update_in_place(
    rule: UpdateRule, space: Manifold, x: Tensor, derivative: Tensor, means: tuple[Tensor, ...], rates: Tensor, decays: bool
) -> Tensor | None:
    """Write what the rule makes of x and the means over them; what comes back says whether to project, None is no."""
    moved, squares = rule(space, x, derivative, means, rates, decays)
    fresh = (moved.momentum, *squares) if len(means) > len(squares) else squares
    x.copy_(moved.point)
    for mean, value in zip(means, fresh, strict=True):
        mean.copy_(value)
    return moved.doubtful
