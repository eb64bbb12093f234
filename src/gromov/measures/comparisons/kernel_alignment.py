"""Alignment of two Gaussian kernels over the same objects, by the unbiased HSIC of U-centred matrices.

With K̃ the kernel without its diagonal, the U-centred matrix is A_ij = K̃_ij − r_i − r_j + c off the diagonal and 0 on it, r_i = Σ_k K̃_ik/(n − 2) and
c = Σ K̃/((n − 1)(n − 2)); HSIC is ⟨A, B⟩/(n(n − 3)). So a shuffle of the rows costs one product of n² numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from gromov.measures.comparisons.splitting import pairings
from gromov.spaces import EUCLIDEAN

Kernel = Float[np.ndarray, "n n"]


@dataclass(frozen=True, slots=True, eq=False)
class Gaussian:
    """A Gaussian kernel over a cloud.

    Attributes:
        matrix: exp(−d²/(2 w²)) of every two points.
        width: w, the median distance of two points.
    """

    matrix: Kernel
    width: float


def gaussian(points: Float[np.ndarray, "n d"]) -> Gaussian:
    """The Gaussian kernel of the median width; where more than half of all distances are 0, of their root mean square."""
    distances = EUCLIDEAN.pairwise(points, points)
    apart = distances[np.triu_indices(len(points), 1)]
    width = float(np.median(apart)) or float(np.sqrt((apart * apart).mean()))
    return Gaussian(np.exp(-0.5 * (distances / width) ** 2), width)


def alignment(a: Kernel, b: Kernel) -> float:
    """HSIC(a, b)/√(HSIC(a, a) HSIC(b, b)) with the unbiased HSIC; 0 where either kernel is constant."""
    return aligned(u_centered(a), u_centered(b))


def aligned(a: Kernel, b: Kernel) -> float:
    """The cosine of two centred kernels."""
    scale = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.vdot(a, b)) / scale if scale > 0 else 0.0


def biased_alignment(a: Kernel, b: Kernel) -> float:
    """The usual estimate: diagonals kept, rows and columns centred."""
    first, second = (each - each.mean(axis=0) - each.mean(axis=1, keepdims=True) + each.mean() for each in (a, b))
    return aligned(first, second)


def u_centered(kernel: Kernel) -> Kernel:
    """The kernel without its diagonal, its rows and columns summing to 0."""
    n = len(kernel)
    found = kernel.copy()
    np.fill_diagonal(found, 0.0)
    rows = found.sum(axis=1)
    found += rows.sum() / ((n - 1) * (n - 2)) - (rows[:, None] + rows[None]) / (n - 2)
    np.fill_diagonal(found, 0.0)
    return found


def alignment_without(group: int, a: Kernel, b: Kernel, of: Sequence[int] | Integer[np.ndarray, " n"]) -> float:
    """The alignment with one group of objects left out."""
    kept = np.flatnonzero(np.asarray(of) != group)
    return alignment(a[np.ix_(kept, kept)], b[np.ix_(kept, kept)])


def shuffled_alignments(places: range, a: Kernel, b: Kernel, what: str, seed: int) -> list[float]:
    """The cosines of two centred kernels under some random orders of the objects of the second."""
    orders = (pairings(place, len(b), what=what, seed=seed) for place in places)
    return [aligned(a, b[np.ix_(order, order)]) for order in orders]
