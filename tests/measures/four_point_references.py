"""Plain references of the four-point code: every quadruple, every triple, and spaces with known answers."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from gromov.core import Graph

Array = NDArray[np.float64]


def all_quadruples(distances: Array) -> tuple[Array, Array, NDArray[np.int64]]:
    """δ and (S₁ − S₂)/S₁ of every quadruple of different points, and the quadruples."""
    index = np.array(list(itertools.combinations(range(len(distances)), 4)))
    x, y, u, v = index.T
    sums = np.stack([distances[x, y] + distances[u, v], distances[x, u] + distances[y, v], distances[x, v] + distances[y, u]])
    sums = np.sort(sums.astype(np.float64), axis=0)
    gap = sums[2] - sums[1]
    return gap / 2, np.divide(gap, sums[2], out=np.zeros_like(gap), where=sums[2] > 0), index


def brute_delta(distances: Array) -> float:
    """The largest four-point δ over all quadruples."""
    return float(all_quadruples(distances)[0].max())


def delta_of(distances: Array, quadruple: tuple[int, ...]) -> float:
    """δ of one quadruple, points allowed to repeat."""
    x, y, u, v = quadruple
    sums = sorted([distances[x, y] + distances[u, v], distances[x, u] + distances[y, v], distances[x, v] + distances[y, u]], reverse=True)
    return float(sums[0] - sums[1]) / 2


def plain_base_point_delta(distances: NDArray[np.floating], base: int) -> float:
    """max over y, z of max_w min((y,w)_p, (w,z)_p) − (y,z)_p, with its n³ array."""
    products = (distances[base][:, None] + distances[base] - distances) / 2
    return float((np.minimum(products[:, :, None], products[None]).max(axis=1) - products).max())


def euclidean(points: NDArray[np.floating]) -> Array:
    """Distances from differences."""
    return cdist(points, points)


def random_metric(n: int, seed: int) -> Array:
    """A general metric: shortest paths of a complete graph with random lengths."""
    rng = np.random.default_rng(seed)
    lengths = rng.uniform(0.05, 1, (n, n))
    distances = np.minimum(lengths, lengths.T)
    np.fill_diagonal(distances, 0)
    for middle in range(n):
        distances = np.minimum(distances, distances[:, [middle]] + distances[[middle]])
    return distances


def graph_of(nodes: int, pairs: list[tuple[int, int]], lengths: list[float] | None = None) -> Graph:
    """Graph from a list of pairs."""
    return Graph(nodes, np.array(pairs), None if lengths is None else np.array(lengths))


def cycle(n: int) -> Graph:
    """C_n."""
    return graph_of(n, [(i, (i + 1) % n) for i in range(n)])


def grid(rows: int, columns: int) -> Graph:
    """The rows × columns grid graph."""
    across = [(r * columns + c, r * columns + c + 1) for r in range(rows) for c in range(columns - 1)]
    down = [(r * columns + c, r * columns + c + columns) for r in range(rows - 1) for c in range(columns)]
    return graph_of(rows * columns, across + down)


def random_tree(n: int, seed: int, *, weighted: bool = False) -> Graph:
    """Each node attached to an earlier one."""
    rng = np.random.default_rng(seed)
    lengths = rng.uniform(0.1, 3, n - 1).tolist() if weighted else None
    return graph_of(n, [(int(rng.integers(0, i)), i) for i in range(1, n)], lengths)


def plain_path_lengths(graph: Graph) -> Array:
    """Floyd–Warshall."""
    lengths = np.ones(len(graph.edges)) if graph.lengths is None else graph.lengths
    distances = np.full((graph.nodes, graph.nodes), np.inf)
    np.fill_diagonal(distances, 0)
    for (a, b), length in zip(graph.edges.tolist(), lengths, strict=True):
        if a != b:
            distances[a, b] = distances[b, a] = min(distances[a, b], length)
    for middle in range(graph.nodes):
        distances = np.minimum(distances, distances[:, [middle]] + distances[[middle]])
    return distances


def hyperbolic_cross(radius: float) -> Array:
    """Four points of the hyperbolic plane at one radius and right angles: cosh d = cosh² R − sinh² R cos θ."""
    beside = math.acosh(math.cosh(radius) ** 2)
    distances = np.full((4, 4), beside)
    distances[[0, 1, 2, 3], [2, 3, 0, 1]] = 2 * radius
    np.fill_diagonal(distances, 0)
    return distances


@dataclass(frozen=True, slots=True)
class Sphere:
    """The unit sphere with great-circle distances: not Ptolemaic."""

    name: str = "sphere"
    curvature: float = 1.0

    def distance(self, x: Array, y: Array) -> Array:
        """Angle between rows."""
        return 2 * np.arcsin(np.clip(np.linalg.norm(np.asarray(x) - np.asarray(y), axis=1) / 2, 0, 1))

    def pairwise(self, x: Array, y: Array) -> Array:
        """Angles between all rows."""
        return 2 * np.arcsin(np.clip(cdist(x, y) / 2, 0, 1))
