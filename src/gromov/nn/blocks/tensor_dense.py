"""Dense layers whose weight is held in few numbers: tensor train, Tucker, canonical polyadic, low rank.

What they cost depends on how the features are read as tensors, and is asked of a module without memory.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from torch import nn

from gromov.core import InputError
from gromov.nn.block import Block
from gromov.nn.fields import flag, whole
from gromov.nn.shapes import Shape, ShapeError, as_shape, features

if TYPE_CHECKING:
    from gromov.nn.tensor_linear import CanonicalLinear, LowRankLinear, TensorTrainLinear, TuckerLinear

Modes = tuple[Shape, Shape]
"""Factors of the number of features that come in, and of `units`."""


@dataclass(frozen=True, repr=False)
class _Factored(Block):
    """y = W x + b along the last axis, W in factors."""

    units: int
    rank: int
    bias: bool = True

    def __post_init__(self) -> None:
        whole(self, "units")
        whole(self, "rank")
        flag(self, "bias")

    @abstractmethod
    def layer(self, width: int) -> "TensorTrainLinear | TuckerLinear | CanonicalLinear | LowRankLinear":
        """The module for that many features."""

    def shape_for(self, shape: Shape) -> Shape:
        """The last axis becomes `units`."""
        features(self, shape)
        return (*shape[:-1], self.units)

    def parameters_for(self, shape: Shape) -> int:
        """Numbers in the factors and the bias."""
        return sum(part.numel() for part in self.assemble(shape, 0, "", "meta").parameters())

    def flops_for(self, shape: Shape) -> int:
        """Those of the contraction the module makes."""
        rows, _ = features(self, shape)
        return cast("TensorTrainLinear", self.assemble(shape, 0, "", "meta")).flops(rows)

    def module_for(self, shape: Shape) -> nn.Module:
        """The layer."""
        return self.layer(shape[-1])


@dataclass(frozen=True, repr=False)
class _InModes(_Factored):
    """The same, with features read as tensors of given modes."""

    modes: Modes | None = None

    def __post_init__(self) -> None:
        _Factored.__post_init__(self)
        if self.modes is None:
            return
        name = type(self).__name__
        if not isinstance(cast(object, self.modes), tuple) or len(self.modes) != 2 or len(self.modes[0]) != len(self.modes[1]):
            raise InputError(f"modes of {name} is {self.modes!r}; it must be two tuples as long as each other: ((4, 7, 28), (2, 5, 10))")
        for part in self.modes:
            as_shape(part)

    def shape_for(self, shape: Shape) -> Shape:
        """The last axis becomes `units`."""
        end = _Factored.shape_for(self, shape)
        for number, part in zip((shape[-1], self.units), self.modes or (), strict=False):
            product = 1
            for mode in part:
                product *= mode
            if product != number:
                raise ShapeError(
                    str(self), shape, f"modes that multiply to {number}, and {part} multiply to {product}: leave modes out to choose"
                )
        return end


@dataclass(frozen=True, repr=False)
class TensorTrainDense(_InModes):
    """y = W x + b along the last axis, W a tensor train of matrices (`TensorTrainLinear`). Takes (features,) or (tokens, width).

    Args:
        units: Entries of y.
        rank: Largest rank of the train.
        bias: Whether there is a b.
        modes: Factors of the features and of the units; None chooses them.

    Raises:
        InputError: a field cannot be used.

    Reference: Novikov, Podoprikhin, Osokin, Vetrov (2015), Tensorizing neural networks. arXiv:1509.06569.
    """

    def layer(self, width: int) -> "TensorTrainLinear":
        """`TensorTrainLinear`."""
        from gromov.nn.tensor_linear import TensorTrainLinear

        return TensorTrainLinear(width, self.units, self.rank, modes=self.modes, bias=self.bias)


@dataclass(frozen=True, repr=False)
class TuckerDense(_InModes):
    """y = W x + b along the last axis, W in Tucker's form (`TuckerLinear`). Takes (features,) or (tokens, width).

    Args:
        units: Entries of y.
        rank: Largest rank of a mode.
        bias: Whether there is a b.
        modes: Factors of the features and of the units; None chooses them.

    Raises:
        InputError: a field cannot be used.

    Reference: Tucker (1966), Some mathematical notes on three-mode factor analysis. Psychometrika 31.
    """

    def layer(self, width: int) -> "TuckerLinear":
        """`TuckerLinear`."""
        from gromov.nn.tensor_linear import TuckerLinear

        return TuckerLinear(width, self.units, self.rank, modes=self.modes, bias=self.bias)


@dataclass(frozen=True, repr=False)
class CanonicalDense(_InModes):
    """y = W x + b along the last axis, W a sum of `rank` products of vectors (`CanonicalLinear`). Takes (features,) or (tokens, width).

    Args:
        units: Entries of y.
        rank: Number of products.
        bias: Whether there is a b.
        modes: Factors of the features and of the units; None chooses them.

    Raises:
        InputError: a field cannot be used.

    Reference: Kolda, Bader (2009), Tensor decompositions and applications. SIAM Review 51.
    """

    def layer(self, width: int) -> "CanonicalLinear":
        """`CanonicalLinear`."""
        from gromov.nn.tensor_linear import CanonicalLinear

        return CanonicalLinear(width, self.units, self.rank, modes=self.modes, bias=self.bias)


@dataclass(frozen=True, repr=False)
class LowRankDense(_Factored):
    """y = U V x + b along the last axis, with `rank` numbers between (`LowRankLinear`). Takes (features,) or (tokens, width).

    Parameters: rank·(in + units) + units. FLOPs: 2·rank·(in + units) a token.

    Args:
        units: Entries of y.
        rank: Numbers between U and V.
        bias: Whether there is a b.

    Raises:
        InputError: a field cannot be used.
    """

    def layer(self, width: int) -> "LowRankLinear":
        """`LowRankLinear`."""
        from gromov.nn.tensor_linear import LowRankLinear

        return LowRankLinear(width, self.units, self.rank, bias=self.bias)
