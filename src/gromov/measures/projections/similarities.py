"""Who is similar to whom: the probabilities that a t-SNE keeps."""

import math

import numpy as np
from jaxtyping import Float, Integer

from gromov.measures.projections.kernels import calibrate


def similarities(
    indices: Integer[np.ndarray, "n k"], distances: Float[np.ndarray, "n k"], perplexity: float
) -> tuple[Integer[np.ndarray, " n1"], Integer[np.ndarray, " m"], Float[np.ndarray, " m"]]:
    """Symmetric similarities of neighbours, as compressed rows (starts, neighbours, shares) that sum to 1.

    p_{j|i} ∝ exp(−d²/2σᵢ²) over the k neighbours of i, σᵢ by bisection so that the entropy of the row is log(perplexity); p_ij = (p_{j|i} + p_{i|j})/2n. With
    geodesic distances of a hyperbolic space this is its normal distribution (CO-SNE), with straight ones Gauss's.

    Args:
        indices: Neighbours of each point.
        distances: Their distances.
        perplexity: Effective number of neighbours, below k.

    Cost: 64·n·k exponentials at most.

    Reference: van der Maaten, Hinton (2008), Visualizing data using t-SNE. JMLR 9.
    """
    import scipy.sparse

    n, k = indices.shape
    shares = np.empty((n, k))
    calibrate(np.ascontiguousarray(distances, dtype=np.float64) ** 2, math.log(perplexity), shares)
    directed = scipy.sparse.csr_array((shares.ravel(), indices.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
    both = scipy.sparse.csr_array(directed + directed.T)
    both.sort_indices()
    return both.indptr.astype(np.int64), both.indices.astype(np.int32), (both.data / (2 * n)).astype(np.float32)
