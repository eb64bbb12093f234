"""The graph of any part of a cloud, from one search of the whole cloud; or of a given graph, the part of its edges."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Integer

from gromov.core import Distances, Graph, Representation
from gromov.graphs import Neighbors, nearest_neighbors, neighbor_graph
from gromov.spaces import EUCLIDEAN

if TYPE_CHECKING:
    import scipy.sparse

K, SEARCHED = 5, 25
_BLOCK = 2**22


@dataclass(frozen=True, slots=True, eq=False)
class CloudParts:
    """A cloud whose parts become graphs of their own 5 nearest neighbours (all others in a part of fewer than 6).

    Attributes:
        representation: Points in Euclidean space, or distances.
        near: The 25 nearest neighbours of each in the whole cloud, nearest first; about half of them lie in a random half.
    """

    representation: Representation
    near: Integer[np.ndarray, "n s"]

    @classmethod
    def of(cls, representation: Representation) -> "CloudParts":
        """Search the whole cloud once."""
        n = representation.n
        return cls(representation, nearest_neighbors(representation, min(SEARCHED, n - 1), queries=n).indices)

    @property
    def n(self) -> int:
        """Number of points."""
        return len(self.near)

    def graph(self, side: Bool[np.ndarray, " n"]) -> "scipy.sparse.csr_array":
        """Adjacency of the neighbour graph of the points of one side."""
        near = self.neighbors(side)
        return neighbor_graph(near, near.k)

    def neighbors(self, side: Bool[np.ndarray, " n"]) -> Neighbors:
        """The nearest neighbours within a part: those of the whole that lie in it; where these are too few, all of the part are looked at."""
        rows = np.flatnonzero(side)
        k = min(K, len(rows) - 1)
        number = np.cumsum(side) - 1
        candidates = self.near[rows]
        inside = side[candidates]
        order = np.argsort(~inside, axis=1, kind="stable")[:, :k]
        indices = number[np.take_along_axis(candidates, order, axis=1)]
        short = np.flatnonzero(inside.sum(axis=1) < k)
        step = max(1, _BLOCK // len(rows))
        for start in range(0, len(short), step):
            part = short[start : start + step]
            lengths = self._distances(rows[part], rows)
            lengths[np.arange(len(part)), part] = np.inf
            indices[part] = np.argsort(lengths, axis=1, kind="stable")[:, :k]
        return Neighbors(np.arange(len(rows)), indices, np.zeros(indices.shape), 0, len(rows))

    def _distances(self, ones: Integer[np.ndarray, " p"], others: Integer[np.ndarray, " q"]) -> Float[np.ndarray, "p q"]:
        match self.representation.data:
            case Distances(matrix):
                return np.array(matrix[np.ix_(ones, others)], dtype=np.float64)
            case _:
                points = self.representation.points
                return EUCLIDEAN.pairwise(*(np.asarray(points[rows], dtype=np.float64) for rows in (ones, others)))


@dataclass(frozen=True, slots=True, eq=False)
class GraphParts:
    """A given graph, whose parts keep the edges between their nodes.

    Attributes:
        adjacency: Symmetric, of zeros and ones.
    """

    adjacency: "scipy.sparse.csr_array"

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.adjacency.indptr) - 1

    def graph(self, side: Bool[np.ndarray, " n"]) -> "scipy.sparse.csr_array":
        """Adjacency of the nodes of one side."""
        import scipy.sparse

        rows = np.flatnonzero(side)
        return scipy.sparse.csr_array(self.adjacency[rows][:, rows])


Parts: TypeAlias = CloudParts | GraphParts


def parts_of(representation: Representation) -> Parts:
    """A representation, ready to be cut into parts; edges of a graph count as 1."""
    if isinstance(representation.data, Graph):
        adjacency = representation.data.adjacency()
        adjacency.data[:] = 1.0
        return GraphParts(adjacency)
    return CloudParts.of(representation)


def as_graph(parts: Parts) -> GraphParts:
    """A cloud as the graph of all of it."""
    return parts if isinstance(parts, GraphParts) else GraphParts(parts.graph(np.ones(parts.n, dtype=bool)))
