"""Laplacians: spectra known on paper, traces counted exactly."""

from collections.abc import Callable

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from gromov.core import InputError, as_representation
from gromov.graphs import nearest_neighbors
from gromov.graphs.laplacian import Laplacian, Normalisation, neighbor_graph

T = np.geomspace(0.1, 10, 40)


def graph(dense: np.ndarray) -> scipy.sparse.csr_array:
    return scipy.sparse.csr_array(np.asarray(dense, dtype=np.float64))


def complete(n: int) -> scipy.sparse.csr_array:
    return graph(1 - np.eye(n))


def bipartite(a: int, b: int) -> scipy.sparse.csr_array:
    dense = np.zeros((a + b, a + b))
    dense[:a, a:] = dense[a:, :a] = 1
    return graph(dense)


def cycle(n: int) -> scipy.sparse.csr_array:
    dense = np.zeros((n, n))
    dense[np.arange(n), (np.arange(n) + 1) % n] = 1
    return graph(dense + dense.T)


def hypercube(d: int) -> scipy.sparse.csr_array:
    words = np.arange(2**d)
    dense = np.zeros((2**d, 2**d))
    for bit in range(d):
        dense[words, words ^ (1 << bit)] = 1
    return graph(dense)


def random_graph(seed: int, n: int, share: float) -> scipy.sparse.csr_array:
    """Some of these have isolated nodes and several components."""
    upper = np.triu(np.random.default_rng(seed).random((n, n)) < share, 1)
    return graph(upper | upper.T)


def heat(adjacency: scipy.sparse.csr_array) -> np.ndarray:
    values = Laplacian(adjacency).eigenvalues()
    return np.exp(-T[:, None] * values).mean(axis=1)


@pytest.mark.parametrize(
    ("adjacency", "expected"),
    [
        (complete(9), lambda: (1 + 8 * np.exp(-T * 9 / 8)) / 9),
        (bipartite(4, 7), lambda: (1 + np.exp(-2 * T) + 9 * np.exp(-T)) / 11),
        (cycle(11), lambda: np.exp(-T[:, None] * (1 - np.cos(2 * np.pi * np.arange(11) / 11))).mean(axis=1)),
        (hypercube(5), lambda: ((1 + np.exp(-2 * T / 5)) / 2) ** 5),
    ],
    ids=["complete", "bipartite", "cycle", "hypercube"],
)
def test_heat_traces_known_on_paper(adjacency: scipy.sparse.csr_array, expected: Callable[[], np.ndarray]) -> None:
    np.testing.assert_allclose(heat(adjacency), expected(), rtol=1e-12)


def test_disjoint_copies_leave_the_heat_trace_alone() -> None:
    one = cycle(9)
    two = scipy.sparse.csr_array(scipy.sparse.block_diag([one, one]))
    np.testing.assert_allclose(heat(two), heat(one), rtol=1e-12)
    assert Laplacian(two).components() == 2


@given(st.integers(0, 10**6), st.integers(4, 30), st.floats(0.02, 0.5), st.sampled_from(["normalised", "combinatorial"]))
def test_moments_are_the_traces_of_the_powers(seed: int, n: int, share: float, kind: Normalisation) -> None:
    laplacian = Laplacian(random_graph(seed, n, share), kind)
    dense = laplacian.matrix().toarray()
    expected = [np.trace(np.linalg.matrix_power(dense, power)) for power in range(5)]
    np.testing.assert_allclose(laplacian.moments(), expected, rtol=1e-12, atol=1e-12)


def test_moments_do_not_depend_on_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    laplacian = Laplacian(random_graph(3, 60, 0.2))
    whole = laplacian.moments()
    monkeypatch.setattr("gromov.graphs.laplacian._BLOCK_NONZEROS", 1)
    np.testing.assert_allclose(laplacian.moments(), whole, rtol=1e-14)


@given(st.integers(0, 10**6), st.integers(4, 25))
def test_spectra_lie_where_they_must(seed: int, n: int) -> None:
    adjacency = random_graph(seed, n, 0.15)
    normalised, combinatorial = Laplacian(adjacency), Laplacian(adjacency, "combinatorial")
    for laplacian, top in ((normalised, 2.0), (combinatorial, 2.0 * max(1, combinatorial.degrees.max()))):
        values = laplacian.eigenvalues()
        assert (values >= 0).all()
        assert values[-1] <= top * (1 + 1e-12)
        zero = values < 1e-9
        assert zero.sum() == laplacian.components()
    isolated = combinatorial.degrees == 0
    assert np.isclose(normalised.matrix().trace(), n - isolated.sum())


def test_the_neighbour_graph_of_points_on_a_line() -> None:
    points = np.arange(8.0)[:, None]
    near = nearest_neighbors(as_representation(points), 2, queries=8)
    found = neighbor_graph(near, 1).toarray()
    assert (found == found.T).all()
    assert (np.diag(found) == 0).all()
    # ties go to the lower index: every point names its left neighbour, the first its right
    assert (found == np.diag(np.ones(7), 1) + np.diag(np.ones(7), -1)).all()


def test_what_a_neighbour_graph_needs() -> None:
    points = np.random.default_rng(0).normal(size=(30, 3))
    near = nearest_neighbors(as_representation(points), 4, queries=30)
    with pytest.raises(InputError, match="k is 5; it must be between 1 and 4"):
        neighbor_graph(near, 5)
    some = nearest_neighbors(as_representation(points), 4, queries=10)
    with pytest.raises(InputError, match="needs the neighbours of all 30 points"):
        neighbor_graph(some, 4)
