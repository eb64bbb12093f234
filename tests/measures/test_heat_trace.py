"""The heat trace of graphs known on paper, and what must not change it."""

import numpy as np
import pytest

from gromov.core import DataWarning, Distances, Executor, Graph, Representation, UnsuitableError
from gromov.graphs import Neighbors
from gromov.measures import HeatTrace, heat_trace
from gromov.spaces import EUCLIDEAN

T = np.geomspace(0.1, 10, 256)


def graph(dense: np.ndarray) -> Graph:
    return Graph(len(dense), np.argwhere(np.triu(dense, 1)))


def cycle(n: int) -> Graph:
    return Graph(n, np.stack([np.arange(n), (np.arange(n) + 1) % n], axis=1))


def bipartite(a: int, b: int) -> Graph:
    return Graph(a + b, np.array([[i, a + j] for i in range(a) for j in range(b)]))


def hypercube(d: int) -> Graph:
    return Graph(2**d, np.array([[w, w | 1 << b] for w in range(2**d) for b in range(d) if not w >> b & 1]))


def cycle_trace(n: int) -> np.ndarray:
    return np.exp(-T[:, None] * (1 - np.cos(2 * np.pi * np.arange(n) / n))).mean(axis=1)


CASES = {
    "complete": (graph(np.ones((9, 9))), (1 + 8 * np.exp(-T * 9 / 8)) / 9, (1 + 8 * np.exp(-9 * T)) / 9, 9 / 8),
    "bipartite": (
        bipartite(4, 7),
        (1 + np.exp(-2 * T) + 9 * np.exp(-T)) / 11,
        (1 + np.exp(-11 * T) + 3 * np.exp(-7 * T) + 6 * np.exp(-4 * T)) / 11,
        1.0,
    ),
    "cycle": (
        cycle(12),
        cycle_trace(12),
        np.exp(-2 * T[:, None] * (1 - np.cos(np.pi * np.arange(12) / 6))).mean(axis=1),
        1 - np.cos(np.pi / 6),
    ),
    "hypercube": (hypercube(5), ((1 + np.exp(-2 * T / 5)) / 2) ** 5, ((1 + np.exp(-2 * T)) / 2) ** 5, 2 / 5),
}


@pytest.mark.parametrize("name", CASES)
def test_graphs_known_on_paper(name: str) -> None:
    given, normalised, combinatorial, gap = CASES[name]
    found = heat_trace(given)
    np.testing.assert_allclose(found.times, T)
    np.testing.assert_allclose(found.normalised, normalised, rtol=1e-10)
    np.testing.assert_allclose(found.combinatorial, combinatorial, rtol=1e-10)
    assert found.spectral_gap == pytest.approx(gap, rel=1e-10)
    assert (found.components, found.isolated, found.exact, found.null) == (1, 0, True, None)
    assert found.density.sum() == pytest.approx(1)


def test_the_sampled_path_is_within_its_errors() -> None:
    found = heat_trace(cycle(3_000))
    assert not found.exact
    # three standard errors, and rounding where the quadrature is exact
    assert (np.abs(found.normalised - cycle_trace(3_000)) <= 3 * found.normalised_error + 1e-10).all()
    assert found.heat.stderr is not None
    assert found.heat.stderr < 1e-4


def test_the_gap_of_a_sampled_graph() -> None:
    assert heat_trace(hypercube(12)).spectral_gap == pytest.approx(2 / 12, rel=1e-5)


def test_pieces_and_lone_nodes() -> None:
    edges = np.concatenate([cycle(6).edges, cycle(5).edges + 6])
    found = heat_trace(Graph(13, edges))
    assert (found.components, found.isolated) == (4, 2)
    assert found.largest_component == pytest.approx(6 / 13)
    assert found.spectral_gap == pytest.approx(0.5)
    assert found.findings()[0].answer == "No: 4 pieces"


def cloud(n: int = 90) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, 4))


def test_moved_turned_scaled_permuted() -> None:
    points = cloud()
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(4, 4)))[0]
    order = np.random.default_rng(2).permutation(90)
    base = heat_trace(points, null_draws=2)
    for other in (points @ turn + 9, 1e-3 * points, points[order], Distances(EUCLIDEAN.pairwise(points, points))):
        found = heat_trace(other, null_draws=2)
        np.testing.assert_allclose(found.normalised, base.normalised, rtol=1e-10)
        np.testing.assert_allclose(found.combinatorial, base.combinatorial, rtol=1e-10, atol=1e-13)


def test_float32_far_from_the_origin() -> None:
    grid = (16 * cloud()).round() / 16
    far = (grid + 4096).astype(np.float32)  # exact in float32
    np.testing.assert_array_equal(far.astype(np.float64) - 4096, grid)
    np.testing.assert_allclose(heat_trace(far, null_draws=2).normalised, heat_trace(grid, null_draws=2).normalised, rtol=1e-10)


def same(one: HeatTrace, two: HeatTrace) -> bool:
    first: dict[str, np.ndarray] = {}
    second: dict[str, np.ndarray] = {}
    return one.to_dict(first) == two.to_dict(second) and all(first[key].tobytes() == second[key].tobytes() for key in first)


def test_any_number_of_workers() -> None:
    assert same(heat_trace(cloud(), null_draws=6), heat_trace(cloud(), null_draws=6, executor=Executor(2)))


def test_a_gaussian_is_like_its_null_and_clusters_are_not() -> None:
    assert heat_trace(cloud(300)).null.p_value > 0.05  # type: ignore[union-attr]
    clusters = cloud(300) * 0.05 + np.repeat(np.eye(4), 75, axis=0)
    found = heat_trace(clusters)
    assert found.null is not None
    assert found.null.p_value <= 0.05
    assert found.findings()[1].answer == "Yes"
    assert found.components == 4


def test_neighbours_of_a_sample_are_not_used() -> None:
    some = Neighbors(np.arange(3), np.ones((3, 5), dtype=int), np.ones((3, 5)), 0, 90)
    assert same(heat_trace(cloud(), neighbors=some, null_draws=2), heat_trace(cloud(), null_draws=2))


def test_a_curved_space_is_refused() -> None:
    from gromov.spaces import Hyperbolic

    with pytest.raises(UnsuitableError, match="Euclidean space"):
        heat_trace(Representation(cloud() / 20, space=Hyperbolic()))


def test_both_laplacians_are_right_where_they_are_sampled() -> None:
    """A star beside a cycle: a hub of 2,500 edges, whose heat few Lanczos steps would lose."""
    n, m = 2_500, 500
    star = np.stack([np.zeros(n, dtype=int), np.arange(1, n + 1)], axis=1)
    found = heat_trace(Graph(n + 1 + m, np.concatenate([star, cycle(m).edges + n + 1])))
    angle = 2 * np.pi * np.arange(m) / m
    t = T[:, None]
    # a star has eigenvalues 0, 1 (n − 1 times) and 2, or, D − A, 0, 1 and n + 1
    normalised = 1 + np.exp(-2 * T) + (n - 1) * np.exp(-T) + np.exp(-t * (1 - np.cos(angle))).sum(axis=1)
    combinatorial = 1 + np.exp(-(n + 1) * T) + (n - 1) * np.exp(-T) + np.exp(-2 * t * (1 - np.cos(angle))).sum(axis=1)
    assert not found.exact
    for value, error, truth in (
        (found.normalised, found.normalised_error, normalised),
        (found.combinatorial, found.combinatorial_error, combinatorial),
    ):
        assert (np.abs(value - truth / (n + 1 + m)) <= 3 * error + 1e-10).all()
        assert (error < 1e-2).all()


def test_a_low_recall_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gromov.graphs.approximate.EXACT_WORK", 0.0)
    monkeypatch.setattr("gromov.graphs.approximate.MOST_EXACT_WORK", 0.0)
    monkeypatch.setattr("gromov.graphs.approximate._WALK_WORK", 0.0)  # the narrowest walk alone is affordable
    points = np.random.default_rng(0).normal(size=(6_000, 64))
    with pytest.warns(DataWarning, match="of the true neighbours of 6,000 points"):
        found = heat_trace(points, null_draws=1)
    assert found.recall is not None
    assert found.recall.value < 0.9
    poor = found.findings()[1]
    assert (poor.question, poor.answer, poor.tone) == ("Is its neighbour graph the true one?", "No", "bad")
    assert "recall" in found.figures()[0].caption.sure


def test_a_good_recall_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gromov.graphs.approximate.EXACT_WORK", 0.0)
    monkeypatch.setattr("gromov.graphs.approximate.MOST_EXACT_WORK", 0.0)
    found = heat_trace(np.random.default_rng(0).normal(size=(3_000, 4)), null_draws=1)
    assert found.recall is not None
    assert found.recall.value > 0.9
    assert len(found.findings()) == 2
