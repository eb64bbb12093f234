"""How long a feature must live to be more than an accident of the sample."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import SERIAL, Executor, generator
from gromov.measures.four_point.metric import Metric

SUBSAMPLES = 39
MOST = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """The confidence band of a diagram.

    Attributes:
        hausdorff: Hausdorff distance between each random subsample and all points of the band.
        radius: Covering radius of the landmarks from which the diagram was computed.
        points: Number of points the subsamples are drawn from.
        subsample: Number of points of each.
        width: Half-width c of the band at 95 %: with that confidence each feature is within c of one of the set the points were drawn from.
    """

    hausdorff: Float[np.ndarray, " b"]
    radius: float
    points: int
    subsample: int
    width: float

    def p_values(self, lives: Float[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
        """For each feature the least level at which its band, a square of side 2c about it, stays clear of the diagonal: (1 + #)/(B + 1)."""
        widths = np.sort(_half_width(self.hausdorff, self.radius))
        reached = len(widths) - np.searchsorted(widths, np.asarray(lives) / 2, side="left")
        return (1 + reached) / (1 + len(widths))


def confidence_band(metric: Metric, radius: float, *, subsamples: int = SUBSAMPLES, seed: int = 0, executor: Executor = SERIAL) -> Band:
    """Confidence band of a Vietoris–Rips diagram, by subsampling.

    T = Hausdorff distance of b = n/log n random points from all n; q its 95 % quantile over the subsamples. The set that the points were
    drawn from is within 2q of them with probability at least .95 − O((b/n)^¼), and Vietoris–Rips diagrams are at most twice as far apart
    as the sets, so c = 2·(2q + radius of the landmarks). A feature that lives longer than 2c is there with that confidence. Nothing is
    assumed of the data but that they lie on a compact set and are drawn independently; what is certain in this sense is little in many
    dimensions, where points are far from each other.

    Args:
        metric: The points; of more than 2,000, as many at random, which widens the band.
        radius: Covering radius of the landmarks.
        subsamples: Number B of subsamples, at least 19 for 95 %.
        seed: Seed of all draws.
        executor: Where they are computed.

    Cost: B·n·b distances, n ≤ 2,000.

    References:
        B. T. Fasy, F. Lecci, A. Rinaldo, L. Wasserman, S. Balakrishnan, A. Singh, Confidence sets for persistence diagrams, Ann. Stat. 42,
        2014, arXiv:1303.7117.
    """
    rows = np.sort(generator(seed, "band").choice(metric.n, min(metric.n, MOST), replace=False))
    n = len(rows)
    size = max(2, min(n - 1, round(n / np.log(n))))
    distances = metric.pairwise(rows, rows)
    found = np.array(list(executor.map(_hausdorff, range(subsamples), distances, size, seed)))
    found.flags.writeable = False
    quantile = float(np.sort(found)[min(len(found) - 1, int(np.ceil(0.95 * (len(found) + 1))) - 1)])
    return Band(found, radius, n, size, float(_half_width(np.array([quantile]), radius)[0]))


def _half_width(hausdorff: Float[np.ndarray, " b"], radius: float) -> Float[np.ndarray, " b"]:
    return 2 * (2 * hausdorff + radius)


def _hausdorff(draw: int, distances: Float[np.ndarray, "n n"], size: int, seed: int) -> float:
    kept: Integer[np.ndarray, " b"] = generator(seed, "band", draw).choice(len(distances), size, replace=False)
    return float(distances[kept].min(axis=0).max())
