"""Euclidean space, as a manifold like the others."""

from typing import overload

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gromov.spaces.curved import ConstantCurvature
from gromov.spaces.euclidean import EUCLIDEAN
from gromov.spaces.manifold import Manifold, Point, Scalar, Vector
from gromov.spaces.smooth import dot, root


class Euclidean(ConstantCurvature):
    """ℝᵈ with its straight lines: curvature 0, vectors are points, transport moves nothing.

    Example:
        >>> import torch
        >>> from gromov.spaces import Euclidean
        >>> Euclidean().distance(torch.zeros(2), torch.tensor([3.0, 4.0])).item()
        5.0
    """

    name = "euclidean"

    def __init__(self) -> None:
        super().__init__(0.0)

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
        """The components themselves."""
        return components

    def to_frame(self, vector: Vector) -> Float[Tensor, "... dim"]:
        """The vector itself."""
        return vector

    def project(self, x: Point) -> Point:
        """x."""
        return x

    def tangent(self, x: Point, vector: Vector) -> Vector:
        """The vector itself."""
        return torch.broadcast_tensors(x, vector)[1]

    def inner(self, x: Point, u: Vector, v: Vector) -> Scalar:
        """⟨u, v⟩."""
        return dot(*torch.broadcast_tensors(x, u, v)[1:])

    def gradient(self, x: Point, derivative: Vector) -> Vector:
        """The partial derivatives themselves."""
        return torch.broadcast_tensors(x, derivative)[1]

    def _distance(self, x: Point, y: Point) -> Scalar:
        delta = x - y
        return root(dot(delta, delta))

    @overload
    def pairwise(self, x: Tensor, y: Tensor) -> Tensor: ...
    @overload
    def pairwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray: ...
    def pairwise(self, x: Tensor | np.ndarray, y: Tensor | np.ndarray) -> Tensor | np.ndarray:
        """All distances; of arrays by a matrix product in which no digit is lost (`EUCLIDEAN`)."""
        if isinstance(x, np.ndarray) and isinstance(y, np.ndarray):
            return EUCLIDEAN.pairwise(x, y)
        return Manifold.pairwise(self, x, y)  # pyright: ignore[reportArgumentType, reportCallIssue]

    def pair_distances(self, x: Float[Tensor, "n coordinates"], y: Float[Tensor, "m coordinates"]) -> Float[Tensor, "n m"]:
        """All distances of one block, from the differences."""
        return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")

    def exp(self, x: Point, v: Vector) -> Point:
        """x + v."""
        return x + v

    def log(self, x: Point, y: Point) -> Vector:
        """y − x."""
        return y - x

    def transport(self, x: Point, y: Point, v: Vector) -> Vector:
        """v."""
        return torch.broadcast_tensors(x, y, v)[2]

    def recenter(self, x: Point, center: Point) -> Point:
        """x − center."""
        return x - center

    def midpoint(self, x: Float[Tensor, "... n coordinates"], weights: Float[Tensor, "... n"]) -> Point:
        """The weighted mean."""
        return (weights[..., None] * x).sum(dim=-2) / weights.sum(dim=-1)[..., None]

    def hyperplane_distance(self, x: Point, direction: Float[Tensor, "... dim"], offset: Float[Tensor, "..."]) -> Scalar:
        """⟨x, n⟩ − o."""
        return dot(x, direction) - offset

    def busemann(self, x: Point, ideal: Float[Tensor, "... dim"]) -> Scalar:
        """−⟨x, ω⟩."""
        return -dot(x, ideal)
