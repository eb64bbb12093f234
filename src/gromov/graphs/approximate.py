"""Neighbours of every point of a large cloud: exact where that is cheap, by a navigable graph beyond, with the recall measured."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer, Shaped
from numpy.typing import NDArray

from gromov.core import Estimate, InputError, Representation, UnsuitableError, pinned, require_memory
from gromov.core.representation import row_blocks
from gromov.graphs.neighbors import Neighbors, nearest_neighbors
from gromov.spaces import EUCLIDEAN

EXACT_WORK, MOST_EXACT_WORK = 1e12, 6e12
GOOD_RECALL = 0.9
_OVERHEAD = 32
_SAMPLE, _TRIED = 1_000, 300
_LINKS, _BUILD_WIDTH = 16, 40
_WIDTHS = (32, 64, 128, 256, 512)
_WALK_WORK = 2e11
_WALK_COST = 30  # a distance on the walk, from memory out of order, takes as long as so many in a scan of all pairs
_SPARE = 4
_Z95 = 1.96


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

    Up to n²·(d + 32) = 10¹² (100,000 points in 64 dimensions) all pairs are looked at, as by `nearest_neighbors`. Beyond, faiss builds a
    hierarchical navigable graph (HNSW, 16 links, width 40) of the centred points in float32 and walks it from every point; the distances of
    what it finds are taken again in float64. The width of the walk is the least of 32, 64 … 512 that finds nine in ten of the true
    neighbours of 300 random points, or the largest whose walks take no more than 2·10¹¹ such steps in all. Where none finds as many, or the
    walks would take longer than that, and n²·(d + 32) is at most 6·10¹² (250,000 points in 64 dimensions), all pairs are looked at after all. The
    recall is then measured on 1,000 other random points.

    One thread, levels from a fixed seed, and work counted in distances and not in seconds: the same points give the same bytes.

    Args:
        representation: Points in Euclidean space, or distances (always exact).
        k: Number of neighbours, at least 1 and below n.
        seed: Seed of the sample that the recall is measured on.
        exact: Whether to look at all pairs; None decides by the size.

    Cost: about n·log n·(links + width)·d steps beyond the limit; 4·n·(d + 40) + 40·n·(k + 5) bytes.

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
    with pinned():
        index = _NavigableGraph(representation, min(n, k + 1 + _SPARE))
        wide = index.widen(nearest_neighbors(representation, k, queries=min(_TRIED, n), seed=seed + 1))
        slow = not wide or index.steps * n * _WALK_COST > n**2
        if exact is None and slow and work <= MOST_EXACT_WORK:
            del index
            return NeighborSearch(nearest_neighbors(representation, k, queries=n), True, None)
        candidates = index.search(np.arange(n))
        del index
    found = _exact_order(representation.points, candidates, k)
    truth = nearest_neighbors(representation, k, queries=min(_SAMPLE, n), seed=seed)
    return NeighborSearch(found, False, _recall(found, truth, seed))


class _NavigableGraph:
    """The HNSW index of the points, and how wide it is walked."""

    def __init__(self, representation: Representation, spare: int) -> None:
        import faiss

        self._points = points = representation.points
        self._spare = spare
        self.steps = 0.0
        n, d = points.shape
        require_memory(4 * n * (d + 40) + 24 * n * spare, step=f"the neighbours of {n:,} points", remedy="use --sample")
        self._centre, self._scale = np.zeros(d), 0.0
        for block in representation.blocks():
            self._centre += block.sum(axis=0)
        self._centre /= n
        for block in representation.blocks():
            self._scale = max(self._scale, float(np.abs(block - self._centre).max()))
        self._index = faiss.IndexHNSWFlat(d, _LINKS)
        self._index.hnsw.efConstruction = _BUILD_WIDTH
        for rows in row_blocks(n, 8 * d):
            self._index.add(_single(points[rows], self._centre, self._scale))

    def widen(self, truth: Neighbors) -> bool:
        """Set the least width with a good recall on the points of `truth`, or the largest affordable; whether the recall is good."""
        import faiss

        n, d = self._points.shape
        last = truth.distances[:, -1:] * (1 + 1e-12)
        own = np.asarray(self._points[truth.queries], dtype=np.float64)
        for width in _WIDTHS:
            narrower = self._index.hnsw.efSearch
            self._index.hnsw.efSearch = max(width, 2 * self._spare)
            counted = faiss.cvar.hnsw_stats  # pyright: ignore[reportAttributeAccessIssue]
            counted.reset()
            found = self.search(truth.queries)
            steps = counted.ndis / len(found)
            if self.steps and steps * n * (d + _OVERHEAD) > _WALK_WORK:
                self._index.hnsw.efSearch = narrower
                return False
            self.steps = steps
            exact = np.stack([EUCLIDEAN.distance(own, np.asarray(self._points[column], dtype=np.float64)) for column in found.T], axis=1)
            exact[found == truth.queries[:, None]] = np.inf
            # the sorted distances, so that a tie is no miss
            if (np.sort(exact, axis=1)[:, : truth.k] <= last).mean() >= GOOD_RECALL:
                return True
        return False

    def search(self, queries: Integer[np.ndarray, " q"]) -> Integer[np.ndarray, "q s"]:
        """Candidates of each query; all pairs for the few points that the walk leaves with too few (many repeats)."""
        import faiss

        d = self._points.shape[1]
        found = np.empty((len(queries), self._spare), dtype=np.int64)
        for rows in row_blocks(len(queries), 8 * d):
            found[rows] = self._index.search(self._query(queries[rows]), self._spare)[1]
        short = np.flatnonzero((found < 0).any(axis=1))
        whole = faiss.downcast_index(self._index.storage)
        for part in row_blocks(len(short), 8 * d):
            found[short[part]] = whole.search(self._query(queries[short[part]]), self._spare)[1]
        return found

    def _query(self, rows: Integer[np.ndarray, " r"]) -> Float[np.ndarray, "r d"]:
        return _single(self._points[rows], self._centre, self._scale)


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
    """Share of the sample's neighbours that are no farther than the true last one: a tie is no miss.

    The interval is Wilson's for as many trials as give the standard error between points, and for one trial a point where none was missed.
    """
    last = truth.distances[:, -1:]
    shares = (found.distances[truth.queries] <= last * (1 + 1e-12)).mean(axis=1)
    value, stderr = float(shares.mean()), float(shares.std(ddof=1) / np.sqrt(len(shares)))
    trials = value * (1 - value) / stderr**2 if stderr > 0 else len(shares)
    centre = (value + _Z95**2 / (2 * trials)) / (1 + _Z95**2 / trials)
    half = _Z95 / (1 + _Z95**2 / trials) * np.sqrt(value * (1 - value) / trials + (_Z95 / (2 * trials)) ** 2)
    interval = max(0.0, float(centre - half)), min(1.0, float(centre + half))
    return Estimate(value, stderr, interval, len(shares), seed, "true neighbours of a random sample of points")
