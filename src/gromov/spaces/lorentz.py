"""Hyperbolic space on the hyperboloid."""

import torch
from jaxtyping import Float
from torch import Tensor

from gromov.spaces import hyperboloid
from gromov.spaces.hyperbolic import Hyperbolic
from gromov.spaces.manifold import Point, Scalar, Vector


class Hyperboloid(Hyperbolic):
    """Hᵈ as the upper sheet of −x₀² + x₁² + … = 1/K in ℝᵈ⁺¹ (the Lorentz model).

    Example:
        >>> import torch
        >>> from gromov.spaces import Hyperboloid
        >>> space = Hyperboloid()
        >>> x = space.exp(space.origin(2), space.from_frame(torch.tensor([3.0, 0.0])))
        >>> round(space.distance(x, space.origin(2)).item(), 5)
        3.0
    """

    chart = "hyperboloid"

    def _c(self, x: Tensor) -> Float[Tensor, ""]:
        return -self.kappa_like(x)

    def coordinates(self, dim: int) -> int:
        """`dim` + 1."""
        return dim + 1

    def dimension(self, coordinates: int) -> int:
        """`coordinates` − 1."""
        return coordinates - 1

    def origin(
        self, dim: int, *, dtype: torch.dtype | None = None, device: torch.device | str | None = None
    ) -> Float[Tensor, " coordinates"]:
        """(1/√−K, 0, …)."""
        rest = torch.zeros(dim, dtype=dtype, device=device)
        return hyperboloid.lift(rest, self._c(rest))

    def from_frame(self, components: Float[Tensor, "... dim"]) -> Vector:
        """(0, components)."""
        return torch.nn.functional.pad(components, (1, 0))

    def to_frame(self, vector: Vector) -> Float[Tensor, "... dim"]:
        """All but the first entry."""
        return vector[..., 1:]

    def project(self, x: Point) -> Point:
        """The point with the same last d coordinates; from too deep for the dtype it comes back to r = 22 (float32) or 177 (float64) for K = −1."""
        return hyperboloid.project(x, self._c(x))

    def retract(self, x: Point, v: Vector) -> Point:
        """exp, then `project`; a step longer than the space is deep in this dtype is shortened."""
        length = torch.sqrt(self._c(x)) * self.norm(x, v)
        return self.project(self.exp(x, v * (hyperboloid.deepest(x.dtype) / length.clamp_min(hyperboloid.deepest(x.dtype)))[..., None]))

    def tangent(self, x: Point, vector: Vector) -> Vector:
        """v − K⟨x, v⟩_L x."""
        return hyperboloid.tangent(x, vector, self._c(x))

    def inner(self, x: Point, u: Vector, v: Vector) -> Scalar:
        """⟨u, v⟩_L."""
        return hyperboloid.inner(x, u, v, self._c(x))

    def gradient(self, x: Point, derivative: Vector) -> Vector:
        """The tangent part of the partial derivatives, the first turned in sign."""
        return hyperboloid.gradient(x, derivative, self._c(x))

    def _distance(self, x: Point, y: Point) -> Scalar:
        return hyperboloid.distance(x, y, self._c(x))

    def exp(self, x: Point, v: Vector) -> Point:
        """cosh(√c‖v‖)x + sinh(√c‖v‖)v/(√c‖v‖)."""
        return hyperboloid.exp(x, v, self._c(x))

    def log(self, x: Point, y: Point) -> Vector:
        """The inverse of `exp`."""
        return hyperboloid.log(x, y, self._c(x))

    def transport(self, x: Point, y: Point, v: Vector) -> Vector:
        """Linear in v; it keeps ⟨·, ·⟩_L."""
        return hyperboloid.transport(x, y, v, self._c(x))

    def recenter(self, x: Point, center: Point) -> Point:
        """The Lorentz boost."""
        return hyperboloid.recenter(x, center, self._c(x))

    def midpoint(self, x: Float[Tensor, "... n coordinates"], weights: Float[Tensor, "... n"]) -> Point:
        """The Einstein midpoint: Σwx, scaled back."""
        return hyperboloid.midpoint(x, weights, self._c(x))

    def hyperplane_distance(self, x: Point, direction: Float[Tensor, "... dim"], offset: Float[Tensor, "..."]) -> Scalar:
        """arcsin_K(⟨x₁…, n⟩ cosh √c o − x₀ sinh √c o)."""
        root_c = torch.sqrt(self._c(x))
        return self.arcsine(hyperboloid.hyperplane_sine(x, direction, root_c * self.sine(offset), self.cosine(offset)))

    def busemann(self, x: Point, ideal: Float[Tensor, "... dim"]) -> Scalar:
        """(1/√c)·log(√c(x₀ − ⟨x₁…, ω⟩))."""
        return hyperboloid.busemann(x, ideal, self._c(x))
