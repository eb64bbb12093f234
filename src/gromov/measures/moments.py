"""Mean and scatter of a cloud, streamed over its rows in float64."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gromov.core import SERIAL, Executor, Representation, require_memory
from gromov.core.representation import row_blocks


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

    Rows are shifted by the mean of the first block before they are multiplied, so that a large offset does not cancel.

    Cost: n·d² multiplications, 16·d² bytes and one block of rows.
    """
    points = representation.points
    n, d = points.shape
    require_memory(24 * d * d, step=f"the covariance of {d:,} dimensions", remedy="reduce the dimension first")
    blocks = list(row_blocks(n, 8 * d))
    shift = np.asarray(points[blocks[0]], dtype=np.float64).mean(axis=0)
    total, scatter = np.zeros(d), np.zeros((d, d))
    for part_total, part_scatter in executor.map(_block_moments, blocks, points, shift):
        total += part_total
        scatter += part_scatter
    offset = total / n
    scatter -= n * np.outer(offset, offset)
    return Moments(n, shift + offset, scatter)


def _block_moments(
    rows: slice, points: Float[np.ndarray, "n d"], shift: Float[np.ndarray, " d"]
) -> tuple[Float[np.ndarray, " d"], Float[np.ndarray, "d d"]]:
    block = np.asarray(points[rows], dtype=np.float64) - shift
    return block.sum(axis=0), block.T @ block
