"""Numbers of a spectrum: closed forms, the singular value decomposition, and their errors."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gromov.core import Distances, Representation, UnsuitableError, as_representation
from gromov.measures import spectrum
from gromov.measures.jackknife import GROUPS, jackknife
from gromov.measures.moments import moments, principal_axes
from gromov.measures.spectral_numbers import effective_rank, participation_ratio, power_law, power_law_window, stable_rank


def orthonormal(n: int, k: int, seed: int = 0) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((n, k)))[0]


def with_singular_values(values: np.ndarray, n: int, d: int, *, centered: bool = False) -> np.ndarray:
    """n × d matrix with these singular values; rows sum to zero when centred."""
    left = np.random.default_rng(1).standard_normal((n, len(values)))
    if centered:
        left -= left.mean(axis=0)
    return np.linalg.qr(left)[0] * values @ orthonormal(d, len(values), 2).T


def rank_me(points: np.ndarray) -> float:
    singular = np.linalg.svd(np.asarray(points, dtype=np.float64), compute_uv=False)
    return effective_rank(singular[singular > max(points.shape) * 2.0**-52 * singular[0]])


@pytest.mark.parametrize("k", [1, 2, 7])
def test_k_equal_values(k: int) -> None:
    values = np.concatenate([np.full(k, 3.0), np.zeros(4)])
    assert effective_rank(values) == pytest.approx(k)
    assert stable_rank(values) == pytest.approx(k)
    assert participation_ratio(values) == pytest.approx(k)


def test_two_values_by_hand() -> None:
    assert effective_rank(np.array([3.0, 1.0])) == pytest.approx(4 / 3**0.75)
    assert stable_rank(np.array([2.0, 1.0])) == pytest.approx(1.25)
    assert participation_ratio(np.array([3.0, 1.0])) == pytest.approx(1.6)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 2.7])
def test_the_power_law_of_a_power_law(exponent: float) -> None:
    eigenvalues = 5 * np.arange(1.0, 201) ** -exponent
    assert power_law_window(eigenvalues) == (10, 100)
    assert power_law(eigenvalues, (10, 100)) == pytest.approx(exponent, abs=1e-12)
    assert math.isnan(power_law(eigenvalues, (3, 3)))


@pytest.mark.parametrize("k", [1, 3, 8])
def test_points_with_k_equal_singular_values(k: int) -> None:
    found = spectrum(with_singular_values(np.full(k, 2.0), 200, 12, centered=True))
    assert found.effective_rank.value == pytest.approx(k, rel=1e-9)
    assert found.stable_rank.value == pytest.approx(k, rel=1e-9)
    assert found.participation_ratio.value == pytest.approx(k, rel=1e-9)
    assert found.centered_effective_rank.value == pytest.approx(k, rel=1e-6)
    assert found.rank == k
    assert found.condition == pytest.approx(1, rel=1e-6)
    np.testing.assert_allclose(found.singular_values[:k], 2, rtol=1e-9)
    np.testing.assert_allclose(found.eigenvalues[:k], 4 / 199, rtol=1e-9)


def test_orthonormal_rows() -> None:
    found = spectrum(np.eye(10))
    assert found.effective_rank.value == pytest.approx(10)
    assert found.stable_rank.value == pytest.approx(10)
    assert found.participation_ratio.value == pytest.approx(9)
    assert found.anisotropy.value == pytest.approx(0, abs=1e-12)


def test_rank_one() -> None:
    found = spectrum(np.outer(np.random.default_rng(0).standard_normal(100), np.arange(1.0, 9)))
    assert (found.rank, found.duplicate_dimensions, found.dead_dimensions) == (1, 7, 0)
    assert found.participation_ratio.value == pytest.approx(1)
    assert found.stable_rank.value == pytest.approx(1)
    assert found.findings()[0].answer == "Yes"


SHAPES = {
    "gaussian": lambda rng: rng.standard_normal((2_000, 64)),
    "offset": lambda rng: rng.standard_normal((500, 16)) + 1_000,
    "float32 offset": lambda rng: (rng.standard_normal((500, 16)) + 1_000).astype(np.float32),
    "wide": lambda rng: rng.standard_normal((40, 300)),
    "square": lambda rng: rng.standard_normal((50, 50)),
    "ill-conditioned": lambda _: with_singular_values(np.logspace(0, -12, 40), 500, 40),
    "very ill-conditioned": lambda _: with_singular_values(np.logspace(0, -9, 30), 200, 60),
    "rank deficient": lambda rng: rng.standard_normal((300, 5)) @ rng.standard_normal((5, 40)),
    "integers": lambda rng: rng.integers(0, 16, (300, 20)),
    "bytes": lambda rng: rng.integers(0, 256, (300, 20)).astype(np.uint8),
    "one row counts": lambda rng: np.concatenate([np.zeros((30, 3)), rng.standard_normal((1, 3))]),
    "zeros": lambda rng: np.where(rng.uniform(size=(100, 30)) < 0.9, 0, 1.0),
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_numbers_are_those_of_the_singular_value_decomposition(name: str) -> None:
    points = SHAPES[name](np.random.default_rng(0))
    found = spectrum(points)
    given = np.asarray(points, dtype=np.float64)
    singular = np.linalg.svd(given, compute_uv=False)
    eigenvalues = np.linalg.svd(given - given.mean(axis=0), compute_uv=False) ** 2 / (len(given) - 1)
    assert found.effective_rank.value == pytest.approx(rank_me(points), rel=1e-8)
    assert found.stable_rank.value == pytest.approx(stable_rank(singular), rel=1e-9)
    assert found.participation_ratio.value == pytest.approx(participation_ratio(eigenvalues), rel=1e-9)
    np.testing.assert_allclose(found.singular_values, singular, atol=1e-8 * singular[0])
    np.testing.assert_allclose(found.eigenvalues, eigenvalues, atol=1e-10 * eigenvalues[0])
    assert found.rank == np.linalg.matrix_rank(given)
    assert (found.eigenvalues_low <= found.eigenvalues).all()
    assert (found.eigenvalues <= found.eigenvalues_high).all()


def test_rank_me_of_ten_thousand_points_to_nine_digits() -> None:
    points = np.random.default_rng(0).standard_normal((10_000, 128)) * np.logspace(0, -3, 128)
    found = spectrum(points)
    assert found.effective_rank.value == pytest.approx(rank_me(points), rel=1e-9)


def test_directions_of_the_principal_axes() -> None:
    for shape in ((300, 8), (8, 30)):
        points = np.random.default_rng(0).standard_normal(shape) * np.linspace(1, 3, shape[1]) + 5
        axes = principal_axes(as_representation(points))
        projected = (points - points.mean(axis=0)) @ axes.directions
        np.testing.assert_allclose(projected.var(axis=0, ddof=1), axes.variances, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(((points @ axes.axes) ** 2).sum(axis=0), axes.squares, rtol=1e-9)
        np.testing.assert_allclose(axes.deviations, points.std(axis=0, ddof=1), rtol=1e-9)
        np.testing.assert_allclose(axes.mean, points.mean(axis=0), rtol=1e-12)


@given(st.integers(0, 2**31), st.integers(4, 50), st.integers(1, 8), st.sampled_from([0.0, 10.0, 1e6]))
@settings(max_examples=25)
def test_streamed_moments(seed: int, n: int, d: int, offset: float) -> None:
    points = np.random.default_rng(seed).standard_normal((n, d)) + offset
    found = moments(as_representation(points))
    centered = points - points.mean(axis=0)
    np.testing.assert_allclose(found.mean, points.mean(axis=0), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found.scatter, centered.T @ centered, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(found.gram, points.T @ points, rtol=1e-9)
    np.testing.assert_allclose(found.covariance * (n - 1), found.scatter)


def test_dead_and_duplicate_columns() -> None:
    rng = np.random.default_rng(0)
    base = rng.standard_normal((400, 5))
    constant = np.full((400, 2), 3.3)
    points = np.concatenate(
        [base, constant, base[:, :1], -4 * base[:, 1:2] + 7, base[:, [0]] * 1e-3, base[:, [2]] + 1e-3 * rng.standard_normal((400, 1))],
        axis=1,
    )
    found = spectrum(points)
    assert (found.dead_dimensions, found.duplicate_dimensions, found.dimensions) == (2, 3, 11)
    far = spectrum((points + 100).astype(np.float32).astype(np.float64))
    assert far.dead_dimensions == 2
    assert spectrum(np.concatenate([base, np.zeros((400, 1))], axis=1)).dead_dimensions == 1


@pytest.mark.parametrize(
    ("points", "cosine"),
    [
        (np.array([[1.0, 0], [2, 0], [3, 0], [0.5, 0]]), 1.0),
        (np.array([[1.0, 0], [-1, 0], [0, 2], [0, -3]]), -1 / 3),
        (np.array([[1.0, 0], [0, 1], [1, 0], [0, 1]]), 1 / 3),
        (np.array([[1.0, 0], [0, 0], [1, 0], [0, 1]]), 1 / 3),  # the origin has no direction
    ],
)
def test_anisotropy(points: np.ndarray, cosine: float) -> None:
    assert spectrum(points).anisotropy.value == pytest.approx(cosine)


def test_anisotropy_is_the_mean_cosine_of_all_pairs() -> None:
    points = np.random.default_rng(0).standard_normal((70, 4)) + 0.7
    units = points / np.linalg.norm(points, axis=1, keepdims=True)
    assert spectrum(points).anisotropy.value == pytest.approx((units @ units.T)[np.triu_indices(70, 1)].mean())


def test_class_separation_by_hand() -> None:
    points, labels = np.array([[-1.0], [-3], [1], [3]]), np.array(["a", "a", "b", "b"])
    found = spectrum(Representation(points, labels=labels)).separation
    assert found is not None
    assert found.explained == pytest.approx(16 / 20)
    assert found.null == pytest.approx(1 / 3)
    assert found.ratio == pytest.approx(16 / (4 / 2))
    assert (found.classes, found.smallest) == (2, 2)


@pytest.mark.parametrize("labels", [None, np.zeros(30, dtype=int), np.arange(30)])
def test_labels_that_separate_nothing(labels: np.ndarray | None) -> None:
    points = np.random.default_rng(0).standard_normal((30, 3))
    assert spectrum(Representation(points, labels=labels)).separation is None


def test_labels_without_meaning_show_their_null() -> None:
    rng = np.random.default_rng(0)
    points = rng.standard_normal((500, 10))
    found = [spectrum(Representation(points, labels=rng.integers(0, 5, 500))).separation for _ in range(20)]
    assert np.mean([s.ratio for s in found if s is not None]) == pytest.approx(1, abs=0.15)
    assert np.mean([s.explained for s in found if s is not None]) == pytest.approx(4 / 499, rel=0.15)


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = np.random.default_rng(0).standard_normal((GROUPS, 3)) + 4
    error = jackknife(values, np.ones(GROUPS), lambda mean: mean, values.mean(axis=0))
    np.testing.assert_allclose(error, values.std(axis=0, ddof=1) / math.sqrt(GROUPS), rtol=1e-12)


def test_the_jackknife_needs_two_groups() -> None:
    sizes = np.zeros(GROUPS)
    sizes[0] = 5
    assert np.isnan(jackknife(np.ones((GROUPS, 2)), sizes, lambda mean: mean.sum(), np.ones(2)))


def test_the_interval_of_the_participation_ratio_covers() -> None:
    variances = np.linspace(1, 3, 6)
    truth, covered = participation_ratio(variances), 0
    for seed in range(60):
        points = np.random.default_rng(seed).standard_normal((1_000, 6)) * np.sqrt(variances)
        interval = spectrum(points).participation_ratio.ci
        assert interval is not None
        covered += interval[0] <= truth <= interval[1]
    # the estimate is a little low (Σλ̂² is high by a share of 1/n), the interval a jackknife over 20 groups
    assert covered >= 50


def test_independent_columns_stand_at_their_null_and_a_factor_stands_above() -> None:
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((1_000, 20))
    assert spectrum(noise).significant_dimensions <= 1
    factor = noise + 2 * rng.standard_normal((1_000, 2)) @ rng.standard_normal((2, 20))
    assert spectrum(factor).significant_dimensions == 2
    found = spectrum(noise)
    assert found.null_effective_rank.value == pytest.approx(found.centered_effective_rank.value, rel=0.01)


def test_the_exponent_of_points_with_a_known_power_law() -> None:
    d, exponent = 100, 1.5
    points = with_singular_values(np.arange(1.0, d + 1) ** (-exponent / 2), 2_000, d, centered=True)
    found = spectrum(points)
    assert found.power_law_exponent.value == pytest.approx(exponent, rel=1e-6)
    assert found.power_law_window == (5, 50)
    missing = spectrum(np.random.default_rng(0).standard_normal((50, 3))).power_law_exponent
    assert math.isnan(missing.value)
    assert missing.reason


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_points_of_extreme_scale_are_measured_or_refused(scale: float) -> None:
    from gromov.core import GromovError

    points = np.random.default_rng(0).standard_normal((40, 3))
    try:
        found = spectrum(points * scale)
    except GromovError:
        return
    assert found.effective_rank.value == pytest.approx(rank_me(points), rel=1e-6)


def test_distances_are_refused() -> None:
    with pytest.raises(UnsuitableError, match="coordinates"):
        spectrum(Distances(np.ones((5, 5)) - np.eye(5)))
