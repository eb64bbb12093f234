"""The loops a Gaussian cloud of the same covariance shows."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from gromov.core import Executor, Representation, generator
from gromov.measures.null_spectrum import null_variances
from gromov.measures.witness.draws import Scheme, shares_of
from gromov.measures.witness.living import padded, transport
from gromov.measures.witness.nearest import Cloud
from gromov.spaces import EUCLIDEAN

CLOUDS, DRAWS = 19, 10


@dataclass(frozen=True, slots=True, eq=False)
class LoopNull:
    """Loops of Gaussian clouds with the covariance spectrum of the data, and of equally many of the data.

    Attributes:
        points: Number of points of each cloud, and of the sample of the data.
        clouds: Number of Gaussian clouds.
        draws: Number of draws of landmarks in each.
        distance: By how many loops the sample of the data differs from the mean of the clouds: Σ_k |F(k) − F₀(k)|, F the cumulated MRLT.
        usual: The median of that distance for a Gaussian cloud, against the mean of the data and the other clouds.
        p_value: Share of the clouds at least as far from the rest as the data, the data counted as one of them.
        loops: Mean number of loops of the sample of the data.
        expected: Mean number of loops of the Gaussian clouds.
        shares: MRLT of the Gaussian clouds: share of [0, α] in which they have k loops.
    """

    points: int
    clouds: int
    draws: int
    distance: float
    usual: float
    p_value: float
    loops: float
    expected: float
    shares: Float[np.ndarray, " k"]


def loop_null(representation: Representation, made: Scheme, *, clouds: int, executor: Executor) -> LoopNull:
    """Draw the null and rank the data among the clouds.

    Data and clouds are treated alike: as many points, the same places of the landmarks. Each one's distance is to the mean of all the
    others, so that under the null all ranks are equally likely (Myllymäki et al. 2017, Global envelope tests, J. R. Stat. Soc. B 79).

    Args:
        representation: The data: points or distances.
        made: How a draw is made: each cloud has as many points as it has witnesses, and only loops are counted.
        clouds: Number of Gaussian clouds.
        executor: Where they are computed.
    """
    n, seed = representation.n, made.seed
    m = made.witnesses
    less = replace(made, degree=1)
    kept = np.sort(generator(seed, "geometry_score", "null").choice(n, m, replace=False))
    sample = representation.take(kept)
    if sample.kind == "distances":
        among = np.asarray(sample.data.matrix, dtype=np.float64)  # pyright: ignore[reportAttributeAccessIssue]
    else:
        points = np.asarray(sample.points, dtype=np.float64)
        among = (representation.space or EUCLIDEAN).pairwise(points, points)
    scales = np.sqrt(null_variances(representation, among))
    data = _loops(among, less)
    curves = padded([data, *executor.map(_gaussian, range(clouds), scales, less)])
    others = (curves.sum(axis=0) - curves) / clouds
    far = np.array([transport(one, rest) for one, rest in zip(curves, others, strict=True)])
    counts = np.arange(curves.shape[1])
    shares = others[0]
    shares.flags.writeable = False
    return LoopNull(
        points=m,
        clouds=clouds,
        draws=DRAWS,
        distance=float(far[0]),
        usual=float(np.median(far[1:])),
        p_value=float((1 + (far[1:] >= far[0]).sum()) / (1 + clouds)),
        loops=float(curves[0] @ counts),
        expected=float(shares @ counts),
        shares=shares,
    )


def _gaussian(place: int, scales: Float[np.ndarray, " s"], made: Scheme) -> Float[np.ndarray, " k"]:
    points = generator(made.seed, "geometry_score", "null", place).standard_normal((made.witnesses, len(scales))) * scales
    return _loops(Cloud.of(points), made)


def _loops(cloud: Cloud | Float[np.ndarray, "n n"], made: Scheme) -> Float[np.ndarray, " k"]:
    return padded([draw[1] for draw in shares_of(range(DRAWS), cloud, made, "null")]).mean(axis=0)
