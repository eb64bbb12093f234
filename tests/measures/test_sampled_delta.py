"""The mean δ as a U-statistic: its value, its interval, its sample."""

import math

import numpy as np
import pytest
from four_point_references import all_quadruples, euclidean, random_metric
from hypothesis import given, settings
from hypothesis import strategies as st

from gromov.measures.four_point import sampled_delta
from gromov.measures.four_point.metric import MatrixMetric, PointMetric
from gromov.measures.four_point.sampled import quadruple_values


def test_four_points_of_a_square() -> None:
    square = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
    found = sampled_delta(PointMetric(square))
    assert found.mean.value == pytest.approx(math.sqrt(2) - 1)
    assert found.mean_relative.value == pytest.approx(1 - 1 / math.sqrt(2))


@given(st.integers(0, 2**31), st.integers(4, 20), st.booleans())
@settings(max_examples=20)
def test_the_complete_statistic_is_the_mean_over_all_quadruples(seed: int, n: int, flat: bool) -> None:
    distances = euclidean(np.random.default_rng(seed).standard_normal((n, 3))) if flat else random_metric(n, seed)
    found = sampled_delta(MatrixMetric(distances))
    deltas, relative, _ = all_quadruples(distances)
    assert found.mean.value == pytest.approx(deltas.mean(), rel=1e-12)
    assert found.mean_relative.value == pytest.approx(relative.mean(), rel=1e-12)
    assert found.mean.seed is None
    np.testing.assert_allclose(np.sort(found.deltas), np.sort(deltas), atol=1e-12)


def test_the_complete_standard_error_is_the_jackknife() -> None:
    n = 14
    distances = euclidean(np.random.default_rng(0).standard_normal((n, 3)))
    deltas, _, index = all_quadruples(distances)
    left_out = np.array([deltas[(index != i).all(axis=1)].mean() for i in range(n)])
    expected = math.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum())
    # 4 σ̂(mean δ of quadruples with i)/√n · (n − 1)/(n − 4) is the same number, written without leaving out
    assert sampled_delta(MatrixMetric(distances)).mean.stderr == pytest.approx(expected, rel=1e-9)


def test_a_sampled_statistic_agrees_with_the_complete_one() -> None:
    distances = euclidean(np.random.default_rng(1).standard_normal((40, 4)))
    deltas, relative, _ = all_quadruples(distances)
    found = sampled_delta(MatrixMetric(distances), quadruples=60_000, seed=3)
    assert len(found.deltas) == 60_000
    assert found.mean.seed == 3
    assert found.mean.value == pytest.approx(deltas.mean(), abs=5 * deltas.std() / math.sqrt(30_000))
    assert found.mean_relative.value == pytest.approx(relative.mean(), abs=5 * relative.std() / math.sqrt(30_000))
    complete = sampled_delta(MatrixMetric(distances)).mean.stderr
    assert complete is not None
    assert found.mean.stderr == pytest.approx(complete, rel=0.4)


def test_the_interval_covers() -> None:
    d = 5
    rng = np.random.default_rng(7)
    quadruples = rng.standard_normal((4, 400_000, d))
    lengths = {(i, j): np.linalg.norm(quadruples[i] - quadruples[j], axis=1) for i in range(4) for j in range(i)}
    sums = np.sort([lengths[1, 0] + lengths[3, 2], lengths[2, 0] + lengths[3, 1], lengths[3, 0] + lengths[2, 1]], axis=0)
    truth = float((sums[2] - sums[1]).mean() / 2)
    covered = 0
    for seed in range(100):
        points = np.random.default_rng(1_000 + seed).standard_normal((200, d))
        interval = sampled_delta(MatrixMetric(euclidean(points)), quadruples=100_000, seed=seed).mean.ci
        assert interval is not None
        covered += interval[0] <= truth <= interval[1]
    assert 88 <= covered <= 100


def test_values_of_quadruples_that_coincide() -> None:
    points = np.zeros((4, 2))
    points[3] = 1
    deltas, relative = quadruple_values(PointMetric(points), np.array([[0, 1, 2, 0], [0, 1, 2, 3]]))
    assert deltas.tolist() == [0, 0]
    assert relative.tolist() == [0, 0]


@pytest.mark.parametrize("n", [5, 6])
def test_few_points_and_few_quadruples_end(n: int) -> None:
    # pairs of quadruples that share one point need seven
    import signal

    def give_up(*_: object) -> None:
        raise TimeoutError("sampled_delta does not end")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(5)
    try:
        sampled_delta(PointMetric(np.random.default_rng(0).standard_normal((n, 2))), quadruples=3)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
