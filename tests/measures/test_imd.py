"""IMD: nothing between a cloud and itself, the same from both sides, a null that is one."""

import numpy as np
import pytest
from scipy.stats import kstest

from gromov.core import Distances, Executor, InputError, UnsuitableError, as_representation
from gromov.graphs import nearest_neighbors
from gromov.measures.comparisons.imd import _within, imd
from gromov.measures.heat_null import weights


def cloud(seed: int, n: int = 120, d: int = 6) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d))


def test_a_cloud_and_itself() -> None:
    found = imd(cloud(0), cloud(0), null=10)
    assert found.value.value == 0.0
    assert found.p_value == 1.0


def test_the_definition() -> None:
    from gromov.measures import heat_trace

    x, y = cloud(0), cloud(1) ** 3
    found = imd(x, y, null=5)
    a, b = (heat_trace(each, null_draws=2) for each in (x, y))
    exact = (weights(a.times) * np.abs(a.normalised - b.normalised)).max()
    assert abs(found.value.value - exact) < 3e-6  # the probes' error
    assert exact > 30e-6


def test_both_sides_and_moved_alone() -> None:
    x, y = cloud(0), cloud(1)
    found, back = imd(x, y, null=5), imd(y, x, null=5)
    assert found.value.value == back.value.value
    np.testing.assert_array_equal(found.difference, -back.difference)
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(6, 6)))[0]
    moved = imd(x, 7 * y @ turn + 3, null=5)
    assert moved.value.value == pytest.approx(found.value.value, rel=1e-9)


def test_the_filtered_search_is_the_search_of_the_half() -> None:
    pool = np.concatenate([cloud(0), cloud(1) + 1])
    near = nearest_neighbors(as_representation(pool), 12).indices
    side = np.random.default_rng(0).random(240) < 0.5
    found = _within(side, pool, near)
    np.testing.assert_array_equal(found.indices, nearest_neighbors(as_representation(pool[side]), 5).indices)


def test_the_null_is_uniform() -> None:
    p = [imd(cloud(2 * i, 60, 3), cloud(2 * i + 1, 60, 3), null=19).p_value for i in range(60)]
    jitter = np.random.default_rng(0).random(60) / 20
    assert kstest(np.array(p) - jitter, "uniform").pvalue > 0.01


def test_another_shape_is_seen() -> None:
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, 150)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    found = imd(circle, cloud(1, 150, 2), null=39)
    assert found.p_value == pytest.approx(1 / 40)
    assert found.value.value > 2 * found.null.high


def test_any_number_of_workers_and_sizes() -> None:
    x, y = cloud(0), cloud(1, 90)
    one, two = imd(x, y, null=12), imd(x, y, null=12, executor=Executor(2))
    np.testing.assert_array_equal(one.null.draws, two.null.draws)
    assert one.points == 90


def test_what_it_refuses() -> None:
    with pytest.raises(UnsuitableError, match="same dimension"):
        imd(cloud(0), cloud(1, d=5))
    with pytest.raises(UnsuitableError, match="needs points with coordinates"):
        imd(cloud(0), Distances(np.ones((5, 5)) - np.eye(5)))
    with pytest.raises(InputError, match="NaN"):
        imd(cloud(0), np.full((9, 6), np.nan))
    with pytest.raises(UnsuitableError, match="at least 8 points"):
        imd(cloud(0), cloud(1, 5))
