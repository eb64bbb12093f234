"""The standard algorithm: δ at one base point, by a (max, min) matrix product."""

import numpy as np
from jaxtyping import Float

from gromov.measures.four_point.kernels import climb, largest_defect


def base_point_delta(distances: Float[np.ndarray, "n n"], base: int = 0) -> float:
    """δ_p = max over y, z of [max_w min((y,w)_p, (w,z)_p) − (y,z)_p], p the base point; δ_p ≤ δ ≤ 2δ_p.

    Works in the precision of `distances` (float32 or float64). Rows that cannot beat the best defect so far are skipped, and the
    product itself compares integers, which every processor does eight or sixteen at a time.

    Args:
        distances: Symmetric distance matrix.
        base: Index of the base point p.

    Cost: at most n³/2 comparisons, a fifth of them on real data; one extra n × n matrix.

    Reference: Fournier, Ismail, Vigneron (2015), Computing the Gromov hyperbolicity of a discrete metric space, arXiv:1210.3323.
    """
    from_base = distances[base]
    products = from_base[:, None] - distances
    products += from_base
    products *= 0.5
    np.maximum(products, 0, out=products)
    diagonal = np.einsum("ii->i", products)
    saved = diagonal.copy()
    diagonal[:] = 0
    reach = products.max(axis=1)
    diagonal[:] = saved
    start = products.dtype.type(_start(distances, base))
    bits = products.view(np.int32 if products.dtype == np.float32 else np.int64)
    return float(largest_defect(products, bits, reach, start)[0])


def _start(distances: Float[np.ndarray, "n n"], base: int) -> float:
    """A δ attained at this base point, a little reduced so that the product finds it again in its own rounding."""
    n = len(distances)
    best = 0.0
    for point in range(0, n, max(1, n // 8)):
        quadruple = np.array([base, point, n // 2, n // 3], dtype=np.int64)
        best = max(best, climb(distances, quadruple, 1))
    return best * (1 - 1e-4)
