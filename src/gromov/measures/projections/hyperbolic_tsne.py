"""Hyperbolic t-SNE: a picture in the disk that keeps neighbours, and, of hyperbolic points, how deep they lie (CO-SNE)."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from gromov.core import InputError, PointsLike, Representation, as_representation, generator
from gromov.measures.moments import principal_axes
from gromov.measures.projections.descent import Descent
from gromov.measures.projections.distances import all_neighbors, distance_rows
from gromov.measures.projections.horopca import horopca, signed
from gromov.measures.projections.normal import is_hyperbolic, normal_vectors
from gromov.measures.projections.similarities import similarities
from gromov.spaces.disk import from_vector, to_vector, translate

_EXAGGERATION, _EXAGGERATED = 12.0, 0.25
_EXACT = 0.1
_SCALES = 0.05, 0.08
_LANDMARKS = 500


@dataclass(frozen=True, slots=True, eq=False)
class HyperbolicMap:
    """A picture of anything with distances in the hyperbolic plane.

    Attributes:
        points: Places (n × 2) in the unit disk of curvature −1.
        divergence: Kullback–Leibler divergence of the similarities in the picture from those in the data, in nats.
        neighbors: Neighbours of each point that attract it.
        perplexity: Effective number of neighbours.
        start: What the descent started from.
        steps: Steps taken.
    """

    points: Float[np.ndarray, "n 2"]
    divergence: float
    neighbors: int
    perplexity: float
    start: str
    steps: int


def hyperbolic_tsne(
    points: PointsLike,
    *,
    perplexity: float = 30.0,
    scale: float | None = None,
    depth_weight: float = 1.0,
    steps: int = 600,
    seed: int = 0,
) -> HyperbolicMap:
    """Places in the hyperbolic plane whose neighbours are those of the data.

    Similarities p_ij of the data (see `similarities`) are matched by those of the picture, q_ij = w_ij/Σw with w = 1/(1 + d²/γ²), hyperbolic Cauchy in the
    distance d of the disk: the descent lowers KL(p‖q). Of hyperbolic data it lowers KL(p‖q) + (λ/n)·Σᵢ (ρᵢ − rᵢ)² with ρᵢ and rᵢ the distances of the point from the
    origin in the picture and in the data, so that depth is kept too; this is CO-SNE, which has the squares of ball norms in place of distances.

    The Riemannian gradient at zᵢ is −(4/γ²)·Σⱼ (p_ij − q_ij)·w_ij·log_{zᵢ} zⱼ. Each step follows it, with momentum carried along by parallel transport and step
    sizes per point; p is exaggerated twelve-fold in the first quarter. The sum over neighbours is sparse. The sum over all pairs is exact, in single
    precision, up to 3,000 points; beyond, the points are cut into ten parts of which one a step repels anew while the others count as they last did, until the last
    tenth of the steps, in which all repel anew.

    Args:
        points: Points of any space, distances, or a connected graph.
        perplexity: Effective number of neighbours; lowered to n/3 of fewer points. Three times as many neighbours attract.
        scale: γ, the distance at which similarity is halved: the smaller, the nearer the centre the picture lies. None means 0.05 for points and 0.08 for
            distances and graphs, whose pictures need more of the room at the rim.
        depth_weight: λ; used for hyperbolic data alone.
        steps: Steps of the descent.
        seed: Of the parts, and of the landmarks from which distances and graphs start.

    Cost: per step about 90·n pairs that attract and n²/10 that repel, some 40 CPU seconds for 10,000 points; n² distances for the neighbours first.

    Raises:
        InputError: perplexity, scale, weight or steps out of range, or a graph that is not connected.

    References:
        Guo, Guo, Yu (2022), CO-SNE: dimensionality reduction and visualization for hyperbolic data. CVPR, arXiv:2111.15037.
        Skrodzki, van Geffen, Chaves-de-Plaza, Höllt, Eisemann, Hildebrandt (2024), Accelerating hyperbolic t-SNE. arXiv:2401.13708.
    """
    representation = as_representation(points)
    n = representation.n
    if scale is None:
        scale = _SCALES[0] if representation.kind == "points" else _SCALES[1]
    if not (perplexity > 1 and scale > 0 and depth_weight >= 0 and steps >= 1):
        raise InputError(
            f"perplexity must be above 1, scale positive, depth_weight not negative and steps at least 1; got {perplexity:g}, {scale:g}, {depth_weight:g}, {steps}"
        )
    perplexity = min(perplexity, max(1.5, n / 3))
    k = min(n - 1, max(2, math.ceil(3 * perplexity)))
    indices, distances = all_neighbors(representation, k)
    depths = np.linalg.norm(normal_vectors(representation, centered=False), axis=1) if is_hyperbolic(representation) else None
    begun, start = _beginning(representation, seed)
    z = from_vector(begun * (0.1 * scale / max(float(np.abs(begun).std()), 1e-300)) if depths is None else begun)
    descent = Descent(z, similarities(indices, distances, perplexity), depths, scale, depth_weight, seed)
    for step in range(steps):
        early = step < _EXAGGERATED * steps
        descent.step(_EXAGGERATION if early else 1.0, 0.5 if early else 0.8, exact=step >= (1 - _EXACT) * steps)
    z = descent.z if depths is not None else centred(descent.z)
    return HyperbolicMap(np.stack([z.real, z.imag], axis=1), descent.divergence(), k, perplexity, start, steps)


def centred(z: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """The points, moved so that the direction of their sum on the hyperboloid, their centre of mass, is the origin."""
    room = (1 - np.abs(z)) * (1 + np.abs(z))
    first, rest = float(((1 + np.abs(z) ** 2) / room).sum()), complex((2 * z / room).sum())
    size = np.sqrt(first**2 - abs(rest) ** 2)
    return translate(z, np.array([-rest / (first + size)]))


def _beginning(representation: Representation, seed: int) -> tuple[NDArray[np.complex128], str]:
    """Where the descent starts, as vectors at the origin, and what they are."""
    if is_hyperbolic(representation):
        vectors = normal_vectors(representation, centered=False)
        if vectors.shape[1] == 2:
            return vectors[:, 0] + 1j * vectors[:, 1], "the points themselves"
        if vectors.shape[1] > 2:
            # directions of the projection, and the depths of the data
            seen = horopca(representation).points
            flat = to_vector(seen[:, 0] + 1j * seen[:, 1])
            size = np.abs(flat)
            depths = np.linalg.norm(vectors, axis=1)
            return np.divide(flat, size, out=np.ones_like(flat), where=size > 0) * depths, "HoroPCA"
    if representation.kind == "points" and (representation.space is None or representation.space.name == "euclidean"):
        axes = principal_axes(representation)
        directions = signed(axes.directions[:, :2])
        found = np.concatenate([(block - axes.mean) @ directions for block in representation.blocks()])
        start = "principal components"
    else:
        marks = np.sort(
            generator(seed, "hyperbolic-tsne", "landmarks").choice(representation.n, min(representation.n, _LANDMARKS), replace=False)
        )
        squares = distance_rows(representation, marks).T ** 2
        found = _principal(squares)
        start = f"principal components of the squared distances to {len(marks)} objects"
    if found.shape[1] == 1:
        found = np.concatenate([found, np.zeros_like(found)], axis=1)
    # a little noise parts points that fall on one place
    noise = generator(seed, "hyperbolic-tsne", "start").normal(size=(len(found), 2))
    found = found + 1e-3 * found.std() * noise
    return found[:, 0] + 1j * found[:, 1], start


def _principal(columns: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "n k"]:
    centered = columns - columns.mean(axis=0)
    _, vectors = np.linalg.eigh(centered.T @ centered)
    return centered @ signed(vectors[:, ::-1][:, :2])
