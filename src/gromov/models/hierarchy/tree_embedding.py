"""Sarkar's construction: a tree in the hyperbolic plane with as little distortion as asked for, and the precision that takes.

Every edge of length w becomes a geodesic of length s·w, and the k edges at a node leave at angles 2π/k. Two edges that meet at the angle θ have the Gromov
product at most a = log 1/sin(θ/2) at their corner. With δ = log 2 of the hyperbolic plane, the four-point condition carries this along a path: if every edge is
longer than 2(a + δ), the distance of the ends of a path of k edges is at least its length less 2(k − 1)(a + δ). So with

    s·w ≥ 2(a + δ)(1 + ε)/ε        for the shortest w and the sharpest corner,

distances in the plane are between 1/(1 + ε) and 1 of s times those in the tree: the distortion is at most 1 + ε. The price is depth: a leaf lies at
R = s·(its depth), and telling directions apart there takes R/log 2 bits. The polar chart in float64 has 106, so R ≤ 70.

References: R. Sarkar (2011), Low distortion Delaunay embedding of trees in hyperbolic plane. C. De Sa, A. Gu, C. Ré, F. Sala (2018), Representation tradeoffs
for hyperbolic embeddings, arXiv:1804.03329. The constant is proved here.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, Integer

from gromov.core import Graph, InputError
from gromov.spaces import Polar
from gromov.spaces import polar as formulas

if TYPE_CHECKING:
    import scipy.sparse

ROOM = 70.0
"""The deepest a point may lie in the polar chart in float64, in units of the radius of curvature."""
EPSILONS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True, eq=False)
class TreeEmbedding:
    """A tree in the hyperbolic plane.

    Attributes:
        points: n × 5, in the polar chart of curvature −1.
        epsilon: The distortion is at most 1 + ε.
        scale: Length of an edge of length 1.
        depth: Distance of the deepest point from the origin.
        bits: Bits that directions need at that depth.
    """

    points: Float[np.ndarray, "n 5"]
    epsilon: float
    scale: float
    depth: float
    bits: int


def sarkar(graph: Graph, *, epsilon: float = 0.1) -> TreeEmbedding:
    """Embed a tree with distortion at most 1 + ε.

    Args:
        graph: A tree; the root is put at its centre.
        epsilon: ε > 0.

    Raises:
        InputError: not a tree, or so deep that the directions of its leaves would need more bits than there are; the text says how many.

    Cost: linear in the nodes.
    """
    from scipy.sparse.csgraph import breadth_first_order, dijkstra

    if not epsilon > 0:
        raise InputError(f"epsilon is {epsilon}; it must be above 0")
    adjacency = graph.adjacency()
    n = graph.nodes
    if adjacency.nnz != 2 * (n - 1):
        raise InputError(f"the graph has {adjacency.nnz // 2} edges between {n} nodes, and a tree has n − 1")
    root = _centre(adjacency)
    heights = np.asarray(dijkstra(adjacency, directed=False, indices=root))
    if not np.isfinite(heights).all():
        raise InputError(
            f"the graph is not connected: {int((~np.isfinite(heights)).sum())} of {n} nodes cannot be reached from node {root}"
        )
    degrees = np.diff(adjacency.indptr)
    corner = -math.log(math.sin(math.pi / max(2, int(degrees.max())))) + math.log(2)
    scale = 2 * corner * (1 + epsilon) / epsilon / float(adjacency.data.min())
    depth = scale * float(heights.max())
    bits = math.ceil(depth / math.log(2))
    if depth > ROOM:
        raise InputError(
            f"with ε = {epsilon:g} the leaves lie at depth {depth:.0f}, where directions need {bits} bits, and the polar chart has 106 (depth {ROOM:g}): "
            "ask for a larger ε"
        )
    order, before = breadth_first_order(adjacency, root, directed=False)
    points = _placed(adjacency, order, before, scale, degrees)
    return TreeEmbedding(points, epsilon, scale, depth, bits)


def best_sarkar(graph: Graph) -> TreeEmbedding:
    """The construction with the smallest ε of 0.1, 0.2, 0.5, 1, 2, 5 that there is room for.

    Raises:
        InputError: not a tree, or no room for any of them.
    """
    for epsilon in EPSILONS[:-1]:
        try:
            return sarkar(graph, epsilon=epsilon)
        except InputError as error:
            if "bits" not in str(error):
                raise
    return sarkar(graph, epsilon=EPSILONS[-1])


def _placed(
    adjacency: "scipy.sparse.csr_array",
    order: Integer[np.ndarray, " n"],
    before: Integer[np.ndarray, " n"],
    scale: float,
    degrees: Integer[np.ndarray, " n"],
) -> Float[np.ndarray, "n 5"]:
    """The points, a generation at a time."""
    space, n = Polar(), len(order)
    root = int(order[0])
    points = torch.zeros(n, 5, dtype=torch.float64)
    points[root] = space.origin(2, dtype=torch.float64)
    generation = np.array([root])
    while len(generation):
        parents: list[int] = []
        children: list[int] = []
        turns: list[float] = []
        lengths: list[float] = []
        for node in generation.tolist():
            where = slice(adjacency.indptr[node], adjacency.indptr[node + 1])
            own, width = adjacency.indices[where], adjacency.data[where]
            kept = own != before[node]
            count = int(kept.sum())
            parents += [node] * count
            children += own[kept].tolist()
            lengths += (scale * width[kept]).tolist()
            turns += (2 * np.pi * np.arange(1, count + 1) / degrees[node]).tolist()
        generation = np.array(children, dtype=np.int64)
        if not len(generation):
            break
        length, turn = torch.tensor(lengths, dtype=torch.float64), torch.tensor(turns, dtype=torch.float64)
        if parents[0] == root:
            points[generation] = space.from_polar(length, torch.stack([turn.cos(), turn.sin()], dim=1))
            continue
        x = points[parents]
        back = space.log(x, points[before[parents]])
        u = formulas.direction(x).hi
        sideways = torch.stack([-u[:, 1], u[:, 0]], dim=1)
        towards = torch.atan2((formulas.direction(back).hi * sideways).sum(1), formulas.radius(back))
        angle = towards + turn
        step = space.vector(length * angle.cos(), (length * angle.sin())[:, None] * sideways)
        points[generation] = space.project(space.exp(x, step))
    return points.numpy()


def _centre(adjacency: "scipy.sparse.csr_array") -> int:
    """The node whose farthest node is nearest: the middle of a longest path."""
    from scipy.sparse.csgraph import dijkstra

    def farthest(start: int) -> tuple[int, np.ndarray, np.ndarray]:
        distances, before = dijkstra(adjacency, directed=False, indices=start, return_predecessors=True)
        reached = np.where(np.isfinite(distances), distances, -1.0)
        return int(reached.argmax()), distances, before

    one, *_ = farthest(0)
    other, distances, before = farthest(one)
    path = [other]
    while path[-1] != one:
        path.append(int(before[path[-1]]))
    return min(path, key=lambda node: abs(distances[node] - distances[other] / 2))
