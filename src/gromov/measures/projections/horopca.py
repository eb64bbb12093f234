"""HoroPCA: principal components of hyperbolic points by ideal directions and horospheres."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gromov.core import InputError, PointsLike, as_representation
from gromov.measures.projections.normal import normal_vectors

_STEPS = 500
_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class HoroComponents:
    """Hyperbolic points, projected along horospheres.

    Attributes:
        points: The projections (n × k), in the unit ball of curvature −1 around the Fréchet mean.
        directions: Ideal points (d × k): orthonormal directions at the Fréchet mean.
        variances: Variance of the Busemann coordinate of each direction, in 1/c.
        steps: Steps of the ascent.
    """

    points: Float[np.ndarray, "n k"]
    directions: Float[np.ndarray, "d k"]
    variances: Float[np.ndarray, " k"]
    steps: int


def horopca(points: PointsLike, *, components: int = 2) -> HoroComponents:
    """The k ideal directions along which hyperbolic points vary most, and their projection along the horospheres of these directions.

    The points are centred at their Fréchet mean and written as (r, u), distance and direction. The Busemann coordinate of the ideal point q is

        B_q(x) = log β_q(x),        β_q = cosh r − sinh r·⟨u, q⟩ = e^{−r} + ½ sinh r·‖u − q‖².

    Orthonormal q₁ … q_k maximise Σⱼ Var B_qⱼ by gradient ascent with line search, from the principal components of the tangent vectors r·u, each with the sign that varies more. A point goes to
    the point y of the totally geodesic subspace of the qⱼ with the same Busemann coordinates, y₀ − ⟨y, qⱼ⟩ = βⱼ on the hyperboloid:

        (k − 1)·y₀ = Σβ ± √((Σβ)² − (k − 1)(1 + Σβ²)),

    two points, mirror images in the hyperplane of the subspace whose ends are the qⱼ; the one on the side of x is taken. So points that lie in the
    subspace stay where they are; distances along geodesics that end at a qⱼ are kept, and none between points on one side of the mirror grows.

    Args:
        points: Points in hyperbolic space, in any chart.
        components: k, at most the dimension of the space.

    Raises:
        UnsuitableError: the points do not live in a hyperbolic space.
        InputError: more components than dimensions.

    Cost: n·d·k a step, at most 500 steps, after the Fréchet mean.

    Reference: Chami, Gu, Nguyen, Ré (2021), HoroPCA: hyperbolic dimensionality reduction via horospherical projections. ICML, arXiv:2106.03306.
    """
    vectors = normal_vectors(as_representation(points), centered=True)
    d = vectors.shape[1]
    if not 1 <= components <= d:
        raise InputError(f"components is {components}; it must be between 1 and the dimension of the space, {d}")
    r = np.linalg.norm(vectors, axis=1)
    u = np.divide(vectors, r[:, None], out=np.zeros_like(vectors), where=r[:, None] > 0)
    directions = signed(np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)[2].T[:, :components])
    # the two ends of a geodesic have Busemann coordinates of different variance
    ahead, behind = (np.log(horospheres(r, u, way)).var(axis=0) for way in (directions, -directions))
    directions, steps = _ascend(r, u, directions * np.where(behind > (1 + 1e-9) * ahead, -1.0, 1.0))
    beta = horospheres(r, u, directions)
    variances = np.log(beta).var(axis=0)
    order = np.argsort(-variances, kind="stable")
    directions, beta = directions[:, order], beta[:, order]
    return HoroComponents(_project(r, u, directions, beta), directions, variances[order], steps)


def horospheres(r: Float[np.ndarray, " n"], u: Float[np.ndarray, "n d"], directions: Float[np.ndarray, "d k"]) -> Float[np.ndarray, "n k"]:
    """β of each point and ideal direction, e to the Busemann coordinate, without cancellation however deep the point."""
    gaps = np.stack([((u - q) ** 2).sum(axis=1) for q in directions.T], axis=1)
    # at the centre itself u is zero, where any direction would do
    gaps[r == 0] = 2.0
    return np.exp(-r)[:, None] + 0.5 * np.sinh(r)[:, None] * gaps


def signed(vectors: Float[np.ndarray, "d k"]) -> Float[np.ndarray, "d k"]:
    """Each column with its largest entry positive, so that a picture does not flip between machines."""
    largest = vectors[np.abs(vectors).argmax(axis=0), np.arange(vectors.shape[1])]
    return vectors * np.where(largest < 0, -1.0, 1.0)


def _ascend(
    r: Float[np.ndarray, " n"], u: Float[np.ndarray, "n d"], start: Float[np.ndarray, "d k"]
) -> tuple[Float[np.ndarray, "d k"], int]:
    """Σ Var log β by gradient steps on orthonormal frames (projection and QR), each as long as keeps rising."""
    directions, length = start, 0.1
    value = float(np.log(horospheres(r, u, directions)).var(axis=0).sum())
    for step in range(_STEPS):
        beta = horospheres(r, u, directions)
        coordinates = np.log(beta)
        slope = -2 * u.T @ ((coordinates - coordinates.mean(axis=0)) * np.sinh(r)[:, None] / beta) / len(r)
        across = directions.T @ slope
        slope -= directions @ (across + across.T) / 2
        size = float(np.linalg.norm(slope))
        if size <= _TOLERANCE * max(1.0, value):
            return directions, step
        while length > 1e-12:
            moved, triangle = np.linalg.qr(directions + length * slope / size)
            moved = moved * np.sign(np.diag(triangle))
            reached = float(np.log(horospheres(r, u, moved)).var(axis=0).sum())
            if reached > value + 1e-4 * length * size:
                break
            length /= 2
        else:
            return directions, step
        risen = reached - value
        directions, value, length = moved, reached, min(1.0, 2 * length)
        if risen <= _TOLERANCE * max(1.0, value):
            return directions, step + 1
    return directions, _STEPS


def _project(
    r: Float[np.ndarray, " n"], u: Float[np.ndarray, "n d"], directions: Float[np.ndarray, "d k"], beta: Float[np.ndarray, "n k"]
) -> Float[np.ndarray, "n k"]:
    """The point with the same β, in the ball."""
    k = directions.shape[1]
    if k == 1:
        first = (beta[:, 0] + 1 / beta[:, 0]) / 2
        return (first - beta[:, 0])[:, None] / (1 + first)[:, None]
    total, squares = beta.sum(axis=1), (beta**2).sum(axis=1)
    root = np.sqrt(np.maximum(total**2 - (k - 1) * (1 + squares), 0.0))
    # beyond the mirror (k − 1)·x₀ exceeds Σβ, that is Σ⟨x, qⱼ⟩ exceeds x₀
    beyond = np.sinh(r) * (u @ directions).sum(axis=1) > np.cosh(r)
    first = (total + np.where(beyond, root, -root)) / (k - 1)
    return (first[:, None] - beta) / (1 + np.maximum(first, 1.0))[:, None]
