"""Trees in the hyperbolic plane, drawn so that distances are those of the tree: Sarkar's construction."""

import numpy as np
from numpy.typing import NDArray

from gromov.core import Graph, InputError
from gromov.spaces.disk import exp, log

DEEPEST = 30.0
"""No point is put farther from the root: beyond, the disk has no room in float64."""


def tree_drawing(graph: Graph, *, length: float | None = None) -> NDArray[np.complex128]:
    """Points of the unit disk for the nodes of a tree: every edge is a geodesic of one length, and the edges at a node divide the angle there.

    The root, at the origin, is the middle of a longest path. A child of a node with k children lies at angle 2πj/(k + 1) from the edge to the
    parent (2πj/k around the root). Two edges that meet at angle θ span at least 2ℓ − 2·log(1/sin(θ/2)): the corner costs a constant, so the longer
    the edges, the nearer are distances in the plane to ℓ times those in the tree.

    Args:
        graph: A connected graph without cycles; lengths of its edges are ignored.
        length: ℓ; None means the shortest with which branches cannot cross, 2·arcosh(1/sin(π/D)), D the largest degree, or less where a deep tree leaves no room for it.

    Raises:
        InputError: not a tree, or so deep that its leaves would lie on the rim.

    Cost: linear in the number of nodes.

    Reference: Sarkar (2011), Low distortion Delaunay embedding of trees in hyperbolic plane. Graph Drawing.
    """
    from scipy.sparse.csgraph import breadth_first_order

    adjacency = graph.adjacency()
    n = graph.nodes
    if adjacency.nnz != 2 * (n - 1):
        raise InputError(
            f"the graph has {adjacency.nnz // 2} edges between {n} nodes, and a tree has n − 1: draw it with another projection"
        )
    far, _ = _farthest(adjacency, 0)
    end, before = _farthest(adjacency, far)
    path = [end]
    while path[-1] != far:
        path.append(int(before[path[-1]]))
    root = path[len(path) // 2]
    order, parents = breadth_first_order(adjacency, root, directed=False)
    if len(order) != n:
        raise InputError(f"the graph is not connected: {n - len(order)} of {n} nodes cannot be reached from node {root}")
    height = len(path) // 2
    step = _length(int(np.diff(adjacency.indptr).max()), height) if length is None else length
    if step * height > DEEPEST:
        raise InputError(
            f"the tree is {height} deep; with edges of {step:g} its leaves would lie beyond {DEEPEST:g}: give a smaller length"
        )
    z = np.zeros(n, dtype=np.complex128)
    for node in order.tolist():
        neighbors = adjacency.indices[adjacency.indptr[node] : adjacency.indptr[node + 1]]
        children = neighbors[neighbors != parents[node]] if node != root else neighbors
        if not len(children):
            continue
        towards = 0.0 if node == root else float(np.angle(log(z[[node]], z[[parents[node]]]))[0])
        angles = towards + 2 * np.pi * np.arange(1, len(children) + 1) / (len(children) + (node != root))
        z[children] = exp(z[[node]], step * np.exp(1j * angles))
    return z


def _length(degree: int, height: int) -> float:
    """The length at which the outermost turns of a branch close up, so that no branch crosses another; less in a deep tree."""
    shortest = 1.05 * 2 * float(np.arccosh(1 / np.sin(np.pi / max(3, degree))))
    return min(shortest, 0.9 * DEEPEST / max(1, height))


def _farthest(adjacency: object, start: int) -> tuple[int, np.ndarray]:
    """The last node of a breadth-first search, which in a tree is farthest, and the predecessors."""
    from scipy.sparse.csgraph import breadth_first_order

    order, before = breadth_first_order(adjacency, start, directed=False)
    return int(order[-1]), before
