"""Embeddings: exact where the data lie in the space, their derivatives, other implementations, and the parts of the comparison."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gromov.measures.embedding import (
    average_precision,
    distortion,
    embed,
    mean_over_pairs,
    nearest_mask,
    run_contest,
    shape,
    split_pairs,
    worth_in_dimensions,
)
from gromov.measures.embedding.comparison import LEAST_NOISE, log_student, student_scale
from gromov.measures.embedding.shapes import Shape, ambient, distances, stress
from gromov.measures.embedding.split import all_pairs, without_held
from gromov.measures.embedding.starts import spectral
from gromov.spaces import EUCLIDEAN, Hyperbolic, Sphere, from_normal_coordinates, uniform_ball

NAMES = ("euclidean", "spherical", "hyperbolic", "product")


def place(name: str, dim: int, n: int = 25, seed: int = 0) -> tuple[Shape, np.ndarray, np.ndarray]:
    """A space, random normal coordinates and radii."""
    space = shape(name, dim)
    return space, np.random.default_rng(seed).normal(size=(n, dim)), np.array([1.3, 0.8])[: space.curved]


def full(space: Shape, z: np.ndarray, radii: np.ndarray) -> np.ndarray:
    n = len(z)
    return distances(space, z, radii, np.arange(n * n)).reshape(n, n)


# ---- closed forms


def test_names_and_dimensions_of_products() -> None:
    assert [(f.sign, f.dim) for f in shape("product", 5).factors] == [(-1, 3), (1, 2)]
    for name in NAMES:
        assert shape(name, 7).dim == 7


def test_points_lie_on_their_surface() -> None:
    z = np.random.default_rng(0).normal(size=(20, 3))
    on_sphere, on_hyperboloid = ambient(z, 0.7, 1), ambient(z, 0.7, -1)
    assert np.allclose((on_sphere**2).sum(axis=1), 1, atol=1e-12)
    assert np.allclose(on_hyperboloid[:, 0] ** 2 - (on_hyperboloid[:, 1:] ** 2).sum(axis=1), 1, atol=1e-9)


def test_distance_from_the_origin_is_the_length_of_normal_coordinates() -> None:
    for name in NAMES:
        space, z, radii = place(name, 4)
        z = np.concatenate([np.zeros((1, 4)), 0.3 * z])
        assert np.allclose(full(space, z, radii)[0], np.linalg.norm(z, axis=1), atol=1e-7)


@pytest.mark.parametrize(
    ("name", "space", "radius"), [("hyperbolic", Hyperbolic(-0.5, chart="hyperboloid"), 4.0), ("spherical", Sphere(0.5), 2.5)]
)
def test_the_closed_forms_are_exact_in_their_space(name: str, space: Hyperbolic | Sphere, radius: float) -> None:
    points = uniform_ball(space, 60, 3, radius, generator=torch.Generator().manual_seed(0))
    matrix = space.pairwise(points, points).numpy()
    ours = shape(name, 3)
    radii = np.array([np.sqrt(2.0)])
    assert np.allclose(full(ours, spectral(matrix, ours, radii), radii), matrix, atol=1e-6)


def test_classical_scaling_is_exact_in_flat_space() -> None:
    x = np.random.default_rng(0).normal(size=(40, 4))
    matrix = EUCLIDEAN.pairwise(x, x)
    flat = shape("euclidean", 4)
    assert np.allclose(full(flat, spectral(matrix, flat, np.array([])), np.array([])), matrix, atol=1e-7)


def test_the_product_start_gives_each_factor_its_part() -> None:
    space, z, radii = place("product", 4, n=40)
    matrix = full(space, 0.5 * z, radii)
    fit = embed(space, matrix, all_pairs(40), matrix.ravel()[all_pairs(40)], np.random.default_rng(0))
    assert np.sqrt(2 * fit.loss / len(all_pairs(40))) < 0.01 * matrix.mean()


@pytest.mark.parametrize("name", ["spherical", "hyperbolic"])
def test_curvature_is_recovered_along_with_positions(name: str) -> None:
    space, z, _ = place(name, 2, n=60, seed=1)
    z = np.clip(z, -1.5, 1.5)
    true = np.array([1.1])
    matrix = full(space, z, true)
    mean = matrix.sum() / (60 * 59)
    fit = embed(space, matrix / mean, all_pairs(60), matrix.ravel()[all_pairs(60)] / mean, np.random.default_rng(0))
    assert np.isclose(fit.radii[0] * mean, 1.1, rtol=1e-2)


# ---- against others


@pytest.mark.parametrize(("name", "make"), [("hyperbolic", lambda c: Hyperbolic(-c, chart="hyperboloid")), ("spherical", Sphere)])
def test_distances_are_those_of_the_spaces(name: str, make: type[Sphere]) -> None:
    ours, z, radii = place(name, 3)
    space = make(float(1 / radii[0] ** 2))
    points = from_normal_coordinates(torch.from_numpy(z), space)
    assert np.allclose(full(ours, z, radii), space.pairwise(points, points).numpy(), atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_derivatives_are_those_of_differences(name: str) -> None:
    space, z, radii = place(name, 4, n=9)
    pairs = all_pairs(9)[::2]
    wanted = np.random.default_rng(1).uniform(1, 2, len(pairs))
    _, slope, radial = stress(space, z, radii, pairs, wanted)
    step = 1e-6

    def loss(moved: np.ndarray, bent: np.ndarray) -> float:
        return stress(space, moved, bent, pairs, wanted)[0]

    for point in range(9):
        for axis in range(4):
            off = np.zeros_like(z)
            off[point, axis] = step
            assert np.isclose((loss(z + off, radii) - loss(z - off, radii)) / (2 * step), slope[point, axis], atol=1e-6)
    for place_of in range(space.curved):
        off = np.zeros(space.curved)
        off[place_of] = step
        assert np.isclose((loss(z, radii * np.exp(off)) - loss(z, radii * np.exp(-off))) / (2 * step), radial[place_of], atol=1e-6)


def test_the_euclidean_fit_is_as_good_as_smacof() -> None:
    from sklearn.manifold import smacof

    x = np.random.default_rng(0).normal(size=(50, 8))
    matrix = EUCLIDEAN.pairwise(x, x)
    matrix = matrix / (matrix.sum() / (50 * 49))
    _, theirs = smacof(matrix, n_components=3, metric=True, n_init=4, max_iter=1000, eps=1e-10, random_state=0, normalized_stress=False)
    fit = embed(shape("euclidean", 3), matrix, all_pairs(50), matrix.ravel()[all_pairs(50)], np.random.default_rng(0))
    assert 2 * fit.loss <= 1.01 * theirs  # both are local minima of the same stress


def test_average_precision_is_that_of_sklearn() -> None:
    from sklearn.metrics import average_precision_score

    rng = np.random.default_rng(0)
    fitted, true = rng.random((30, 30)), rng.random((30, 30))
    fitted, true = fitted + fitted.T, true + true.T
    neighbors = nearest_mask(true, 4)
    scores = []
    for i in range(30):
        others = np.arange(30) != i
        scores.append(average_precision_score(neighbors[i, others], -fitted[i, others]))
    assert np.isclose(average_precision(fitted, neighbors), np.mean(scores), rtol=1e-12)


def test_the_jackknife_is_the_plain_one() -> None:
    n, rng = 12, np.random.default_rng(0)
    pairs = [np.sort(rng.choice(all_pairs(n), 25, replace=False)) for _ in range(2)]
    values = [rng.normal(size=25) + 1 for _ in range(2)]
    value, error = mean_over_pairs(values, pairs, n)
    every, ends = np.concatenate(values), np.concatenate(pairs)
    without = np.array([every[(ends // n != i) & (ends % n != i)].mean() for i in range(n)])
    spread = np.var([v.mean() for v in values], ddof=1) / 2
    assert np.isclose(value, every.mean(), rtol=1e-12)
    assert np.isclose(error, np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum() + spread), rtol=1e-9)


def test_the_density_is_student_s() -> None:
    from scipy.stats import t

    x = np.linspace(-9, 9, 50)
    assert np.allclose(log_student(x), t.logpdf(x, 4), rtol=1e-12)
    draws = 0.3 * t.rvs(4, size=20_000, random_state=0)
    assert np.isclose(student_scale(draws), t.fit(draws, fdf=4, floc=0)[2], rtol=1e-3)


# ---- properties


@given(st.integers(11, 60), st.integers(0, 5))
def test_every_point_loses_the_same_number_of_pairs(n: int, seed: int) -> None:
    split = split_pairs(n, np.random.default_rng(seed))
    assert len(np.intersect1d(split.seen, split.held)) == 0
    assert len(split.seen) + len(split.held) == n * (n - 1) // 2
    lost = sum(np.bincount(end, minlength=n) for end in np.divmod(split.held, n))
    assert len(set(np.asarray(lost).tolist())) == 1
    assert 0.1 < len(split.held) / len(all_pairs(n)) < 0.3


def test_held_out_distances_are_not_used() -> None:
    x = np.random.default_rng(0).normal(size=(20, 3))
    matrix = EUCLIDEAN.pairwise(x, x)
    split = split_pairs(20, np.random.default_rng(0))
    i, j = np.divmod(split.held, 20)
    spoilt = matrix.copy()
    spoilt[i, j] = spoilt[j, i] = 1e3
    filled = without_held(matrix, split.held)
    assert np.array_equal(filled, without_held(spoilt, split.held))
    # the middle of the triangle inequality's interval is a fair guess, and what is seen stays
    assert np.abs(filled[i, j] / matrix[i, j] - 1).mean() < 0.5
    assert np.array_equal(filled.ravel()[split.seen], matrix.ravel()[split.seen])


@pytest.mark.parametrize("name", NAMES)
def test_a_contest_sees_only_its_pairs(name: str) -> None:
    x = np.random.default_rng(0).normal(size=(24, 3))
    matrix = EUCLIDEAN.pairwise(x, x)
    matrix /= matrix.sum() / (24 * 23)
    found = run_contest((name, 2, 0), matrix, nearest_mask(matrix, 5), 0)
    spoilt = matrix.copy()
    i, j = np.divmod(found.held, 24)
    spoilt[i, j] = spoilt[j, i] = spoilt[i, j] * 1.3
    other = run_contest((name, 2, 0), spoilt, nearest_mask(matrix, 5), 0)
    # the radius a space may not go below is set by the longest distance; all else comes from the seen pairs
    assert np.allclose(found.embedding.distances(found.held), other.embedding.distances(found.held), rtol=1e-4, atol=1e-4)
    assert found.noise >= LEAST_NOISE


def test_distortion_ignores_scale_and_is_none_for_a_similarity() -> None:
    rng = np.random.default_rng(0)
    wanted, fitted = rng.uniform(1, 2, 40), rng.uniform(1, 2, 40)
    assert np.allclose(distortion(7 * wanted, wanted), (0, 1), atol=1e-12)
    assert np.allclose(distortion(7 * fitted, wanted), distortion(fitted, wanted), rtol=1e-9)
    best = min(np.abs(s * fitted / wanted - 1).mean() for s in np.linspace(0.3, 3, 20_001))
    assert np.isclose(distortion(fitted, wanted)[0], best, rtol=1e-3)
    assert np.isclose(distortion(np.append(fitted, 5.0), np.append(wanted, 0.0))[1], distortion(fitted, wanted)[1])


def test_neighbours_found_first_have_precision_one() -> None:
    x = np.random.default_rng(0).normal(size=(30, 2))
    matrix = EUCLIDEAN.pairwise(x, x)
    assert average_precision(matrix, nearest_mask(matrix, 6)) == 1.0
    assert average_precision(1 / (matrix + 1), nearest_mask(matrix, 6)) < 0.5
    assert nearest_mask(np.ones((5, 5)) - np.eye(5), 1).sum() == 20  # ties and all


def test_worth_is_read_off_the_curve() -> None:
    dims, curve = np.array([2, 3, 5, 10]), np.array([0.0, 1.0, 2.0, 2.5])
    assert worth_in_dimensions(0.5, dims, curve) == 2.5
    assert worth_in_dimensions(1.5, dims, curve) == 4.0
    assert worth_in_dimensions(-0.5, dims, curve) == 1.5
    assert worth_in_dimensions(2.6, dims, curve) == np.inf
    assert worth_in_dimensions(0.5, dims[:1], curve[:1]) == np.inf
