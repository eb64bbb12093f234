"""The κ-stereographic model, and its hyperbolic case: the Poincaré ball."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gromov.core import InputError
from gromov.spaces import gyrovector, poincare, stereographic
from gromov.spaces.curved import ConstantCurvature
from gromov.spaces.hyperbolic import Hyperbolic
from gromov.spaces.manifold import Point, Scalar, Vector
from gromov.spaces.smooth import dot, root

_RIM = 4
"""A point of the ball keeps this many machine epsilons from the rim: 15.2 from the origin in float32, 35.4 in float64 (K = −1)."""


class _Conformal(ConstantCurvature):
    """What every point of the κ-model can do, whatever the sign of κ."""

    def coordinates(self, dim: int) -> int:
        """`dim`."""
        return dim

    def dimension(self, coordinates: int) -> int:
        """`coordinates`."""
        return coordinates

    def origin(
        self, dim: int, *, dtype: torch.dtype | None = None, device: torch.device | str | None = None
    ) -> Float[Tensor, " coordinates"]:
        """The zero vector."""
        return torch.zeros(dim, dtype=dtype, device=device)

    def from_frame(self, components: Float[Tensor, "... dim"]) -> Vector:
        """Half the components: the metric at the origin is 4‖v‖²."""
        return components / 2

    def to_frame(self, vector: Vector) -> Float[Tensor, "... dim"]:
        """Twice the vector."""
        return 2 * vector

    def project(self, x: Point) -> Point:
        """Onto the ball, where κ < 0: points beyond the rim return to just inside it. Elsewhere x itself."""
        largest = (1 - _RIM * torch.finfo(x.dtype).eps) * torch.rsqrt((-self.kappa_like(x)).clamp_min(torch.finfo(x.dtype).tiny))
        size = root(dot(x, x))
        return torch.where((size > largest)[..., None], x * (largest / size.clamp_min(torch.finfo(x.dtype).tiny))[..., None], x)

    def tangent(self, x: Point, vector: Vector) -> Vector:
        """The vector itself: the chart has no other directions."""
        return torch.broadcast_tensors(x, vector)[1]

    def inner(self, x: Point, u: Vector, v: Vector) -> Scalar:
        """λ²⟨u, v⟩."""
        return self.conformal_factor(x).square() * dot(u, v)

    def gradient(self, x: Point, derivative: Vector) -> Vector:
        """The partial derivatives over λ²."""
        return derivative / self.conformal_factor(x).square()[..., None]

    def conformal_factor(self, x: Point) -> Scalar:
        """λ = 2/(1 + K‖x‖²)."""
        return stereographic.conformal_factor(x, self.kappa_like(x))

    def _distance(self, x: Point, y: Point) -> Scalar:
        return stereographic.distance(x, y, self.kappa_like(x))

    def exp(self, x: Point, v: Vector) -> Point:
        """x ⊕ tan_κ(λ‖v‖/2)v/‖v‖."""
        return stereographic.exp(x, v, self.kappa_like(x))

    def log(self, x: Point, y: Point) -> Vector:
        """(2/λ)·arctan_κ(‖w‖)w/‖w‖, w = (−x) ⊕ y."""
        return stereographic.log(x, y, self.kappa_like(x))

    def transport(self, x: Point, y: Point, v: Vector) -> Vector:
        """(λ_x/λ_y)·gyr[y, −x]v."""
        return stereographic.transport(x, y, v, self.kappa_like(x))

    def recenter(self, x: Point, center: Point) -> Point:
        """(−center) ⊕ x."""
        return gyrovector.mobius_add(-center, x, self.kappa_like(x))

    def mobius_add(self, x: Point, y: Point) -> Point:
        """x ⊕ y."""
        return gyrovector.mobius_add(x, y, self.kappa_like(x))

    def mobius_scale(self, factor: Float[Tensor, "..."] | float, x: Point) -> Point:
        """t ⊗ x."""
        return gyrovector.mobius_scale(factor, x, self.kappa_like(x))

    def mobius_linear(self, matrix: Float[Tensor, "e d"], x: Float[Tensor, "... d"]) -> Float[Tensor, "... e"]:
        """M ⊗ x."""
        return gyrovector.mobius_linear(matrix, x, self.kappa_like(x))

    def gyration(self, a: Point, b: Point, vector: Vector) -> Vector:
        """gyr[a, b]v."""
        return gyrovector.gyration(a, b, vector, self.kappa_like(a))

    def midpoint(self, x: Float[Tensor, "... n coordinates"], weights: Float[Tensor, "... n"]) -> Point:
        """The Einstein midpoint."""
        return stereographic.midpoint(x, weights, self.kappa_like(x))

    def hyperplane_distance(self, x: Point, direction: Float[Tensor, "... dim"], offset: Float[Tensor, "..."]) -> Scalar:
        """arcsin_κ((2⟨x, n⟩ cos_κ o − (1 − κ‖x‖²) sin_κ o)/(1 + κ‖x‖²))."""
        sine = stereographic.hyperplane_sine(x, direction, self.sine(offset), self.cosine(offset), self.kappa_like(x))
        return self.arcsine(sine)


class Stereographic(_Conformal):
    """The κ-stereographic model, whose curvature may have either sign and change it while it is learnt.

    Args:
        curvature: K in 1/length², of any sign; 0 is Euclidean space with lengths doubled.
        learn_curvature: Whether K is a parameter.

    Example:
        >>> import torch
        >>> from gromov.spaces import Stereographic
        >>> x, y = torch.tensor([0.1, 0.2]), torch.tensor([0.3, -0.1])
        >>> [round(Stereographic(k).distance(x, y).item(), 4) for k in (-1.0, 0.0, 1.0)]
        [0.7773, 0.7211, 0.673]
    """

    name = "stereographic"

    def __init__(self, curvature: float = 0.0, *, learn_curvature: bool = False) -> None:
        if not math.isfinite(curvature):
            raise InputError(f"curvature is {curvature}; it must be a finite number in 1/length²")
        super().__init__(0.0)
        del self.log_curvature
        value = torch.tensor(curvature, dtype=torch.float64)
        self.signed_curvature: Tensor
        if learn_curvature:
            self.register_parameter("signed_curvature", nn.Parameter(value))
        else:
            self.register_buffer("signed_curvature", value)

    @property
    def kappa(self) -> Float[Tensor, ""]:
        """Sectional curvature K."""
        return self.signed_curvature


class PoincareBall(_Conformal, Hyperbolic):
    """Hᵈ as the ball c‖x‖² < 1, c = −K, with metric 4‖dx‖²/(1 − c‖x‖²)².

    Example:
        >>> import math, torch
        >>> from gromov.spaces import PoincareBall
        >>> d = PoincareBall().distance(torch.zeros(2), torch.tensor([0.5, 0.0])).item()
        >>> math.isclose(d, math.log(3), rel_tol=1e-6)
        True
    """

    chart = "poincare"

    def _distance(self, x: Point, y: Point) -> Scalar:
        return poincare.distance(x, y, -self.kappa_like(x))

    def pair_distances(self, x: Float[Tensor, "n coordinates"], y: Float[Tensor, "m coordinates"]) -> Float[Tensor, "n m"]:
        """All distances of one block, from the differences of the points."""
        return poincare.pair_distances(x, y, -self.kappa_like(x))

    def busemann(self, x: Point, ideal: Float[Tensor, "... dim"]) -> Scalar:
        """(1/√c)·log(‖ω − √c x‖²/(1 − c‖x‖²))."""
        return poincare.busemann(x, ideal, -self.kappa_like(x))
