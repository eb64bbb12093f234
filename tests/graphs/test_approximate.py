"""Approximate neighbours: what is found is true, what is missed is said."""

import numpy as np
import pytest

from gromov.core import Graph, InputError, Representation, UnsuitableError, as_representation
from gromov.graphs import Neighbors, every_neighbor, nearest_neighbors
from gromov.graphs.approximate import GOOD_RECALL, _NavigableGraph, _recall


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
    assert found.recall.ci is not None
    low, high = found.recall.ci
    # twice the interval's width on each side: four standard errors
    assert 2 * low - found.recall.value <= true <= 2 * high - found.recall.value
    # a distance that was found is right, and none is below the true one
    same = found.neighbors.indices == truth.indices
    np.testing.assert_array_equal(found.neighbors.distances[same], truth.distances[same])
    assert (found.neighbors.distances >= truth.distances).all()
    assert (found.neighbors.indices != np.arange(6_000)[:, None]).all()


def test_points_on_a_line_have_their_neighbours() -> None:
    order = np.random.default_rng(0).permutation(4_000)
    found = every_neighbor(as_representation(order[:, None].astype(float)), 2, exact=False)
    assert found.recall is not None
    assert found.recall.ci is not None
    # within the line the two true neighbours are at distance 1, at its ends at 1 and 2
    last = np.where((order == 0) | (order == 3_999), 2, 1)[:, None]
    true = (found.neighbors.distances <= last).mean()
    assert 2 * found.recall.ci[0] - found.recall.value <= true <= 2 * found.recall.ci[1] - found.recall.value


def test_an_offset_in_float32_changes_nothing() -> None:
    points = np.round(clustered(3_000), 1)
    far = (points * 16).round() / 16 + 2**12  # exact in float32
    one = every_neighbor(as_representation(far), 4, exact=False)
    other = every_neighbor(as_representation(far.astype(np.float32)), 4, exact=False)
    np.testing.assert_array_equal(one.neighbors.indices, other.neighbors.indices)
    near = every_neighbor(as_representation(far - 2**12), 4, exact=False)
    assert near.recall is not None
    assert one.recall is not None
    assert one.recall.ci is not None
    assert near.recall.ci is not None
    # without the offset the centred points round otherwise, and the walks differ: two recalls of equal searches, four standard errors
    assert abs(one.recall.value - near.recall.value) <= np.hypot(np.diff(one.recall.ci), np.diff(near.recall.ci))


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


def test_the_interval_of_the_recall_covers_it() -> None:
    """Searches that miss each neighbour of some points with a known probability, 200 of them at each recall."""
    rng = np.random.default_rng(0)
    points, k = 1_000, 5
    truth = Neighbors(np.arange(points), np.zeros((points, k), dtype=int), np.ones((points, k)), 0, points)
    for hard, missed in ((1.0, 0.5), (0.3, 0.4), (0.02, 0.5), (1.0, 0.0005)):  # all points alike, or some hard ones
        covered = 0
        for _ in range(200):
            miss = (rng.random((points, 1)) < hard) & (rng.random((points, k)) < missed)
            found = _recall(Neighbors(truth.queries, truth.indices, 1.0 + miss, 0, points), truth, 0)
            assert found.ci is not None
            covered += found.ci[0] <= 1 - hard * missed <= found.ci[1]
        # binomial(200, .95): three standard errors below are 181
        assert covered >= 181


def test_a_search_without_a_miss_is_not_sure_to_miss_none() -> None:
    truth = Neighbors(np.arange(1_000), np.zeros((1_000, 5), dtype=int), np.ones((1_000, 5)), 0, 1_000)
    found = _recall(truth, truth, 0)
    assert found.value == 1
    assert found.ci == pytest.approx((1 / (1 + 1.96**2 / 1_000), 1.0))  # Wilson's interval for 1,000 of 1,000


def test_the_walk_is_widened_until_it_finds_nine_in_ten() -> None:
    """A Gaussian in 32 dimensions has no short cut: the narrowest walk misses many."""
    points = as_representation(np.random.default_rng(0).normal(size=(20_000, 32)))
    truth = nearest_neighbors(points, 5, queries=500, seed=9)
    graph = _NavigableGraph(points, 10)
    narrow = (graph.search(truth.queries)[:, :, None] == truth.indices[:, None, :]).any(axis=1).mean()
    assert narrow < GOOD_RECALL
    assert graph.widen(nearest_neighbors(points, 5, queries=300, seed=1))
    wide = (graph.search(truth.queries)[:, :, None] == truth.indices[:, None, :]).any(axis=1).mean()
    assert wide > GOOD_RECALL - 3 * np.sqrt(0.09 / 500)  # chosen on other points: up to its error


def test_all_pairs_are_looked_at_where_a_good_walk_would_take_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    points = as_representation(np.random.default_rng(0).normal(size=(3_000, 32)))
    monkeypatch.setattr("gromov.graphs.approximate.EXACT_WORK", 1e8)
    found = every_neighbor(points, 5)
    assert (found.exact, found.recall) == (True, None)
    np.testing.assert_array_equal(found.neighbors.indices, nearest_neighbors(points, 5).indices)
    monkeypatch.setattr("gromov.graphs.approximate.MOST_EXACT_WORK", 1e8)
    assert not every_neighbor(points, 5).exact
