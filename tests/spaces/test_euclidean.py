"""Euclidean distances that do not cancel."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from gromov.core import Space
from gromov.spaces import EUCLIDEAN


def exact(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Distances in extended precision."""
    difference = np.asarray(x, dtype=np.longdouble)[:, None] - np.asarray(y, dtype=np.longdouble)
    return np.sqrt((difference**2).sum(axis=2)).astype(np.float64)


def relative(found: np.ndarray, expected: np.ndarray) -> float:
    assert (found[expected == 0] == 0).all()
    positive = expected > 0
    return float((np.abs(found - expected)[positive] / expected[positive]).max())


def test_three_four_five() -> None:
    x, y = np.array([[0.0, 0], [1, 1]]), np.array([[3.0, 4], [1, 1]])
    assert EUCLIDEAN.distance(x, y).tolist() == [5, 0]
    np.testing.assert_allclose(EUCLIDEAN.pairwise(x, y), [[5, np.sqrt(2)], [np.sqrt(13), 0]], rtol=1e-15)
    assert isinstance(EUCLIDEAN, Space)
    assert (EUCLIDEAN.name, EUCLIDEAN.curvature) == ("euclidean", 0)


@given(
    st.integers(0, 2**31),
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(1, 20),
    st.integers(-8, 8),
    st.sampled_from([np.float32, np.float64]),
)
def test_clouds_against_scipy(seed: int, n: int, m: int, d: int, power: int, dtype: type) -> None:
    rng = np.random.default_rng(seed)
    x, y = (rng.standard_normal((n, d)) * 10.0**power).astype(dtype), (rng.standard_normal((m, d)) * 10.0**power).astype(dtype)
    assert relative(EUCLIDEAN.pairwise(x, y), cdist(x.astype(float), y.astype(float))) <= 1e-12
    assert EUCLIDEAN.pairwise(x, y).dtype == np.float64


@pytest.mark.parametrize("offset", [0.0, 1e2, 1e4, 1e6, 1e8])
@pytest.mark.parametrize("spread", [1.0, 1e-3])
@pytest.mark.parametrize("clusters", [1, 2])
def test_clusters_far_from_the_origin_and_from_each_other(offset: float, spread: float, clusters: int) -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate([spread * rng.standard_normal((30, 5)) + offset * (clusters - 1 - side) for side in range(clusters)])
    assert relative(EUCLIDEAN.pairwise(x, x), exact(x, x)) <= 1e-11
    assert relative(EUCLIDEAN.pairwise(x, x[::-1].copy()), exact(x, x[::-1])) <= 1e-11


@pytest.mark.parametrize("shift", [10, 100, 1_000])
def test_a_line_of_float32_far_away(shift: float) -> None:
    x = (np.linspace(0, 1, 60)[:, None] * np.ones((1, 8)) + shift).astype(np.float32)
    assert relative(EUCLIDEAN.pairwise(x, x), exact(x, x)) <= 1e-12


@given(st.integers(0, 2**31), st.integers(1, 30), st.integers(1, 8))
def test_symmetric_with_a_zero_diagonal(seed: int, n: int, d: int) -> None:
    x = np.random.default_rng(seed).integers(-3, 4, (n, d)) * 0.1 + 7
    distances = EUCLIDEAN.pairwise(x, x)
    np.testing.assert_allclose(distances, distances.T, rtol=1e-14)
    assert (np.diagonal(distances) == 0).all()
    np.testing.assert_allclose(EUCLIDEAN.distance(x, x[::-1]), distances[np.arange(n), np.arange(n)[::-1]], rtol=1e-12, atol=1e-14)


def test_repairs_in_many_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["gromov.spaces.euclidean"], "_REPAIR_BYTES", 100)
    x = np.repeat(np.random.default_rng(0).standard_normal((5, 3)), 4, axis=0)
    assert relative(EUCLIDEAN.pairwise(x, x), exact(x, x)) <= 1e-12


def test_arguments_are_left_as_they_were() -> None:
    x = np.random.default_rng(0).standard_normal((9, 2))
    x.setflags(write=False)
    EUCLIDEAN.pairwise(x, x)
    EUCLIDEAN.distance(x, x)
