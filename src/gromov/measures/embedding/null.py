"""What a space gains over Euclidean space where there is nothing but a spectrum, or nothing but degrees."""

import numpy as np
from jaxtyping import Float

from gromov.core import Executor, Graph, Representation, generator
from gromov.measures.embedding.comparison import run_contest
from gromov.measures.four_point.null import degree_distances
from gromov.measures.null_spectrum import null_variances
from gromov.spaces import EUCLIDEAN

WORDS = {"gaussian": "Gaussian with the same covariance spectrum", "degrees": "random graph with the same degrees"}


def null_gains(
    representation: Representation,
    among: Float[np.ndarray, "n n"],
    dim: int,
    spaces: tuple[str, ...],
    *,
    draws: int,
    seed: int,
    executor: Executor,
) -> Float[np.ndarray, "r s"]:
    """Gain of each space over Euclidean space of equal dimension, for each draw of the null.

    Args:
        representation: What is measured; a graph is rewired, anything else is drawn as a Gaussian cloud.
        among: Distances of its sample; a draw has as many points.
        dim: Dimension of the spaces.
        spaces: Their names.
        draws: Number of draws.
        seed: Seed of the draws.
        executor: Where they are computed.
    """
    source = representation.data if isinstance(representation.data, Graph) else np.sqrt(null_variances(representation, among))
    return np.array(list(executor.map(_draw, range(draws), source, len(among), dim, spaces, seed)))


def _draw(draw: int, source: Graph | Float[np.ndarray, " d"], n: int, dim: int, spaces: tuple[str, ...], seed: int) -> list[float]:
    rng = generator(seed, "curvature", "null", draw)
    if isinstance(source, Graph):
        matrix = degree_distances(source, n, rng)
    else:
        points = rng.standard_normal((n, len(source))) * source
        matrix = EUCLIDEAN.pairwise(points, points)
    matrix = matrix / (matrix.sum() / (len(matrix) * (len(matrix) - 1)))
    scores = [float(run_contest((name, dim, draw), matrix, None, seed, "null").likelihoods.mean()) for name in ("euclidean", *spaces)]
    return [score - scores[0] for score in scores[1:]]
