"""The canonical polyadic decomposition: a tensor as a sum of few products of vectors."""

import math
import warnings
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gromov.core import InputError, NumericalWarning, generator
from gromov.tensors.higher_order_svd import Matrices
from gromov.tensors.truncation import check_decomposable

_CANCELLATION = 3.0
"""Terms this many times as long as their sum cancel: two of them would have a cosine below −0.89."""

_EXACT = 1e-7
"""Relative errors below this one are none: a little above the rounding of the error itself, √ε."""


@dataclass(frozen=True, slots=True, eq=False)
class Canonical:
    """A tensor A(i₁, …, i_d) = Σ_a w_a·U₁(i₁, a)⋯U_d(i_d, a), R terms of rank one.

    Attributes:
        weights: R numbers.
        factors: d matrices, the k-th n_k × R; those that `canonical` finds have columns of length 1, and positive weights, largest first.

    Raises:
        InputError: factors that have not a column a weight.

    Reference:
        F. Hitchcock, The expression of a tensor or a polyadic as a sum of products, Journal of Mathematics and Physics 6, 1927; T. Kolda,
        B. Bader, Tensor decompositions and applications, SIAM Review 51, 2009.

    Example:
        >>> import torch
        >>> from gromov.tensors import Canonical
        >>> ones = Canonical(torch.tensor([2.0]), (torch.ones(3, 1), torch.ones(4, 1)))
        >>> ones.parameters, float(ones.norm())  # √(12·2²)
        (8, 6.928203105926514)
    """

    weights: Float[Tensor, " rank"]
    factors: Matrices

    def __post_init__(self) -> None:
        if not self.factors or any(factor.shape[1] != len(self.weights) for factor in self.factors):
            shapes = [tuple(factor.shape) for factor in self.factors]
            raise InputError(f"factors must be mode × {len(self.weights)}, a column a weight; got {shapes}")

    @property
    def shape(self) -> tuple[int, ...]:
        """The modes n₁, …, n_d."""
        return tuple(factor.shape[0] for factor in self.factors)

    @property
    def rank(self) -> int:
        """How many terms there are."""
        return len(self.weights)

    @property
    def parameters(self) -> int:
        """How many numbers weights and factors hold."""
        return self.weights.numel() + sum(factor.numel() for factor in self.factors)

    def full(self) -> Float[Tensor, "..."]:
        """The tensor of all entries; differentiable in weights and factors.

        Cost: R multiply-adds an entry.
        """
        head = math.ceil(len(self.factors) / 2)
        tail = khatri_rao(self.factors[head:]) if self.factors[head:] else torch.ones_like(self.weights)[None]
        return ((self.weights * khatri_rao(self.factors[:head])) @ tail.mT).reshape(self.shape)

    def norm(self) -> Float[Tensor, ""]:
        """‖A‖ = √(wᵀ(U₁ᵀU₁ ∘ ⋯ ∘ U_dᵀU_d)w), to half the digits where terms cancel.

        Cost: R²·Σ n_k multiply-adds.
        """
        return torch.sqrt((self.weights @ gram(self.factors) @ self.weights).clamp_min(0))

    def relative_error(self, tensor: Float[Tensor, "..."]) -> float:
        """‖A − B‖/‖B‖ against a dense tensor, of the difference itself.

        Args:
            tensor: B, of the same shape and not 0.
        """
        return float((torch.linalg.vector_norm(self.full() - tensor) / torch.linalg.vector_norm(tensor)).detach())

    def cancellation(self) -> float:
        """√(Σ w²)/‖A‖ for terms of length w: 1 for orthogonal terms, large where terms of opposite sign cancel."""
        lengths = self.weights.detach().abs() * torch.stack([factor.detach().norm(dim=0) for factor in self.factors]).prod(dim=0)
        return float(torch.linalg.vector_norm(lengths) / self.norm().detach().clamp_min(torch.finfo(lengths.dtype).tiny))


def canonical(
    tensor: Float[Tensor, "..."], rank: int, *, seed: int = 0, starts: int = 4, sweeps: int = 1000, tolerance: float = 1e-9
) -> Canonical:
    """A decomposition in `rank` terms by alternating least squares: each factor in turn is the best one for the others.

    Stops when a sweep changes the relative error ‖A − B‖/‖B‖ by less than `tolerance`, or after `sweeps`. The error falls with every sweep, to
    a local minimum that depends on the start, so the best of several starts is returned; no other is tried once the error is below 1e-7.
    A start is normal numbers, orthonormal where there are enough rows. Computed in float64; errors below 1e-8 are not told apart.

    Best terms need not exist: some tensors are limits of tensors of lower rank, and then the terms grow without bound while they cancel.

    Args:
        tensor: n₁ × … × n_d with d ≥ 2, float32 or float64.
        rank: Number of terms.
        seed: Of the starts.
        starts: Most starts.
        sweeps: Most sweeps.
        tolerance: Change of the relative error that counts as none.

    Cost: 2·d·R·Π n_k multiply-adds a sweep of a start; a float64 copy of the tensor in memory, and R·Π n_k / n_d numbers.

    Raises:
        InputError: fewer than two axes, all entries zero, a rank or a number of starts or sweeps below 1, and what `tensor_train` refuses.

    Warns:
        NumericalWarning: degenerate terms (`Canonical.cancellation` above 3): they nearly cancel, and cannot be interpreted one by one.

    Reference:
        J. Carroll, J. Chang, Psychometrika 35, 1970; R. Harshman, UCLA Working Papers in Phonetics 16, 1970; V. de Silva, L.-H. Lim,
        Tensor rank and the ill-posedness of the best low-rank approximation problem, 2006, arXiv:math/0607647.

    Example:
        >>> import torch
        >>> from gromov.tensors import canonical
        >>> i = torch.arange(1, 5, dtype=torch.float64)
        >>> found = canonical(i[:, None, None] * i[:, None] * i, rank=1)
        >>> found.relative_error(i[:, None, None] * i[:, None] * i) < 1e-12
        True
    """
    check_decomposable(tensor)
    if tensor.ndim < 2:
        raise InputError(f"canonical needs a tensor of two axes or more; got {tensor.ndim}")
    if min(rank, starts, sweeps) < 1:
        raise InputError(f"rank, starts and sweeps must be 1 or more; got {rank}, {starts} and {sweeps}")
    target = tensor.detach().double()  # the normal equations square condition numbers, which float32 has no digits for
    scale = torch.linalg.vector_norm(target)
    if not float(scale) > 0:
        raise InputError("tensor is zero everywhere: there is nothing to decompose")
    target = target / scale
    best = math.inf
    weights, factors = target.new_zeros(0), [target]
    for start in range(starts):
        reached, lengths, vectors = _alternate(target, _start(target, rank, seed, start), sweeps, tolerance)
        if reached < best:
            best, weights, factors = reached, lengths, vectors
        if best < _EXACT:
            break
    order = torch.argsort(weights, descending=True)
    found = Canonical((scale * weights[order]).to(tensor.dtype), tuple(factor[:, order].to(tensor.dtype) for factor in factors))
    if found.cancellation() > _CANCELLATION:
        warnings.warn(
            f"the {rank} terms are degenerate: {found.cancellation():.1f} times as long as their sum, so they cancel; "
            "the best terms may not exist: take another rank",
            NumericalWarning,
            stacklevel=2,
        )
    return found


def khatri_rao(factors: Matrices | list[Tensor]) -> Float[Tensor, "rows rank"]:
    """The columnwise Kronecker product: row (i₁, …, i_k), column a holds U₁(i₁, a)⋯U_k(i_k, a).

    Args:
        factors: n_k × R each, at least one.
    """
    product = factors[0]
    for factor in factors[1:]:
        product = (product[:, None] * factor).flatten(0, 1)
    return product


def gram(factors: Matrices | list[Tensor]) -> Float[Tensor, "rank rank"]:
    """Inner products of the terms: U₁ᵀU₁ ∘ ⋯ ∘ U_kᵀU_k.

    Args:
        factors: n_k × R each, at least one.
    """
    return torch.stack([factor.mT @ factor for factor in factors]).prod(dim=0)


def _alternate(target: Float[Tensor, "..."], factors: list[Tensor], sweeps: int, tolerance: float) -> tuple[float, Tensor, list[Tensor]]:
    """Sweeps of least squares from one start, for a tensor of norm 1: the error, the weights and the factors they reach."""
    weights, error = torch.ones_like(factors[0][0]), math.inf
    for _ in range(sweeps):
        product = target  # what the last mode was contracted with, for the inner product below
        for k in range(target.ndim):
            product = _contract_others(target, factors, k)
            others = gram([factor for j, factor in enumerate(factors) if j != k])
            solved = product @ torch.linalg.pinv(others, hermitian=True)
            weights = torch.linalg.vector_norm(solved, dim=0)
            factors[k] = solved / torch.where(weights > 0, weights, 1.0)
        inner = float(weights @ (product * factors[-1]).sum(dim=0))
        before, error = error, math.sqrt(max(0.0, 1.0 - 2.0 * inner + float(weights @ gram(factors) @ weights)))
        if abs(before - error) < tolerance:
            break
    return error, weights, factors


def _start(target: Float[Tensor, "..."], rank: int, seed: int, start: int) -> list[Tensor]:
    """Random factors, each with orthonormal columns where it has enough rows, and columns of length 1 where not."""
    stream = torch.Generator().manual_seed(int(generator(seed, "canonical", start).integers(2**63)))
    drawn = [torch.randn(n, rank, generator=stream, dtype=torch.float64) for n in target.shape]
    ready = [torch.linalg.qr(each).Q if len(each) >= rank else each / each.norm(dim=0) for each in drawn]
    return [each.to(target) for each in ready]


def _contract_others(target: Float[Tensor, "..."], factors: list[Tensor], mode: int) -> Float[Tensor, "n rank"]:
    """The unfolding of `mode` times the Khatri–Rao product of the other factors, from views of the tensor, without unfolding it."""
    before, after = factors[:mode], factors[mode + 1 :]
    rows, n = math.prod(target.shape[:mode]), target.shape[mode]
    if not after:
        return target.reshape(rows, n).mT @ khatri_rao(before)
    partial = (target.reshape(rows * n, -1) @ khatri_rao(after)).reshape(rows, n, -1)
    return partial[0] if not before else torch.einsum("lnr,lr->nr", partial, khatri_rao(before))
