"""Shortest paths in graphs."""

import warnings

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import DataWarning, Graph, InputError, require_memory


def largest_component(graph: Graph) -> Integer[np.ndarray, " m"]:
    """Nodes of the largest connected component, in order; a DataWarning says what is left out.

    Raises:
        InputError: the component has fewer than 4 nodes.
    """
    from scipy.sparse.csgraph import connected_components

    count, member = connected_components(graph.adjacency(), directed=False)
    sizes = np.bincount(member)
    nodes = np.flatnonzero(member == sizes.argmax())
    if len(nodes) < 4:
        raise InputError(f"the largest connected part of the graph has {len(nodes)} nodes; at least 4 are needed")
    if count > 1:
        warnings.warn(
            f"the graph has {count:,} connected parts; distances are taken in the largest, {len(nodes):,} of {graph.nodes:,} nodes",
            DataWarning,
            stacklevel=2,
        )
    return nodes


def path_lengths(graph: Graph, sources: Integer[np.ndarray, " s"], targets: Integer[np.ndarray, " t"]) -> Float[np.ndarray, "s t"]:
    """Length of the shortest path from each source to each target (breadth-first search, or Dijkstra where edges have lengths).

    Cost: one search a source, O(s·(n + m)) or O(s·(m + n log n)) time and 8·s·n bytes. Infinite between components.
    """
    from scipy.sparse.csgraph import dijkstra

    require_memory(8 * len(sources) * graph.nodes, step=f"shortest paths from {len(sources):,} nodes", remedy="use --sample with fewer")
    lengths = dijkstra(graph.adjacency(), directed=False, indices=sources, unweighted=graph.lengths is None)
    return np.asarray(lengths)[:, targets]
