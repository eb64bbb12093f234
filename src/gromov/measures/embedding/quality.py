"""How faithful an embedding is: distortion, and whether neighbours stay neighbours."""

import numpy as np
from jaxtyping import Bool, Float

_LEAST = 1e-12


def distortion(fitted: Float[np.ndarray, " m"], wanted: Float[np.ndarray, " m"]) -> tuple[float, float]:
    """Mean of |s·d̂/d − 1| at the scale s that makes it least, and max(d̂/d) / min(d̂/d), the worst-case distortion.

    The best s is the median of d/d̂ weighted by d̂/d. Pairs at distance 0 are left out. 0 and 1 for a similarity.
    """
    apart = wanted > 0
    ratio = np.maximum(fitted[apart] / wanted[apart], _LEAST)
    order = np.argsort(1 / ratio, kind="stable")
    weights = ratio[order].cumsum()
    scale = 1 / ratio[order[np.searchsorted(weights, weights[-1] / 2)]]
    return float(np.abs(scale * ratio - 1).mean()), float(ratio.max() / ratio.min())


def nearest_mask(matrix: Float[np.ndarray, "n n"], k: int) -> Bool[np.ndarray, "n n"]:
    """For each object those no farther than its k-th nearest, ties and all."""
    others = matrix.copy()
    np.fill_diagonal(others, np.inf)
    kth = np.partition(others, k - 1, axis=1)[:, k - 1]
    return others <= kth[:, None]


def average_precision(fitted: Float[np.ndarray, "n n"], neighbors: Bool[np.ndarray, "n n"]) -> float:
    """MAP: for each object, the precision at the rank of each true neighbour, averaged; then over objects that have neighbours.

    1 where every true neighbour comes before everything else.
    """
    others = fitted.copy()
    np.fill_diagonal(others, np.inf)
    order = np.argsort(others, axis=1, kind="stable")
    hits = np.take_along_axis(neighbors, order, axis=1)
    precision = hits.cumsum(axis=1) / np.arange(1, len(fitted) + 1)
    counts = hits.sum(axis=1)
    kept = counts > 0
    return float(((precision * hits).sum(axis=1)[kept] / counts[kept]).mean())
