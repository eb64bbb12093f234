"""What the heat trace would be if the cloud were Gaussian with the same covariance."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gromov.core import Executor, Representation, as_representation, generator
from gromov.graphs import Laplacian, heat, nearest_neighbors, neighbor_graph, spectral_trace
from gromov.measures.null_spectrum import null_variances
from gromov.spaces import EUCLIDEAN

DRAWS, POINTS = 39, 1_000
_PROBES, _CHUNK = 16, 10
_EXACT_UP_TO = 300  # up to here all eigenvalues take no longer than the probes


@dataclass(frozen=True, slots=True, eq=False)
class HeatNull:
    """Heat traces of Gaussian clouds with the covariance spectrum of the data, and of equally many of the data.

    Attributes:
        points: Number of points of each draw, and of the sample of the data.
        draws: Number of draws.
        distance: IMD, sup over t of e^(−2(t+1/t)) times the difference, between the sample of the data and the mean of the draws.
        usual: The median of that distance for a draw, against the mean of the data and the other draws.
        p_value: Share of the draws at least as far from the rest as the data, the data counted as one of them.
        data: Heat trace of the sample of the data.
        mean: Mean heat trace of the draws.
        low: Smallest heat trace of a draw, time by time.
        high: Largest heat trace of a draw, time by time.
    """

    points: int
    draws: int
    distance: float
    usual: float
    p_value: float
    data: Float[np.ndarray, " t"]
    mean: Float[np.ndarray, " t"]
    low: Float[np.ndarray, " t"]
    high: Float[np.ndarray, " t"]


def weights(times: Float[np.ndarray, " t"]) -> Float[np.ndarray, " t"]:
    """e^(−2(t+1/t)): what IMD gives a scale."""
    return np.exp(-2 * (times + 1 / times))


def heat_null(
    representation: Representation, times: Float[np.ndarray, " t"], k: int, *, draws: int, seed: int, executor: Executor
) -> HeatNull:
    """Draw the null and rank the data among the draws.

    Data and draws are treated alike: as many points, the same probes. Each curve's distance is to the mean of all the others, so that under
    the null all ranks are equally likely (Myllymäki et al. 2017, Global envelope tests, J. R. Stat. Soc. B 79).
    """
    n = representation.n
    m = min(n, POINTS)
    kept = np.sort(generator(seed, "heat-null").choice(n, m, replace=False))
    cloud = representation.take(kept)
    if cloud.kind == "distances":
        among = np.asarray(cloud.data.matrix, dtype=np.float64)  # pyright: ignore[reportAttributeAccessIssue]
    else:
        among = EUCLIDEAN.pairwise(*(np.asarray(cloud.points, dtype=np.float64),) * 2)
    scales = np.sqrt(null_variances(representation, among))
    data = _trace(cloud, times, k, seed)
    chunks = [range(start, min(draws, start + _CHUNK)) for start in range(0, draws, _CHUNK)]
    curves = np.stack([data, *(curve for part in executor.map(_draws, chunks, scales, m, times, k, seed) for curve in part)])
    others = (curves.sum(axis=0) - curves) / draws
    far = (weights(times) * np.abs(curves - others)).max(axis=1)
    drawn = curves[1:]
    return HeatNull(
        points=m,
        draws=draws,
        distance=float(far[0]),
        usual=float(np.median(far[1:])),
        p_value=float((1 + (far[1:] >= far[0]).sum()) / (1 + draws)),
        data=data,
        mean=drawn.mean(axis=0),
        low=drawn.min(axis=0),
        high=drawn.max(axis=0),
    )


def _draws(
    places: range, scales: Float[np.ndarray, " s"], n: int, times: Float[np.ndarray, " t"], k: int, seed: int
) -> list[Float[np.ndarray, " t"]]:
    clouds = (generator(seed, "heat-null", place).standard_normal((n, len(scales))) * scales for place in places)
    return [_trace(as_representation(cloud), times, k, seed) for cloud in clouds]


def _trace(cloud: Representation, times: Float[np.ndarray, " t"], k: int, seed: int) -> Float[np.ndarray, " t"]:
    graph = neighbor_graph(nearest_neighbors(cloud, k, queries=cloud.n), k)
    return spectral_trace(Laplacian(graph), heat(times), exact=cloud.n <= _EXACT_UP_TO, probes=_PROBES, seed=seed).value
