"""Hyperbolic space in polar form, for deep points."""

import torch
from jaxtyping import Float
from torch import Tensor

from gromov.core import InputError
from gromov.spaces import polar
from gromov.spaces.hyperbolic import Hyperbolic
from gromov.spaces.manifold import Point, Scalar, Vector
from gromov.spaces.smooth import dot, root


class Polar(Hyperbolic):
    """Hᵈ as rows (r, hi, lo): geodesic distance from the origin, and a direction in double-float, for deep points.

    r may be anything; points at distance 1 from each other are told apart down to r ≈ 33/√−K in float32 and 73/√−K in float64, where the
    directions end (2⁻⁴⁸ and 2⁻¹⁰⁶). The derivative across the direction is lost at the origin itself (r = 0): start elsewhere.

    Example:
        >>> import torch
        >>> from gromov.spaces import Polar
        >>> space = Polar()
        >>> deep = space.from_polar(torch.tensor(30.0), torch.tensor([1.0, 0.0]))
        >>> space.distance(deep, space.exp(deep, space.vector(torch.tensor(0.0), torch.tensor([0.0, 1.0])))).item()
        1.0
    """

    chart = "polar"

    def _c(self, x: Tensor) -> Float[Tensor, ""]:
        return -self.kappa_like(x)

    def coordinates(self, dim: int) -> int:
        """1 + 2·`dim`."""
        return 1 + 2 * dim

    def dimension(self, coordinates: int) -> int:
        """(`coordinates` − 1)/2.

        Raises:
            InputError: an even number of entries, which no polar point has.
        """
        if coordinates % 2 == 0:
            raise InputError(f"a polar point has 1 + 2d entries, and these have {coordinates}")
        return (coordinates - 1) // 2

    def from_polar(self, radius: Float[Tensor, "..."], direction: Float[Tensor, "... dim"]) -> Point:
        """The point at this distance from the origin in this direction (any length but 0)."""
        unit = direction / root(dot(direction, direction))[..., None]
        batch = torch.broadcast_shapes(radius.shape, unit.shape[:-1])
        unit = unit.expand(*batch, unit.shape[-1])
        return polar.point(radius.expand(batch), polar.Direction(unit, torch.zeros_like(unit)))

    def radius(self, x: Point) -> Scalar:
        """r, the distance from the origin."""
        return polar.radius(x)

    def vector(self, radial: Float[Tensor, "..."], across: Float[Tensor, "... dim"]) -> Vector:
        """The tangent vector with these parts along and across the outward radius."""
        return polar.vector(radial, across)

    def origin(
        self, dim: int, *, dtype: torch.dtype | None = None, device: torch.device | str | None = None
    ) -> Float[Tensor, " coordinates"]:
        """r = 0, looking along the first axis."""
        row = torch.zeros(1 + 2 * dim, dtype=dtype, device=device)
        row[1] = 1
        return row

    def from_frame(self, components: Float[Tensor, "... dim"]) -> Vector:
        """The first component lies along the radius of `origin`, the others across."""
        across = torch.nn.functional.pad(components[..., 1:], (1, 0))
        return polar.vector(components[..., 0], across)

    def to_frame(self, vector: Vector) -> Float[Tensor, "... dim"]:
        """Radial part, then the parts across the first axis."""
        return torch.cat([vector[..., :1], polar.direction(vector).hi[..., 1:]], dim=-1)

    def project(self, x: Point) -> Point:
        """r ≥ 0 and a direction of length 1; one that has that length within rounding keeps its last bits, and one of length 0 is the first axis."""
        r, u = polar.radius(x), polar.direction(x)
        size = root(dot(u.hi, u.hi))
        off = ((size - 1).abs() > 16 * torch.finfo(x.dtype).eps) & (size > 0)
        scale = torch.where(off, 1 / torch.where(off, size, 1.0), 1.0) * torch.where(r < 0, -1.0, 1.0)
        axis = torch.nn.functional.pad(torch.ones_like(r)[..., None], (0, u.hi.shape[-1] - 1))
        hi, lo = (
            torch.where((size > 0)[..., None], part * scale[..., None], none)
            for part, none in ((u.hi, axis), (u.lo, torch.zeros_like(axis)))
        )
        return polar.point(r.abs(), polar.Direction(hi, lo))

    def tangent(self, x: Point, vector: Vector) -> Vector:
        """Without the part along the direction."""
        u, across = polar.direction(x).hi, polar.direction(vector).hi
        return polar.vector(polar.radius(vector), across - dot(across, u)[..., None] * u)

    def inner(self, x: Point, u: Vector, v: Vector) -> Scalar:
        """v_r·v_r' + ⟨w, w'⟩: both parts are lengths already."""
        _, u, v = torch.broadcast_tensors(x, u, v)
        return polar.radius(u) * polar.radius(v) + dot(polar.direction(u).hi, polar.direction(v).hi)

    def gradient(self, x: Point, derivative: Vector) -> Vector:
        """∂_r, and the part of ∂_u across u over sinh_c r; 0 across the origin, where it is lost."""
        stretch = self.sine(polar.radius(x))
        per_length = torch.where(stretch > 0, 1 / torch.where(stretch > 0, stretch, 1.0), 0.0)
        turned = self.tangent(x, derivative)
        return polar.vector(polar.radius(turned), polar.direction(turned).hi * per_length[..., None])

    def _distance(self, x: Point, y: Point) -> Scalar:
        return polar.distance(x, y, self._c(x))

    def exp(self, x: Point, v: Vector) -> Point:
        """The triangle of r, ‖v‖ and the angle between them."""
        return polar.exp(x, v, self._c(x))

    def log(self, x: Point, y: Point) -> Vector:
        """The triangle of the two radii and the angle between them."""
        return polar.log(x, y, self._c(x))

    def transport(self, x: Point, y: Point, v: Vector) -> Vector:
        """The angle with the geodesic is kept."""
        return polar.transport(x, y, v, self._c(x))

    def hyperplane_distance(self, x: Point, direction: Float[Tensor, "... dim"], offset: Float[Tensor, "..."]) -> Scalar:
        """(1/√c)·arsinh(sinh a·⟨u, n⟩·cosh o − cosh a·sinh o)."""
        return polar.hyperplane_distance(x, direction, offset, self._c(x))

    def busemann(self, x: Point, ideal: Float[Tensor, "... dim"]) -> Scalar:
        """(1/√c)·log(cosh a − sinh a⟨u, ω⟩)."""
        return polar.busemann(x, ideal, self._c(x))
