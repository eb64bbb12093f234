"""Linear maps held in factors: shapes, product, operations and decomposition of each format, without state. Layers call them."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from gromov.core import InputError
from gromov.tensors.higher_order_svd import Tucker, tucker
from gromov.tensors.polyadic import Canonical, canonical, khatri_rao
from gromov.tensors.train_matrices import TensorTrainMatrix, apply_cores, apply_flops, dense_flops, dense_matrix, tensor_train_matrix
from gromov.tensors.truncation import check_ranks, check_tolerance, split

Factors = Sequence[Tensor]

_THIN = 2
"""Core by core, matrices are thin: an operation takes about this many times as long as in the product with a dense matrix (measured)."""
_LARGEST = 2**22
"""No dense matrix of more entries than this is formed in passing: it would leave the cache, and the format is there to save its memory."""


@dataclass(frozen=True)
class LinearFormat(ABC):
    """A way to hold a matrix W whose columns are read as a tensor of modes n₁, …, and whose rows as m₁, … .

    Attributes:
        in_modes: n₁, …, with product the number of columns.
        out_modes: m₁, …, with product the number of rows.
    """

    in_modes: tuple[int, ...]
    out_modes: tuple[int, ...]

    @property
    def columns(self) -> int:
        """Length of an input."""
        return math.prod(self.in_modes)

    @property
    def rows(self) -> int:
        """Length of an output."""
        return math.prod(self.out_modes)

    @abstractmethod
    def shapes(self, rank: int | Sequence[int]) -> list[tuple[int, ...]]:
        """Shapes of the factors.

        Args:
            rank: Largest rank, or one for each place where the format has one; none is larger than W could use.

        Raises:
            InputError: a rank below 1, or another number of them.
        """

    def start(self, drawn: Factors) -> Factors:
        """What to start training from, of normal numbers; scaled afterwards.

        Args:
            drawn: Normal numbers in the shapes of the factors.
        """
        return drawn

    @abstractmethod
    def tensor(self, factors: Factors) -> TensorTrainMatrix | Tucker | Canonical:
        """W as a tensor that knows its norm and its entries.

        Args:
            factors: Of W.
        """

    @abstractmethod
    def decompose(self, weight: Float[Tensor, "rows columns"], rank: int | None, tolerance: float | None) -> Factors:
        """The factors of a dense matrix.

        Args:
            weight: Float32 or float64.
            rank: Largest rank.
            tolerance: Largest relative error.

        Raises:
            InputError: what cannot be decomposed so.
        """

    @abstractmethod
    def product(self, factors: Factors, x: Float[Tensor, "batch columns"]) -> Float[Tensor, "batch rows"]:
        """W·x for each row.

        Args:
            factors: Of W.
            x: Batch × columns.
        """

    @abstractmethod
    def flops(self, factors: Factors, batch: int) -> int:
        """Operations of `product`, a multiplication and an addition counted as two.

        Args:
            factors: Of W.
            batch: Number of rows.
        """

    def weight(self, factors: Factors) -> Float[Tensor, "rows columns"]:
        """The dense W, differentiable in the factors.

        Args:
            factors: Of W.
        """
        return self.tensor(factors).full().reshape(self.rows, self.columns)


class LowRank(LinearFormat):
    """W = U·V with U rows × r and V r × columns: r·(rows + columns) parameters, 2·r·(rows + columns) operations a row."""

    def shapes(self, rank: int | Sequence[int]) -> list[tuple[int, ...]]:
        """Those of U and V."""
        r = min(check_ranks(rank, 1)[0] or 1, self.rows, self.columns)
        return [(self.rows, r), (r, self.columns)]

    def tensor(self, factors: Factors) -> Canonical:
        """The sum of r products of a column and a row."""
        u, v = factors
        return Canonical(torch.ones_like(v[:, 0]), (u, v.mT))

    def decompose(self, weight: Float[Tensor, "rows columns"], rank: int | None, tolerance: float | None) -> Factors:
        """The best there is: a truncated SVD."""
        return split(weight, check_tolerance(tolerance) * float(torch.linalg.vector_norm(weight)), check_ranks(rank, 1)[0])

    def product(self, factors: Factors, x: Float[Tensor, "batch columns"]) -> Float[Tensor, "batch rows"]:
        """U·(V·x)."""
        return functional.linear(functional.linear(x, factors[1]), factors[0])

    def flops(self, factors: Factors, batch: int) -> int:
        """2·batch·r·(rows + columns)."""
        return 2 * batch * factors[1].shape[0] * (self.rows + self.columns)


class Train(LinearFormat):
    """W as a tensor-train matrix; a large batch goes by the dense W, formed in passing, where that is quicker and W has at most 4 million entries."""

    def shapes(self, rank: int | Sequence[int]) -> list[tuple[int, ...]]:
        """Those of the cores, r_{k−1} × m_k × n_k × r_k."""
        m, n = self.out_modes, self.in_modes
        if len(m) != len(n):
            raise InputError(f"modes must be as many for inputs as for outputs; got {n} and {m}: add ones to the shorter")
        sizes = [a * b for a, b in zip(m, n, strict=True)]
        asked = enumerate(check_ranks(rank, len(n) - 1), start=1)
        ranks = [1, *(min(r or 1, math.prod(sizes[:k]), math.prod(sizes[k:])) for k, r in asked), 1]
        return [(ranks[k], m[k], n[k], ranks[k + 1]) for k in range(len(n))]

    def tensor(self, factors: Factors) -> TensorTrainMatrix:
        """The tensor-train matrix."""
        return TensorTrainMatrix(tuple(factors))

    def decompose(self, weight: Float[Tensor, "rows columns"], rank: int | None, tolerance: float | None) -> Factors:
        """By TT-SVD."""
        return tensor_train_matrix(weight, row_modes=self.out_modes, column_modes=self.in_modes, tolerance=tolerance, rank=rank).cores

    def product(self, factors: Factors, x: Float[Tensor, "batch columns"]) -> Float[Tensor, "batch rows"]:
        """Core by core, or by the dense W."""
        dense, _ = self._way(factors, x.shape[0])
        return functional.linear(x, dense_matrix(tuple(factors))) if dense else apply_cores(tuple(factors), x)

    def flops(self, factors: Factors, batch: int) -> int:
        """2·batch·Σ_k m₁⋯m_k·n_k⋯n_d·r_{k−1}·r_k core by core, or those of forming W and multiplying by it: of the way that is gone."""
        return self._way(factors, batch)[1]

    def _way(self, factors: Factors, batch: int) -> tuple[bool, int]:
        """Whether the dense W is formed, and the operations."""
        ranks = (1, *(factor.shape[3] for factor in factors))
        dense = dense_flops(self.out_modes, self.in_modes, ranks) + 2 * batch * self.rows * self.columns
        by_cores = batch * apply_flops(self.out_modes, self.in_modes, ranks)
        return (True, dense) if dense < _THIN * by_cores and self.rows * self.columns <= _LARGEST else (False, by_cores)


class TuckerMap(LinearFormat):
    """W = (U₁ ⊗ U₂ ⊗ ⋯)·G·(V₁ ⊗ V₂ ⊗ ⋯)ᵀ with a small G; factors are G, the U, the V, and ranks come in that order."""

    def shapes(self, rank: int | Sequence[int]) -> list[tuple[int, ...]]:
        """Those of G and of the matrices."""
        sizes = (*self.out_modes, *self.in_modes)
        ranks = [min(r or 1, size) for r, size in zip(check_ranks(rank, len(sizes)), sizes, strict=True)]
        return [tuple(ranks), *zip(sizes, ranks, strict=True)]

    def tensor(self, factors: Factors) -> Tucker:
        """The Tucker tensor of the modes of rows and columns."""
        return Tucker(factors[0], tuple(factors[1:]))

    def decompose(self, weight: Float[Tensor, "rows columns"], rank: int | None, tolerance: float | None) -> Factors:
        """By the sequentially truncated HOSVD, and two sweeps of HOOI where the ranks are given."""
        found = tucker(weight.reshape(*self.out_modes, *self.in_modes), rank, tolerance=tolerance, sweeps=0 if rank is None else 2)
        return found.core, *found.factors

    def product(self, factors: Factors, x: Float[Tensor, "batch columns"]) -> Float[Tensor, "batch rows"]:
        """Inputs to their ranks mode by mode, through G, and out: the Kronecker products are never formed."""
        outputs, inputs = factors[1 : 1 + len(self.out_modes)], factors[1 + len(self.out_modes) :]
        small = apply_cores(tuple(v.mT[None, :, :, None] for v in inputs), x)
        middle = functional.linear(small, factors[0].reshape(-1, small.shape[1]))
        return apply_cores(tuple(u[None, :, :, None] for u in outputs), middle)

    def flops(self, factors: Factors, batch: int) -> int:
        """Those of the modes of the inputs, of G, and of the modes of the outputs."""
        d, ranks, ones = len(self.out_modes), tuple(factors[0].shape), (1,) * len(factors)
        into, out = apply_flops(ranks[d:], self.in_modes, ones), apply_flops(self.out_modes, ranks[:d], ones)
        return batch * (into + 2 * math.prod(ranks) + out)


class CanonicalMap(LinearFormat):
    """W(i, j) = Σ_a U₁(i₁, a)⋯V₁(j₁, a)⋯, r products of vectors: as a matrix, W has rank at most r."""

    def shapes(self, rank: int | Sequence[int]) -> list[tuple[int, ...]]:
        """One matrix of r columns a mode, those of the rows first."""
        return [(size, check_ranks(rank, 1)[0] or 1) for size in (*self.out_modes, *self.in_modes)]

    def start(self, drawn: Factors) -> Factors:
        """Columns of one length: else a few of the terms, products of many normal numbers, would outweigh the others."""
        return [each / torch.linalg.vector_norm(each, dim=0) for each in drawn]

    def tensor(self, factors: Factors) -> Canonical:
        """The canonical tensor of the modes of rows and columns."""
        return Canonical(torch.ones_like(factors[0][0]), tuple(factors))

    def decompose(self, weight: Float[Tensor, "rows columns"], rank: int | None, tolerance: float | None) -> Factors:
        """By alternating least squares from one start of seed 0, until a sweep gains less than 1e-5; for a rank."""
        if rank is None or tolerance is not None:
            raise InputError("the canonical format is made for a rank, not for a tolerance: give rank alone")
        found = canonical(weight.reshape(*self.out_modes, *self.in_modes), rank, starts=1, tolerance=1e-5)
        return found.factors[0] * found.weights, *found.factors[1:]

    def product(self, factors: Factors, x: Float[Tensor, "batch columns"]) -> Float[Tensor, "batch rows"]:
        """By the Khatri–Rao products of the factors of the inputs and of the outputs."""
        outputs, inputs = factors[: len(self.out_modes)], factors[len(self.out_modes) :]
        return functional.linear(x @ khatri_rao(tuple(inputs)), khatri_rao(tuple(outputs)))

    def flops(self, factors: Factors, batch: int) -> int:
        """2·batch·r·(rows + columns), and r multiplications an entry of the Khatri–Rao products as they grow."""
        grown = sum(math.prod(modes[:k]) for modes in (self.out_modes, self.in_modes) for k in range(2, len(modes) + 1))
        return factors[0].shape[1] * (2 * batch * (self.rows + self.columns) + grown)
