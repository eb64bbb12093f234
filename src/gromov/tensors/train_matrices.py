"""Linear maps in the tensor-train format: a matrix whose rows and columns are tensors, applied without ever being formed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gromov.core import InputError, require_memory
from gromov.tensors.modes import check_modes
from gromov.tensors.tensor_train_svd import tensor_train
from gromov.tensors.trains import TensorTrain, check_cores, contract
from gromov.tensors.truncation import check_decomposable

MatrixCores = tuple[Float[Tensor, "_ _ _ _"], ...]
"""Cores of a tensor-train matrix, each rank × row mode × column mode × rank."""


@dataclass(frozen=True, slots=True, eq=False)
class TensorTrainMatrix:
    """A matrix W(i₁…i_d, j₁…j_d) = G₁(i₁, j₁)·G₂(i₂, j₂)⋯G_d(i_d, j_d): rows are read as m₁ × … × m_d, columns as n₁ × … × n_d.

    With all ranks 1 it is a Kronecker product of d small matrices.

    Attributes:
        cores: d tensors, the k-th r_{k−1} × m_k × n_k × r_k, with r₀ = r_d = 1.

    Raises:
        InputError: no cores, or neighbours whose ranks differ.

    Reference:
        I. Oseledets, Approximation of 2^d × 2^d matrices using tensor decomposition, SIAM Journal on Matrix Analysis 31, 2010;
        A. Novikov, D. Podoprikhin, A. Osokin, D. Vetrov, Tensorizing neural networks, 2015, arXiv:1509.06569.

    Example:
        >>> import torch
        >>> from gromov.tensors import tensor_train_matrix
        >>> w = torch.kron(torch.randn(4, 3), torch.randn(5, 6))
        >>> train = tensor_train_matrix(w, row_modes=(4, 5), column_modes=(3, 6))
        >>> train.ranks, train.parameters, w.numel()
        ((1, 1, 1), 42, 360)
    """

    cores: MatrixCores

    def __post_init__(self) -> None:
        check_cores(self.cores)

    @property
    def row_modes(self) -> tuple[int, ...]:
        """m₁, …, m_d, whose product is the number of rows."""
        return tuple(core.shape[1] for core in self.cores)

    @property
    def column_modes(self) -> tuple[int, ...]:
        """n₁, …, n_d, whose product is the number of columns."""
        return tuple(core.shape[2] for core in self.cores)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return math.prod(self.row_modes), math.prod(self.column_modes)

    @property
    def ranks(self) -> tuple[int, ...]:
        """The ranks r₀ = 1, r₁, …, r_d = 1."""
        return (1, *(core.shape[3] for core in self.cores))

    @property
    def parameters(self) -> int:
        """How many numbers the cores hold."""
        return sum(core.numel() for core in self.cores)

    def full(self) -> Float[Tensor, "rows columns"]:
        """The dense matrix.

        Cost: about r multiply-adds an entry; twice the entries in memory.

        Raises:
            MemoryEstimateError: they would not fit.
        """
        rows, columns = self.shape
        if self.cores[0].device.type == "cpu":
            size = 2 * rows * columns * self.cores[0].element_size()
            require_memory(size, step=f"the dense matrix of {rows:,} × {columns:,}", remedy="apply() needs no matrix")
        return dense_matrix(self.cores)

    def apply(self, x: Float[Tensor, "*batch columns"]) -> Float[Tensor, "*batch rows"]:
        """W·x for each row x of a batch, core by core, without the dense matrix.

        Args:
            x: … × Π n_k.

        Cost: `flops`; the largest intermediate holds batch · r · max_k (m₁⋯m_k·n_{k+1}⋯n_d) numbers.

        Raises:
            InputError: rows of another length.
        """
        rows, columns = self.shape
        if x.ndim == 0 or x.shape[-1] != columns:
            raise InputError(f"x must have rows of length {columns}, the product of column modes {self.column_modes}; got {tuple(x.shape)}")
        return apply_cores(self.cores, x.reshape(-1, columns)).reshape(*x.shape[:-1], rows)

    def flops(self, batch: int = 1) -> int:
        """Floating-point operations of `apply` to `batch` rows, a multiplication and an addition counted as two.

        Args:
            batch: Number of rows.
        """
        return batch * apply_flops(self.row_modes, self.column_modes, self.ranks)

    def __matmul__(self, other: "TensorTrainMatrix") -> "TensorTrainMatrix":
        """The product of two maps, whose ranks multiply; `round` it."""
        if self.column_modes != other.row_modes:
            raise InputError(
                f"the column modes of the left factor, {self.column_modes}, must be the row modes of the right, {other.row_modes}"
            )
        products = [torch.einsum("aijb,cjkd->acikbd", x, y).flatten(0, 1).flatten(3) for x, y in zip(self.cores, other.cores, strict=True)]
        return TensorTrainMatrix(tuple(products))

    def transpose(self) -> "TensorTrainMatrix":
        """The transposed map; no copy."""
        return TensorTrainMatrix(tuple(core.transpose(1, 2) for core in self.cores))

    def train(self) -> TensorTrain:
        """The same numbers as a tensor train of modes m_k·n_k."""
        return TensorTrain(tuple(core.flatten(1, 2) for core in self.cores))

    def norm(self) -> Float[Tensor, ""]:
        """The Frobenius norm, from an orthogonal sweep.

        Cost: O(d·m·n·r³).
        """
        return self.train().norm()

    def round(self, *, tolerance: float | None = None, rank: int | Sequence[int] | None = None) -> "TensorTrainMatrix":
        """The map of least ranks within tolerance·‖W‖ in the Frobenius norm, as `TensorTrain.round`.

        Args:
            tolerance: Largest relative error.
            rank: Largest rank, one for all or one a place between cores.

        Cost: O(d·m·n·r³).

        Raises:
            InputError: a negative tolerance, a rank below 1.
        """
        return _of_train(self.train().round(tolerance=tolerance, rank=rank), self.row_modes, self.column_modes)


def tensor_train_matrix(
    matrix: Float[Tensor, "rows columns"],
    *,
    row_modes: Sequence[int],
    column_modes: Sequence[int],
    tolerance: float | None = None,
    rank: int | Sequence[int] | None = None,
) -> TensorTrainMatrix:
    """A dense matrix in the tensor-train format, by TT-SVD of its entries in the order (i₁j₁), (i₂j₂), …: ‖W − Ŵ‖ ≤ tolerance·‖W‖.

    Args:
        matrix: Rows × columns, float32 or float64.
        row_modes: m₁, …, m_d with product rows.
        column_modes: n₁, …, n_d with product columns, as many as there are row modes.
        tolerance: Largest relative error in the Frobenius norm; None or 0 keeps what rounding can tell from nothing.
        rank: Largest rank, one for all or one a place between cores.

    Cost: that of TT-SVD, 2·m₁·n₁·(rows·columns) multiply-adds for its largest step.

    Raises:
        InputError: modes that do not multiply to the shape, and what `tensor_train` refuses.

    Example:
        >>> import torch
        >>> from gromov.tensors import tensor_train_matrix
        >>> w = tensor_train_matrix(torch.eye(60), row_modes=(3, 4, 5), column_modes=(3, 4, 5))
        >>> w.ranks, w.flops(batch=1)
        ((1, 1, 1, 1), 1440)
    """
    check_decomposable(matrix, "matrix")
    rows, columns = check_modes(row_modes, matrix.shape[0], "row_modes"), check_modes(column_modes, matrix.shape[1], "column_modes")
    if len(rows) != len(columns):
        raise InputError(
            f"row_modes and column_modes must be as many, one of each a core; got {rows} and {columns}: add ones to the shorter"
        )
    count = len(rows)
    paired = [axis for k in range(count) for axis in (k, count + k)]
    tensor = matrix.reshape(*rows, *columns).permute(paired)
    sizes = [m * n for m, n in zip(rows, columns, strict=True)]
    return _of_train(tensor_train(tensor.reshape(sizes), tolerance=tolerance, rank=rank), rows, columns)


def apply_cores(cores: MatrixCores, x: Float[Tensor, "batch columns"]) -> Float[Tensor, "batch rows"]:
    """W·x for each row: step k turns (batch·m₁⋯m_{k−1}) × (r_{k−1}·n_k) × (n_{k+1}⋯n_d) into (…) × (m_k·r_k) × (…), one product of matrices.

    Args:
        cores: Of W.
        x: Batch × Π n_k.
    """
    batch, state = x.shape[0], x
    ahead, done = math.prod([core.shape[2] for core in cores]), batch
    for core in cores:
        left, row, column, right = core.shape
        ahead //= column
        if ahead > 1:
            weight = core.permute(1, 3, 0, 2).reshape(row * right, left * column)
            state = torch.matmul(weight, state.reshape(done, left * column, ahead))
        else:  # a plain product of two matrices, which a batch of single columns would not be
            state = state.reshape(done, left * column) @ core.permute(0, 2, 1, 3).reshape(left * column, row * right)
        done *= row
    return state.reshape(batch, math.prod([core.shape[1] for core in cores]))


def apply_flops(row_modes: Sequence[int], column_modes: Sequence[int], ranks: Sequence[int]) -> int:
    """Operations of `apply_cores` for one row: 2·Σ_k (m₁⋯m_k)·(n_k⋯n_d)·r_{k−1}·r_k.

    Args:
        row_modes: m₁, …, m_d.
        column_modes: n₁, …, n_d.
        ranks: r₀, …, r_d.
    """
    count = len(row_modes)
    return 2 * sum(math.prod(row_modes[: k + 1]) * math.prod(column_modes[k:]) * ranks[k] * ranks[k + 1] for k in range(count))


def dense_matrix(cores: MatrixCores) -> Float[Tensor, "rows columns"]:
    """The matrix of the cores.

    Args:
        cores: Of the matrix.
    """
    rows, columns = [core.shape[1] for core in cores], [core.shape[2] for core in cores]
    modes = [size for pair in zip(rows, columns, strict=True) for size in pair]
    tensor = contract(tuple(core.flatten(1, 2) for core in cores)).reshape(modes)
    order = [*range(0, 2 * len(cores), 2), *range(1, 2 * len(cores), 2)]
    return tensor.permute(order).reshape(math.prod(rows), math.prod(columns))


def dense_flops(row_modes: Sequence[int], column_modes: Sequence[int], ranks: Sequence[int]) -> int:
    """Operations of `dense_matrix`: 2·Σ_{k≥2} (m₁n₁⋯m_kn_k)·r_{k−1}·r_k.

    Args:
        row_modes: m₁, …, m_d.
        column_modes: n₁, …, n_d.
        ranks: r₀, …, r_d.
    """
    sizes = [m * n for m, n in zip(row_modes, column_modes, strict=True)]
    return 2 * sum(math.prod(sizes[: k + 1]) * ranks[k] * ranks[k + 1] for k in range(1, len(sizes)))


def _of_train(train: TensorTrain, rows: Sequence[int], columns: Sequence[int]) -> TensorTrainMatrix:
    """The cores of a train, their modes split in rows and columns."""
    return TensorTrainMatrix(tuple(core.unflatten(1, (m, n)) for core, m, n in zip(train.cores, rows, columns, strict=True)))
