"""The distances of a sample of objects, and who is whose neighbour among them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Integer

from gromov.core import Distances, Graph, Representation, UnsuitableError, generator
from gromov.graphs import largest_component, path_lengths
from gromov.measures.embedding.quality import nearest_mask
from gromov.spaces import EUCLIDEAN

FEWEST = 11
"""Fewer objects do not pin down a plane: there would be less than two seen pairs to a coordinate."""
_NEIGHBORS = 10
_EQUAL = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """A sample of objects.

    Attributes:
        objects: Index of each.
        matrix: Their distances, in units of their mean.
        mean: The mean distance, in the unit of the data.
        neighbors: Which are to be found again: the edges of a graph measured whole, the ten nearest (ties and all) of anything else.
        found_by: `edges` or `10 nearest`.
        edges: Pairs of positions in the sample that a graph joins.
        dims: Largest dimension that can be tried.
    """

    objects: Integer[np.ndarray, " n"]
    matrix: Float[np.ndarray, "n n"]
    mean: float
    neighbors: Bool[np.ndarray, "n n"]
    found_by: str
    edges: Integer[np.ndarray, "m 2"]
    dims: int


def sample_distances(representation: Representation, size: int, seed: int) -> Sampled:
    """Distances of up to `size` objects drawn at random; of a graph, path lengths in the whole of its largest component.

    Raises:
        UnsuitableError: too few objects, one coordinate, or all distances equal.
    """
    rng = generator(seed, "curvature", "objects")
    data = representation.data
    candidates = largest_component(data) if isinstance(data, Graph) else np.arange(representation.n)
    n = len(candidates)
    if n < FEWEST:
        raise UnsuitableError(f"there are {n} objects, too few to tell spaces apart: at least {FEWEST} are needed")
    kept = candidates if n <= size else np.sort(rng.choice(candidates, size, replace=False))
    dims = (len(kept) - 1) // 5
    edges = np.empty((0, 2), dtype=np.int64)
    match data:
        case Graph():
            matrix = path_lengths(data, kept, kept)
            edges = _edges_among(data, kept)
        case Distances(given):
            matrix = np.array(given[np.ix_(kept, kept)], dtype=np.float64)
        case points:
            x = np.asarray(points[kept], dtype=np.float64)
            if representation.space is None:
                dims = min(dims, x.shape[1])
            if dims < 2:
                raise UnsuitableError("the points have one coordinate: a line has no curvature to fit")
            matrix = (representation.space or EUCLIDEAN).pairwise(x, x)
    matrix = (matrix + matrix.T) / 2
    apart = matrix[np.triu_indices(len(matrix), 1)]
    mean = float(apart.mean())
    if apart.max() - apart.min() <= _EQUAL * mean:
        raise UnsuitableError(
            f"all distances are equal: {len(kept)} objects are the corners of a simplex, which no space of few dimensions holds; "
            "measure distances that tell objects apart"
        )
    matrix = matrix / mean
    whole = isinstance(data, Graph) and len(kept) == n
    neighbors = np.zeros(matrix.shape, dtype=bool)
    if whole:
        neighbors[edges[:, 0], edges[:, 1]] = neighbors[edges[:, 1], edges[:, 0]] = True
    else:
        neighbors = nearest_mask(matrix, min(_NEIGHBORS, len(kept) - 1))
    return Sampled(kept, matrix, mean, neighbors, "edges" if whole else f"{_NEIGHBORS} nearest", edges, dims)


def _edges_among(graph: Graph, kept: Integer[np.ndarray, " n"]) -> Integer[np.ndarray, "m 2"]:
    from scipy.sparse import triu

    among = triu(graph.adjacency()[kept][:, kept], k=1).tocoo()
    return np.column_stack([among.row, among.col]).astype(np.int64)
