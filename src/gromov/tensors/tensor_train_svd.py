"""Tensor trains of given tensors (TT-SVD), and random ones."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gromov.core import InputError, generator
from gromov.tensors.trains import TensorTrain
from gromov.tensors.truncation import check_decomposable, check_ranks, check_tolerance, split


def tensor_train(tensor: Float[Tensor, "..."], *, tolerance: float | None = None, rank: int | Sequence[int] | None = None) -> TensorTrain:
    """The tensor train of a tensor by TT-SVD: ‖A − B‖ ≤ tolerance·‖A‖, with d − 1 truncated SVDs of error tolerance·‖A‖/√(d − 1) each.

    The ranks are at most those of the unfoldings at the same error each, and where `rank` binds, the error is at most √(d − 1) times the
    best possible with these ranks.

    Args:
        tensor: n₁ × … × n_d, float32 or float64.
        tolerance: Largest relative error; below rounding (about 4ε√n), None or 0, the ranks are those that rounding can tell from less.
        rank: Largest rank, one for all or one a place between modes.

    Cost: the first SVD dominates: 2·n₁·Π n_k multiply-adds; a copy of the tensor in memory.

    Raises:
        InputError: no entries, half precision, NaN or infinity, a negative tolerance, a rank below 1.

    Reference:
        I. Oseledets, Tensor-train decomposition, SIAM Journal on Scientific Computing 33, 2011, algorithm 1.

    Example:
        >>> import torch
        >>> from gromov.tensors import tensor_train
        >>> x = torch.linspace(0, 1, 2**12, dtype=torch.float64).reshape((2,) * 12)
        >>> tensor_train(torch.sin(6 * x), tolerance=1e-10).ranks  # sin(a + b) = sin a·cos b + cos a·sin b
        (1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1)
    """
    check_decomposable(tensor)
    shape = tuple(tensor.shape)
    most = check_ranks(rank, len(shape) - 1)
    norm = float(torch.linalg.vector_norm(tensor.detach()))
    threshold = check_tolerance(tolerance) * norm / math.sqrt(max(1, len(shape) - 1))
    cores: list[Tensor] = []
    left, rest = 1, tensor
    for mode, largest in zip(shape[:-1], most, strict=True):
        q, rest = split(rest.reshape(left * mode, -1), threshold, largest)
        cores.append(q.reshape(left, mode, -1))
        left = q.shape[1]
    return TensorTrain((*cores, rest.reshape(left, shape[-1], 1)))


def random_tensor_train(
    shape: Sequence[int],
    rank: int | Sequence[int],
    *,
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
    device: torch.device | str = "cpu",
) -> TensorTrain:
    """A train of independent normal cores, scaled so that every entry has mean 0 and variance 1.

    Args:
        shape: The modes.
        rank: Rank, one for all or one a place between modes; no rank is larger than the unfolding there allows.
        seed: Whole number; the same gives the same train on every device.
        dtype: Of the cores.
        device: Of the cores.

    Cost: its parameters.

    Raises:
        InputError: no modes, a mode or a rank below 1.

    Example:
        >>> from gromov.tensors import random_tensor_train
        >>> random_tensor_train((3, 4, 5), 100).ranks
        (1, 3, 5, 1)
    """
    if min(shape, default=0) < 1:
        raise InputError(f"shape must hold at least one mode, none below 1; got {tuple(shape)}")
    inner = [min(r or 1, *bounds) for r, bounds in zip(check_ranks(rank, len(shape) - 1), _largest_ranks(shape), strict=True)]
    ranks = (1, *inner, 1)
    scale = math.prod(inner) ** (-0.5 / len(shape))
    stream = torch.Generator().manual_seed(int(generator(seed, "random_tensor_train").integers(2**63)))
    sizes = [(ranks[k], n, ranks[k + 1]) for k, n in enumerate(shape)]
    cores = [scale * torch.randn(size, generator=stream, dtype=torch.float64) for size in sizes]
    return TensorTrain(tuple(core.to(device=device, dtype=dtype) for core in cores))


def _largest_ranks(shape: Sequence[int]) -> list[tuple[int, int]]:
    """Rows and columns of each unfolding, which bound its rank."""
    return [(math.prod(shape[:k]), math.prod(shape[k:])) for k in range(1, len(shape))]
