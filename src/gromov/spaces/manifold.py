"""What every space can do: the base of all geometries that hold torch tensors."""

from typing import overload

import numpy as np
import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor, nn

from gromov.core import InputError, UnsuitableError
from gromov.spaces.pairing import nearest, pairwise
from gromov.spaces.smooth import root

Point = Float[Tensor, "... coordinates"]
Vector = Float[Tensor, "... coordinates"]
Scalar = Float[Tensor, "..."]


class Manifold(nn.Module):
    """A space whose points and tangent vectors are rows of tensors; any leading axes broadcast.

    A subclass says how a point is written (its chart) and gives the operations below the line; the rest follows from them. Lengths are
    geodesic lengths, curvature is the sectional curvature K in 1/length² (negative = hyperbolic). A tangent vector has as many entries
    as a point; `inner` measures it in the metric at its foot.

    Distances of points in half precision are computed in float32; every operation keeps the dtype otherwise. Nothing checks that a point
    is legal: call `project` where it may not be.
    """

    name: str

    # ---- curvature

    @property
    def kappa(self) -> Float[Tensor, ""]:
        """Sectional curvature K as a tensor, with a gradient where the curvature is learnt."""
        raise NotImplementedError

    @property
    def curvature(self) -> float:
        """Sectional curvature K as a number; of a product, an upper bound of its sectional curvatures."""
        return float(self.kappa.detach())

    # ---- coordinates

    def coordinates(self, dim: int) -> int:
        """Number of entries of a point of the `dim`-dimensional space."""
        raise NotImplementedError

    def dimension(self, coordinates: int) -> int:
        """Dimension of the space whose points have that many entries."""
        raise NotImplementedError

    def origin(
        self, dim: int, *, dtype: torch.dtype | None = None, device: torch.device | str | None = None
    ) -> Float[Tensor, " coordinates"]:
        """The base point of the chart."""
        raise NotImplementedError

    def from_frame(self, components: Float[Tensor, "... dim"]) -> Vector:
        """Tangent vector at the origin with these components in the chart's orthonormal frame."""
        raise NotImplementedError

    def to_frame(self, vector: Vector) -> Float[Tensor, "... dim"]:
        """Components of a tangent vector at the origin in the chart's orthonormal frame."""
        raise NotImplementedError

    # ---- the metric

    def project(self, x: Point) -> Point:
        """The legal point nearest to x in the chart: rounding and plain gradient steps leave the space, this returns to it."""
        raise NotImplementedError

    def tangent(self, x: Point, vector: Vector) -> Vector:
        """The part of an ambient vector that is tangent at x."""
        raise NotImplementedError

    def inner(self, x: Point, u: Vector, v: Vector) -> Scalar:
        """Riemannian inner product of tangent vectors at x."""
        raise NotImplementedError

    def gradient(self, x: Point, derivative: Vector) -> Vector:
        """Riemannian gradient at x, from the partial derivatives in the chart's coordinates."""
        raise NotImplementedError

    def _distance(self, x: Point, y: Point) -> Scalar:
        raise NotImplementedError

    def exp(self, x: Point, v: Vector) -> Point:
        """End of the geodesic that leaves x with velocity v, after unit time."""
        raise NotImplementedError

    def log(self, x: Point, y: Point) -> Vector:
        """Velocity at x of the shortest geodesic that reaches y after unit time; `exp` undoes it."""
        raise NotImplementedError

    def transport(self, x: Point, y: Point, v: Vector) -> Vector:
        """Parallel transport of v along the shortest geodesic from x to y; it keeps inner products."""
        raise NotImplementedError

    # ---- what follows

    @overload
    def distance(self, x: Tensor, y: Tensor) -> Tensor: ...
    @overload
    def distance(self, x: np.ndarray, y: np.ndarray) -> np.ndarray: ...
    def distance(self, x: Tensor | np.ndarray, y: Tensor | np.ndarray) -> Tensor | np.ndarray:
        """Geodesic distance of each point of x to the same point of y; arrays are computed in float64, tensors in their own dtype.

        Gradients are finite everywhere; at x = y, where there is none, it is 0.
        """
        if isinstance(x, np.ndarray) and isinstance(y, np.ndarray):
            return self._distance(_float64(x), _float64(y)).detach().numpy()
        return self._distance(_single(_tensor(x)), _single(_tensor(y)))

    @overload
    def pairwise(self, x: Tensor, y: Tensor) -> Tensor: ...
    @overload
    def pairwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray: ...
    def pairwise(self, x: Tensor | np.ndarray, y: Tensor | np.ndarray) -> Tensor | np.ndarray:
        """All distances between rows of x (n × coordinates) and rows of y (m × coordinates), in blocks of about 32 MB."""
        if isinstance(x, np.ndarray) and isinstance(y, np.ndarray):
            with torch.no_grad():
                return pairwise(self, _float64(x), _float64(y)).numpy()
        return pairwise(self, _single(_tensor(x)), _single(_tensor(y)))

    def nearest(
        self, x: Float[Tensor, "n coordinates"], y: Float[Tensor, "m coordinates"], k: int
    ) -> tuple[Float[Tensor, "n k"], Int[Tensor, "n k"]]:
        """Distances and indices of the k points of y nearest to each point of x, nearest first, without the n × m matrix in memory."""
        return nearest(self, _single(x), _single(y), k)

    def pair_distances(self, x: Float[Tensor, "n coordinates"], y: Float[Tensor, "m coordinates"]) -> Float[Tensor, "n m"]:
        """All distances of one block: n·m·coordinates numbers at most are held. Spaces override it where fewer will do."""
        return self._distance(x[:, None], y[None])

    def norm(self, x: Point, v: Vector) -> Scalar:
        """Length of a tangent vector at x."""
        return root(self.inner(x, v, v))

    def geodesic(self, x: Point, y: Point, t: Float[Tensor, "..."] | float) -> Point:
        """Point at the share t of the way from x to y; t below 0 and above 1 go on beyond them."""
        share = torch.as_tensor(t, dtype=x.dtype, device=x.device)[..., None]
        return self.exp(x, share * self.log(x, y))

    def retract(self, x: Point, v: Vector) -> Point:
        """Where an optimiser's step v leads: the exponential map, followed by `project`."""
        return self.project(self.exp(x, v))

    def recenter(self, x: Point, center: Point) -> Point:
        """The isometry that moves `center` to the origin along their geodesic (a translation), applied to x."""
        origin = self.origin(self.dimension(x.shape[-1]), dtype=x.dtype, device=x.device)
        return self.exp(origin, self.transport(center, origin, self.log(center, x)))

    def hyperplane_distance(self, x: Point, direction: Float[Tensor, "... dim"], offset: Float[Tensor, "..."]) -> Scalar:
        """Signed distance of x to the totally geodesic hyperplane that meets the geodesic from the origin at right angles.

        Args:
            x: Points.
            direction: Unit vector at the origin, in the chart's orthonormal frame: where the geodesic goes.
            offset: Signed distance from the origin, along it, at which the hyperplane stands.

        Raises:
            UnsuitableError: the space has no such hyperplanes.
        """
        raise UnsuitableError(f"hyperplanes are not defined in {self.name} space")

    def hyperplane_logits(self, x: Point, weight: Float[Tensor, "... dim"], offset: Float[Tensor, "..."]) -> Scalar:
        """Logit 2‖w‖·(signed distance of x to the hyperplane at distance 2r along w): multinomial logistic regression in the space.

        In the ball it is (2‖w‖/√c)·arsinh([2√c⟨x, ŵ⟩ cosh 2√c r − (1 + c‖x‖²) sinh 2√c r]/(1 − c‖x‖²)).

        Reference: Shimizu, Mukuta, Harada (2021), Hyperbolic Neural Networks++. arXiv:2006.08210.
        """
        size = root((weight * weight).sum(dim=-1))
        unit = weight / size.clamp_min(torch.finfo(weight.dtype).tiny)[..., None]
        return 2 * size * self.hyperplane_distance(x, unit, 2 * offset)

    def busemann(self, x: Point, ideal: Float[Tensor, "... dim"]) -> Scalar:
        """Busemann function lim_t d(x, γ(t)) − t of the ray γ from the origin in the unit direction `ideal`.

        Raises:
            UnsuitableError: the space has none, or not in this chart.
        """
        raise UnsuitableError(f"{self.name} space has no Busemann functions: they belong to Euclidean and hyperbolic space")

    def extra_repr(self) -> str:
        """Curvature, for printing."""
        learnt = ", learnt" if any(True for _ in self.parameters(recurse=False)) else ""
        return f"curvature={self.curvature:g}{learnt}"


def _tensor(x: Tensor | np.ndarray) -> Tensor:
    if not isinstance(x, Tensor):
        raise InputError("distances need two tensors or two arrays, and got one of each: convert with torch.from_numpy")
    return x


def _single(x: Tensor) -> Tensor:
    """At least float32: half precision cannot hold a hyperbolic point."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def _float64(x: Shaped[np.ndarray, "..."]) -> Tensor:
    return torch.from_numpy(np.array(x, dtype=np.float64, order="C", copy=not x.flags.writeable or None))
