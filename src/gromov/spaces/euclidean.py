"""Euclidean space, with distances that do not cancel.

‖x−y‖² = ‖x‖² + ‖y‖² − 2⟨x,y⟩ is fast and loses every digit when x and y are close and far from the origin: points on a line moved
by 1,000 lose their straightness in float32. Here the points are centred and multiplied in float64, and each pair that still cancels
is computed again from its difference.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Shaped

CANCELLED = 1e-3
"""Squared distances below this share of ‖x‖² + ‖y‖² are computed again: the others keep a relative error below 1e-12."""
_REPAIR_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True)
class EuclideanArrays:
    """Flat space ℝᵈ for arrays, without torch: d(x, y) = ‖x − y‖₂, curvature 0. With gradients it is `Euclidean`."""

    name: str = "euclidean"
    curvature: float = 0.0

    def distance(self, x: Shaped[np.ndarray, "n d"], y: Shaped[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """‖x_i − y_i‖ for each row i, in float64, from the differences."""
        difference = np.asarray(x, dtype=np.float64) - np.asarray(y, dtype=np.float64)
        return np.sqrt(np.einsum("ij,ij->i", difference, difference))

    def pairwise(self, x: Shaped[np.ndarray, "n d"], y: Shaped[np.ndarray, "m d"]) -> Float[np.ndarray, "n m"]:
        """‖x_i − y_j‖ for all i and j, in float64, each with a relative error below 1e-12.

        Cost: n·m·d multiplications in one matrix product, 8·n·m bytes, and d operations more for each pair that cancels.
        """
        if len(x) == 0:
            return np.empty((0, len(y)))
        given_x = np.asarray(x, dtype=np.float64)
        given_y = given_x if x is y else np.asarray(y, dtype=np.float64)
        center = given_x.mean(axis=0)
        x = given_x - center
        y = x if given_x is given_y else given_y - center
        norms_x = np.einsum("ij,ij->i", x, x)
        norms_y = np.einsum("ij,ij->i", y, y)
        squared = x @ y.T
        squared *= -2
        squared += norms_x[:, None]
        squared += norms_y
        rows, columns = np.nonzero(squared < CANCELLED * norms_x[:, None] + CANCELLED * norms_y)
        step = max(1, _REPAIR_BYTES // (8 * x.shape[1]))
        for start in range(0, len(rows), step):
            i, j = rows[start : start + step], columns[start : start + step]
            # from the points as given: centring them has already rounded those far from the centre
            difference = given_x[i] - given_y[j]
            squared[i, j] = np.einsum("ij,ij->i", difference, difference)
        return np.sqrt(squared, out=squared)


EUCLIDEAN = EuclideanArrays()
