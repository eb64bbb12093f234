"""What must not change when a cloud is moved, turned, scaled or listed in another order."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gromov.core import Distances, Estimate
from gromov.measures import dimension, exact_delta, hyperbolicity, layout, spectrum
from gromov.spaces import EUCLIDEAN

FEW = settings(max_examples=5)
SEEDS = st.integers(0, 2**31)


def cloud(seed: int, n: int = 70, d: int = 4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) * rng.uniform(0.5, 3, d)


def turned(points: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return points @ np.linalg.qr(rng.standard_normal((points.shape[1],) * 2))[0]


def close(one: Estimate, two: Estimate, factor: float = 1.0, rel: float = 1e-6) -> None:
    assert two.value == pytest.approx(factor * one.value, rel=rel)
    assert two.stderr == pytest.approx(factor * (one.stderr or 0), rel=1e-3)


def agree(one: Estimate, two: Estimate) -> None:
    """Two draws of one sampled number, within their errors."""
    assert abs(one.value - two.value) <= 5 * math.hypot(one.stderr or 0, two.stderr or 0) + 1e-12


@given(SEEDS, st.floats(-1e3, 1e3), st.sampled_from([1e-3, 1.0, 1e4]))
@FEW
def test_hyperbolicity_of_a_moved_turned_scaled_cloud(seed: int, shift: float, scale: float) -> None:
    points = cloud(seed)
    one, two = hyperbolicity(points, null_draws=3), hyperbolicity(scale * (turned(points, seed) + shift), null_draws=3)
    for name in ("delta_lower", "delta_upper", "diameter", "diameter_upper"):
        assert getattr(two, name) == pytest.approx(scale * getattr(one, name), rel=1e-9)
    for name in ("relative_delta", "trimmed_relative_delta"):
        assert getattr(two, name) == pytest.approx(getattr(one, name), rel=1e-9)
    assert one.exact
    assert two.exact
    assert set(one.witness) == set(two.witness)
    close(one.mean_delta, two.mean_delta, scale)
    close(one.mean_relative_delta, two.mean_relative_delta)
    assert two.curvature.four_point == pytest.approx(one.curvature.four_point / scale**2, rel=1e-9)
    assert two.curvature.khrulkov2020 == pytest.approx(one.curvature.khrulkov2020, rel=1e-9)
    np.testing.assert_allclose(two.base_points, one.base_points, rtol=1e-9)


@given(SEEDS)
@FEW
def test_hyperbolicity_of_a_cloud_in_another_order(seed: int) -> None:
    points = cloud(seed)
    order = np.random.default_rng(seed).permutation(len(points))
    one, two = hyperbolicity(points, null_draws=3), hyperbolicity(points[order], null_draws=3)
    for name in ("delta_lower", "delta_upper", "diameter", "relative_delta", "trimmed_relative_delta"):
        assert getattr(two, name) == pytest.approx(getattr(one, name), rel=1e-9)
    assert set(order[list(two.witness)]) == set(one.witness)
    agree(one.mean_delta, two.mean_delta)
    agree(one.mean_relative_delta, two.mean_relative_delta)


@given(SEEDS, st.integers(5, 30))
def test_adding_points_never_lowers_delta(seed: int, n: int) -> None:
    points = cloud(seed, n)
    distances = EUCLIDEAN.pairwise(points, points)
    values = [exact_delta(distances[:m, :m], ptolemaic=True).lower for m in range(4, n + 1, 3)]
    assert (np.diff(values) >= -1e-9 * distances.max()).all()


@given(SEEDS)
@FEW
def test_distances_of_points_say_what_the_points_say(seed: int) -> None:
    points = cloud(seed)
    one, two = hyperbolicity(points, null_draws=3), hyperbolicity(Distances(EUCLIDEAN.pairwise(points, points)), null_draws=3)
    assert two.delta_lower == pytest.approx(one.delta_lower, rel=1e-9)
    close(one.mean_delta, two.mean_delta)
    close(one.null.mean_relative, two.null.mean_relative, rel=1e-3)


@given(SEEDS, st.sampled_from([1e-3, 1.0, 1e4]))
@FEW
def test_the_spectrum_of_a_turned_scaled_cloud(seed: int, scale: float) -> None:
    points = cloud(seed)
    one, two = spectrum(points), spectrum(scale * turned(points, seed))
    for name in ("effective_rank", "stable_rank", "participation_ratio", "centered_effective_rank", "anisotropy"):
        assert getattr(two, name).value == pytest.approx(getattr(one, name).value, rel=1e-9, abs=1e-12)
    np.testing.assert_allclose(two.singular_values, scale * one.singular_values, rtol=1e-9)
    np.testing.assert_allclose(two.eigenvalues, scale**2 * one.eigenvalues, rtol=1e-9)
    np.testing.assert_allclose(two.eigenvalues_high, scale**2 * one.eigenvalues_high, rtol=1e-6)


@given(SEEDS, st.floats(-1e3, 1e3))
@FEW
def test_the_spectrum_of_a_moved_cloud_in_another_order(seed: int, shift: float) -> None:
    points = cloud(seed)
    one, two = spectrum(points), spectrum(points + shift)
    np.testing.assert_allclose(two.eigenvalues, one.eigenvalues, rtol=1e-8)
    assert two.participation_ratio.value == pytest.approx(one.participation_ratio.value, rel=1e-8)
    mixed = spectrum(points[np.random.default_rng(seed).permutation(len(points))])
    for name in ("effective_rank", "stable_rank", "participation_ratio", "anisotropy"):
        assert getattr(mixed, name).value == pytest.approx(getattr(one, name).value, rel=1e-9, abs=1e-12)


@given(SEEDS, st.floats(-1e3, 1e3), st.sampled_from([1e-3, 1.0, 1e4]))
@FEW
def test_the_dimension_of_a_moved_turned_scaled_cloud(seed: int, shift: float, scale: float) -> None:
    points = cloud(seed, 120)
    one, two = dimension(points), dimension(scale * (turned(points, seed) + shift))
    for name in ("twonn", "mle", "correlation", "local_pca"):
        close(getattr(one, name), getattr(two, name), rel=1e-5)
    np.testing.assert_allclose(two.twonn_scales.radius, scale * one.twonn_scales.radius, rtol=1e-6)


@given(SEEDS)
@FEW
def test_the_dimension_of_a_cloud_in_another_order(seed: int) -> None:
    points = cloud(seed, 120)
    one, two = dimension(points), dimension(points[np.random.default_rng(seed).permutation(120)])
    for name in ("twonn", "mle", "local_pca", "correlation"):
        assert getattr(two, name).value == pytest.approx(getattr(one, name).value, rel=1e-9)


@given(SEEDS, st.floats(-1e3, 1e3), st.sampled_from([1e-3, 1.0, 1e4]))
@FEW
def test_the_map_of_a_moved_turned_scaled_cloud_in_another_order(seed: int, shift: float, scale: float) -> None:
    points = cloud(seed)
    order = np.random.default_rng(seed).permutation(len(points))
    one, two = layout(points), layout(scale * (turned(points, seed) + shift)[order])
    assert two.explained == pytest.approx(one.explained, rel=1e-9)
    size = np.abs(one.coordinates).max()
    np.testing.assert_allclose(np.abs(two.coordinates), scale * np.abs(one.coordinates[order]), atol=1e-5 * scale * size)
