"""Distances and neighbours of whatever is to be drawn: points of any space, a matrix, or a graph."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import Graph, InputError, Representation
from gromov.core.representation import row_blocks
from gromov.graphs import nearest_neighbors, path_lengths
from gromov.measures.four_point.metric import MatrixMetric, PointMetric
from gromov.spaces import EUCLIDEAN


def distance_rows(representation: Representation, rows: Integer[np.ndarray, " m"]) -> Float[np.ndarray, "m n"]:
    """Distances from some objects to all, in the space of the representation.

    Raises:
        InputError: a graph that is not connected.

    Cost: m·n distances; of a graph, m searches.
    """
    data = representation.data
    every = np.arange(representation.n)
    if isinstance(data, Graph):
        lengths = path_lengths(data, rows, every)
        if not np.isfinite(lengths).all():
            raise InputError("the graph is not connected, so some of its distances are infinite: draw one part of it at a time")
        return lengths
    if representation.kind == "distances":
        return MatrixMetric(data.matrix).pairwise(rows, every)  # pyright: ignore[reportAttributeAccessIssue]
    return PointMetric(representation.points, representation.space or EUCLIDEAN).pairwise(rows, every)


def all_neighbors(representation: Representation, k: int) -> tuple[Integer[np.ndarray, "n k"], Float[np.ndarray, "n k"]]:
    """The k nearest neighbours of every object and their distances, nearest first.

    Cost: n² distances, a block of rows at a time; in Euclidean space those of `nearest_neighbors`.
    """
    n = representation.n
    flat = representation.space is None or representation.space.curvature == 0
    if representation.kind == "distances" or (representation.kind == "points" and flat and representation.space in (None, EUCLIDEAN)):
        found = nearest_neighbors(representation, k, queries=n)
        return found.indices, found.distances
    indices, distances = np.empty((n, k), dtype=np.int64), np.empty((n, k))
    for rows, block in distance_blocks(representation):
        block[np.arange(len(rows)), rows] = np.inf
        nearest = np.argpartition(block, k - 1, axis=1)[:, :k]
        gaps = np.take_along_axis(block, nearest, axis=1)
        order = np.lexsort((nearest, gaps), axis=1)
        indices[rows] = np.take_along_axis(nearest, order, axis=1)
        distances[rows] = np.take_along_axis(gaps, order, axis=1)
    return indices, distances


def distance_blocks(representation: Representation) -> Iterator[tuple[Integer[np.ndarray, " m"], Float[np.ndarray, "m n"]]]:
    """All rows of distances, about 32 MB at a time."""
    for block in row_blocks(representation.n, 8 * representation.n):
        rows = np.arange(block.start, block.stop)
        yield rows, distance_rows(representation, rows)
