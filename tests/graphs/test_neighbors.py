"""Exact neighbours against all distances sorted."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from gromov.core import Distances, Graph, InputError, Representation, UnsuitableError, as_representation
from gromov.graphs import nearest_neighbors
from gromov.graphs.neighbors import _search, _search_torch

MODULE = sys.modules["gromov.graphs.neighbors"]


def plain(points: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances of each point to the others, sorted with ties by index."""
    points = np.asarray(points, dtype=np.float64)
    distances = np.sqrt(((points[:, None] - points) ** 2).sum(axis=2))
    np.fill_diagonal(distances, np.inf)
    order = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return order, np.take_along_axis(distances, order, axis=1)


def test_points_on_a_line() -> None:
    found = nearest_neighbors(as_representation(np.array([[0.0], [1], [3], [7]])), 3)
    assert found.indices.tolist() == [[1, 2, 3], [0, 2, 3], [1, 0, 3], [2, 1, 0]]
    assert found.distances.tolist() == [[1, 3, 7], [1, 2, 6], [2, 3, 4], [4, 6, 7]]
    assert (found.k, found.n, found.duplicates, found.queries.tolist()) == (3, 4, 0, [0, 1, 2, 3])


@given(st.integers(0, 2**31), st.integers(4, 60), st.integers(1, 10), st.sampled_from([np.float32, np.float64]), st.data())
@settings(max_examples=30)
def test_clouds(seed: int, n: int, d: int, dtype: type, data: st.DataObject) -> None:
    k = data.draw(st.integers(1, n - 1))
    points = np.random.default_rng(seed).standard_normal((n, d)).astype(dtype)
    found = nearest_neighbors(as_representation(points), k)
    indices, distances = plain(points, k)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-12)
    np.testing.assert_array_equal(found.indices, indices)


@given(st.integers(0, 2**31), st.integers(5, 18), st.integers(1, 2))
@settings(max_examples=30)
def test_ties_and_duplicates_are_in_order(seed: int, n: int, d: int) -> None:
    points = np.random.default_rng(seed).integers(0, 3, (n, d)).astype(float)
    points[0] = 9
    found = nearest_neighbors(as_representation(points), n - 1)
    indices, distances = plain(points, n - 1)
    np.testing.assert_array_equal(found.distances, distances)
    np.testing.assert_array_equal(found.indices, indices)
    assert found.duplicates == (distances[:, 0] == 0).sum()


def test_many_duplicates() -> None:
    points = np.repeat(np.random.default_rng(0).standard_normal((5, 3)), 40, axis=0)
    found = nearest_neighbors(as_representation(points), 10)
    assert found.duplicates == 200
    assert (found.distances == 0).all()
    assert (found.indices != np.arange(200)[:, None]).all()


@pytest.mark.parametrize("offset", [1e2, 1e4])
def test_float32_far_from_the_origin(offset: float) -> None:
    points = (np.random.default_rng(0).standard_normal((300, 6)) + offset).astype(np.float32)
    found = nearest_neighbors(as_representation(points), 8)
    indices, distances = plain(points, 8)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-12)
    assert (found.indices == indices).mean() > 0.999


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float16])
def test_other_kinds_of_numbers(dtype: type) -> None:
    points = np.random.default_rng(0).integers(0, 50, (60, 5)).astype(dtype)
    np.testing.assert_allclose(nearest_neighbors(as_representation(points), 4).distances, plain(points, 4)[1], rtol=1e-12)


def test_torch_proposes_what_faiss_proposes() -> None:
    rng = np.random.default_rng(0)
    query, block = rng.standard_normal((5_000, 8), dtype=np.float32), rng.standard_normal((700, 8), dtype=np.float32)
    ours, theirs = _search_torch(query, block, 6, "cpu"), _search(query, block, 6, "cpu")
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-4, atol=1e-4)
    assert (ours[1] == theirs[1]).mean() > 0.999


def test_the_torch_search_gives_the_same_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.random.default_rng(0).standard_normal((400, 7))
    expected = nearest_neighbors(as_representation(points), 9)
    monkeypatch.setattr(MODULE, "_search", _search_torch)
    found = nearest_neighbors(as_representation(points), 9)
    np.testing.assert_array_equal(found.indices, expected.indices)
    np.testing.assert_array_equal(found.distances, expected.distances)


@pytest.mark.parametrize("rows", [7, 64, 150])
def test_searching_in_blocks_gives_the_same_neighbours(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.random.default_rng(0).standard_normal((300, 4))
    expected = nearest_neighbors(as_representation(points), 12)
    monkeypatch.setattr(MODULE, "_BLOCK_ROWS", rows)
    found = nearest_neighbors(as_representation(points), 12)
    np.testing.assert_array_equal(found.indices, expected.indices)
    np.testing.assert_array_equal(found.distances, expected.distances)


def test_a_sample_of_queries_is_searched_among_all() -> None:
    points = np.random.default_rng(0).standard_normal((500, 4))
    indices, distances = plain(points, 5)
    for data in (as_representation(points), as_representation(Distances(cdist(points, points)))):
        found, again, other = (nearest_neighbors(data, 5, queries=60, seed=seed) for seed in (1, 1, 2))
        assert len(found.queries) == 60
        assert (np.diff(found.queries) > 0).all()
        np.testing.assert_array_equal(found.indices, indices[found.queries])
        np.testing.assert_allclose(found.distances, distances[found.queries], rtol=1e-12)
        np.testing.assert_array_equal(found.queries, again.queries)
        assert (found.queries != other.queries).any()


def test_distances_and_points_agree() -> None:
    points = np.random.default_rng(0).standard_normal((80, 3))
    one, two = nearest_neighbors(as_representation(points), 7), nearest_neighbors(as_representation(Distances(cdist(points, points))), 7)
    np.testing.assert_array_equal(one.indices, two.indices)
    np.testing.assert_allclose(one.distances, two.distances, rtol=1e-12)


@pytest.mark.parametrize("k", [0, -1, 10])
def test_a_number_of_neighbours_that_cannot_be(k: int) -> None:
    with pytest.raises(InputError, match="between 1 and n − 1 = 9"):
        nearest_neighbors(as_representation(np.random.default_rng(0).standard_normal((10, 2))), k)


def test_graphs_and_curved_spaces_are_refused() -> None:
    class Ball:
        name, curvature = "ball", -1.0

        def distance(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
            return np.linalg.norm(x - y, axis=1)

        def pairwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
            return cdist(x, y)

    with pytest.raises(UnsuitableError, match="got a graph"):
        nearest_neighbors(as_representation(Graph(5, np.array([[0, 1], [1, 2]]))), 1)
    with pytest.raises(UnsuitableError, match="ball space"):
        nearest_neighbors(Representation(np.random.default_rng(0).uniform(size=(6, 2)), space=Ball()), 1)
