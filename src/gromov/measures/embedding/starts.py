"""Where a fit begins: closed-form embeddings at a given curvature."""

import numpy as np
from jaxtyping import Float

from gromov.measures.embedding.shapes import Array, Shape, distances

_FAR = 600.0


def spectral(matrix: Float[np.ndarray, "n n"], shape: Shape, radii: Float[np.ndarray, " c"], first: int = 0) -> Float[np.ndarray, "n d"]:
    """Normal coordinates of the closed-form embedding of a matrix of distances; exact where the points lie in the space.

    Euclidean: the largest eigenpairs of −½JD²J (classical scaling). Sphere: those of cos(D/ρ). Hyperbolic space: the most negative
    eigenpairs of cosh(D/ρ) (hydra). In a product the factor `first` takes what it can, and the others what is left, √(D² − d̂²).

    References: Torgerson (1952), Psychometrika 17. Wilson, Hancock, Pękalska, Duin (2014), IEEE TPAMI 36. Keller-Ressel, Nargang (2020),
    J. Complex Networks 8.

    Args:
        matrix: Distances.
        shape: The space.
        radii: ρ = 1/√|K| of each curved factor.
        first: Place of the factor to begin with.
    """
    n = len(matrix)
    pairs = np.arange(n * n)
    columns: dict[int, Array] = {}
    left = matrix
    empty = shape.parts(np.zeros((n, shape.dim)), radii)
    for place in sorted(range(len(empty)), key=lambda each: each != first):
        factor, _, radius = empty[place]
        columns[place] = _BY_SIGN[factor.sign](left, factor.dim, radius)
        if len(columns) < len(empty):
            taken = distances(Shape("", (factor,)), columns[place], np.array([radius] if factor.sign else []), pairs).reshape(n, n)
            left = np.sqrt(np.maximum(left**2 - taken**2, 0.0))
    return np.concatenate([columns[place] for place in range(len(empty))], axis=1)


def classical_scaling(matrix: Float[np.ndarray, "n n"], dim: int, _: float = 1.0) -> Float[np.ndarray, "n d"]:
    """√λ v of the `dim` largest eigenpairs of −½JD²J."""
    squared = matrix * matrix
    centered = squared - squared.mean(axis=0) - squared.mean(axis=1)[:, None] + squared.mean()
    return _largest(-0.5 * centered, dim)


def _on_sphere(matrix: Array, dim: int, radius: float) -> Float[np.ndarray, "n d"]:
    points = _largest(np.cos(np.minimum(matrix / radius, np.pi)), dim + 1)
    points = points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-12)
    mean = points.mean(axis=0)
    pole = mean / max(float(np.linalg.norm(mean)), 1e-12)
    along = points @ pole
    across = (points - along[:, None] * pole) @ _complement(pole)
    size = np.linalg.norm(across, axis=1)
    return across * (radius * np.arctan2(size, along) / np.maximum(size, 1e-12))[:, None]


def _hydra(matrix: Array, dim: int, radius: float) -> Float[np.ndarray, "n d"]:
    spatial = _largest(-np.cosh(np.minimum(matrix / radius, _FAR)), dim)
    size = np.linalg.norm(spatial, axis=1)
    return spatial * (radius * np.arcsinh(size) / np.maximum(size, 1e-12))[:, None]


def _largest(symmetric: Array, count: int) -> Array:
    """√λ v of the largest eigenpairs, each vector with its largest entry positive so that it does not flip between machines."""
    from scipy.linalg import eigh

    n = len(symmetric)
    values, vectors = eigh(symmetric, subset_by_index=(n - count, n - 1))
    values, vectors = values[::-1], vectors[:, ::-1]
    largest = vectors[np.abs(vectors).argmax(axis=0), np.arange(count)]
    return vectors * (np.where(largest < 0, -1.0, 1.0) * np.sqrt(np.maximum(values, 0.0)))


def _complement(pole: Float[np.ndarray, " e"]) -> Float[np.ndarray, "e d"]:
    """An orthonormal basis of what is at right angles to a unit vector: the other columns of a Householder reflection."""
    axis = int(np.abs(pole).argmax())
    normal = pole.copy()
    normal[axis] += np.copysign(1.0, pole[axis])
    reflection = np.eye(len(pole)) - 2 * np.outer(normal, normal) / (normal @ normal)
    return np.delete(reflection, axis, axis=1)


_BY_SIGN = {-1: _hydra, 0: classical_scaling, 1: _on_sphere}
