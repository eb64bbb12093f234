"""The comparisons against answers known on paper and against other implementations."""

import numpy as np
import pytest
import scipy.linalg
import scipy.spatial
from scipy.spatial.distance import cdist

import gromov
from gromov.core import Distances, Graph, Null
from gromov.measures.comparisons.frechet import squared_bures
from gromov.measures.comparisons.transport_bounds import (
    first_bound,
    matching_coupling,
    of_matching,
    second_bound,
    third_bound,
    upper_bound,
)


def gaussian(n: int, d: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d))


def whitened(n: int, d: int, seed: int) -> np.ndarray:
    """Points whose mean is 0 and whose covariance is exactly the identity."""
    x = gaussian(n, d, seed)
    x -= x.mean(axis=0)
    return x @ np.linalg.inv(scipy.linalg.sqrtm(np.cov(x.T)))


def test_p_value_counts_the_observed_one() -> None:
    null = Null.of("split of the pool", np.arange(9.0), 7.0)
    assert null.p_value() == pytest.approx(3 / 10)
    assert null.p_value("small") == pytest.approx(9 / 10)
    assert Null.of("split of the pool", np.arange(9.0), 100.0).p_value() == pytest.approx(1 / 10)


# Fréchet


def test_frechet_of_gaussians_with_known_moments() -> None:
    x, y = whitened(300, 4, 0), whitened(300, 4, 1)
    scales, shift = np.array([1.0, 2.0, 0.5, 3.0]), np.array([1.0, 0.0, -2.0, 0.0])
    found = gromov.frechet(x, y * scales + shift, null=9)
    assert found.mean_part == pytest.approx(5.0, rel=1e-9)
    assert found.covariance_part == pytest.approx(((scales - 1) ** 2).sum(), rel=1e-9)
    assert found.value.value == pytest.approx(5.0 + 5.25, rel=1e-9)


def test_frechet_against_sqrtm() -> None:
    x, y = gaussian(200, 6, 2), gaussian(200, 6, 3) @ gaussian(6, 6, 4)
    first, second = np.cov(x.T), np.cov(y.T)
    plain = ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(first + second - 2 * scipy.linalg.sqrtm(first @ second)).real
    assert gromov.frechet(x, y, null=1).value.value == pytest.approx(plain, rel=1e-9)


def test_frechet_does_not_cancel() -> None:
    """Covariances 1 and (1 + 1e-9)² differ by 1e-18 per direction, far below the rounding of the trace formula."""
    assert squared_bures(np.eye(50), (1 + 1e-9) * np.eye(50)) == pytest.approx(50e-18, rel=1e-6)


def test_frechet_bias_is_what_the_null_says_and_extrapolation_removes_most() -> None:
    x, y = gaussian(400, 20, 5), gaussian(400, 20, 6)
    found = gromov.frechet(x, y, null=99)
    assert found.value.value == pytest.approx(found.null.mean, abs=4 * found.null.spread)
    assert abs(found.extrapolated.value) < 0.3 * found.value.value


# KID


def plain_kid(x: np.ndarray, y: np.ndarray) -> float:
    n, d = x.shape
    k = lambda a, b: (a @ b.T / d + 1) ** 3  # noqa: E731
    own = sum((k(a, a).sum() - np.trace(k(a, a))) / (n * (n - 1)) for a in (x, y))
    return own - 2 * k(x, y).mean()


def test_kid_against_the_plain_formula() -> None:
    x, y = gaussian(90, 5, 7), gaussian(90, 5, 8) + 0.3
    found = gromov.kid(x, y, null=5)
    assert found.value.value == pytest.approx(plain_kid(x, y), rel=1e-10)
    # the jackknife, by leaving out each point in turn
    full, n = plain_kid, len(x)

    def without(a: np.ndarray, b: np.ndarray) -> float:
        d = a.shape[1]
        k = lambda u, v: (u @ v.T / d + 1) ** 3  # noqa: E731
        own = sum((k(u, u).sum() - np.trace(k(u, u))) / (len(u) * (len(u) - 1)) for u in (a, b))
        return own - 2 * k(a, b).mean()

    assert full(x, y) == pytest.approx(without(x, y))
    variance = 0.0
    for left in ([without(np.delete(x, i, 0), y) for i in range(n)], [without(x, np.delete(y, i, 0)) for i in range(n)]):
        variance += (n - 1) / n * ((np.array(left) - np.mean(left)) ** 2).sum()
    assert found.value.stderr == pytest.approx(np.sqrt(variance), rel=1e-8)


def test_kid_of_shifted_gaussians() -> None:
    """In one dimension E k(x, y) for N(a, 1), N(b, 1): (xy + 1)³ = m₃(a)m₃(b) + 3m₂(a)m₂(b) + 3ab + 1, mᵢ the raw moments."""
    shift = 0.5

    def moments(a: float) -> tuple[float, float, float]:
        return a, a * a + 1, a**3 + 3 * a

    expected = sum(c * (p - q) ** 2 for c, p, q in zip((3, 3, 1), moments(0.0), moments(shift), strict=True))
    values = [gromov.kid(gaussian(400, 1, 2 * s), gaussian(400, 1, 2 * s + 1) + shift, null=1).value for s in range(40)]
    spread = np.std([v.value for v in values], ddof=1)
    assert np.mean([v.value for v in values]) == pytest.approx(expected, abs=4 * spread / np.sqrt(40))
    assert np.mean([v.stderr for v in values]) == pytest.approx(spread, rel=0.4)


# Sliced Wasserstein


def test_sliced_wasserstein_of_a_shift() -> None:
    x, shift = gaussian(100, 7, 9), np.arange(7.0)
    found = gromov.sliced_wasserstein(x, x + shift, null=5)
    expected = (shift**2).sum() / 7
    assert found.squared.value == pytest.approx(expected, abs=4 * found.squared.stderr)
    line = gaussian(50, 1, 10)
    assert gromov.sliced_wasserstein(line, line + 2.5, null=5).value.value == pytest.approx(2.5, rel=1e-12)


def test_sliced_wasserstein_in_one_dimension_against_scipy() -> None:
    """In one dimension and for clouds apart, W₁ is the difference of means and W₂² the mean squared difference of order statistics."""
    x, y = gaussian(80, 1, 11), 2 * gaussian(80, 1, 12) + 1
    plain = np.sqrt(((np.sort(x[:, 0]) - np.sort(y[:, 0])) ** 2).mean())
    assert gromov.sliced_wasserstein(x, y, null=3).value.value == pytest.approx(plain, rel=1e-12)


# CKA


def plain_cka(x: np.ndarray, y: np.ndarray) -> float:
    def hsic(k: np.ndarray, m: np.ndarray) -> float:
        n = len(k)
        k, m = k - np.diag(np.diag(k)), m - np.diag(np.diag(m))
        return np.trace(k @ m) + k.sum() * m.sum() / ((n - 1) * (n - 2)) - 2 / (n - 2) * (k @ m).sum()

    k, m = x @ x.T, y @ y.T
    return hsic(k, m) / np.sqrt(hsic(k, k) * hsic(m, m))


@pytest.mark.parametrize("d", [3, 90])
def test_cka_against_the_plain_formula(d: int) -> None:
    x = gaussian(60, d, 13)
    y = x[:, :3] @ gaussian(3, 4, 14) + gaussian(60, 4, 15)
    assert gromov.cka(x, y, null=3).value.value == pytest.approx(plain_cka(x, y), rel=1e-9)


def test_cka_of_independent_wide_data_is_zero_where_the_usual_one_is_not() -> None:
    found = gromov.cka(gaussian(1000, 200, 16), gaussian(1000, 200, 17), null=9)
    assert abs(found.value.value) < 0.005
    assert found.biased > 0.15


def test_cka_of_a_rotation_is_one() -> None:
    x = gaussian(70, 6, 18)
    turned = 3 * x @ np.linalg.qr(gaussian(6, 6, 19))[0] + 5
    assert gromov.cka(x, turned, null=3).value.value == pytest.approx(1.0, rel=1e-12)


# Procrustes


def test_procrustes_against_scipy() -> None:
    x, y = gaussian(50, 4, 20), gaussian(50, 4, 21)
    found = gromov.procrustes(x, y, null=19)
    assert found.value.value == pytest.approx(scipy.spatial.procrustes(x, y)[2], rel=1e-10)
    assert found.p_value > 0.05


def test_procrustes_of_a_rotated_copy_is_zero() -> None:
    x = gaussian(50, 4, 22)
    turned = -2 * x @ np.linalg.qr(gaussian(4, 4, 23))[0] + 1
    found = gromov.procrustes(x, turned, null=19)
    assert found.value.value < 1e-28
    assert found.p_value == 1 / 20
    assert gromov.procrustes(x, np.pad(turned, ((0, 0), (0, 3))), null=1).value.value < 1e-28


# Neighbour overlap


def test_neighbor_overlap_against_sets() -> None:
    x = gaussian(80, 3, 24)
    y = x + 0.3 * gaussian(80, 3, 25)
    found = gromov.neighbor_overlap(x, y, null=19)
    near = [np.argsort(cdist(p, p) + np.diag(np.full(80, np.inf)), axis=1) for p in (x, y)]
    plain = [np.mean([len(set(a[:k]) & set(b[:k])) / k for a, b in zip(*near, strict=True)]) for k in found.counts]
    assert found.overlaps == pytest.approx(plain, rel=1e-12)


def test_neighbor_overlap_by_chance() -> None:
    found = gromov.neighbor_overlap(gaussian(200, 4, 26), gaussian(200, 4, 27), null=99)
    assert found.chance == pytest.approx(10 / 199)
    assert found.null.mean == pytest.approx(found.chance, abs=5 * found.null.spread / np.sqrt(99))
    assert found.value.value == pytest.approx(found.chance, abs=5 * found.null.spread)


# Gromov–Wasserstein


def distances(points: np.ndarray) -> np.ndarray:
    return cdist(points, points)


def test_the_bounds_are_in_order() -> None:
    for seed in range(10):
        d, e = distances(gaussian(12, 2, seed)), distances(2 * gaussian(12, 3, 100 + seed))
        third, matched = third_bound(d, e)
        starts = np.stack([np.full((12, 12), 1 / 144), matching_coupling(matched)])
        upper = upper_bound(d, e, starts)
        assert max(first_bound(d, e), second_bound(d, e)) <= third * (1 + 1e-12)
        assert third <= upper <= of_matching(d, e, matched) * (1 + 1e-12)


def test_the_upper_bound_of_small_clouds_is_that_of_the_best_matching_or_less() -> None:
    """Six points, started from each of the 720 matchings: none is lost on the way, and none beats the certified lower bound."""
    from itertools import permutations

    d, e = distances(gaussian(6, 2, 30)), distances(gaussian(6, 2, 31))
    best = min(of_matching(d, e, np.array(p)) for p in permutations(range(6)))
    starts = np.stack([matching_coupling(np.array(p)) for p in permutations(range(6))])
    assert third_bound(d, e)[0] <= upper_bound(d, e, starts) <= best * (1 + 1e-9)


def test_isometric_clouds_are_at_zero_and_scale_scales() -> None:
    x = gaussian(80, 3, 32)
    turned = (x @ np.linalg.qr(gaussian(3, 3, 33))[0] + 4)[np.random.default_rng(1).permutation(80)]
    same = gromov.gromov_wasserstein(x, turned, null=19)
    assert same.upper < 1e-9
    assert same.value.value < 1e-9
    assert same.exact
    y = gaussian(80, 3, 34)
    one, seven = gromov.gromov_wasserstein(x, y, null=3), gromov.gromov_wasserstein(7 * x, 7 * y, null=3)
    for name in ("upper", "first_bound", "second_bound"):
        assert getattr(seven, name) == pytest.approx(7 * getattr(one, name), rel=1e-6)
    assert seven.value.value == pytest.approx(7 * one.value.value, rel=1e-9)
    assert seven.relative == pytest.approx(one.relative, rel=1e-9)


def test_a_cloud_and_its_multiple() -> None:
    """The diagonal coupling of X and λX gives ½(λ−1)·rms, and the second bound is the same: both are GW."""
    x = gaussian(60, 2, 35)
    found = gromov.gromov_wasserstein(x, 3 * x, null=3)
    d = distances(x)
    expected = 0.5 * 2 * np.sqrt((d * d).mean())
    assert found.second_bound == pytest.approx(expected, rel=1e-12)
    assert found.value.value == pytest.approx(expected, rel=1e-12)
    assert found.upper == pytest.approx(expected, rel=1e-9)


def test_points_distances_and_graphs_are_one_shape() -> None:
    path = Graph(10, np.array([[i, i + 1] for i in range(9)]))
    line = np.arange(10.0)[:, None]
    for other in (line, Distances(np.abs(line - line.T))):
        assert gromov.gromov_wasserstein(path, other, null=3).upper < 1e-12


def test_the_upper_bound_against_pot() -> None:
    ot = pytest.importorskip("ot", reason="POT is an oracle: see benchmarks/peers.txt")
    for seed in range(4):
        x, y = gaussian(40, 2, 40 + seed), gaussian(40, 2, 50 + seed) * [1, 0.3]
        d, e, w = distances(x), distances(y), np.full(40, 1 / 40)
        loss = ot.gromov.gromov_wasserstein2(d, e, w, w, "square_loss")
        found = gromov.gromov_wasserstein(x, y, null=1)
        assert found.value.value <= 0.5 * np.sqrt(loss) * (1 + 1e-9)
        assert found.upper <= 0.5 * np.sqrt(loss) * (1 + 1e-3)
