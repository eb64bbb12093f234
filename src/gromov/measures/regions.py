"""Regions of a cloud: points near each other share neighbours, so errors are counted region by region."""

import numpy as np
from jaxtyping import Integer

from gromov.core import Distances, Representation, generator
from gromov.spaces import EUCLIDEAN

REGIONS = 32


def spatial_regions(representation: Representation, queries: Integer[np.ndarray, " q"], *, seed: int) -> Integer[np.ndarray, " q"]:
    """Region of each query point: the nearest of 32 random query points, fewer where regions would hold fewer than 40 points."""
    count = min(len(queries), REGIONS, max(8, len(queries) // 40))
    centers = generator(seed, "regions").choice(queries, count, replace=False)
    if isinstance(representation.data, Distances):
        return np.asarray(representation.data.matrix[np.ix_(queries, centers)]).argmin(axis=1)
    return EUCLIDEAN.pairwise(representation.points[queries], representation.points[centers]).argmin(axis=1)
