"""Certified intervals: they contain the exact answer, which a matrix of all distances gives."""

import sys

import numpy as np
import pytest
from four_point_references import Sphere, euclidean, grid, plain_path_lengths, random_metric
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from gromov.core import DataWarning, Distances, Graph
from gromov.measures import exact_delta, hyperbolicity
from gromov.measures.four_point import bounded_delta, diameter_bounds
from gromov.measures.four_point import diameter as diameters
from gromov.measures.four_point import interval as intervals
from gromov.measures.four_point.interval import farthest_points
from gromov.measures.four_point.metric import MatrixMetric, PointMetric, metric_of

CLOUDS = {
    "normal": lambda rng: rng.standard_normal((300, 6)),
    "line": lambda rng: rng.uniform(size=(300, 1)) * np.ones((1, 3)),
    "clusters": lambda rng: rng.standard_normal((300, 3)) + 20 * rng.integers(0, 3, (300, 1)),
    "outlier": lambda rng: np.concatenate([rng.standard_normal((299, 3)), [[50.0, 0, 0]]]),
    "duplicates": lambda rng: np.repeat(rng.standard_normal((60, 4)), 5, axis=0),
}


@pytest.fixture
def _few_landmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "LANDMARKS", 20)
    monkeypatch.setattr(intervals, "POOL", 150)


@pytest.mark.usefixtures("_few_landmarks")
@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("seed", range(3))
def test_landmarks_bracket_the_exact_delta(cloud: str, seed: int) -> None:
    points = CLOUDS[cloud](np.random.default_rng(seed))
    distances = euclidean(points)
    expected = exact_delta(distances, ptolemaic=True)
    found = bounded_delta(PointMetric(points), diameter_upper=float(distances.max()), seed=seed)
    assert found.lower <= expected.upper + 1e-9 * distances.max()
    assert found.upper >= expected.lower - 1e-9 * distances.max()
    assert len(set(found.witness)) == 4 or found.lower < 1e-9


@pytest.mark.usefixtures("_few_landmarks")
@pytest.mark.parametrize("seed", range(3))
def test_landmarks_bracket_delta_in_spaces_that_are_not_ptolemaic(seed: int) -> None:
    points = np.random.default_rng(seed).standard_normal((200, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    for metric in (PointMetric(points, Sphere()), MatrixMetric(random_metric(200, seed))):
        everyone = np.arange(200)
        distances = metric.pairwise(everyone, everyone)
        expected = exact_delta(distances, ptolemaic=False)
        found = bounded_delta(metric, diameter_upper=float(distances.max()), seed=seed)
        assert found.lower <= expected.upper + 1e-9 <= found.upper + 2e-9


def test_the_instrument_returns_an_interval_beyond_the_exact_search(monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.random.default_rng(0).standard_normal((300, 4))
    exact = hyperbolicity(points, null_draws=2)
    monkeypatch.setattr(sys.modules["gromov.measures.hyperbolicity"], "EXACT_UP_TO", 100)
    monkeypatch.setattr(intervals, "LANDMARKS", 40)
    bounded = hyperbolicity(points, null_draws=2)
    assert exact.exact
    assert not bounded.exact
    assert bounded.delta_lower <= exact.delta_lower * (1 + 1e-12) <= bounded.delta_upper * (1 + 2e-12)
    assert bounded.diameter <= exact.diameter * (1 + 1e-12) <= bounded.diameter_upper * (1 + 2e-12)


def test_a_sampled_graph_brackets_the_delta_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["gromov.measures.four_point.metric"]
    monkeypatch.setattr(module, "GRAPH_NODES", 50)
    monkeypatch.setattr(module, "_GRAPH_SAMPLE", 40)
    found = hyperbolicity(grid(8, 9), null_draws=2)
    assert not found.exact
    assert found.delta_lower <= 7 <= found.delta_upper
    assert found.diameter <= 15 <= found.diameter_upper
    assert found.n == 40
    assert max(found.witness) < 72


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_diameter_of_a_cloud(cloud: str) -> None:
    points = CLOUDS[cloud](np.random.default_rng(0))
    exact = euclidean(points).max()
    lower, upper = diameter_bounds(PointMetric(points))
    assert lower == pytest.approx(exact, rel=1e-6)
    assert lower <= exact * (1 + 1e-12)
    assert exact <= upper <= exact * (1 + 1e-4)


@pytest.mark.parametrize("shape", ["normal", "heavy", "shell", "offset"])
def test_the_diameter_with_blocks_skipped(shape: str) -> None:
    rng = np.random.default_rng(1)
    points = rng.standard_normal((5_000, 3))
    if shape == "heavy":
        points = rng.standard_t(2, (5_000, 3))
    elif shape == "shell":
        points /= np.linalg.norm(points, axis=1, keepdims=True)
    elif shape == "offset":
        points = (points + 1e4).astype(np.float32)
    exact = max(float(cdist(points[start : start + 500], points).max()) for start in range(0, 5_000, 500))
    lower, upper = diameter_bounds(PointMetric(points))
    assert lower <= exact * (1 + 1e-9)
    assert exact <= upper * (1 + 1e-12)
    assert upper <= lower * (1 + 1e-4)


def test_the_diameter_is_only_bounded_when_all_pairs_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diameters, "ALL_PAIRS_WORK", 10.0)
    points = np.random.default_rng(0).standard_normal((500, 5))
    lower, upper = diameter_bounds(PointMetric(points))
    assert lower <= euclidean(points).max() <= upper


def test_the_diameter_of_a_curved_space_is_bounded() -> None:
    points = np.random.default_rng(0).standard_normal((500, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    exact = Sphere().pairwise(points, points).max()
    lower, upper = diameter_bounds(PointMetric(points, Sphere()))
    assert lower <= exact <= upper


@given(st.integers(0, 2**31), st.integers(4, 30), st.integers(2, 30))
@settings(max_examples=30)
def test_farthest_points_are_greedy(seed: int, n: int, count: int) -> None:
    points = np.random.default_rng(seed).standard_normal((n, 2))
    distances = euclidean(points)
    found = farthest_points(PointMetric(points), np.arange(n), count)
    expected = [0]
    while len(expected) < min(n, count):
        expected.append(int(distances[expected].min(axis=0).argmax()))
    assert found.tolist() == expected


def test_farthest_points_stop_at_duplicates() -> None:
    points = np.repeat(np.eye(3), 4, axis=0)
    assert farthest_points(PointMetric(points), np.arange(12), 10).tolist() == [0, 4, 8]


def test_a_metric_of_each_kind() -> None:
    from gromov.core import Distances, as_representation

    points = np.random.default_rng(0).standard_normal((12, 3)).astype(np.float32)
    i, j = np.array([0, 3, 5]), np.array([2, 3, 11])
    exact = euclidean(points.astype(float))
    for data in (points, Distances(exact)):
        metric, covered, limit = metric_of(as_representation(data), seed=0)
        assert covered.tolist() == list(range(12))
        assert limit == np.inf
        np.testing.assert_allclose(metric.distance(i, j), exact[i, j], rtol=1e-12)
        np.testing.assert_allclose(metric.pairwise(i, j), exact[np.ix_(i, j)], rtol=1e-12)
    graph = grid(3, 4)
    metric, _, _ = metric_of(as_representation(graph), seed=0)
    assert (metric.step, metric.ptolemaic) == (0.5, False)
    np.testing.assert_array_equal(metric.pairwise(i, j), plain_path_lengths(graph)[np.ix_(i, j)])
    long = Graph(graph.nodes, graph.edges, np.full(len(graph.edges), 0.3))
    assert metric_of(as_representation(long), seed=0)[0].step == 0


def test_distances_that_are_no_metric_are_not_called_exact() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.uniform(0.01, 1, size=(30, 30))
    matrix = (matrix + matrix.T) / 2
    matrix[0, 1] = matrix[1, 0] = 10  # far from each other, near to all others
    np.fill_diagonal(matrix, 0)
    with pytest.warns(DataWarning, match="triangle inequality"):
        found = hyperbolicity(Distances(matrix), null_draws=2)
    assert not found.exact
    assert found.delta_upper == found.diameter_upper == 10
