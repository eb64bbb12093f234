"""Neighbours of every point of a large cloud: exact where that is cheap, by a navigable graph beyond, with the recall measured."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer, Shaped
from numpy.typing import NDArray

from gromov.core import Estimate, InputError, Representation, UnsuitableError, pinned, require_memory
from gromov.core.representation import row_blocks
from gromov.graphs.neighbors import Neighbors, nearest_neighbors
from gromov.spaces import EUCLIDEAN

EXACT_WORK = 3e11
_OVERHEAD = 32
_SAMPLE = 1_000
_LINKS, _BUILD_WIDTH, _SEARCH_WIDTH = 16, 24, 32
_SPARE = 4


@dataclass(frozen=True, slots=True, eq=False)
class NeighborSearch:
    """The nearest neighbours of every point, and how many of them were missed.

    Attributes:
        neighbors: The neighbours found; their distances are exact in any case.
        exact: Whether every pair was looked at.
        recall: Share of the true neighbours that were found, measured on a sample of the points; None where the search is exact.
    """

    neighbors: Neighbors
    exact: bool
    recall: Estimate | None


def every_neighbor(representation: Representation, k: int, *, seed: int = 0, exact: bool | None = None) -> NeighborSearch:
    """The k nearest neighbours of every point.

    Up to n²·(d + 32) = 3·10¹¹ (56,000 points in 64 dimensions) all pairs are looked at, as by `nearest_neighbors`. Beyond, faiss builds a
    hierarchical navigable graph (HNSW, 16 links, widths 24 and 32) of the centred points in float32 and walks it from every point; the
    distances of what it finds are taken again in float64. The true neighbours of 1,000 random points are searched among all, and the recall
    is measured on them: with 100,000 points in 64
    coordinates it was .99 where they fill 12 dimensions and .39 for a Gaussian.

    One thread, and levels from a fixed seed: the same points give the same bytes.

    Args:
        representation: Points in Euclidean space, or distances (always exact).
        k: Number of neighbours, at least 1 and below n.
        seed: Seed of the sample that the recall is measured on.
        exact: Whether to look at all pairs; None decides by the size.

    Cost: about n·log n·(links + width)·d steps beyond the limit; 4·n·(d + 40) + 16·n·(k + 5) bytes.

    Raises:
        UnsuitableError: a graph, or a curved space.
        InputError: k out of range.

    References:
        Malkov, Yashunin (2018), Efficient and robust approximate nearest neighbor search using hierarchical navigable small world graphs,
        arXiv:1603.09320.
    """
    n = representation.n
    work = 0.0 if representation.kind != "points" else float(n) ** 2 * (representation.points.shape[1] + _OVERHEAD)
    if exact or representation.kind != "points" or (exact is None and work <= EXACT_WORK):
        return NeighborSearch(nearest_neighbors(representation, k, queries=n), True, None)
    if representation.space is not None and representation.space.curvature != 0:
        raise UnsuitableError(f"nearest neighbours are taken in Euclidean space, and the points live in {representation.space.name} space")
    if not 1 <= k < n:
        raise InputError(f"k is {k}; it must be between 1 and {n - 1}, the number of other points")
    truth = nearest_neighbors(representation, k, queries=min(_SAMPLE, n), seed=seed)
    with pinned():
        candidates = _search(representation, min(n, k + 1 + _SPARE))
    found = _exact_order(representation.points, candidates, k)
    return NeighborSearch(found, False, _recall(found, truth, seed))


def _search(representation: Representation, spare: int) -> Integer[np.ndarray, "n s"]:
    """Candidates of each point, by the navigable graph; all pairs for the few points it leaves with too few (many repeats)."""
    import faiss

    points = representation.points
    n, d = points.shape
    require_memory(4 * n * (d + 40) + 24 * n * spare, step=f"the neighbours of {n:,} points", remedy="use --sample")
    centre, scale = np.zeros(d), 0.0
    for block in representation.blocks():
        centre += block.sum(axis=0)
    centre /= n
    for block in representation.blocks():
        scale = max(scale, float(np.abs(block - centre).max()))
    index = faiss.IndexHNSWFlat(d, _LINKS)
    index.hnsw.efConstruction, index.hnsw.efSearch = _BUILD_WIDTH, max(_SEARCH_WIDTH, 2 * spare)
    for rows in row_blocks(n, 8 * d):
        index.add(_single(points[rows], centre, scale))
    found = np.empty((n, spare), dtype=np.int64)
    for rows in row_blocks(n, 8 * d):
        found[rows] = index.search(_single(points[rows], centre, scale), spare)[1]
    short = np.flatnonzero((found < 0).any(axis=1))
    whole = faiss.downcast_index(index.storage)
    for part in row_blocks(len(short), 8 * d):
        found[short[part]] = whole.search(_single(points[short[part]], centre, scale), spare)[1]
    return found


def _single(rows: Shaped[np.ndarray, "r d"], centre: Float[np.ndarray, " d"], scale: float) -> Float[np.ndarray, "r d"]:
    """Centred, so that an offset does not cancel, and scaled, so that squares stay in the range of float32."""
    return ((np.asarray(rows, dtype=np.float64) - centre) / scale).astype(np.float32)


def _exact_order(points: Shaped[np.ndarray, "n d"], candidates: Integer[np.ndarray, "n s"], k: int) -> Neighbors:
    """The k nearest candidates by distances in float64 from the differences, ties by index, the point itself left out."""
    n, spare = candidates.shape
    indices, distances = np.empty((n, k), dtype=np.int64), np.empty((n, k))
    for rows in row_blocks(n, 24 * points.shape[1]):
        own, block = np.arange(rows.start, rows.stop), candidates[rows]
        here = np.asarray(points[rows], dtype=np.float64)
        exact: NDArray[np.float64] = np.empty(block.shape)
        for column in range(spare):
            exact[:, column] = EUCLIDEAN.distance(here, np.asarray(points[block[:, column]], dtype=np.float64))
        exact[block == own[:, None]] = np.inf
        order = np.lexsort((block, exact), axis=1)[:, :k]
        indices[rows] = np.take_along_axis(block, order, axis=1)
        distances[rows] = np.take_along_axis(exact, order, axis=1)
    return Neighbors(np.arange(n), indices, distances, int((distances[:, 0] == 0).sum()), n)


def _recall(found: Neighbors, truth: Neighbors, seed: int) -> Estimate:
    """Share of the sample's neighbours that are no farther than the true last one: a tie is no miss."""
    last = truth.distances[:, -1:]
    shares = (found.distances[truth.queries] <= last * (1 + 1e-12)).mean(axis=1)
    return Estimate.normal(
        float(shares.mean()),
        float(shares.std(ddof=1) / np.sqrt(len(shares))),
        n=len(shares),
        seed=seed,
        method="true neighbours of a random sample of points",
    )
