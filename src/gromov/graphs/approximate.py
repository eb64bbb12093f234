"""Neighbours of every point of a large cloud: exact where that is cheap, in cells of the cloud beyond, with the recall measured."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer, Shaped
from numpy.typing import NDArray

from gromov.core import Estimate, InputError, Representation, UnsuitableError, generator, pinned, require_memory
from gromov.core.representation import row_blocks
from gromov.graphs.neighbors import Neighbors, nearest_neighbors
from gromov.spaces import EUCLIDEAN

EXACT_WORK = 3e11
RECALL = 0.95
_OVERHEAD = 32
_SAMPLE = 1_000
_LARGEST_SHARE = 0.06
_TRAINING = 64
_SPARE = 4


@dataclass(frozen=True, slots=True, eq=False)
class NeighborSearch:
    """The nearest neighbours of every point, and how many of them were missed.

    Attributes:
        neighbors: The neighbours found; the distances are exact in any case.
        exact: Whether every pair was looked at.
        recall: Share of the true neighbours that were found, measured on a sample of the points; None where the search is exact.
        cells: Number of cells the cloud was cut into; 1 where the search is exact.
        probes: Number of cells in which the neighbours of a point were looked for.
    """

    neighbors: Neighbors
    exact: bool
    recall: Estimate | None
    cells: int
    probes: int


def every_neighbor(representation: Representation, k: int, *, seed: int = 0, exact: bool | None = None) -> NeighborSearch:
    """The k nearest neighbours of every point.

    Up to n²·(d + 32) = 3·10¹¹ (56,000 points in 64 dimensions) all pairs are looked at, as by `nearest_neighbors`. Beyond, k-means (faiss)
    cuts the cloud into about √n cells, and a point looks for its neighbours in its own cell and those whose centres are nearest to its
    cell's: so the points of a cell share their candidates, and the search is a product of matrices. The number of cells is the least with
    which 1,000 random points, whose true neighbours are searched among all, reach a recall of 95 %, but no more than 6 % of the cloud. The
    recall of what was found is then measured on them: it is low where the cloud has many dimensions and no structure.

    One thread and fixed seeds: the same points give the same bytes.

    Args:
        representation: Points in Euclidean space, or distances (always exact).
        k: Number of neighbours, at least 1 and below n.
        seed: Seed of the cells and of the sample.
        exact: Whether to look at all pairs; None decides by the size.

    Cost: at most .06·n²·d multiplications beyond the limit; a float32 copy of the points, 16·n·(k + 5) bytes and one cell's candidates.

    Raises:
        UnsuitableError: a graph, or a curved space.
        InputError: k out of range.
    """
    n = representation.n
    if representation.kind != "points":
        return NeighborSearch(nearest_neighbors(representation, k, queries=n), True, None, 1, 1)
    d = representation.points.shape[1]
    if exact or (exact is None and float(n) ** 2 * (d + _OVERHEAD) <= EXACT_WORK):
        return NeighborSearch(nearest_neighbors(representation, k, queries=n), True, None, 1, 1)
    if representation.space is not None and representation.space.curvature != 0:
        raise UnsuitableError(f"nearest neighbours are taken in Euclidean space, and the points live in {representation.space.name} space")
    if not 1 <= k < n:
        raise InputError(f"k is {k}; it must be between 1 and {n - 1}, the number of other points")
    truth = nearest_neighbors(representation, k, queries=min(_SAMPLE, n), seed=seed)
    with pinned():
        cloud = _float32(representation, k)
        cells = _cells(cloud, seed)
        probes = _probes(cells, truth)
        candidates = _search(cloud, cells, probes, min(n, k + 1 + _SPARE))
    del cloud
    found = _exact_order(representation.points, candidates, k)
    return NeighborSearch(found, False, _recall(found, truth, seed), len(cells.order), probes)


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Points sorted by cell.

    Attributes:
        member: Cell of each point.
        rows: Points, cell after cell, ascending within a cell.
        starts: Where each cell begins in `rows`; one more at the end.
        order: For each cell all cells, the one with the nearest centre first: itself.
    """

    member: Integer[np.ndarray, " n"]
    rows: Integer[np.ndarray, " n"]
    starts: Integer[np.ndarray, " c1"]
    order: Integer[np.ndarray, "c c"]


def _float32(representation: Representation, k: int) -> Float[np.ndarray, "n d"]:
    """Centred and scaled, so that an offset does not cancel and squares stay in the range of float32."""
    points = representation.points
    n, d = points.shape
    require_memory(4 * n * d + 24 * n * (k + 1 + _SPARE), step=f"the neighbours of {n:,} points", remedy="use --sample")
    centre, scale = np.zeros(d), 0.0
    for block in representation.blocks():
        centre += block.sum(axis=0)
    centre /= n
    for block in representation.blocks():
        scale = max(scale, float(np.abs(block - centre).max()))
    scale = scale or 1.0
    cloud = np.empty((n, d), dtype=np.float32)
    for rows in row_blocks(n, 8 * d):
        cloud[rows] = (np.asarray(points[rows], dtype=np.float64) - centre) / scale
    return cloud


def _cells(cloud: Float[np.ndarray, "n d"], seed: int) -> _Cells:
    """k-means on a sample of 64 points a cell, and every point to its nearest centre."""
    import faiss

    n, d = cloud.shape
    count = max(1, round(np.sqrt(n)))
    training = np.sort(generator(seed, "cells").choice(n, min(n, _TRAINING * count), replace=False))
    means = faiss.Kmeans(d, count, niter=8, seed=1 + seed % 2**30, min_points_per_centroid=1, max_points_per_centroid=_TRAINING)
    means.train(cloud[training])
    centres = np.ascontiguousarray(means.centroids)
    member = np.empty(n, dtype=np.int64)
    for rows in row_blocks(n, 4 * d):
        member[rows] = faiss.knn(cloud[rows], centres, 1)[1][:, 0]
    rows = np.argsort(member, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(member, minlength=count))])
    apart = EUCLIDEAN.pairwise(centres.astype(np.float64), centres.astype(np.float64))
    np.fill_diagonal(apart, -1.0)
    return _Cells(member, rows, starts, np.argsort(apart, axis=1, kind="stable"))


def _probes(cells: _Cells, truth: Neighbors) -> int:
    """The least number of cells that hold 95 % of the true neighbours of the sample, within the limit of work."""
    place = np.empty_like(cells.order)
    np.put_along_axis(place, cells.order, np.arange(len(cells.order))[None], axis=1)
    needed = np.sort(place[cells.member[truth.queries][:, None], cells.member[truth.indices]].ravel())
    wanted = 1 + int(needed[min(len(needed) - 1, int(np.ceil(RECALL * len(needed))) - 1)])
    # a few small cells must still hold k neighbours, so no fewer than four are looked through
    return min(len(cells.order), max(4, min(wanted, int(_LARGEST_SHARE * len(cells.order)))))


def _search(cloud: Float[np.ndarray, "n d"], cells: _Cells, probes: int, spare: int) -> Integer[np.ndarray, "n s"]:
    """Nearest candidates of each point within the cells it looks through."""
    import faiss

    found = np.empty((len(cloud), spare), dtype=np.int64)
    sizes = np.diff(cells.starts)
    for cell, order in enumerate(cells.order):
        queries = cells.rows[cells.starts[cell] : cells.starts[cell + 1]]
        if not len(queries):
            continue
        reach = np.cumsum(sizes[order])
        # cells too small for the neighbours asked for take in the next ones
        used = order[: max(probes, int(np.searchsorted(reach, spare)) + 1)]
        candidates = np.concatenate([cells.rows[cells.starts[c] : cells.starts[c + 1]] for c in used])
        found[queries] = candidates[faiss.knn(cloud[queries], cloud[candidates], spare)[1]]
    return found


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
