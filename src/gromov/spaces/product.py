"""Products of spaces."""

from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gromov.core import InputError
from gromov.spaces.manifold import Manifold, Point, Scalar, Vector
from gromov.spaces.smooth import root


class Product(Manifold):
    """M₁ × … × M_k with d² = Σ dᵢ²; a point is the points of the factors, one after the other.

    Its sectional curvatures run from the least to the greatest of the factors' and 0 (a plane across two factors is flat); `curvature` is
    their upper bound, so that `curvature <= 0` still says that the space is CAT(0).

    Args:
        factors: Pairs (space, dimension).

    Reference: Gu, Sala, Gunel, Ré (2019), Learning mixed-curvature representations in product spaces. ICLR.

    Example:
        >>> import torch
        >>> from gromov.spaces import Euclidean, Product
        >>> plane = Product([(Euclidean(), 1), (Euclidean(), 1)])
        >>> plane.distance(torch.zeros(2), torch.tensor([3.0, 4.0])).item()
        5.0
    """

    name = "product"

    def __init__(self, factors: Sequence[tuple[Manifold, int]]) -> None:
        super().__init__()
        if not factors:
            raise InputError("a product needs at least one factor")
        if any(dim < 1 for _, dim in factors):
            raise InputError(f"the dimensions of the factors are {[dim for _, dim in factors]}; each must be at least 1")
        self.factors = nn.ModuleList(space for space, _ in factors)
        self.dims = tuple(dim for _, dim in factors)
        self._widths = tuple(space.coordinates(dim) for space, dim in factors)

    @property
    def kappa(self) -> Float[Tensor, ""]:
        """The greatest sectional curvature."""
        found = torch.stack([space.kappa for space in self.spaces()])
        return found.max() if len(self.dims) == 1 else found.max().clamp_min(0)

    def spaces(self) -> Iterator[Manifold]:
        """The factors."""
        for factor in self.factors:
            assert isinstance(factor, Manifold)
            yield factor

    def split(self, x: Tensor) -> tuple[Tensor, ...]:
        """The parts of points or vectors that belong to each factor."""
        return x.split(self._widths, dim=-1)

    def _each(self, operation: str, *tensors: Tensor) -> Tensor:
        """The method `operation` of every factor on its parts, joined again."""
        parts = zip(*(self.split(x) for x in tensors), strict=True)
        return torch.cat([getattr(space, operation)(*part) for space, part in zip(self.spaces(), parts, strict=True)], dim=-1)

    def coordinates(self, dim: int) -> int:
        """Entries of a point; the dimensions of the factors are fixed.

        Raises:
            InputError: `dim` is not the sum of the factors' dimensions.
        """
        if dim != sum(self.dims):
            raise InputError(f"dim is {dim}; this product has dimension {' + '.join(map(str, self.dims))} = {sum(self.dims)}")
        return sum(self._widths)

    def dimension(self, coordinates: int) -> int:
        """Sum of the factors' dimensions.

        Raises:
            InputError: points of this product have another number of entries.
        """
        if coordinates != sum(self._widths):
            raise InputError(f"points of this product have {sum(self._widths)} entries, and these have {coordinates}")
        return sum(self.dims)

    def origin(
        self, dim: int, *, dtype: torch.dtype | None = None, device: torch.device | str | None = None
    ) -> Float[Tensor, " coordinates"]:
        """The origins of the factors."""
        self.coordinates(dim)
        return torch.cat([space.origin(d, dtype=dtype, device=device) for space, d in zip(self.spaces(), self.dims, strict=True)])

    def from_frame(self, components: Float[Tensor, "... dim"]) -> Vector:
        """The frames of the factors, one after the other."""
        parts = zip(self.spaces(), components.split(self.dims, dim=-1), strict=True)
        return torch.cat([space.from_frame(part) for space, part in parts], dim=-1)

    def to_frame(self, vector: Vector) -> Float[Tensor, "... dim"]:
        """The frames of the factors, one after the other."""
        return self._each("to_frame", vector)

    def project(self, x: Point) -> Point:
        """Factor by factor."""
        return self._each("project", x)

    def tangent(self, x: Point, vector: Vector) -> Vector:
        """Factor by factor."""
        return self._each("tangent", x, vector)

    def inner(self, x: Point, u: Vector, v: Vector) -> Scalar:
        """The sum over the factors."""
        parts = zip(self.spaces(), self.split(x), self.split(u), self.split(v), strict=True)
        return torch.stack(torch.broadcast_tensors(*(space.inner(p, a, b) for space, p, a, b in parts))).sum(dim=0)

    def gradient(self, x: Point, derivative: Vector) -> Vector:
        """Factor by factor."""
        return self._each("gradient", x, derivative)

    def _distance(self, x: Point, y: Point) -> Scalar:
        parts = zip(self.spaces(), self.split(x), self.split(y), strict=True)
        return root(torch.stack([space.distance(p, q).square() for space, p, q in parts]).sum(dim=0))

    def pair_distances(self, x: Float[Tensor, "n coordinates"], y: Float[Tensor, "m coordinates"]) -> Float[Tensor, "n m"]:
        """All distances of one block."""
        parts = zip(self.spaces(), self.split(x), self.split(y), strict=True)
        return root(torch.stack([space.pair_distances(p, q).square() for space, p, q in parts]).sum(dim=0))

    def exp(self, x: Point, v: Vector) -> Point:
        """Factor by factor."""
        return self._each("exp", x, v)

    def log(self, x: Point, y: Point) -> Vector:
        """Factor by factor."""
        return self._each("log", x, y)

    def transport(self, x: Point, y: Point, v: Vector) -> Vector:
        """Factor by factor."""
        return self._each("transport", x, y, v)

    def extra_repr(self) -> str:
        """Dimensions, for printing."""
        return f"dims={self.dims}"
