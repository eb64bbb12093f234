"""Approximate neighbours: what is found is true, what is missed is said."""

import numpy as np
import pytest

from gromov.core import Graph, InputError, Representation, UnsuitableError, as_representation
from gromov.graphs import every_neighbor, nearest_neighbors


def clustered(n: int, d: int = 8, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(40, d))[rng.integers(0, 40, n)] * 5 + rng.normal(size=(n, d))


def recall(found: np.ndarray, truth: np.ndarray) -> float:
    return float(np.mean([len(set(a) & set(b)) / len(b) for a, b in zip(found, truth, strict=True)]))


def test_small_clouds_are_searched_whole() -> None:
    points = as_representation(clustered(300))
    found = every_neighbor(points, 5)
    assert (found.exact, found.recall) == (True, None)
    np.testing.assert_array_equal(found.neighbors.indices, nearest_neighbors(points, 5).indices)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_recall_that_is_said_is_the_recall(dtype: type) -> None:
    points = as_representation(clustered(6_000).astype(dtype))
    found = every_neighbor(points, 5, exact=False)
    assert not found.exact
    truth = nearest_neighbors(points, 5, queries=6_000)
    true = recall(found.neighbors.indices, truth.indices)
    assert found.recall is not None
    assert found.recall.stderr is not None
    assert abs(found.recall.value - true) < 4 * found.recall.stderr + 1e-9
    assert true > 0.9
    # a distance that was found is right, and none is below the true one
    same = found.neighbors.indices == truth.indices
    np.testing.assert_array_equal(found.neighbors.distances[same], truth.distances[same])
    assert (found.neighbors.distances >= truth.distances).all()
    assert (found.neighbors.indices != np.arange(6_000)[:, None]).all()


def test_points_on_a_line_have_their_neighbours() -> None:
    order = np.random.default_rng(0).permutation(4_000)
    found = every_neighbor(as_representation(order[:, None].astype(float)), 2, exact=False)
    assert found.recall is not None
    assert found.recall.value > 0.94
    assert (found.neighbors.distances[:, 0] == 1).mean() > 0.99


def test_an_offset_in_float32_changes_nothing() -> None:
    points = np.round(clustered(3_000), 1)
    far = (points * 16).round() / 16 + 2**12  # exact in float32
    one = every_neighbor(as_representation(far), 4, exact=False)
    other = every_neighbor(as_representation(far.astype(np.float32)), 4, exact=False)
    np.testing.assert_array_equal(one.neighbors.indices, other.neighbors.indices)
    near = every_neighbor(as_representation(far - 2**12), 4, exact=False)
    assert near.recall is not None
    assert one.recall is not None
    assert abs(one.recall.value - near.recall.value) < 0.02


def test_the_same_bytes_again() -> None:
    points = as_representation(clustered(3_000))
    first, again = (every_neighbor(points, 5, exact=False, seed=1) for _ in range(2))
    assert first.neighbors.indices.tobytes() == again.neighbors.indices.tobytes()
    assert first.neighbors.distances.tobytes() == again.neighbors.distances.tobytes()
    assert first.recall == again.recall


def test_many_repeats_still_find_as_many_neighbours() -> None:
    points = np.repeat(np.random.default_rng(0).normal(size=(3, 4)), 1_000, axis=0)
    found = every_neighbor(as_representation(points), 9, exact=False)
    assert (found.neighbors.distances == 0).all()
    assert all(len(set(row)) == 9 for row in found.neighbors.indices)


def test_what_it_refuses() -> None:
    with pytest.raises(InputError, match="k is 0; it must be between 1 and 99"):
        every_neighbor(as_representation(clustered(100)), 0, exact=False)
    with pytest.raises(UnsuitableError, match="got a graph"):
        every_neighbor(Representation(Graph(5, np.array([[0, 1], [2, 3]]))), 2)
