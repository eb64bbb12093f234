"""Truncated singular value decompositions and orthogonal sweeps: what every rounding of a tensor is made of."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gromov.core import InputError

Cores = tuple[Float[Tensor, "_ _ _"], ...]
"""Cores of a tensor train, each rank × mode × rank."""


def split(matrix: Float[Tensor, "m n"], threshold: float, rank: int | None = None) -> tuple[Float[Tensor, "m r"], Float[Tensor, "r n"]]:
    """The truncated decomposition matrix ≈ U·(UᵀM) of least rank: U has orthonormal columns, and ‖M − U UᵀM‖ ≤ threshold.

    What is below the rounding of the whole, 4ε·√min(m, n)·‖M‖, counts as zero. Where the matrix is wide and no gradient is
    recorded, only the triangle of a QR decomposition of Mᵀ is decomposed further, and its wide factor is never formed.

    Args:
        matrix: m × n.
        threshold: Most error, in the Frobenius norm.
        rank: Most rank; where it is reached the error may exceed the threshold.

    Cost: 2·m·n·min(m, n) multiply-adds, about.
    """
    rows, columns = matrix.shape
    if columns < 2 * rows or (torch.is_grad_enabled() and matrix.requires_grad):
        left, values, right = torch.linalg.svd(matrix, full_matrices=False)
        keep = _kept(values, threshold, rank)
        return left[:, :keep], values[:keep, None] * right[:keep]
    triangle = torch.linalg.qr(matrix.mT, mode="r").R
    left, values, _ = torch.linalg.svd(triangle.mT, full_matrices=False)
    left = left[:, : _kept(values, threshold, rank)]
    return left, left.mT @ matrix


def _kept(values: Float[Tensor, " r"], threshold: float, rank: int | None) -> int:
    """The fewest leading singular values whose rest has norm at most `threshold`; at least one, at most `rank`."""
    # in double precision, because the square of a small float32 is none
    tails = values.detach().double().flip(0).square().cumsum(0).sqrt().flip(0)
    noise = 4 * torch.finfo(values.dtype).eps * math.sqrt(len(values)) * float(tails[0])
    keep = int((tails > max(threshold, noise)).sum())
    return max(1, keep if rank is None else min(keep, rank))


def sweep_right(cores: Cores) -> Cores:
    """The same train with every core but the last left-orthogonal, Σ_i G(i)ᵀG(i) = I: a QR decomposition a core, first to last.

    Args:
        cores: r × n × s each.

    Cost: O(d·n·r³).
    """
    done, core = [], cores[0]
    for following in cores[1:]:
        left, mode, _ = core.shape
        q, r = torch.linalg.qr(core.reshape(left * mode, -1))
        done.append(q.reshape(left, mode, -1))
        core = torch.tensordot(r, following, dims=1)
    return (*done, core)


def sweep_left(cores: Cores) -> Cores:
    """The same train with every core but the first right-orthogonal, Σ_i G(i)G(i)ᵀ = I: a QR decomposition a core, last to first.

    Args:
        cores: r × n × s each.

    Cost: O(d·n·r³).
    """
    done, core = [], cores[-1]
    for before in reversed(cores[:-1]):
        _, mode, right = core.shape
        q, r = torch.linalg.qr(core.reshape(-1, mode * right).mT)
        done.append(q.mT.reshape(-1, mode, right))
        core = torch.tensordot(before, r.mT, dims=1)
    return (core, *reversed(done))


def check_tolerance(tolerance: float | None) -> float:
    """The tolerance as a number, 0 for None.

    Args:
        tolerance: Largest relative error.

    Raises:
        InputError: negative or not finite.
    """
    if tolerance is None:
        return 0.0
    if not 0 <= tolerance < math.inf:
        raise InputError(f"tolerance is a largest relative error, 0 or more; got {tolerance}")
    return float(tolerance)


def check_ranks(rank: int | Sequence[int] | None, count: int, name: str = "rank") -> tuple[int | None, ...]:
    """One largest rank a place, from one number for all, a sequence, or None.

    Args:
        rank: What was asked for.
        count: How many places there are.
        name: What the error calls it.

    Raises:
        InputError: a rank below 1, or another number of them.
    """
    ranks = (rank,) * count if rank is None or isinstance(rank, int) else tuple(rank)
    if len(ranks) != count or any(each is not None and each < 1 for each in ranks):
        raise InputError(f"{name} must be a number of at least 1, or {count} of them; got {rank}")
    return ranks


def check_decomposable(tensor: Float[Tensor, "..."], name: str = "tensor") -> None:
    """Refuse what no decomposition can be had of.

    Args:
        tensor: Anything with an entry.
        name: What the error calls it.

    Raises:
        InputError: no entries, no axes, half precision, NaN or infinity.
    """
    if tensor.ndim == 0 or tensor.numel() == 0:
        raise InputError(f"{name} must have at least one axis and one entry; got shape {tuple(tensor.shape)}")
    if tensor.dtype not in (torch.float32, torch.float64):
        raise InputError(f"{name} must be float32 or float64, because it is decomposed by QR and SVD; got {tensor.dtype}: convert it first")
    if not bool(torch.isfinite(tensor).all()):
        raise InputError(f"{name} holds NaN or infinity: remove them first")
