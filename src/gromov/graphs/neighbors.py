"""Exact nearest neighbours, computed once and shared by a run."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Integer
from numpy.typing import NDArray

from gromov.core import InputError, Representation, UnsuitableError, generator, pinned, require_memory
from gromov.spaces import EUCLIDEAN

ALL_QUERIES_UP_TO = 20_000
SAMPLED_QUERIES = 10_000
_SPARE = 4
_BLOCK_ROWS = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class Neighbors:
    """The k nearest neighbours of some points among all points, the point itself left out.

    Attributes:
        queries: Index of each query point (q), ascending.
        indices: Index of each neighbour (q × k), nearest first; ties by index.
        distances: Distance to each neighbour (q × k), float64, ascending.
        duplicates: Number of query points with another point at distance 0.
        n: Number of points searched.
    """

    queries: Integer[np.ndarray, " q"]
    indices: Integer[np.ndarray, "q k"]
    distances: Float[np.ndarray, "q k"]
    duplicates: int
    n: int

    @property
    def k(self) -> int:
        """Number of neighbours of each query."""
        return self.indices.shape[1]


def nearest_neighbors(
    representation: Representation, k: int, *, queries: int | None = None, seed: int = 0, device: Literal["cpu", "cuda"] = "cpu"
) -> Neighbors:
    """The k nearest neighbours of every point, or of a seeded sample of points, among all points.

    faiss (CPU) or blocks of a torch matrix product (GPU) propose k + 5 candidates in float32 from centred data; their distances are
    then taken again in float64 from the differences and sorted, so ties and near ties are in order and nothing cancels. Distance
    matrices are sorted directly.

    Args:
        representation: Points in Euclidean space, or distances.
        k: Number of neighbours, at least 1 and below n.
        queries: Number of query points; None means all up to 20,000 points and a sample of 10,000 beyond.
        seed: Seed of the sample.
        device: Where to search.

    Cost: q·n·d multiplications; memory 8·q·(d + k) bytes and a block of 65,536 rows.

    Raises:
        InputError: k is not between 1 and n − 1.
        UnsuitableError: a graph, or points in a curved space.
    """
    n = representation.n
    if not 1 <= k < n:
        raise InputError(f"k is {k}; it must be between 1 and n − 1 = {n - 1}")
    wanted = (n if n <= ALL_QUERIES_UP_TO else SAMPLED_QUERIES) if queries is None else min(n, queries)
    chosen = np.arange(n) if wanted == n else np.sort(generator(seed, "neighbors").choice(n, wanted, replace=False))
    if representation.kind == "graph":
        raise UnsuitableError("nearest neighbours need points or distances, and got a graph")
    if representation.kind == "distances":
        candidates, exact = _from_matrix(representation.data.matrix, chosen, k)  # pyright: ignore[reportAttributeAccessIssue]
    else:
        if representation.space is not None and representation.space.curvature != 0:
            raise UnsuitableError(
                f"nearest neighbours are taken in Euclidean space, and the points live in {representation.space.name} space"
            )
        candidates, exact = _from_points(representation, chosen, k, device)
    order = np.lexsort((candidates, exact), axis=1)[:, :k]
    distances = np.take_along_axis(exact, order, axis=1)
    return Neighbors(chosen, np.take_along_axis(candidates, order, axis=1), distances, int((distances[:, 0] == 0).sum()), n)


def _from_matrix(matrix: NDArray[np.floating], chosen: NDArray[np.integer], k: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    rows = np.array(matrix[chosen], dtype=np.float64)
    rows[np.arange(len(chosen)), chosen] = np.inf
    candidates = np.argsort(rows, axis=1, kind="stable")[:, :k]
    return candidates, np.take_along_axis(rows, candidates, axis=1)


def _from_points(
    representation: Representation, chosen: NDArray[np.integer], k: int, device: str
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    points = representation.points
    n, d = points.shape
    spare = min(n, k + 1 + _SPARE)
    require_memory(12 * len(chosen) * (d + 2 * spare), step=f"the neighbours of {len(chosen):,} points", remedy="use --sample")
    center = np.zeros(d)
    for block in representation.blocks():
        center += block.sum(axis=0)
    center /= n
    centered = np.asarray(points[chosen], dtype=np.float64) - center
    # squares must stay in the range of float32, whatever the unit of the data
    scale = float(np.abs(centered).max()) or 1.0
    query = (centered / scale).astype(np.float32)
    best_distance = np.full((len(chosen), spare), np.inf, dtype=np.float32)
    best_index = np.full((len(chosen), spare), -1, dtype=np.int64)
    for start in range(0, n, _BLOCK_ROWS):
        block = ((np.asarray(points[start : start + _BLOCK_ROWS], dtype=np.float64) - center) / scale).astype(np.float32)
        found_distance, found_index = _search(query, block, min(spare, len(block)), device)
        found_index = found_index.astype(np.int64) + start
        if n <= _BLOCK_ROWS:
            best_distance, best_index = found_distance, found_index
            break
        joined = np.concatenate([best_distance, found_distance], axis=1)
        indices = np.concatenate([best_index, found_index], axis=1)
        nearest = np.argsort(joined, axis=1, kind="stable")[:, :spare]
        best_distance = np.take_along_axis(joined, nearest, axis=1)
        best_index = np.take_along_axis(indices, nearest, axis=1)
    exact = np.empty(best_index.shape)
    for column in range(best_index.shape[1]):
        exact[:, column] = EUCLIDEAN.distance(points[chosen], points[best_index[:, column]])
    exact[best_index == chosen[:, None]] = np.inf
    return best_index, exact


def _search(query: NDArray[np.float32], block: NDArray[np.float32], k: int, device: str) -> tuple[NDArray[np.float32], NDArray[np.integer]]:
    if device == "cuda":
        return _search_torch(query, block, k, device)
    import faiss

    with pinned():
        distance, index = faiss.knn(query, block, k)
    return distance, index


def _search_torch(
    query: NDArray[np.float32], block: NDArray[np.float32], k: int, device: str
) -> tuple[NDArray[np.float32], NDArray[np.integer]]:
    import torch

    base = torch.from_numpy(block).to(device)
    norms = (base * base).sum(dim=1)
    distances: list[NDArray[np.float32]] = []
    indices: list[NDArray[np.integer]] = []
    for start in range(0, len(query), 4096):
        part = torch.from_numpy(query[start : start + 4096]).to(device)
        squared = torch.addmm(norms[None], part, base.T, alpha=-2) + (part * part).sum(dim=1, keepdim=True)
        nearest = squared.topk(k, dim=1, largest=False)
        distances.append(nearest.values.cpu().numpy())
        indices.append(nearest.indices.cpu().numpy())
    return np.concatenate(distances), np.concatenate(indices)
