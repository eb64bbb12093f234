"""The Tucker decomposition: a small core tensor and one factor matrix a mode."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gromov.core import InputError
from gromov.tensors.truncation import check_decomposable, check_ranks, check_tolerance, split

Matrices = tuple[Float[Tensor, "_ _"], ...]
"""Factors, one mode × rank matrix a mode."""


@dataclass(frozen=True, slots=True, eq=False)
class Tucker:
    """A tensor A = G ×₁ U₁ ×₂ U₂ ⋯ ×_d U_d: A(i) = Σ_a G(a₁, …, a_d)·U₁(i₁, a₁)⋯U_d(i_d, a_d).

    The core has Π r_k entries, so the format is for few modes (3 or 4, as in convolutions); a tensor train is for many.

    Attributes:
        core: r₁ × … × r_d.
        factors: d matrices, the k-th n_k × r_k; those that `tucker` finds have orthonormal columns.

    Raises:
        InputError: factors that do not fit the core.

    Reference:
        L. Tucker, Some mathematical notes on three-mode factor analysis, Psychometrika 31, 1966.

    Example:
        >>> import torch
        >>> from gromov.tensors import tucker
        >>> i = torch.arange(4, dtype=torch.float64)
        >>> found = tucker(i[:, None, None] + i[:, None] + i)
        >>> found.ranks, found.parameters
        ((2, 2, 2), 32)
    """

    core: Float[Tensor, "..."]
    factors: Matrices

    def __post_init__(self) -> None:
        if tuple(factor.shape[1] for factor in self.factors) != tuple(self.core.shape) or not self.factors:
            shapes = [tuple(factor.shape) for factor in self.factors]
            raise InputError(f"factors must be mode × rank for the ranks of the core, {tuple(self.core.shape)}; got {shapes}")

    @property
    def shape(self) -> tuple[int, ...]:
        """The modes n₁, …, n_d."""
        return tuple(factor.shape[0] for factor in self.factors)

    @property
    def ranks(self) -> tuple[int, ...]:
        """The ranks r₁, …, r_d."""
        return tuple(self.core.shape)

    @property
    def parameters(self) -> int:
        """How many numbers core and factors hold."""
        return self.core.numel() + sum(factor.numel() for factor in self.factors)

    def full(self) -> Float[Tensor, "..."]:
        """The tensor of all entries; differentiable in core and factors.

        Cost: about r multiply-adds an entry.
        """
        state = self.core
        for factor in self.factors:  # each contraction moves its mode to the end, so d of them restore the order
            state = (state.reshape(len(state), -1).mT @ factor.mT).reshape(*state.shape[1:], -1)
        return state

    def norm(self) -> Float[Tensor, ""]:
        """‖A‖, of the core times the triangles of the factors; the factors need not be orthonormal."""
        triangles = tuple(torch.linalg.qr(factor).R for factor in self.factors)
        return torch.linalg.vector_norm(Tucker(self.core, triangles).full())

    def relative_error(self, tensor: Float[Tensor, "..."]) -> float:
        """‖A − B‖/‖B‖ against a dense tensor.

        Args:
            tensor: B, of the same shape and not 0.
        """
        return float((torch.linalg.vector_norm(self.full() - tensor) / torch.linalg.vector_norm(tensor)).detach())


def tucker(
    tensor: Float[Tensor, "..."],
    ranks: int | Sequence[int] | None = None,
    *,
    tolerance: float | None = None,
    modes: Sequence[int] | None = None,
    sweeps: int = 0,
) -> Tucker:
    """The Tucker decomposition by sequentially truncated HOSVD, ‖A − B‖ ≤ tolerance·‖A‖, and sweeps of HOOI after it.

    Mode by mode, the unfolding of what is left is projected on its leading left singular vectors; the squared errors add up to that of the
    whole, so each of c modes gets tolerance²/c. Where `ranks` bind, the error is at most √c times the least possible. A sweep of higher-order
    orthogonal iteration replaces each factor by the best one for the others, and never raises the error; it keeps the ranks.

    Args:
        tensor: n₁ × … × n_d, float32 or float64.
        ranks: Largest rank, one for all or one for each of `modes`.
        tolerance: Largest relative error; None or 0 keeps what rounding can tell from nothing.
        modes: Which modes to compress (Tucker-2 is two of them); the factors of the others are identities. None means all.
        sweeps: Sweeps of HOOI: 2 or 3 are enough where they help.

    Cost: 2·n₁·Π n_k multiply-adds for the first mode, less for the others; as much again a sweep.

    Raises:
        InputError: no entries, half precision, NaN or infinity, modes that are none, a negative tolerance, a rank below 1.

    Reference:
        L. De Lathauwer, B. De Moor, J. Vandewalle, A multilinear singular value decomposition, and On the best rank-1 and rank-(R₁, …, R_N)
        approximation of higher-order tensors, SIAM Journal on Matrix Analysis 21, 2000; N. Vannieuwenhoven, R. Vandebril, K. Meerbergen,
        A new truncation strategy for the higher-order singular value decomposition, SIAM Journal on Scientific Computing 34, 2012.

    Example:
        >>> import torch
        >>> from gromov.tensors import tucker
        >>> kernel = torch.randn(16, 8, 3, 3)
        >>> tucker(kernel, (4, 2), modes=(0, 1)).ranks  # Tucker-2 of a convolution
        (4, 2, 3, 3)
    """
    check_decomposable(tensor)
    chosen = tuple(range(tensor.ndim)) if modes is None else tuple(modes)
    if not set(chosen) <= set(range(tensor.ndim)) or len(set(chosen)) != len(chosen) or not chosen:
        raise InputError(f"modes must be different axes of the tensor, of 0 to {tensor.ndim - 1}; got {modes}")
    most = check_ranks(ranks, len(chosen), "ranks")
    threshold = check_tolerance(tolerance) * float(torch.linalg.vector_norm(tensor.detach())) / math.sqrt(len(chosen))
    core = tensor
    factors = {k: torch.eye(n, dtype=tensor.dtype, device=tensor.device) for k, n in enumerate(tensor.shape)}
    for k, largest in zip(chosen, most, strict=True):
        factors[k], core = _project(core, k, threshold, largest)
    for _ in range(sweeps if len(chosen) > 1 else 0):
        for k in chosen:
            rest = tensor
            for other in chosen:
                if other != k:
                    rest = _transform(rest, other, factors[other].mT)
            factors[k], core = _project(rest, k, 0.0, factors[k].shape[1])
    return Tucker(core, tuple(factors[k] for k in range(tensor.ndim)))


def _project(tensor: Float[Tensor, "..."], mode: int, threshold: float, rank: int | None) -> tuple[Tensor, Tensor]:
    """The leading left singular vectors of an unfolding, and the tensor in their coordinates."""
    front = tensor.movedim(mode, 0)
    factor, rest = split(front.reshape(len(front), -1), threshold, rank)
    return factor, rest.reshape(-1, *front.shape[1:]).movedim(0, mode)


def _transform(tensor: Float[Tensor, "..."], mode: int, matrix: Float[Tensor, "r n"]) -> Tensor:
    """The tensor with one mode multiplied by a matrix."""
    front = tensor.movedim(mode, 0)
    return (matrix @ front.reshape(len(front), -1)).reshape(-1, *front.shape[1:]).movedim(0, mode)
