"""The witness complex: its definition, gudhi's, and the living times of closed forms."""

from itertools import pairwise
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from witness_references import filtration, persistence

from gromov.core import SERIAL, InputError, UnsuitableError
from gromov.measures.witness import Cloud, LivingTimes, apart, living_shares, padded, scheme, shares_of, transport
from gromov.measures.witness.complexes import intervals, living_times
from gromov.measures.witness.nearest import Near, near_points, near_rows


def bars(near: Near, degree: int) -> list[np.ndarray]:
    three, four = np.full(comb(near.count, 3), np.inf), np.full(comb(near.count, 4), np.inf)
    found = intervals(near, degree, three, four)
    assert np.isinf(three).all(), "the scratch is not left as it was"
    assert np.isinf(four).all()
    return [np.stack(each, axis=1) for each in found]


def same(found: np.ndarray, wanted: np.ndarray, shortest: float = 1e-9) -> None:
    """Equal intervals, but for those that rounding makes."""
    ours, theirs = (each[each[:, 1] - each[:, 0] > shortest].reshape(-1, 2) for each in (found, wanted))
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(*(each[np.lexsort(np.round(each, 8).T)] for each in (ours, theirs)), atol=1e-9)


def spaced(count: int, radius: float = 1.0) -> np.ndarray:
    angle = 2 * np.pi * np.arange(count) / count
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


# Closed forms


@pytest.mark.parametrize(
    ("births", "deaths", "shares"),
    [
        ([0.2], [0.5], [0.7, 0.3]),
        ([0.0, 0.4], [0.6, 1.0], [0.0, 0.8, 0.2]),
        ([], [], [1.0]),
        ([0.0], [1.0], [0.0, 1.0]),
        ([0.0, 0.5], [0.5, 1.0], [0.0, 1.0]),  # one ends where the other begins
        ([0.25, 0.25, 0.25], [0.75, 0.75, 0.75], [0.5, 0.0, 0.0, 0.5]),
    ],
)
def test_relative_living_times(births: list[float], deaths: list[float], shares: list[float]) -> None:
    np.testing.assert_allclose(living_times(np.array(births), np.array(deaths), 1.0), shares, atol=1e-15)
    np.testing.assert_allclose(living_times(7 * np.array(births), 7 * np.array(deaths), 7.0), shares, atol=1e-15)


def test_a_cycle_without_a_triangle_has_its_loop() -> None:
    """Witnesses halfway between neighbours join those alone: eight edges, and no triangle, in which the loop was once lost."""
    landmarks = spaced(8)
    halfway = (landmarks + np.roll(landmarks, 1, axis=0)) / 2
    near = near_rows(cdist(halfway, landmarks), 0.05, 2)
    assert [each.tolist() for each in bars(near, 1)] == [[[0.0, near.alpha]], [[0.0, near.alpha]]]


def test_points_on_a_line_have_no_loop() -> None:
    line = np.arange(40.0)[:, None]
    cloud = Cloud.of(line)
    near = near_points(cloud, cloud.take(np.arange(0, 40, 4)), 0.1, 3)
    pieces, loops, voids = bars(near, 2)
    assert (len(pieces), len(loops), len(voids)) == (1, 0, 0)


def test_an_octahedron_has_a_void() -> None:
    """Its corners, and witnesses in the middle of its faces: eight triangles and nothing inside."""
    corners = np.concatenate([np.eye(3), -np.eye(3)])
    signs = np.array([[a, b, c] for a in (1, -1) for b in (1, -1) for c in (1, -1)]) / 3
    edges = np.array([(corners[i] + corners[j]) / 2 for i in range(6) for j in range(i) if (corners[i] != -corners[j]).any()])
    near = near_rows(cdist(np.concatenate([signs, edges]), corners), 0.05, 3)
    pieces, loops, voids = bars(near, 2)
    np.testing.assert_allclose(pieces[np.argmax(pieces[:, 1])], [0, near.alpha])
    assert len(loops) == 0
    np.testing.assert_allclose(voids, [[0, near.alpha]])


def test_evenly_spaced_points_of_a_circle_have_one_loop_in_every_draw() -> None:
    cloud = Cloud.of(spaced(2_000))
    made = scheme(2_000, landmarks=32, witnesses=2_000, gamma=1 / 64, degree=1, seed=0)
    for pieces, loops in living_shares(cloud, made, 30, SERIAL):
        np.testing.assert_allclose(pieces, [0, 1])
        np.testing.assert_allclose(loops, [0, 1], atol=0.1)


# Against the definition


CLOUDS = {
    "plane": lambda rng: (rng.normal(size=(60, 2)), 9, 0.2),
    "space": lambda rng: (rng.normal(size=(80, 3)), 8, 0.3),
    "many dimensions": lambda rng: (rng.normal(size=(40, 20)), 8, 0.05),
    "far from the origin": lambda rng: (rng.normal(size=(60, 3)) + 1e6, 8, 0.2),
    "whole numbers": lambda rng: (rng.integers(0, 4, size=(60, 3)).astype(float), 8, 0.3),  # many equal distances
    "three landmarks": lambda rng: (rng.normal(size=(20, 2)), 3, 0.4),
    "two landmarks": lambda rng: (rng.normal(size=(20, 2)), 2, 0.4),
    "all at once": lambda rng: (rng.normal(size=(30, 3)), 7, 1.0),
}


@pytest.mark.parametrize("name", CLOUDS)
@pytest.mark.parametrize("seed", range(4))
def test_intervals_are_those_of_the_definition(name: str, seed: int) -> None:
    points, count, gamma = CLOUDS[name](np.random.default_rng(seed))
    chosen = np.sort(np.random.default_rng(seed).choice(len(points), count, replace=False))
    cloud = Cloud.of(points)
    distances = np.linalg.norm(points[:, None] - points[chosen], axis=2)
    alpha = gamma * distances.max()
    for degree in (0, 1, 2):
        wanted = persistence(filtration(distances, alpha * (1 + 1e-12), degree + 1), alpha, degree)
        for near in (near_points(cloud, cloud.take(chosen), gamma, degree + 1), near_rows(distances, gamma, degree + 1)):
            assert near.alpha == pytest.approx(alpha, rel=1e-12)
            for ours, theirs in zip(bars(near, degree), wanted, strict=True):
                same(ours, theirs)


@pytest.mark.parametrize(
    ("n", "d", "count", "gamma"), [(300, 2, 20, 0.1), (500, 8, 30, 0.05), (2_000, 64, 64, 1 / 128), (1_000, 5, 40, 0.05)]
)
def test_intervals_are_those_of_gudhi(n: int, d: int, count: int, gamma: float) -> None:
    gudhi = pytest.importorskip("gudhi", reason="gudhi is an oracle of the benchmarks, and not installed")
    points = np.random.default_rng(n).normal(size=(n, d))
    cloud, chosen = Cloud.of(points), np.random.default_rng(1).choice(n, count, replace=False)
    distances = cdist(points, points[chosen])
    order = np.argsort(distances, axis=1)
    table = np.dstack([order, np.take_along_axis(distances, order, axis=1)])
    near = near_points(cloud, cloud.take(chosen), gamma, 3)
    tree = gudhi.WitnessComplex(table).create_simplex_tree(max_alpha_square=near.alpha, limit_dimension=3)
    tree.compute_persistence(homology_coeff_field=2, persistence_dim_max=True)
    for dimension, ours in enumerate(bars(near, 2)):
        same(ours, np.minimum(tree.persistence_intervals_in_dimension(dimension).reshape(-1, 2), near.alpha))


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=12),
)
def test_living_times_are_the_lengths_of_levels(pairs: list[tuple[float, float]]) -> None:
    births, deaths = (np.array([f(pair) for pair in pairs if pair[0] != pair[1]]) for f in (min, max))
    shares = living_times(births, deaths, 1.0)
    assert shares.sum() == pytest.approx(1)
    assert (shares >= 0).all()
    assert shares @ np.arange(len(shares)) == pytest.approx((deaths - births).sum(), abs=1e-12)  # the area under the Betti curve
    at = np.unique(np.concatenate([[0.0, 1.0], births, deaths]))
    plain = np.zeros(len(births) + 1)
    for low, high in pairwise(at):
        middle = (low + high) / 2
        plain[int(((births <= middle) & (middle < deaths)).sum())] += high - low
    np.testing.assert_allclose(np.pad(shares, (0, len(plain) - len(shares))), plain, atol=1e-12)


# Landmarks


def test_landmarks_are_never_the_same_place_twice() -> None:
    points = np.repeat(np.random.default_rng(0).normal(size=(6, 2)), 50, axis=0)
    made = scheme(300, landmarks=64, witnesses=300, gamma=0.1, degree=1, seed=0)
    distances = cdist(points, points)
    for cloud in (Cloud.of(points), distances):
        for pieces, _ in shares_of(range(5), cloud, made, "draw"):
            assert len(pieces) <= 7, "no more pieces than places"


def test_distances_give_what_points_give() -> None:
    points = np.random.default_rng(0).normal(size=(150, 4))
    made = scheme(150, landmarks=30, witnesses=100, gamma=0.05, degree=2, seed=3)
    ours, theirs = (shares_of(range(6), cloud, made, "draw") for cloud in (Cloud.of(points), cdist(points, points)))
    for one, two in zip(ours, theirs, strict=True):
        for a, b in zip(one, two, strict=True):
            np.testing.assert_allclose(*padded((a, b)), atol=1e-9)


def test_a_draw_depends_on_its_place_alone() -> None:
    cloud = Cloud.of(np.random.default_rng(0).normal(size=(150, 4)))
    made = scheme(150, landmarks=30, witnesses=100, gamma=0.05, degree=1, seed=3)
    together, alone = shares_of(range(4), cloud, made, "draw"), shares_of(range(3, 4), cloud, made, "draw")
    for a, b in zip(together[3], alone[0], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("argument", "value"), [("landmarks", 3), ("landmarks", 129), ("witnesses", 3), ("gamma", 0.0), ("gamma", 1.5), ("gamma", -1.0)]
)
def test_what_a_scheme_refuses(argument: str, value: float) -> None:
    options = {"landmarks": 64, "witnesses": 100, "gamma": 0.1, argument: value}
    with pytest.raises(InputError, match=f"{argument} is"):
        scheme(100, degree=1, seed=0, **options)


def test_equal_distances_are_refused_before_they_take_forever() -> None:
    made = scheme(300, landmarks=64, witnesses=300, gamma=0.1, degree=2, seed=0)
    with pytest.raises(UnsuitableError, match="many distances are equal"):
        shares_of(range(1), Cloud.of(np.eye(300)), made, "draw")


# Means


def test_the_mean_of_draws_of_different_length() -> None:
    found = LivingTimes.of([np.array([1.0]), np.array([0.0, 0.5, 0.5])], seed=0)
    np.testing.assert_allclose(found.shares, [0.5, 0.25, 0.25])
    np.testing.assert_allclose(found.error, [0.5, 0.25, 0.25])
    assert (found.usual, found.holes.value) == (0, 0.75)
    assert found.holes.stderr == pytest.approx(0.75)


def test_distances_of_living_times() -> None:
    none, two = np.array([1.0]), np.array([0.0, 0.0, 1.0])
    assert (apart(none, two), transport(none, two)) == (2.0, 2.0)
    assert (apart(two, two), transport(two, two)) == (0.0, 0.0)
    assert transport(none, np.array([0.5, 0.5])) == 0.5
