"""Lower bounds of the Gromov–Wasserstein distance between two whole clouds of any sizes, without their distance matrices.

The first and the second bound of Mémoli compare distributions on the line, so n² distances are made a block at a time and forgotten.
Eccentricities are kept as they are. Distances are rounded down to one of 65,536 steps h, which moves the Wasserstein distance of two
distributions by less than h: that much is taken off, and the bound stays certified.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import Distances, Executor, Graph, Representation
from gromov.graphs.paths import path_lengths
from gromov.spaces import EUCLIDEAN

_STEPS = 1 << 16
_ROWS = 256


@dataclass(frozen=True, slots=True, eq=False)
class Cloud:
    """A cloud, and those of its rows that take part.

    Attributes:
        representation: Points, distances or a graph.
        rows: The rows; of a graph, nodes that paths connect.
    """

    representation: Representation
    rows: Integer[np.ndarray, " n"]

    def distances(self, first: Integer[np.ndarray, " k"], second: Integer[np.ndarray, " m"]) -> Float[np.ndarray, "k m"]:
        """Distances from some rows to others."""
        match self.representation.data:
            case Distances(matrix):
                return np.asarray(matrix[np.ix_(first, second)], dtype=np.float64)
            case Graph():
                return np.asarray(path_lengths(self.representation.data, first, second), dtype=np.float64)
            case points:
                a, b = (np.asarray(points[rows], dtype=np.float64) for rows in (first, second))
                return (self.representation.space or EUCLIDEAN).pairwise(a, b)

    def reach(self) -> float:
        """At least the largest distance: of a metric twice that from one row, of a matrix its largest entry."""
        if isinstance(self.representation.data, Distances):
            return float(np.asarray(self.representation.data.matrix).max())
        return 2 * float(self.distances(self.rows[:1], self.rows).max())


def whole_bound(first: Cloud, second: Cloud, executor: Executor) -> float:
    """The larger of the first and the second bound, over all rows of both.

    ½ W₂ of the eccentricities √(mean_k d(x, x_k)²), and ½ W₂ of all distances.

    Args:
        first: A cloud of n rows.
        second: One of m rows.
        executor: Runs the blocks.

    Cost: n²·d + m²·d steps; blocks of 256 rows.
    """
    step = max(first.reach(), second.reach()) * (1 + 1e-9) / _STEPS
    reaches: list[Float[np.ndarray, " n"]] = []
    counts: list[Integer[np.ndarray, " s"]] = []
    for cloud in (first, second):
        eccentricities: list[Float[np.ndarray, " k"]] = []
        count = np.zeros(_STEPS, dtype=np.int64)
        for own, part in executor.map(_block, range(0, len(cloud.rows), _ROWS), cloud, step):
            eccentricities.append(own)
            count += part
        reaches.append(np.sort(np.concatenate(eccentricities)))
        counts.append(count)
    by_reach = _wasserstein(*((each, np.full(len(each), 1.0)) for each in (reaches[0], reaches[1])))
    grid = np.arange(_STEPS) * step
    by_distance = _wasserstein(*((grid[each > 0], each[each > 0].astype(np.float64)) for each in (counts[0], counts[1])))
    return 0.5 * max(by_reach, by_distance - step, 0.0)


def _block(start: int, cloud: Cloud, step: float) -> tuple[Float[np.ndarray, " k"], Integer[np.ndarray, " s"]]:
    """Eccentricities of some rows, and how many of their distances fall into each step."""
    distances = cloud.distances(cloud.rows[start : start + _ROWS], cloud.rows)
    places = np.minimum((distances / step).astype(np.int64), _STEPS - 1)
    return np.sqrt((distances * distances).mean(axis=1)), np.bincount(places.ravel(), minlength=_STEPS)


def _wasserstein(
    first: tuple[Float[np.ndarray, " a"], Float[np.ndarray, " a"]], second: tuple[Float[np.ndarray, " b"], Float[np.ndarray, " b"]]
) -> float:
    """2-Wasserstein distance on the line of two distributions, each of sorted values and their weights: the difference of the quantile functions."""
    ends = [np.cumsum(weights) / weights.sum() for _, weights in (first, second)]
    cuts = np.unique(np.concatenate([[0.0], *ends]))
    middles = (cuts[1:] + cuts[:-1]) / 2
    quantiles = [
        values[np.minimum(np.searchsorted(end, middles), len(values) - 1)] for (values, _), end in zip((first, second), ends, strict=True)
    ]
    difference = quantiles[0] - quantiles[1]
    return float(np.sqrt((difference * difference) @ np.diff(cuts)))
