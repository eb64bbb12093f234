"""The null: Gaussian data look like it, trees do not, and a rewired graph keeps its degrees."""

import numpy as np
import pytest
from four_point_references import cycle, grid, random_tree
from hypothesis import given, settings
from hypothesis import strategies as st

from gromov.core import Distances, Graph
from gromov.measures import hyperbolicity
from gromov.measures.four_point.null import _rewired, growth, growth_sizes
from gromov.spaces import EUCLIDEAN


def degrees(graph: Graph) -> np.ndarray:
    return np.diff(graph.adjacency().indptr)


@given(st.integers(0, 2**31), st.integers(6, 25), st.floats(0.1, 0.7))
@settings(max_examples=25)
def test_rewiring_keeps_every_degree(seed: int, n: int, density: float) -> None:
    rng = np.random.default_rng(seed)
    pairs = [(int(rng.integers(0, i)), i) for i in range(1, n)] + [(i, j) for i in range(n) for j in range(i) if rng.uniform() < density]
    graph = Graph(n, np.array(pairs), rng.uniform(1, 2, len(pairs)))
    rewired = _rewired(graph, rng)
    assert degrees(rewired).tolist() == degrees(graph).tolist()
    assert len(rewired.edges) == graph.adjacency().nnz // 2
    assert rewired.lengths is not None
    assert np.sort(rewired.lengths).tolist() == np.sort(graph.adjacency().data)[::2].tolist()


def test_rewiring_changes_a_graph() -> None:
    graph = grid(6, 6)
    assert (_rewired(graph, np.random.default_rng(0)).adjacency() != graph.adjacency()).nnz > 0


@pytest.mark.parametrize(
    "graph", [cycle(6), cycle(20), Graph(60, np.stack([np.arange(59), np.arange(1, 60)], axis=1)), random_tree(150, 0)]
)
def test_sparse_graphs_fall_apart_when_rewired_and_are_measured_all_the_same(graph: Graph) -> None:
    found = hyperbolicity(graph, null_draws=5)
    assert len(found.null_sizes) == len(found.null_growth_low) == len(found.null_growth_high)
    assert np.isfinite(found.null.mean_relative.value)


@pytest.mark.parametrize(("n", "sizes"), [(4, [4]), (30, [30]), (60, [25, 60]), (400, [25, 50, 100, 200, 400])])
def test_growth_sizes(n: int, sizes: list[int]) -> None:
    assert growth_sizes(n).tolist() == sizes


def test_growth_ends_with_all_points_and_never_falls_in_delta() -> None:
    points = np.random.default_rng(0).standard_normal((120, 3))
    distances = EUCLIDEAN.pairwise(points, points)
    sizes = growth_sizes(120)
    values = growth(distances, sizes, ptolemaic=True, step=0.0, seed=5)
    assert values[-1] == pytest.approx(hyperbolicity(points, null_draws=2).relative_delta, rel=1e-9)


@pytest.mark.parametrize("d", [2, 8])
def test_gaussian_data_are_like_their_null(d: int) -> None:
    z = [hyperbolicity(np.random.default_rng(seed).standard_normal((150, d)), null_draws=8, seed=seed).null.z for seed in range(12)]
    assert np.abs(z).max() < 4
    assert abs(np.mean(z)) < 1.5
    assert 0.4 < np.std(z) < 2.2


@pytest.mark.parametrize(("n", "d"), [(60, 20), (200, 64), (200, 512)])
def test_gaussian_data_of_many_dimensions_are_not_called_tree_like(n: int, d: int) -> None:
    found = hyperbolicity(np.random.default_rng(0).standard_normal((n, d)), null_draws=8)
    assert abs(found.null.z) < 5, f"ratio {found.null.ratio}, {found.findings()[0].answer}"


def test_data_near_a_tree_are_more_tree_like_than_their_null() -> None:
    rng = np.random.default_rng(0)
    # leaves of a tree in as many directions as it has branches: distances are near those of the tree
    steps = rng.standard_normal((126, 200))
    places = np.zeros((127, 200))
    for i in range(1, 127):
        places[i] = places[(i - 1) // 2] + steps[i - 1]
    tree = hyperbolicity(places, null_draws=8)
    graph = random_tree(80, 0, weighted=True)
    from four_point_references import plain_path_lengths

    matrix = hyperbolicity(Distances(plain_path_lengths(graph)), null_draws=8)
    for found in (tree, matrix):
        assert found.null.ratio.value < 1
        assert found.null.z < -3
        assert found.null.p_value < 0.01
        assert found.findings()[0].answer.startswith(("Yes", "It is a tree"))


@pytest.mark.parametrize("seed", range(3))
def test_a_random_graph_is_like_its_null(seed: int) -> None:
    graph = _rewired(grid(10, 10), np.random.default_rng(seed))
    found = hyperbolicity(graph, null_draws=8, seed=seed)
    assert found.null.model.startswith("random graph")
    assert 0.9 < found.null.ratio.value < 1.1
