"""The tensor train: a tensor as a product of matrices chosen by its indices, and arithmetic that never leaves the format."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from gromov.core import InputError, require_memory
from gromov.tensors.truncation import Cores, check_ranks, check_tolerance, split, sweep_left, sweep_right


@dataclass(frozen=True, slots=True, eq=False)
class TensorTrain:
    """A tensor A(i₁, …, i_d) = G₁(i₁)·G₂(i₂)⋯G_d(i_d), where G_k(i) is an r_{k−1} × r_k matrix and r₀ = r_d = 1.

    It has Σ n_k·r_{k−1}·r_k parameters in place of Π n_k entries. Everything here but the two orthogonalisations and `round` is
    differentiable in the cores at every point; those three are where the matrices they decompose have full rank and distinct singular values.

    Attributes:
        cores: d tensors of one dtype and device, the k-th r_{k−1} × n_k × r_k.

    Raises:
        InputError: no cores, or neighbours whose ranks differ.

    Reference:
        I. Oseledets, Tensor-train decomposition, SIAM Journal on Scientific Computing 33, 2011.

    Example:
        >>> import torch
        >>> from gromov.tensors import tensor_train
        >>> i = torch.arange(4, dtype=torch.float64)
        >>> train = tensor_train(i[:, None, None] + i[:, None] + i)  # a sum of d functions of one index each has ranks 2
        >>> train.ranks, train.parameters
        ((1, 2, 2, 1), 32)
        >>> (train * train).round().ranks
        (1, 3, 3, 1)
    """

    cores: Cores

    def __post_init__(self) -> None:
        check_cores(self.cores)

    @property
    def shape(self) -> tuple[int, ...]:
        """The modes n₁, …, n_d."""
        return tuple(core.shape[1] for core in self.cores)

    @property
    def ranks(self) -> tuple[int, ...]:
        """The ranks r₀ = 1, r₁, …, r_d = 1."""
        return (1, *(core.shape[2] for core in self.cores))

    @property
    def parameters(self) -> int:
        """How many numbers the cores hold."""
        return sum(core.numel() for core in self.cores)

    def to(self, dtype: torch.dtype | None = None, device: torch.device | str | None = None) -> "TensorTrain":
        """The same train in another dtype or on another device.

        Args:
            dtype: None keeps it.
            device: None keeps it.
        """
        return TensorTrain(tuple(core.to(device=device, dtype=dtype) for core in self.cores))

    def full(self) -> Float[Tensor, "..."]:
        """The tensor of all Π n_k entries.

        Cost: about r·Π n_k multiply-adds; the entries in memory.

        Raises:
            MemoryEstimateError: they would not fit.
        """
        if self.cores[0].device.type == "cpu":
            size = math.prod(self.shape) * self.cores[0].element_size()
            require_memory(size, step=f"the full tensor of {' × '.join(map(str, self.shape))}", remedy="ask for some entries()")
        return contract(self.cores).reshape(self.shape)

    def entries(self, index: Int[Tensor, "m d"]) -> Float[Tensor, " m"]:
        """The entries at m places.

        Args:
            index: One row of d indices a place; negative ones count from the end.

        Cost: m·d·r² multiply-adds.

        Raises:
            InputError: an index out of range, or another number of them.
        """
        shape = torch.tensor(self.shape, device=index.device)
        if index.shape[1] != len(self.cores):
            raise InputError(f"index must have {len(self.cores)} columns, one a mode; got {index.shape[1]}")
        if bool(((index < -shape) | (index >= shape)).any()):
            raise InputError(f"index must lie within the modes {self.shape}; got up to {tuple(index.max(dim=0).values.tolist())}")
        row = self.cores[0][0, index[:, 0]]
        for k, core in enumerate(self.cores[1:], start=1):
            row = torch.einsum("ma,amb->mb", row, core[:, index[:, k]])
        return row[:, 0]

    def __add__(self, other: "TensorTrain") -> "TensorTrain":
        self._same_shape(other)
        pairs = list(zip(self.cores, other.cores, strict=True))
        if len(pairs) == 1:
            return TensorTrain((self.cores[0] + other.cores[0],))
        first, last = torch.cat(pairs[0], dim=2), torch.cat(pairs[-1], dim=0)
        return TensorTrain((first, *(_beside(x, y) for x, y in pairs[1:-1]), last))

    def __sub__(self, other: "TensorTrain") -> "TensorTrain":
        return self + -other

    def __neg__(self) -> "TensorTrain":
        return self * -1.0

    def __mul__(self, other: "float | Tensor | TensorTrain") -> "TensorTrain":
        """By a number; or entry by entry (Hadamard) by another train, whose ranks multiply these."""
        if not isinstance(other, TensorTrain):
            return TensorTrain((self.cores[0] * other, *self.cores[1:]))
        self._same_shape(other)
        return TensorTrain(tuple(_kronecker(x, y) for x, y in zip(self.cores, other.cores, strict=True)))

    __rmul__ = __mul__

    def inner(self, other: "TensorTrain") -> Float[Tensor, ""]:
        """⟨A, B⟩ = Σ A(i)·B(i).

        Args:
            other: A train of the same shape.

        Cost: 2·d·n·r³ multiply-adds.

        Raises:
            InputError: the shapes differ.
        """
        self._same_shape(other)
        state = torch.ones_like(self.cores[0][:, 0, :1])
        for x, y in zip(self.cores, other.cores, strict=True):
            state = x.flatten(0, 1).mT @ torch.tensordot(state, y, dims=1).flatten(0, 1)
        return state[0, 0]

    def norm(self) -> Float[Tensor, ""]:
        """‖A‖ = √Σ A(i)², of the last core after an orthogonal sweep: √⟨A, A⟩ loses half the digits of a small difference, this none.

        The gradient is that of √⟨A, A⟩, because a QR decomposition has none where the ranks are larger than they need be; 0 at A = 0.

        Cost: 2·d·n·r³ multiply-adds.
        """
        with torch.no_grad():
            value = torch.linalg.vector_norm(sweep_right(self.cores)[-1])
        if not (torch.is_grad_enabled() and any(core.requires_grad for core in self.cores)):
            return value
        square = self.inner(self)
        safe = torch.where(value > 0, value, torch.inf)
        return value * torch.sqrt(1 + (square - square.detach()) / safe / safe)

    def left_orthogonalise(self) -> "TensorTrain":
        """The same tensor with Σ_i G(i)ᵀG(i) = I for every core but the last, whose norm is then the tensor's.

        Cost: O(d·n·r³).
        """
        return TensorTrain(sweep_right(self.cores))

    def right_orthogonalise(self) -> "TensorTrain":
        """The same tensor with Σ_i G(i)G(i)ᵀ = I for every core but the first, whose norm is then the tensor's.

        Cost: O(d·n·r³).
        """
        return TensorTrain(sweep_left(self.cores))

    def round(self, *, tolerance: float | None = None, rank: int | Sequence[int] | None = None) -> "TensorTrain":
        """The train of least ranks with ‖A − B‖ ≤ tolerance·‖A‖: a QR sweep, then an SVD sweep whose d − 1 errors share tolerance²/(d − 1).

        Args:
            tolerance: Largest relative error; below rounding (about 4ε√r), None or 0, ranks are those that rounding can tell from less.
            rank: Largest rank, one for all or one a place between cores. Where it binds, the error is at most √(d − 1) times the least possible.

        Cost: O(d·n·r³).

        Raises:
            InputError: a negative tolerance, a rank below 1.

        Reference:
            I. Oseledets 2011, algorithm 2.
        """
        wanted, most = check_tolerance(tolerance), check_ranks(rank, len(self.cores) - 1)
        core, *rest = sweep_left(self.cores)
        if not rest:
            return self
        threshold = wanted * float(torch.linalg.vector_norm(core.detach())) / math.sqrt(len(rest))
        done: list[Tensor] = []
        for following, largest in zip(rest, most, strict=True):
            left, mode, _ = core.shape
            q, carried = split(core.reshape(left * mode, -1), threshold, largest)
            done.append(q.reshape(left, mode, -1))
            core = torch.tensordot(carried, following, dims=1)
        return TensorTrain((*done, core))

    def _same_shape(self, other: "TensorTrain") -> None:
        if self.shape != other.shape:
            raise InputError(f"both tensor trains must have one shape; got {self.shape} and {other.shape}")


def check_cores(cores: Sequence[Float[Tensor, "..."]]) -> None:
    """Refuse cores whose ranks do not meet.

    Args:
        cores: Rank × … × rank each.

    Raises:
        InputError: no cores; outer ranks that are not 1; neighbours whose ranks differ.
    """
    if not cores:
        raise InputError("cores must hold at least one tensor; got none")
    left, right = [core.shape[0] for core in cores], [core.shape[-1] for core in cores]
    if [*left, 1] != [1, *right]:
        raise InputError(f"cores must meet in equal ranks, 1 at both ends; got {list(zip(left, right, strict=True))} as (left, right)")


def contract(cores: Cores) -> Float[Tensor, " entries"]:
    """All entries of the train, in row-major order.

    Args:
        cores: r × n × s each.
    """
    state = cores[0].flatten(0, 1)
    for core in cores[1:]:
        state = (state @ core.flatten(1)).reshape(-1, core.shape[2])
    return state[:, 0]


def _beside(x: Float[Tensor, "a n b"], y: Float[Tensor, "c n d"]) -> Float[Tensor, "a+c n b+d"]:
    """Two cores as the diagonal blocks of one."""
    upper = torch.nn.functional.pad(x, (0, y.shape[2]))
    return torch.cat([upper, torch.nn.functional.pad(y, (x.shape[2], 0))])


def _kronecker(x: Float[Tensor, "a n b"], y: Float[Tensor, "c n d"]) -> Float[Tensor, "a*c n b*d"]:
    """The Kronecker product of two cores' matrices, index by index."""
    return torch.einsum("anb,cnd->acnbd", x, y).reshape(x.shape[0] * y.shape[0], x.shape[1], -1)
