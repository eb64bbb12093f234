"""Intrinsic dimension: shapes that have one, formulas by hand, and data that break formulas."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import cdist
from scipy.special import betaln

from gromov.core import Distances, Graph, GromovError, UnsuitableError, as_representation
from gromov.data.synthetic import gaussian, hypercube, sphere, swiss_roll, torus
from gromov.graphs import nearest_neighbors
from gromov.measures import dimension
from gromov.measures.dimension_estimators import generalised_ratios, maximum_likelihood, two_nearest

SHAPES = {
    "sphere": (lambda: sphere(n=2_000, d=2), 2, 0.12),
    "swiss roll": (lambda: swiss_roll(n=2_000), 2, 0.15),
    "torus": (lambda: torus(n=2_000), 2, 0.12),
    "interval": (lambda: hypercube(n=2_000, d=1), 1, 0.1),
    "square": (lambda: hypercube(n=2_000, d=2), 2, 0.12),
    "cube of 5 dimensions": (lambda: hypercube(n=2_000, d=5), 5, 0.2),
    "plane among 20 coordinates": (lambda: gaussian(n=2_000, d=2) @ np.random.default_rng(0).standard_normal((2, 20)), 2, 0.12),
    "gaussian of 10 dimensions": (lambda: gaussian(n=2_000, d=10), 10, 0.25),
}


@pytest.mark.parametrize("name", SHAPES)
def test_known_dimensions(name: str) -> None:
    make, d, tolerance = SHAPES[name]
    found = dimension(make())
    for estimate in (found.twonn, found.mle):
        assert estimate.value == pytest.approx(d, rel=tolerance)
        assert estimate.ci is not None
        assert estimate.ci[0] * (1 - tolerance) <= d <= estimate.ci[1] * (1 + tolerance)
    assert found.correlation.value == pytest.approx(d, rel=2 * tolerance)
    if d <= 2:
        assert found.local_pca.value == pytest.approx(d, abs=0.6)
    assert found.findings()[0].answer.startswith(("About", "Between"))


def test_the_local_pca_of_flat_data_counts_their_dimensions() -> None:
    points = np.random.default_rng(0).uniform(size=(800, 3)) @ np.random.default_rng(1).standard_normal((3, 12))
    found = dimension(points)
    assert found.local_pca.value <= 3 + 1e-12
    assert found.ambient == 12


def test_twonn_by_hand() -> None:
    lengths = np.array([[1.0, 2.0], [1.0, 4.0], [2.0, 4.0], [1.0, np.nan]])
    assert two_nearest(lengths) == pytest.approx(2 / math.log(16))
    assert math.isnan(two_nearest(np.ones((3, 2))))


@pytest.mark.parametrize("d", [1, 3, 8])
def test_twonn_is_the_direct_formula(d: int) -> None:
    points = np.random.default_rng(d).standard_normal((300, d))
    distances = np.sort(cdist(points, points), axis=1)
    ratio = np.log(distances[:, 2] / distances[:, 1])
    assert dimension(points).twonn.value == pytest.approx(299 / ratio.sum(), rel=1e-6)


@given(st.integers(0, 2**31), st.floats(0.5, 15))
@settings(max_examples=8)
def test_gride_maximises_its_likelihood(seed: int, d: float) -> None:
    rng = np.random.default_rng(seed)
    volumes = rng.exponential(size=(100, 64)).cumsum(axis=1)
    lengths = volumes ** (1 / d)
    found = generalised_ratios(lengths, rng.integers(0, 8, 100))
    for k, value in zip((1, 2, 4, 8, 16, 32), found.value, strict=True):
        ratio = np.log(lengths[:, 2 * k - 1] / lengths[:, k - 1])

        def loss(x: float, k: int = k, ratio: np.ndarray = ratio) -> float:
            if k == 1:
                return -float((np.log(x) - x * ratio).sum())
            return -float((np.log(x) + (k - 1) * np.log(np.expm1(x * ratio)) - betaln(k, k) - (2 * k - 1) * x * ratio).sum())

        best = minimize_scalar(loss, bounds=(0.05, 60), method="bounded", options={"xatol": 1e-9}).x
        expected = best * 99 / 100 if k == 1 else best
        assert value == pytest.approx(expected, rel=1e-4)
        assert 0.3 * d < value < 3 * d


def test_maximum_likelihood_by_hand() -> None:
    lengths = np.array([[1.0, 2, 4, 8, 16], [1, 1, 1, 1, math.e], [1, 3, 9, 27, 81]])
    found = maximum_likelihood(lengths, np.arange(3))
    inverses = [math.log(16 * 8 * 4 * 2) / 4, 1.0, math.log(81 * 27 * 9 * 3) / 4]
    assert found.k.tolist() == [5]
    assert found.value[0] == pytest.approx(1 / np.mean(inverses))
    assert found.radius[0] == pytest.approx((16 + math.e + 81) / 3)


@pytest.mark.parametrize("d", [1, 2, 4])
def test_the_twonn_interval_covers(d: int) -> None:
    covered = 0
    for seed in range(60):
        points = np.random.default_rng(seed).uniform(size=(600, d))
        # on a torus there is no boundary, so the estimator is not biased by it
        away = np.abs(points[:, None] - points)
        distances = np.sqrt((np.minimum(away, 1 - away) ** 2).sum(axis=2))
        found = nearest_neighbors(as_representation(Distances(distances)), 2)
        regions = distances[:, :32].argmin(axis=1)
        scales = generalised_ratios(found.distances, regions)
        covered += scales.low[0] <= d <= scales.high[0]
    assert covered >= 50


def test_distances_give_what_points_give() -> None:
    points = np.random.default_rng(0).standard_normal((300, 4))
    one, two = dimension(points), dimension(Distances(cdist(points, points)))
    for name in ("twonn", "mle", "correlation"):
        a, b = getattr(one, name), getattr(two, name)
        assert a.value == pytest.approx(b.value, rel=1e-9)
        assert a.stderr == pytest.approx(b.stderr, rel=1e-6)
    assert two.ambient is None
    assert two.local_pca.reason
    assert two.null_twonn.reason
    two.figures()
    two.findings()


def test_neighbours_that_are_passed_are_those_that_are_searched() -> None:
    points = np.random.default_rng(0).standard_normal((200, 4))
    one, two = dimension(points), dimension(points, neighbors=nearest_neighbors(as_representation(points), 64))
    assert one.to_dict({}) == two.to_dict({})


def test_sampled_queries() -> None:
    points = np.random.default_rng(0).uniform(size=(3_000, 2))
    found = dimension(points, neighbors=nearest_neighbors(as_representation(points), 64, queries=500))
    assert found.queries == 500
    assert found.twonn.value == pytest.approx(2, rel=0.2)


def test_duplicates_are_counted_and_left_out() -> None:
    points = np.random.default_rng(0).uniform(size=(500, 2))
    found = dimension(np.concatenate([points, points[:50]]))
    assert found.duplicates == 100
    assert found.twonn.value == pytest.approx(2, rel=0.2)
    assert dimension(points).duplicates == 0


def test_gaussian_data_are_like_their_null() -> None:
    found = dimension(np.random.default_rng(0).standard_normal((800, 6)))
    assert found.sample_twonn == pytest.approx(found.null_twonn.value, rel=0.15)


def test_a_curved_sheet_is_below_its_null() -> None:
    found = dimension(swiss_roll(n=1_500))
    assert found.sample_twonn < 0.8 * found.null_twonn.value


GRID = np.stack(np.meshgrid(np.arange(8.0), np.arange(8.0)), axis=-1).reshape(-1, 2)
DEGENERATE = {
    "orthonormal rows": np.eye(10),
    "four on a line": np.arange(4.0)[:, None],
    "five places": np.repeat(np.random.default_rng(0).standard_normal((5, 3)), 10, axis=0),
    "two places": np.repeat(np.eye(2), 10, axis=0),
    "one apart": np.concatenate([np.zeros((19, 3)), np.ones((1, 3))]),
    "lattice": GRID,
    "words of bits": np.random.default_rng(0).integers(0, 2, (40, 6)).astype(np.uint8),
    "four points": np.random.default_rng(0).standard_normal((4, 3)),
    "five points": np.random.default_rng(0).standard_normal((5, 3)),
    "few in many dimensions": np.random.default_rng(0).standard_normal((8, 200)),
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_data_without_a_dimension_are_answered_or_refused_with_a_sentence(name: str) -> None:
    try:
        found = dimension(DEGENERATE[name])
    except GromovError:
        return
    for estimate in (found.twonn, found.mle, found.correlation, found.local_pca):
        assert math.isfinite(estimate.value) or estimate.reason
    found.figures()
    found.findings()


def test_graphs_are_refused() -> None:
    with pytest.raises(UnsuitableError, match="graph"):
        dimension(Graph(5, np.array([[0, 1], [1, 2], [2, 3], [3, 4]])))
