"""Distances by index, whatever the representation is made of."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Integer
from numpy.typing import NDArray

from gromov.core import Representation, Space, generator
from gromov.core.representation import row_blocks
from gromov.graphs import largest_component, path_lengths
from gromov.spaces import EUCLIDEAN

Index = NDArray[np.integer]
GRAPH_NODES = 4_000
"""Graphs up to this many nodes are measured whole; of larger ones a sample of 2,000 nodes is."""
_GRAPH_SAMPLE = 2_000


@runtime_checkable
class Metric(Protocol):
    """A finite metric space whose distances can be asked for by index."""

    @property
    def n(self) -> int:
        """Number of points."""
        ...

    @property
    def ptolemaic(self) -> bool:
        """Whether S₁² ≤ S₂² + S₃² holds for every quadruple."""
        ...

    @property
    def step(self) -> float:
        """Least difference of two values of δ; 0 where any value is possible."""
        ...

    def distance(self, i: Index, j: Index) -> Float[np.ndarray, " m"]:
        """Distance of each point of i to the same entry of j."""
        ...

    def pairwise(self, i: Index, j: Index) -> Float[np.ndarray, "a b"]:
        """All distances between the points of i and of j."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class MatrixMetric:
    """A metric given by its matrix."""

    matrix: Float[np.ndarray, "n n"]
    ptolemaic: bool = False
    step: float = 0.0

    @property
    def n(self) -> int:
        """Number of points."""
        return len(self.matrix)

    def distance(self, i: Index, j: Index) -> Float[np.ndarray, " m"]:
        """Entries (i, j)."""
        return np.asarray(self.matrix[i, j], dtype=np.float64)

    def pairwise(self, i: Index, j: Index) -> Float[np.ndarray, "a b"]:
        """Rows i and columns j."""
        return np.asarray(self.matrix[np.ix_(i, j)], dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class PointMetric:
    """A metric between points of a space, computed when asked for."""

    points: NDArray[np.number]
    space: Space = EUCLIDEAN
    step: float = 0.0

    @property
    def n(self) -> int:
        """Number of points."""
        return len(self.points)

    @property
    def ptolemaic(self) -> bool:
        """True in spaces of curvature at most 0: they are CAT(0)."""
        return self.space.curvature <= 0

    def distance(self, i: Index, j: Index) -> Float[np.ndarray, " m"]:
        """Row by row, as many at a time as 32 MB hold."""
        lengths = np.empty(len(i))
        for rows in row_blocks(len(i), 8 * self.points.shape[1]):
            x, y = self.points[i[rows]], self.points[j[rows]]
            lengths[rows] = self.space.distance(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64))
        return lengths

    def pairwise(self, i: Index, j: Index) -> Float[np.ndarray, "a b"]:
        """By matrix product where the space allows it."""
        x = np.asarray(self.points[i], dtype=np.float64)
        y = x if i is j else np.asarray(self.points[j], dtype=np.float64)
        return self.space.pairwise(x, y)


def metric_of(representation: Representation, *, seed: int) -> tuple[Metric, Integer[np.ndarray, " m"], float]:
    """The metric of a representation, which of its objects it covers, and an upper bound of the diameter (infinite: not known).

    Graphs are reduced to their largest component, and beyond 4,000 nodes to a seeded sample of 2,000, whose path lengths are those of
    the whole graph.
    """
    if representation.kind == "points":
        return PointMetric(representation.points, representation.space or EUCLIDEAN), np.arange(representation.n), np.inf
    if representation.kind == "distances":
        matrix: NDArray[np.floating] = representation.data.matrix  # pyright: ignore[reportAttributeAccessIssue]
        return MatrixMetric(matrix), np.arange(representation.n), np.inf
    graph = representation.data
    nodes = largest_component(graph)  # pyright: ignore[reportArgumentType]
    step = 0.5 if graph.lengths is None else 0.0  # pyright: ignore[reportAttributeAccessIssue]
    if len(nodes) <= GRAPH_NODES:
        return MatrixMetric(path_lengths(graph, nodes, nodes), step=step), nodes, np.inf  # pyright: ignore[reportArgumentType]
    kept = np.sort(generator(seed, "graph-nodes").choice(nodes, _GRAPH_SAMPLE, replace=False))
    lengths = path_lengths(graph, kept, nodes)  # pyright: ignore[reportArgumentType]
    radius = float(lengths.max(axis=1).min())
    return MatrixMetric(lengths[:, np.searchsorted(nodes, kept)], step=step), kept, 2 * radius


def broken_triangles(metric: Metric, *, seed: int, draws: int = 100_000) -> float:
    """Share of random triples with d(x,z) > d(x,y) + d(y,z), beyond rounding: 0 for a metric, as far as the sample can tell."""
    x, y, z = generator(seed, "triangles").integers(0, metric.n, size=(3, draws))
    longest = metric.distance(x, z)
    return float((longest > (metric.distance(x, y) + metric.distance(y, z)) * (1 + 1e-9)).mean())
