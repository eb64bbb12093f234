"""Random points: the wrapped normal distribution, and uniform points of a geodesic ball."""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.distributions import Distribution

from gromov.core import InputError
from gromov.spaces.curved import ConstantCurvature
from gromov.spaces.manifold import Point

_CELLS = 4096


class WrappedNormal(Distribution):
    """A normal vector at the origin, carried to a mean and wrapped around the space by the exponential map there.

    v ~ N(0, diag(σ²)) in the origin's frame, u = transport(origin → μ, v), x = exp_μ(u). Its density with respect to the volume is

        log p(x) = log N(v; 0, diag σ²) − (d − 1)·log(sin_K(r)/r),      r = d(μ, x).

    On a sphere the map is one to one only for r < π/√K: the density of the shortest v is given, which is right where σ is small against it.

    Args:
        space: The space.
        mean: μ (… × coordinates).
        scale: σ (… × dim), positive, in units of length.

    Samples are reparameterised: gradients reach mean, scale and a learnt curvature.

    Reference: Nagano, Yamaguchi, Fujita, Koyama (2019), A wrapped normal distribution on hyperbolic space. arXiv:1902.02992.
    """

    has_rsample = True

    def __init__(self, space: ConstantCurvature, mean: Point, scale: Float[Tensor, "... dim"]) -> None:
        dim = space.dimension(mean.shape[-1])
        if scale.shape[-1] != dim or not bool((scale > 0).all()):
            raise InputError(f"scale must be positive, one number for each of the {dim} dimensions; got shape {tuple(scale.shape)}")
        self.space, self.dim = space, dim
        batch = torch.broadcast_shapes(mean.shape[:-1], scale.shape[:-1])
        self.mean_point = mean.expand(*batch, mean.shape[-1])
        self.scale = scale.expand(*batch, dim)
        super().__init__(batch, mean.shape[-1:], validate_args=False)

    def _origin(self) -> Tensor:
        return self.space.origin(self.dim, dtype=self.mean_point.dtype, device=self.mean_point.device)

    def rsample(self, sample_shape: torch.Size | tuple[int, ...] = ()) -> Point:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Points, with gradients."""
        shape = torch.Size(sample_shape) + self.scale.shape
        flat = self.scale * torch.randn(shape, dtype=self.scale.dtype, device=self.scale.device)
        return self._wrap(flat)

    def _wrap(self, flat: Float[Tensor, "... dim"]) -> Point:
        space, origin = self.space, self._origin()
        return space.retract(self.mean_point, space.transport(origin, self.mean_point, space.from_frame(flat)))

    def log_prob(self, value: Point) -> Float[Tensor, "..."]:
        """log p(x) in nats per unit of volume."""
        space, origin = self.space, self._origin()
        pull = space.log(self.mean_point, value)
        flat = space.to_frame(space.transport(self.mean_point, origin, pull))
        normal = -0.5 * (flat / self.scale).square().sum(dim=-1) - self.scale.log().sum(dim=-1) - 0.5 * self.dim * math.log(2 * math.pi)
        r = space.norm(self.mean_point, pull)
        stretch = torch.where(r > 0, space.sine(r) / torch.where(r > 0, r, 1.0), 1.0)
        return normal - (self.dim - 1) * torch.log(stretch)


def uniform_ball(
    space: ConstantCurvature,
    n: int,
    dim: int,
    radius: float,
    *,
    generator: torch.Generator | None = None,
    dtype: torch.dtype = torch.float64,
) -> Float[Tensor, "n coordinates"]:
    """Points uniform by volume in the geodesic ball around the origin.

    The distance from the origin has density ∝ sin_K(r)^{d−1}: it is drawn by inverting its distribution function, tabulated at 4,096
    points and refined by two steps of Newton; the direction is that of a normal vector.

    Args:
        space: The space.
        n: Number of points.
        dim: Dimension of the space.
        radius: Of the ball, in units of length; at most π/√K on a sphere.
        generator: Source of the draws.
        dtype: Of the points; the draws are made in float64.

    Raises:
        InputError: radius not positive, or beyond half a great circle of a sphere.
    """
    limit = math.pi / math.sqrt(space.curvature) if space.curvature > 0 else math.inf
    if not 0 < radius <= limit:
        raise InputError(f"radius is {radius}; it must be above 0" + (f" and at most {limit:g}" if math.isfinite(limit) else ""))
    with torch.no_grad():
        share = torch.rand(n, generator=generator, dtype=torch.float64)
        r = _radii(space, share, dim, radius)
        normal = torch.randn(n, dim, generator=generator, dtype=torch.float64)
        direction = normal / normal.norm(dim=-1, keepdim=True)
        vector = space.from_frame((r[:, None] * direction).to(dtype))
        return space.retract(space.origin(dim, dtype=dtype).expand(n, -1), vector)


def _radii(space: ConstantCurvature, share: Tensor, dim: int, radius: float) -> Tensor:
    """Radii whose share of the ball's volume is `share`."""
    grid = torch.linspace(0, radius, _CELLS + 1, dtype=torch.float64)
    density = space.sine(grid).clamp_min(0) ** (dim - 1)
    middle = space.sine((grid[1:] + grid[:-1]) / 2).clamp_min(0) ** (dim - 1)
    cells = (density[1:] + 4 * middle + density[:-1]) * (grid[1] - grid[0]) / 6
    total = torch.cat([torch.zeros(1, dtype=torch.float64), cells.cumsum(0)])
    wanted = share * total[-1]
    cell = torch.searchsorted(total, wanted, right=True).clamp(1, _CELLS) - 1
    inside = ((wanted - total[cell]) / cells[cell].clamp_min(torch.finfo(torch.float64).tiny)).clamp(0, 1)
    # the density is nearly linear within a cell: solve the quadratic of the share, from its start and end
    start, end = density[cell], density[cell + 1]
    root = torch.sqrt(start * start + inside * (end * end - start * start))
    step = inside * (start + end) / (start + root).clamp_min(torch.finfo(torch.float64).tiny)
    return grid[cell] + step.clamp(0, 1) * (grid[1] - grid[0])
