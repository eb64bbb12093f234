"""The sphere as a manifold."""

import torch
from jaxtyping import Float
from torch import Tensor

from gromov.core import InputError
from gromov.spaces import sphere
from gromov.spaces.curved import ConstantCurvature
from gromov.spaces.manifold import Point, Scalar, Vector
from gromov.spaces.smooth import dot


class Sphere(ConstantCurvature):
    """The sphere Sᵈ of radius 1/√K in ℝᵈ⁺¹; the origin is the pole e₀/√K.

    Args:
        curvature: K > 0, in 1/length².
        learn_curvature: Whether K is a parameter. Points lie on the sphere of their radius: project them again when it has changed.

    Example:
        >>> import math, torch
        >>> from gromov.spaces import Sphere
        >>> quarter = Sphere().distance(torch.tensor([1.0, 0, 0]), torch.tensor([0.0, 1, 0]))
        >>> math.isclose(quarter, math.pi / 2, rel_tol=1e-6)
        True
    """

    name = "sphere"

    def __init__(self, curvature: float = 1.0, *, learn_curvature: bool = False) -> None:
        if not curvature > 0:
            raise InputError(f"the curvature of a sphere is {curvature}; it must be positive")
        super().__init__(curvature, learn_curvature=learn_curvature)

    def coordinates(self, dim: int) -> int:
        """`dim` + 1."""
        return dim + 1

    def dimension(self, coordinates: int) -> int:
        """`coordinates` − 1."""
        return coordinates - 1

    def origin(
        self, dim: int, *, dtype: torch.dtype | None = None, device: torch.device | str | None = None
    ) -> Float[Tensor, " coordinates"]:
        """The pole (1/√K, 0, …)."""
        pole = torch.zeros(dim + 1, dtype=dtype, device=device)
        first = torch.rsqrt(self.kappa_like(pole))
        return torch.cat([first[None], pole[1:]])

    def from_frame(self, components: Float[Tensor, "... dim"]) -> Vector:
        """(0, components)."""
        return torch.nn.functional.pad(components, (1, 0))

    def to_frame(self, vector: Vector) -> Float[Tensor, "... dim"]:
        """All but the first entry."""
        return vector[..., 1:]

    def project(self, x: Point) -> Point:
        """x/(√K‖x‖)."""
        return sphere.project(x, self.kappa_like(x))

    def tangent(self, x: Point, vector: Vector) -> Vector:
        """v − K⟨x, v⟩x."""
        return sphere.tangent(x, vector, self.kappa_like(x))

    def inner(self, x: Point, u: Vector, v: Vector) -> Scalar:
        """⟨u, v⟩."""
        return dot(*torch.broadcast_tensors(x, u, v)[1:])

    def gradient(self, x: Point, derivative: Vector) -> Vector:
        """The tangent part of the partial derivatives."""
        return self.tangent(x, derivative)

    def _distance(self, x: Point, y: Point) -> Scalar:
        return sphere.distance(x, y, self.kappa_like(x))

    def exp(self, x: Point, v: Vector) -> Point:
        """Along the great circle; a turn of more than 2π comes round again."""
        return sphere.exp(x, v, self.kappa_like(x))

    def log(self, x: Point, y: Point) -> Vector:
        """Undefined at the antipode, where every direction is shortest: it returns 0 there."""
        return sphere.log(x, y, self.kappa_like(x))

    def transport(self, x: Point, y: Point, v: Vector) -> Vector:
        """Along the great circle; undefined at the antipode."""
        return sphere.transport(x, y, v, self.kappa_like(x))

    def midpoint(self, x: Float[Tensor, "... n coordinates"], weights: Float[Tensor, "... n"]) -> Point:
        """The centroid in ℝᵈ⁺¹, projected."""
        return self.project((weights[..., None] * x).sum(dim=-2))

    def hyperplane_distance(self, x: Point, direction: Float[Tensor, "... dim"], offset: Float[Tensor, "..."]) -> Scalar:
        """Signed distance to the great hypersphere: arcsin_K(⟨x₁…, n⟩ cos_K o − x₀·√K·sin_K o)."""
        root_k = torch.sqrt(self.kappa_like(x))
        return self.arcsine(sphere.hyperplane_sine(x, direction, root_k * self.sine(offset), self.cosine(offset)))
