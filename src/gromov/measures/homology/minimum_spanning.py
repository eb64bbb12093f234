"""Minimum spanning trees: all of persistent homology in degree 0, without a complex."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer
from numpy.typing import NDArray

from gromov.core import PointsLike, as_representation, require_memory
from gromov.measures.four_point.metric import metric_of
from gromov.measures.homology.kernels import prim, prim_of
from gromov.spaces import EUCLIDEAN


@dataclass(frozen=True, slots=True, eq=False)
class SpanningTree:
    """A minimum spanning tree, shortest edge first.

    Attributes:
        edges: The two ends of each edge, (n − 1) × 2.
        lengths: Its length: the death of a component.
    """

    edges: Integer[np.ndarray, "m 2"]
    lengths: Float[np.ndarray, " m"]


def minimum_spanning_tree(points: PointsLike, *, seed: int = 0) -> SpanningTree:
    """Minimum spanning tree of all distances, by Prim's algorithm.

    Its lengths are the deaths of the components of the Vietoris–Rips filtration: persistent homology in degree 0.

    Args:
        points: n × d points, `Distances`, or a `Graph` (its largest component; beyond 4,000 nodes a sample of them).
        seed: Seed of the sample of nodes.

    Cost: n²·d/2 operations; a copy of the points, whose distances are never held together; n² numbers in a curved space.
    """
    representation = as_representation(points)
    if representation.kind == "points" and representation.space in (None, EUCLIDEAN):
        points = np.ascontiguousarray(representation.points, dtype=np.float64)
        require_memory(2 * points.nbytes, step=f"the spanning tree of {len(points):,} points", remedy="use --sample")
        return _sorted(*prim(points))
    metric = metric_of(representation, seed=seed)[0]
    require_memory(8 * metric.n**2, step=f"the distances of {metric.n:,} points", remedy="use --sample")
    every = np.arange(metric.n)
    return spanning_tree_of(metric.pairwise(every, every))


def spanning_tree_of(matrix: Float[np.ndarray, "n n"]) -> SpanningTree:
    """Minimum spanning tree of a matrix of lengths, symmetric. Cost: n²/2 steps."""
    return _sorted(*prim_of(np.ascontiguousarray(matrix, dtype=np.float64)))


def _sorted(edges: NDArray[np.int64], lengths: NDArray[np.float64]) -> SpanningTree:
    order = np.argsort(lengths, kind="stable")
    edges, lengths = np.sort(edges[order], axis=1), lengths[order]
    edges.flags.writeable = lengths.flags.writeable = False
    return SpanningTree(edges, lengths)
