"""Shortest paths against a plain breadth-first search and a plain relaxation."""

from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gromov.core import DataWarning, Graph, InputError
from gromov.graphs import largest_component, path_lengths

EDGES = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), min_size=1, max_size=40)


def breadth_first(graph: Graph, source: int) -> list[float]:
    around: dict[int, set[int]] = {node: set() for node in range(graph.nodes)}
    for a, b in graph.edges.tolist():
        around[a].add(b)
        around[b].add(a)
    found, queue = {source: 0}, deque([source])
    while queue:
        here = queue.popleft()
        for there in around[here] - found.keys():
            found[there] = found[here] + 1
            queue.append(there)
    return [found.get(node, np.inf) for node in range(graph.nodes)]


def relaxed(graph: Graph, source: int) -> list[float]:
    assert graph.lengths is not None
    found = np.full(graph.nodes, np.inf)
    found[source] = 0
    for _ in range(graph.nodes):
        for (a, b), length in zip(graph.edges.tolist(), graph.lengths, strict=True):
            found[b], found[a] = min(found[b], found[a] + length), min(found[a], found[b] + length)
    return found.tolist()


def test_a_path_and_a_shortcut() -> None:
    edges, lengths = np.array([[0, 1], [1, 2], [2, 3], [0, 3]]), np.array([1.0, 1, 1, 9])
    everyone = np.arange(5)
    assert path_lengths(Graph(5, edges), everyone[:1], everyone).tolist() == [[0, 1, 2, 1, np.inf]]
    assert path_lengths(Graph(5, edges, lengths), everyone[:1], everyone).tolist() == [[0, 1, 2, 3, np.inf]]


@given(EDGES)
def test_unit_edges(edges: list[tuple[int, int]]) -> None:
    graph, everyone = Graph(12, np.array(edges)), np.arange(12)
    if graph.adjacency().nnz:
        found = path_lengths(graph, everyone, everyone)
        assert found.tolist() == [breadth_first(graph, node) for node in range(12)]
        chosen, targets = np.array([3, 7]), np.array([11, 0, 5])
        np.testing.assert_array_equal(path_lengths(graph, chosen, targets), found[np.ix_(chosen, targets)])


@given(EDGES, st.integers(0, 2**31))
def test_edges_with_lengths(edges: list[tuple[int, int]], seed: int) -> None:
    graph = Graph(12, np.array(edges), np.random.default_rng(seed).uniform(0.1, 5, len(edges)))
    everyone = np.arange(12)
    np.testing.assert_allclose(path_lengths(graph, everyone, everyone), [relaxed(graph, node) for node in range(12)], rtol=1e-12)


def test_the_largest_component_warns_of_the_rest() -> None:
    graph = Graph(9, np.array([[0, 1], [2, 3], [3, 4], [4, 5], [5, 6]]))
    with pytest.warns(DataWarning, match="4 connected parts.* 5 of 9 nodes"):
        assert largest_component(graph).tolist() == [2, 3, 4, 5, 6]


def test_a_connected_graph_does_not_warn() -> None:
    assert largest_component(Graph(4, np.array([[0, 1], [1, 2], [3, 2]]))).tolist() == [0, 1, 2, 3]


def test_a_graph_in_small_pieces_is_refused() -> None:
    with pytest.raises(InputError, match="has 3 nodes; at least 4"):
        largest_component(Graph(8, np.array([[0, 1], [1, 2], [4, 5]])))
