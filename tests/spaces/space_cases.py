"""Every space, chart and curvature that the axioms are tried on, and how to draw points and vectors there."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from gromov.spaces import Euclidean, Hyperbolic, Hyperboloid, Manifold, PoincareBall, Polar, Product, Sphere, Stereographic

DTYPES = (torch.float32, torch.float64)


@dataclass(frozen=True)
class Case:
    """A space to try.

    Attributes:
        name: For test ids.
        make: The space.
        dim: Its dimension in the tests.
        unit: Its length of curvature, 1/√|K|, or 1 where it is flat.
        sign: Of its curvature; 2 where it is a product.
    """

    name: str
    make: Callable[[], Manifold]
    dim: int
    unit: float
    sign: int

    def __str__(self) -> str:
        return self.name

    @property
    def deepest(self) -> float:
        """Depth, in units, up to which points are drawn: on a sphere all distances then stay below half a great circle."""
        return 1.5 if self.sign > 0 else 3.0

    def tolerance(self, dtype: torch.dtype, depth: float | None = None) -> float:
        """Rounding error to allow, in units: in a chart it grows like e^depth, most on the hyperboloid, whose numbers are of that size."""
        share = 512 if self.name.startswith("Hyperboloid") else 64
        return share * torch.finfo(dtype).eps * math.exp(self.deepest if depth is None else depth)

    def origin(self, dtype: torch.dtype) -> Tensor:
        """The origin."""
        return self.make().origin(self.dim, dtype=dtype)

    def directions(self, n: int, dtype: torch.dtype, seed: int) -> Tensor:
        """Unit vectors of the frame at the origin."""
        normal = torch.randn(n, self.dim, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
        return (normal / normal.norm(dim=-1, keepdim=True)).to(dtype)

    def points(self, n: int, dtype: torch.dtype, seed: int, *, depth: float | None = None) -> Tensor:
        """Points at depths spread evenly from 0 to `depth` units, in random directions."""
        space, reach = self.make(), (self.deepest if depth is None else depth) * self.unit
        lengths = torch.linspace(0, reach, n + 1, dtype=torch.float64)[1:]
        lengths = lengths[torch.randperm(n, generator=torch.Generator().manual_seed(seed))].to(dtype)
        return space.exp(self.origin(dtype), space.from_frame(lengths[:, None] * self.directions(n, dtype, seed + 1)))

    def vectors(self, x: Tensor, seed: int, *, length: float = 1.0) -> Tensor:
        """Tangent vectors at x of lengths spread evenly from 0 to `length` units."""
        space, n = self.make(), len(x)
        lengths = (length * self.unit * torch.linspace(0, 1, n + 1, dtype=torch.float64)[1:]).to(x.dtype)
        flat = lengths.flip(0)[:, None] * self.directions(n, x.dtype, seed)
        return space.transport(self.origin(x.dtype), x, space.from_frame(flat))


def _constant(kind: type[Manifold], curvature: float) -> Case:
    unit = 1 / math.sqrt(abs(curvature)) if curvature else 1.0
    name = f"{kind.__name__}({curvature:g})"
    return Case(name, lambda: kind(curvature), 3, unit, (curvature > 0) - (curvature < 0))  # pyright: ignore[reportCallIssue]


def _product() -> Manifold:
    return Product([(PoincareBall(-2.0), 2), (Sphere(1.5), 2), (Euclidean(), 1), (Polar(-0.5), 2), (Hyperboloid(-1.0), 2)])


FLAT = Case("Euclidean", Euclidean, 3, 1.0, 0)
PRODUCT = Case("Product", _product, 9, 1.0, 2)
HYPERBOLIC = [_constant(kind, curvature) for kind in (PoincareBall, Hyperboloid, Polar) for curvature in (-2.0, -1.0, -1e-3)]
SPHERES = [_constant(Sphere, curvature) for curvature in (1.5, 1.0, 1e-6)]
STEREOGRAPHIC = [_constant(Stereographic, curvature) for curvature in (-2.0, -1e-3, -1e-6, 0.0, 1e-6, 1.5)]
CONSTANT = [FLAT, *HYPERBOLIC, *SPHERES, *STEREOGRAPHIC]
CASES = [*CONSTANT, PRODUCT]
ONE_OF_EACH = [FLAT, *HYPERBOLIC[1::3], SPHERES[0], STEREOGRAPHIC[0], STEREOGRAPHIC[3], STEREOGRAPHIC[5], PRODUCT]
"""One curvature a chart, and the κ-model on both sides of 0."""


def illegality(space: Manifold, x: Tensor) -> Tensor:
    """How far each row is from being a point of the space, 0 for a legal one; infinity where it is beyond a boundary."""
    beyond = torch.tensor(math.inf, dtype=x.dtype)
    match space:
        case Product():
            return torch.stack([illegality(factor, part) for factor, part in zip(space.spaces(), space.split(x), strict=True)]).amax(0)
        case Polar():
            hi = x[..., 1 : 1 + space.dimension(x.shape[-1])]
            return torch.where(x[..., 0] >= 0, (hi.norm(dim=-1) - 1).abs(), beyond)
        case Hyperboloid():
            time = x[..., 0]
            excess = x[..., 1:].square().sum(-1) - 1 / space.curvature - time.square()
            return torch.where(time > 0, (excess / time.square()).abs(), beyond)
        case Sphere():
            return (space.curvature**0.5 * x.norm(dim=-1) - 1).abs()
        case PoincareBall() | Stereographic():
            return torch.where(1 + space.curvature * x.square().sum(-1) > 0, 0.0, beyond)
        case _:
            assert isinstance(space, Euclidean)
            assert not isinstance(space, Hyperbolic)
            return torch.zeros_like(x[..., 0])
