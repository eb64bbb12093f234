"""One estimator of `gromov.dimension` alone, without the others and the null: what a training loop can pay for."""

from typing import Literal

import numpy as np

from gromov.core import Estimate, InputError, Representation, generator
from gromov.graphs import nearest_neighbors
from gromov.measures.dimension import NEIGHBORS
from gromov.measures.dimension_estimators import correlation_dimension, generalised_ratios, local_pca, maximum_likelihood
from gromov.measures.regions import REGIONS, spatial_regions
from gromov.spaces import EUCLIDEAN

DimensionMethod = Literal["twonn", "mle", "correlation", "local_pca"]
METHODS = ("twonn", "mle", "correlation", "local_pca")
_WANTED = {"twonn": 1, "mle": 20, "local_pca": 32}
"""The number of neighbours that `gromov.dimension` cites of each."""
_PCA_POINTS = 1_000


def dimension_by(representation: Representation, method: DimensionMethod, seed: int) -> Estimate:
    """The field `method` of `gromov.dimension(representation, seed=seed)`, for at most 2,000 points; missing where too many distances are equal.

    Raises:
        InputError: nearly all points coincide.
    """
    if method == "correlation":
        points = representation.points
        return correlation_dimension(EUCLIDEAN.pairwise(points, points), generator(seed, "pair-regions"), REGIONS)[1]
    found = nearest_neighbors(representation, min(NEIGHBORS, representation.n - 1), seed=seed)
    regions = spatial_regions(representation, found.queries, seed=seed)
    if method == "local_pca":
        scales = local_pca(representation, found, regions, limit=_PCA_POINTS)
    else:
        lengths = np.sort(np.where(found.distances > 0, found.distances, np.nan), axis=1)
        if not np.isfinite(lengths[:, 1]).any():
            raise InputError("intrinsic dimension needs points with two neighbours at different places; nearly all points coincide")
        scales = generalised_ratios(lengths, regions) if method == "twonn" else maximum_likelihood(lengths, regions)
    place = int(np.argmin(np.abs(scales.k - _WANTED[method]))) if len(scales.k) else 0
    if not len(scales.k) or not np.isfinite(scales.value[place]):
        return Estimate.missing("too few different distances", n=len(found.queries), seed=seed)
    value, error, low, high = (float(values[place]) for values in (scales.value, scales.error, scales.low, scales.high))
    how = f"{method}, k = {scales.k[place]}; spread between regions of the cloud"
    return Estimate(value, error, (low, high), len(found.queries), seed, how)
