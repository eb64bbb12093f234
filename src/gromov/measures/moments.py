"""Mean and scatter of a cloud, streamed over its rows in float64."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Shaped

from gromov.core import SERIAL, Executor, Representation, require_memory
from gromov.core.representation import row_blocks

_FAR = 100.0


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """First and second moments.

    Attributes:
        n: Number of points.
        mean: Mean of each coordinate.
        scatter: Σ (x − mean)(x − mean)ᵀ, d × d.
    """

    n: int
    mean: Float[np.ndarray, " d"]
    scatter: Float[np.ndarray, "d d"]

    @property
    def covariance(self) -> Float[np.ndarray, "d d"]:
        """Scatter over n − 1."""
        return self.scatter / (self.n - 1)

    @property
    def gram(self) -> Float[np.ndarray, "d d"]:
        """Σ x xᵀ, about the origin."""
        return self.scatter + self.n * np.outer(self.mean, self.mean)


def moments(representation: Representation, *, executor: Executor = SERIAL) -> Moments:
    """Mean and scatter of the points.

    Where the mean of the first block dwarfs its spread, rows are shifted by it before they are multiplied, so that a large offset does
    not cancel.

    Cost: n·d² multiplications, 16·d² bytes and one block of rows.
    """
    points = representation.points
    n, d = points.shape
    require_memory(24 * d * d, step=f"the covariance of {d:,} dimensions", remedy="reduce the dimension first")
    blocks = list(row_blocks(n, 8 * d))
    start = np.asarray(points[blocks[0]], dtype=np.float64)
    shift = start.mean(axis=0)
    offset_matters = bool((shift**2 > _FAR * start[:: max(1, len(start) // 1000)].var(axis=0)).any())
    shift = shift if offset_matters else np.zeros(d)
    total, scatter = np.zeros(d), np.zeros((d, d))
    for part_total, part_scatter in executor.map(_block_moments, blocks, points, shift):
        total += part_total
        scatter += part_scatter
    offset = total / n
    scatter -= n * np.outer(offset, offset)
    return Moments(n, shift + offset, scatter)


def _block_moments(
    rows: slice, points: Shaped[np.ndarray, "n d"], shift: Float[np.ndarray, " d"]
) -> tuple[Float[np.ndarray, " d"], Float[np.ndarray, "d d"]]:
    block = np.asarray(points[rows], dtype=np.float64)
    if shift.any():
        block = block - shift
    return block.sum(axis=0), block.T @ block


@dataclass(frozen=True, slots=True, eq=False)
class PrincipalAxes:
    """Principal directions of a cloud.

    Attributes:
        mean: Mean of the points.
        deviations: Standard deviation of each coordinate.
        variances: Eigenvalues of the covariance, largest first, min(n, d) of them; those below rounding are 0.
        directions: Their unit eigenvectors, in columns.
        squares: Squared singular values of the points as given (not centred), largest first; those below rounding are 0.
        axes: Their right singular vectors, in columns.
    """

    mean: Float[np.ndarray, " d"]
    deviations: Float[np.ndarray, " d"]
    variances: Float[np.ndarray, " s"]
    directions: Float[np.ndarray, "d s"]
    squares: Float[np.ndarray, " s"]
    axes: Float[np.ndarray, "d s"]


def principal_axes(representation: Representation, *, executor: Executor = SERIAL) -> PrincipalAxes:
    """Eigenvalues and directions of the covariance and of the second moment about the origin.

    Cost: with n ≥ d, n·d² streamed over rows and d³; with n < d, two thin singular value decompositions, n²·d and 24·n·d bytes.
    """
    n, d = representation.points.shape
    if n >= d:
        first = moments(representation, executor=executor)
        variances, directions = np.linalg.eigh(first.covariance)
        squares, axes = np.linalg.eigh(first.gram)
        mean, deviations = first.mean, np.sqrt(np.diagonal(first.covariance))
        variances, directions, squares, axes = variances[::-1], directions[:, ::-1], squares[::-1], axes[:, ::-1]
    else:
        require_memory(32 * n * d, step=f"the singular values of {n:,} × {d:,} numbers", remedy="use --sample with fewer points")
        given = np.asarray(representation.points, dtype=np.float64)
        mean = given.mean(axis=0)
        deviations = given.std(axis=0, ddof=1)
        _, singular, transposed = np.linalg.svd(given, full_matrices=False)
        squares, axes = singular**2, transposed.T
        _, singular, transposed = np.linalg.svd(given - mean, full_matrices=False)
        variances, directions = singular**2 / (n - 1), transposed.T
    floor = max(n, d) * 2.0**-52
    return PrincipalAxes(mean, deviations, _above(variances, floor), directions, _above(squares, floor), axes)


def _above(values: Float[np.ndarray, " s"], floor: float) -> Float[np.ndarray, " s"]:
    return np.where(values > floor * values[0], values, 0.0)
