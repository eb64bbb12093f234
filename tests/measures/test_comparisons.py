"""The comparisons against answers known on paper and against other implementations."""

from inspect import unwrap

import numpy as np
import pytest
import scipy.linalg
import scipy.optimize
import scipy.spatial
from scipy.spatial.distance import cdist

import gromov
from gromov.core import SERIAL, Distances, Graph, InputError, Null, as_representation
from gromov.measures.comparisons.frechet import squared_bures
from gromov.measures.comparisons.transport_bounds import (
    first_bound,
    matching_coupling,
    of_matching,
    second_bound,
    third_bound,
)
from gromov.measures.comparisons.transport_solvers import conditional_gradient, entropic
from gromov.measures.comparisons.whole_bounds import Cloud, whole_bound


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


def median_kernel(x: np.ndarray) -> np.ndarray:
    d = cdist(x, x)
    return np.exp(-(d**2) / (2 * np.median(d[np.triu_indices(len(d), 1)]) ** 2))


def plain_cka(x: np.ndarray, y: np.ndarray, kernel: str = "linear") -> float:
    def hsic(k: np.ndarray, m: np.ndarray) -> float:
        n = len(k)
        k, m = k - np.diag(np.diag(k)), m - np.diag(np.diag(m))
        return np.trace(k @ m) + k.sum() * m.sum() / ((n - 1) * (n - 2)) - 2 / (n - 2) * (k @ m).sum()

    k, m = (x @ x.T, y @ y.T) if kernel == "linear" else (median_kernel(x), median_kernel(y))
    return hsic(k, m) / np.sqrt(hsic(k, k) * hsic(m, m))


@pytest.mark.parametrize("d", [3, 90])
def test_cka_against_the_plain_formula(d: int) -> None:
    x = gaussian(60, d, 13)
    y = x[:, :3] @ gaussian(3, 4, 14) + gaussian(60, 4, 15)
    assert gromov.cka(x, y, null=3).value.value == pytest.approx(plain_cka(x, y), rel=1e-9)
    assert gromov.cka(x, y, null=3, kernel="rbf").value.value == pytest.approx(plain_cka(x, y, "rbf"), rel=1e-9)


def test_cka_with_the_gaussian_kernel_sees_what_the_linear_one_does_not() -> None:
    """Points of a circle and the same with the angle doubled: their inner products are uncorrelated, near points stay near."""
    angle = np.random.default_rng(12).uniform(0, 2 * np.pi, 400)
    x, y = (np.stack([np.cos(k * angle), np.sin(k * angle)], axis=1) for k in (1, 2))
    linear, gaussian_kernel = (gromov.cka(x, y, null=59, kernel=kernel) for kernel in ("linear", "rbf"))
    assert linear.p_value > 0.05 > gaussian_kernel.p_value
    assert gaussian_kernel.value.value > 10 * abs(linear.value.value)
    assert gaussian_kernel.width == pytest.approx(np.sqrt(2), rel=0.05)  # the median chord of the unit circle
    assert linear.width is None
    assert "Gaussian" in gaussian_kernel.summary()


def test_cka_with_the_gaussian_kernel_of_copies_and_of_independent_data() -> None:
    x = gaussian(70, 6, 18)
    turned = 1e6 * x @ np.linalg.qr(gaussian(6, 6, 19))[0] + 5
    found = gromov.cka(x, turned, null=19, kernel="rbf")
    assert found.value.value == pytest.approx(1.0, rel=1e-9)
    assert (found.p_value, found.second_width) == (1 / 20, pytest.approx(1e6 * found.width, rel=1e-6))
    apart = gromov.cka(gaussian(500, 200, 16), gaussian(500, 200, 17), null=9, kernel="rbf")
    assert abs(apart.value.value) < 0.02 < apart.biased
    with pytest.raises(InputError, match="linear and rbf"):
        unwrap(gromov.cka)(x, turned, kernel="cubic")  # type: ignore[arg-type]
    mostly_equal = np.zeros((20, 2))
    mostly_equal[:4] = gaussian(4, 2, 1)
    assert np.isfinite(gromov.cka(mostly_equal, gaussian(20, 2, 2), null=3, kernel="rbf").value.value)


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
        starts = [np.full((12, 12), 1 / 144), matching_coupling(matched)]
        upper = conditional_gradient(d, e, starts)
        assert max(first_bound(d, e), second_bound(d, e)) <= third * (1 + 1e-12)
        assert third <= upper <= of_matching(d, e, matched) * (1 + 1e-12)
        assert third <= entropic(d, e, starts) <= upper * (1 + 1e-12)


def test_the_upper_bound_of_small_clouds_is_that_of_the_best_matching_or_less() -> None:
    """Six points, started from each of the 720 matchings: none is lost on the way, and none beats the certified lower bound."""
    from itertools import permutations

    d, e = distances(gaussian(6, 2, 30)), distances(gaussian(6, 2, 31))
    best = min(of_matching(d, e, np.array(p)) for p in permutations(range(6)))
    starts = [matching_coupling(np.array(p)) for p in permutations(range(6))]
    assert third_bound(d, e)[0] <= conditional_gradient(d, e, starts) <= best * (1 + 1e-9)
    assert entropic(d, e, starts[:1]) <= best * 1.05  # from one matching, and none of them the best


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


def plain_descent(d: np.ndarray, e: np.ndarray) -> float:
    """Conditional gradient with exact line search from the product coupling, by scipy's assignment."""
    n = len(d)
    coupling = np.full((n, n), 1 / n**2)
    for _ in range(200):
        rows, columns = scipy.optimize.linear_sum_assignment(-(d @ coupling @ e))
        vertex = np.zeros((n, n))
        vertex[rows, columns] = 1 / n
        direction = vertex - coupling
        slope, curvature = -4 * np.vdot(d @ coupling @ e, direction), -2 * np.vdot(d @ direction @ e, direction)
        if slope >= -1e-12:
            break
        coupling += direction * (1.0 if curvature <= 0 else min(1.0, -slope / (2 * curvature)))
    squared = ((d * d).sum() + (e * e).sum()) / n**2 - 2 * np.vdot(d @ coupling @ e, coupling)
    return min(0.5 * np.sqrt(squared), of_matching(d, e, scipy.optimize.linear_sum_assignment(-coupling)[1]))


def test_the_conditional_gradient_against_a_plain_one() -> None:
    for seed in range(4):
        d, e = distances(gaussian(40, 2, 40 + seed)), distances(gaussian(40, 2, 50 + seed) * [1, 0.3])
        assert conditional_gradient(d, e, [np.full((40, 40), 1 / 1600)]) == pytest.approx(plain_descent(d, e), rel=1e-6)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_the_solvers_do_not_depend_on_the_unit(unit: float) -> None:
    x, y = gaussian(40, 2, 44), gaussian(40, 2, 45) * [1, 0.3]
    for solver in ("conditional_gradient", "entropic"):
        one, other = (gromov.gromov_wasserstein(s * x, s * y, null=1, solver=solver) for s in (1.0, unit))
        assert other.upper == pytest.approx(unit * one.upper, rel=1e-6)


def test_the_entropic_solver_comes_closer_in_many_dimensions() -> None:
    x, y = gaussian(100, 16, 46), gaussian(100, 16, 47)
    plain, entropy = (gromov.gromov_wasserstein(x, y, null=1, solver=s) for s in ("conditional_gradient", "entropic"))
    assert plain.value.value < entropy.upper < 0.95 * plain.upper
    assert entropy.solver == "entropic"
    assert (entropy.value.value, entropy.p_value) == (plain.value.value, plain.p_value)
    assert entropy.tables()[0].rows[3][3].endswith("entropic")
    turned = x[np.random.default_rng(3).permutation(100)] @ np.linalg.qr(gaussian(16, 16, 48))[0]
    assert gromov.gromov_wasserstein(x, turned, null=1, solver="entropic").upper < 1e-9
    with pytest.raises(InputError, match="conditional_gradient and entropic"):
        unwrap(gromov.gromov_wasserstein)(x, y, solver="sinkhorn")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="at least 256"):
        gromov.gromov_wasserstein(x, y, most=10)


# Its bounds for whole clouds


def cloud(data: object) -> Cloud:
    representation = as_representation(data)  # type: ignore[arg-type]
    return Cloud(representation, np.arange(representation.n))


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_the_bound_of_whole_clouds_is_the_larger_of_the_first_two(scale: float) -> None:
    """It gives away less than one of 65,536 steps, and never more than is true."""
    x, y = gaussian(700, 3, 60), scale * gaussian(700, 4, 61)
    d, e = distances(x), distances(y)
    expected, step = max(first_bound(d, e), second_bound(d, e)), 2 * max(d[0].max(), e[0].max()) / 65_536
    found = whole_bound(cloud(x), cloud(y), SERIAL)
    assert expected - step <= found <= expected * (1 + 1e-12)
    assert whole_bound(cloud(Distances(d)), cloud(Distances(e)), SERIAL) == pytest.approx(found, abs=step)


def test_the_bound_of_clouds_of_other_sizes() -> None:
    """Every point twice is the same cloud: nothing changes; a copy is at 0."""
    x, y = gaussian(300, 2, 62), 2 * gaussian(300, 2, 63)
    once = whole_bound(cloud(x), cloud(y), SERIAL)
    assert whole_bound(cloud(np.repeat(x, 2, axis=0)), cloud(y), SERIAL) == pytest.approx(once, rel=1e-9)
    assert whole_bound(cloud(np.repeat(x, 3, axis=0)), cloud(x), SERIAL) < 1e-12


def test_all_points_bound_the_clouds_where_samples_would_not() -> None:
    """Two large samples of one distribution: the bound of all points is well below that of 256, and of a multiple it is exact."""
    x, y = gaussian(1500, 8, 64), gaussian(1500, 8, 65)
    found = gromov.gromov_wasserstein(x, y, null=1)
    assert (found.points, found.whole_points, found.exact) == (256, 1500, False)
    assert found.whole_bound < 0.5 * found.value.value
    assert "Between all 1,500" in found.summary()
    doubled = gromov.gromov_wasserstein(x, 2 * x, null=1)
    d = distances(x)
    assert doubled.whole_bound == pytest.approx(0.5 * np.sqrt((d * d).mean()), rel=1e-3)
    assert gromov.gromov_wasserstein(x, y, null=1, most=1000).whole_points == 1000
    small = gromov.gromov_wasserstein(x[:50], y[:50], null=1)
    assert small.whole_bound == small.value.value
