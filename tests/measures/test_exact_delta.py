"""The pruned search and the base-point product against plain loops over everything."""

import numpy as np
import pytest
from four_point_references import (
    Sphere,
    brute_delta,
    delta_of,
    euclidean,
    graph_of,
    plain_base_point_delta,
    plain_path_lengths,
    random_metric,
)
from hypothesis import given
from hypothesis import strategies as st

from gromov.core import Representation
from gromov.measures import base_point_delta, exact_delta, hyperbolicity
from gromov.measures.four_point.metric import PointMetric

SEEDS = st.integers(0, 2**31)


def check(distances: np.ndarray, *, ptolemaic: bool, step: float = 0.0) -> None:
    found, expected = exact_delta(distances, ptolemaic=ptolemaic, step=step), brute_delta(distances)
    tolerance = 2e-9 * float(distances.max())
    assert found.lower <= expected + 1e-12 * float(distances.max()) + 1e-300
    assert found.upper >= expected - tolerance
    if expected > 1e-5 * distances.max():
        assert found.exact
        assert found.lower == pytest.approx(expected, abs=tolerance)
    assert delta_of(distances, found.witness) == pytest.approx(found.lower, rel=1e-9, abs=1e-12 * float(distances.max()))


@given(SEEDS, st.integers(4, 16), st.integers(1, 12), st.sampled_from(["normal", "uniform", "heavy", "sparse"]), st.booleans())
def test_clouds(seed: int, n: int, d: int, shape: str, ptolemaic: bool) -> None:
    rng = np.random.default_rng(seed)
    draw = {
        "normal": lambda: rng.standard_normal((n, d)),
        "uniform": lambda: rng.uniform(size=(n, d)),
        "heavy": lambda: rng.standard_t(1.5, (n, d)),
        "sparse": lambda: rng.standard_normal((n, d)) * (rng.uniform(size=(n, d)) < 0.3),
    }[shape]()
    draw[0] += 1e-3  # not all points equal
    check(euclidean(draw), ptolemaic=ptolemaic)


@given(SEEDS, st.integers(4, 14), st.integers(1, 3), st.booleans())
def test_lattice_clouds_with_ties_and_duplicates(seed: int, n: int, d: int, ptolemaic: bool) -> None:
    points = np.random.default_rng(seed).integers(0, 3, (n, d)).astype(float)
    points[0] = 5
    check(euclidean(points), ptolemaic=ptolemaic)


@given(SEEDS, st.integers(4, 16))
def test_general_metrics(seed: int, n: int) -> None:
    check(random_metric(n, seed), ptolemaic=False)


@given(SEEDS, st.integers(4, 18), st.floats(0.02, 0.5))
def test_graphs_with_unit_edges(seed: int, n: int, density: float) -> None:
    rng = np.random.default_rng(seed)
    pairs = [(int(rng.integers(0, i)), i) for i in range(1, n)]
    pairs += [(i, j) for i in range(n) for j in range(i) if rng.uniform() < density]
    distances = plain_path_lengths(graph_of(n, pairs))
    found = exact_delta(distances, ptolemaic=False, step=0.5)
    assert found.exact
    assert found.lower == brute_delta(distances)


@given(SEEDS, st.integers(4, 14), st.integers(1, 4))
def test_points_of_the_sphere_use_the_general_bound(seed: int, n: int, d: int) -> None:
    points = np.random.default_rng(seed).standard_normal((n, d + 1))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    metric = PointMetric(points, Sphere())
    assert not metric.ptolemaic
    everyone = np.arange(n)
    check(metric.pairwise(everyone, everyone), ptolemaic=metric.ptolemaic)


def test_the_octahedron_on_the_sphere_exceeds_the_euclidean_cap() -> None:
    octahedron = np.concatenate([np.eye(3), -np.eye(3)])
    found = hyperbolicity(Representation(octahedron, space=Sphere()), null_draws=2)
    assert found.exact
    assert found.delta_lower == pytest.approx(np.pi / 2, rel=1e-9)
    assert found.relative_delta == pytest.approx(1.0, rel=1e-9)


def test_points_of_the_sphere_are_not_told_that_their_float32_distances_are_wrong() -> None:
    points = np.random.default_rng(0).standard_normal((60, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    found = hyperbolicity(Representation(points, space=Sphere()), null_draws=2)
    assert "float32 distances" not in {flaw.name for flaw in found.flaws}


@given(SEEDS, st.integers(4, 40), st.integers(1, 8), st.integers(0, 3), st.sampled_from([np.float32, np.float64]))
def test_one_base_point(seed: int, n: int, d: int, base: int, dtype: type) -> None:
    distances = euclidean(np.random.default_rng(seed).standard_normal((n, d))).astype(dtype)
    rounding = (1e-6 if dtype is np.float32 else 1e-14) * float(distances.max())
    assert base_point_delta(distances, base) == pytest.approx(plain_base_point_delta(distances, base), abs=rounding)


@given(SEEDS, st.integers(4, 14), st.booleans())
def test_one_base_point_bounds_delta_from_both_sides(seed: int, n: int, flat: bool) -> None:
    distances = euclidean(np.random.default_rng(seed).standard_normal((n, 3))) if flat else random_metric(n, seed)
    delta = brute_delta(distances)
    for base in range(n):
        here = base_point_delta(distances, base)
        assert here <= delta + 1e-12
        assert delta <= 2 * here + 1e-12


def test_distances_are_left_as_they_were() -> None:
    distances = random_metric(30, 0)
    distances.setflags(write=False)
    before = distances.copy()
    exact_delta(distances, ptolemaic=False)
    base_point_delta(distances, 3)
    assert (distances == before).all()


@pytest.mark.parametrize("work", [0, 100, 5_000, 50_000])
@pytest.mark.parametrize("ptolemaic", [True, False])
def test_a_search_that_is_cut_short_still_brackets_delta(work: int, ptolemaic: bool) -> None:
    distances = euclidean(np.random.default_rng(1).standard_normal((60, 8)))
    expected = exact_delta(distances, ptolemaic=ptolemaic)
    assert expected.exact
    assert expected.lower == pytest.approx(brute_delta(distances), rel=1e-12)
    found = exact_delta(distances, ptolemaic=ptolemaic, work=work)
    assert found.lower <= expected.lower + 1e-12 <= found.upper + 2e-12
    assert found.tried <= expected.tried
    if work == 0:
        assert not found.exact


@given(SEEDS)
def test_the_answer_does_not_depend_on_the_seed_of_the_search(seed: int) -> None:
    distances = euclidean(np.random.default_rng(2).standard_normal((40, 5)))
    assert exact_delta(distances, ptolemaic=True, seed=seed).lower == pytest.approx(exact_delta(distances, ptolemaic=True).lower, rel=1e-9)
