"""Whether neighbours in a picture are neighbours in the data: trustworthiness."""

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import Estimate, InputError, PointsLike, Representation, as_representation, generator
from gromov.measures.projections.distances import distance_rows

_BLOCK = 256
QUERIES = 1_000


def trustworthiness(data: PointsLike, picture: PointsLike, *, k: int = 10, queries: int = QUERIES, seed: int = 0) -> Estimate:
    """How far the nearest neighbours in a picture are neighbours in the data, on average over its points.

        T(k) = 1 − (2/(n·k·(2n − 3k − 1)))·Σᵢ Σ_{j ∈ Uₖ(i)} (r(i, j) − k),

    Uₖ(i) the k nearest neighbours of i in the picture that are not among its k nearest in the data, r(i, j) the rank of j among the neighbours of i in the data; of equal
    distances all have the lowest rank, so that ties are no faults. 1 means none are false; about ½ is chance. The standard error is that of a mean
    over points, which neglects that they share neighbours.

    Args:
        data: What was drawn: points of any space, distances, or a connected graph.
        picture: Its picture, in the same order: points of any space.
        k: Neighbours of each point, below n/2.
        queries: Points to look at; a seeded sample of them where there are more.
        seed: Of the sample.

    Raises:
        InputError: different numbers of objects, or k out of range.

    Cost: queries·n distances of both, and their sorting.

    Reference: Venna, Kaski (2001), Neighborhood preservation in nonlinear projection methods. ICANN.
    """
    original, drawn = as_representation(data), as_representation(picture)
    n = original.n
    if drawn.n != n:
        raise InputError(f"the data have {n} objects and the picture {drawn.n} points: one for each is needed")
    if not 1 <= k < n / 2:
        raise InputError(f"k is {k}; it must be at least 1 and below n/2 = {n / 2:g}")
    chosen = np.arange(n) if n <= queries else np.sort(generator(seed, "trustworthiness").choice(n, queries, replace=False))
    excess = np.concatenate([_excess(original, drawn, rows, k) for rows in np.array_split(chosen, max(1, len(chosen) // _BLOCK))])
    scores = 1 - 2.0 / (k * (2 * n - 3 * k - 1)) * excess
    stderr = float(scores.std(ddof=1) / np.sqrt(len(scores)))
    drawn_seed = None if len(chosen) == n else seed
    return Estimate.normal(float(scores.mean()), stderr, n=len(scores), seed=drawn_seed, method=f"mean over points, {k} neighbours")


def _excess(original: Representation, drawn: Representation, rows: Integer[np.ndarray, " m"], k: int) -> Float[np.ndarray, " m"]:
    """Σ (r − k) over the false neighbours of each row."""
    here = np.arange(len(rows))
    seen = distance_rows(drawn, rows)
    seen[here, rows] = np.inf
    nearest = np.argsort(seen, axis=1, kind="stable")[:, :k]
    true = distance_rows(original, rows)
    true[here, rows] = np.inf
    ordered = np.sort(true, axis=1)
    found = np.take_along_axis(true, nearest, axis=1)
    ranks = np.stack([np.searchsorted(ordered[i], found[i], side="left") + 1 for i in here])
    return np.maximum(ranks - k, 0).sum(axis=1).astype(np.float64)
