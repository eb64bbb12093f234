"""All pairs of two clouds, a block at a time, so that memory stays bounded."""

from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from gromov.core import InputError

_BLOCK_NUMBERS = 2**22


@runtime_checkable
class PairDistances(Protocol):
    """A space that can compare two blocks of points."""

    def pair_distances(self, x: Tensor, y: Tensor) -> Tensor:
        """All distances between rows of x and of y."""
        ...


def pairwise(space: PairDistances, x: Float[Tensor, "n c"], y: Float[Tensor, "m c"]) -> Float[Tensor, "n m"]:
    """All distances, in blocks of rows of x that hold about 4 million numbers.

    Cost: n·m distances; n·m numbers for the answer and one block besides (while gradients are recorded, what each block keeps for them).
    """
    rows = max(1, _BLOCK_NUMBERS // max(1, y.shape[0] * x.shape[1]))
    if x.shape[0] <= rows:
        return space.pair_distances(x, y)
    return torch.cat([space.pair_distances(part, y) for part in x.split(rows)])


def nearest(
    space: PairDistances, x: Float[Tensor, "n c"], y: Float[Tensor, "m c"], k: int
) -> tuple[Float[Tensor, "n k"], Int[Tensor, "n k"]]:
    """Distances and indices of the k nearest of y for each of x, nearest first; ties in no particular order.

    Cost: n·m distances; one block of them and the 2·n·k answers in memory.

    Raises:
        InputError: k is not between 1 and m.
    """
    if not 1 <= k <= y.shape[0]:
        raise InputError(f"k is {k}; it must be between 1 and the {y.shape[0]} points searched")
    rows = max(1, _BLOCK_NUMBERS // max(1, y.shape[0] * x.shape[1]))
    found = [space.pair_distances(part, y).topk(k, dim=1, largest=False) for part in x.split(rows)]
    return torch.cat([part.values for part in found]), torch.cat([part.indices for part in found])
