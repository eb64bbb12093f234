"""Persistent homology: closed forms, other implementations, invariances."""

import subprocess
import sys

import numpy as np
import pytest
from homology_references import distances, polygon, reduced
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import minimum_spanning_tree as scipy_tree

from gromov.core import CostWarning, Distances, Graph, InputError, MemoryEstimateError, Representation, as_representation
from gromov.measures.four_point.metric import MatrixMetric, PointMetric
from gromov.measures.homology import Diagram, bottleneck, expected_memory, farthest_points, minimum_spanning_tree, rips
from gromov.measures.homology.parts import ripser
from gromov.spaces import EUCLIDEAN, PoincareBall

# closed forms


@pytest.mark.parametrize("n", [4, 5, 6, 9, 20, 60])
def test_the_loop_of_a_regular_polygon(n: int) -> None:
    """Born at the side, filled at the first chord that spans a third of the circle (Adamaszek, Adams 2017)."""
    (pair,) = rips(distances(polygon(n)))[1].pairs
    np.testing.assert_allclose(pair, [2 * np.sin(np.pi / n), 2 * np.sin(np.pi * -(-n // 3) / n)], rtol=1e-12)


def test_a_square_and_a_triangle() -> None:
    np.testing.assert_allclose(rips(distances(np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])))[1].pairs, [[1, np.sqrt(2)]])
    assert len(rips(distances(polygon(3)))[1]) == 0  # its edges and its inside come at once


def test_the_void_of_a_cross_polytope() -> None:
    """The octahedron has a void from √2 to 2 and no loop; on eight vertices the sphere is of degree 3."""
    corners = np.concatenate([np.eye(3), -np.eye(3)])
    _, loops, voids = rips(distances(corners), degree=2)
    assert len(loops) == 0
    np.testing.assert_allclose(voids.pairs, [[np.sqrt(2), 2.0]])
    assert len(rips(distances(np.concatenate([np.eye(4), -np.eye(4)])), degree=2)[2]) == 0


def test_components_of_points_on_a_line() -> None:
    gaps = np.array([1.0, 5.0, 0.5, 2.0])
    line = np.concatenate([[0.0], np.cumsum(gaps)])[:, None]
    np.testing.assert_allclose(rips(distances(line), degree=0)[0].deaths, [5, 2, 1, 0.5])
    np.testing.assert_allclose(minimum_spanning_tree(line).lengths, [0.5, 1, 2, 5])
    assert minimum_spanning_tree(line).edges.tolist() == [[2, 3], [0, 1], [3, 4], [1, 2]]


def test_the_two_loops_and_the_void_of_a_torus() -> None:
    """The flat torus, radii 1 and 1: two loops of the same life and one void."""
    angles = np.stack(np.meshgrid(*[2 * np.pi * np.arange(9) / 9] * 2), axis=-1).reshape(-1, 2)
    torus = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    _, loops, voids = rips(distances(torus), degree=2)
    assert (loops.lives > 0.5 * loops.lives[0]).sum() == 2
    np.testing.assert_allclose(loops.pairs[0], loops.pairs[1], rtol=1e-12)
    # each loop is that of a circle in one coordinate: filled at a chord of three ninths
    np.testing.assert_allclose(loops.pairs[0], [2 * np.sin(np.pi / 9), 2 * np.sin(np.pi / 3)], rtol=1e-12)
    assert len(voids) >= 1


def test_k_circles_have_k_loops() -> None:
    for k in (1, 2, 5):
        circles = np.concatenate([polygon(20) + np.array([10.0 * i, 0]) for i in range(k)])
        pieces, loops = rips(distances(circles))
        assert len(loops) == k
        assert (pieces.lives > 5).sum() == k - 1


def test_two_points() -> None:
    """They are one piece from their distance on, and have nothing else."""
    pieces, loops, voids = rips(distances(np.array([[0.0, 0], [3, 4]])), degree=2)
    np.testing.assert_array_equal(pieces.pairs, [[0.0, 5.0]])
    assert len(loops) == len(voids) == 0


@pytest.mark.parametrize("n", [4, 6, 7, 12, 31])
def test_a_cycle_graph(n: int) -> None:
    """Born with its edges, filled when paths of a third of the cycle are (Adamaszek, Adams 2017); a triangle has no loop."""
    steps = np.abs(np.arange(n)[:, None] - np.arange(n))
    _, loops = rips(np.minimum(steps, n - steps).astype(float))
    np.testing.assert_array_equal(loops.pairs, [[1.0, -(-n // 3)]])
    assert len(rips(np.ones((3, 3)) - np.eye(3))[1]) == 0


@pytest.mark.parametrize("inner", [0.4, 0.7, 0.9])
def test_the_loop_of_an_annulus_is_filled_by_its_inner_circle(inner: float) -> None:
    """At √3 times the inner radius.

    No earlier: bringing each point to the nearest of the inner disc lengthens no edge, and makes an annulus its inner circle. No later:
    three points of the inner circle are that far apart.
    """
    rings = np.concatenate([radius * polygon(60) for radius in np.linspace(inner, 1, 5)])
    _, loops = rips(distances(rings))
    assert loops.deaths[0] == pytest.approx(np.sqrt(3) * inner, rel=1e-12)
    # 60 points a ring, (1 − inner)/4 between rings: no other loop lives longer than two such steps
    assert len(loops) == 1 or loops.lives[1] < 2 * max(2 * np.sin(np.pi / 60), (1 - inner) / 4)


def test_the_two_loops_of_a_figure_eight() -> None:
    """Two polygons that share a corner: each has the loop that it has alone."""
    eight = np.unique(np.concatenate([polygon(12) + shift for shift in np.array([[1, 0], [-1, 0]])]).round(12), axis=0)
    assert len(eight) == 23
    _, loops = rips(distances(eight))
    np.testing.assert_allclose(loops.pairs, [[2 * np.sin(np.pi / 12), np.sqrt(3)]] * 2, rtol=1e-9)


# other implementations


@pytest.mark.parametrize("seed", range(5))
def test_against_a_plain_reduction(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for matrix in (distances(rng.normal(size=(12, 3))), np.triu(rng.uniform(1, 2, (11, 11)), 1)):
        matrix = np.triu(matrix, 1) + np.triu(matrix, 1).T
        found = rips(matrix, degree=2)
        for degree in range(3):
            np.testing.assert_allclose(found[degree].pairs, reduced(matrix, degree), rtol=1e-12)


@pytest.mark.parametrize("kind", ["gaussian", "sphere", "repeats"])
def test_voids_are_those_of_all_edges(kind: str) -> None:
    """Edges are taken out before voids are sought; with all of them the diagrams are the same."""
    x = np.random.default_rng(5).normal(size=(60, 3))
    if kind == "sphere":
        x /= np.linalg.norm(x, axis=1)[:, None]
    elif kind == "repeats":
        x = np.repeat(x[:20].round(), 3, axis=0)
    d = distances(x)
    d = np.triu(d, 1) + np.triu(d, 1).T
    whole = ripser()._full(d, max_dimension=2, max_edge_length=float(d.max(axis=1).min()), homology_coeff_field=2)
    for degree, found in enumerate(rips(d, degree=2)):
        np.testing.assert_allclose(found.pairs, Diagram.of(degree, whole[degree]).pairs, rtol=1e-12)


def test_against_the_simplex_tree_of_gudhi() -> None:
    """In a process of its own: the whole of gudhi is not loaded into this one."""
    script = """
import numpy as np, gudhi
rng = np.random.default_rng(0)
for n in (30, 60):
    points = rng.normal(size=(n, 3))
    tree = gudhi.RipsComplex(points=points).create_simplex_tree(max_dimension=2)
    tree.compute_persistence(homology_coeff_field=2)
    pairs = tree.persistence_intervals_in_dimension(1)
    from gromov.measures.homology import Diagram, bottleneck, rips
    from gromov.spaces import EUCLIDEAN
    ours = rips(EUCLIDEAN.pairwise(points, points))[1]
    np.testing.assert_allclose(ours.pairs, Diagram.of(1, pairs).pairs, rtol=1e-9)
    assert bottleneck(ours, Diagram.of(1, pairs)) < 1e-9
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_only_the_free_parts_of_gudhi_are_loaded() -> None:
    script = """
import sys, numpy as np
from gromov.measures.homology import bottleneck, rips
from gromov.spaces import EUCLIDEAN
x = np.random.default_rng(0).normal(size=(20, 2))
loop = rips(EUCLIDEAN.pairwise(x, x))[1]
bottleneck(loop, loop)
assert not [name for name in sys.modules if name.split(".")[0] == "gudhi"], "gudhi was imported as a whole"
maps = open("/proc/self/maps").read() if sys.platform == "linux" else ""
assert "gmp" not in maps and "_ext" in maps or not maps
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("seed", range(4))
def test_spanning_trees_against_scipy(seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=(70, 4))
    d = distances(x)
    expected = np.sort(scipy_tree(np.triu(d, 1)).data)
    for given_data in (x, x.astype(np.float32).astype(np.float64), Distances(d)):
        tree = minimum_spanning_tree(given_data)
        np.testing.assert_allclose(tree.lengths, expected, rtol=1e-6)
        i, j = tree.edges.T
        np.testing.assert_allclose(d[i, j], tree.lengths, rtol=1e-6)
    np.testing.assert_allclose(rips(d, degree=0)[0].deaths, expected[::-1], rtol=1e-12)
    np.testing.assert_allclose(rips(d)[0].deaths, expected[::-1], rtol=1e-12)


def test_spanning_tree_of_a_graph_and_of_curved_points() -> None:
    ring = Graph(8, np.array([[i, (i + 1) % 8] for i in range(8)]))
    np.testing.assert_array_equal(minimum_spanning_tree(ring).lengths, np.ones(7))
    ball = PoincareBall()
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (20, 2))
    tree = minimum_spanning_tree(Representation(points, space=ball))
    np.testing.assert_allclose(tree.lengths, np.sort(scipy_tree(np.triu(ball.pairwise(points, points), 1)).data), rtol=1e-9)


# properties


@given(seed=st.integers(0, 10_000), scale=st.floats(1e-3, 1e3), shift=st.floats(-100, 100))
def test_motions_and_scaling(seed: int, scale: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(25, 3))
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    for one, other in zip(rips(distances(x)), rips(distances((scale * x @ turn + shift)[rng.permutation(25)])), strict=True):
        np.testing.assert_allclose(other.pairs, scale * one.pairs, rtol=1e-6, atol=1e-9 * scale)


@given(seed=st.integers(0, 10_000), noise=st.floats(1e-3, 1.0))
def test_stability(seed: int, noise: float) -> None:
    """Bottleneck distance ≤ twice the Hausdorff distance."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(30, 2))
    y = np.concatenate([x + noise * rng.uniform(-1, 1, x.shape), x[:5]])[rng.permutation(35)[:25]]
    cross = EUCLIDEAN.pairwise(x, y)
    hausdorff = max(cross.min(axis=0).max(), cross.min(axis=1).max())
    for a, b in zip(rips(distances(x)), rips(distances(y)), strict=True):
        assert bottleneck(a, b) <= 2 * hausdorff * (1 + 1e-9)


@given(seed=st.integers(0, 10_000))
def test_landmarks_keep_their_promise(seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=(60, 3))
    found = farthest_points(PointMetric(x), 15, seed=seed)
    cross = EUCLIDEAN.pairwise(x[found.chosen], x)
    assert found.radius == pytest.approx(cross.min(axis=0).max(), rel=1e-9)
    assert len(set(found.chosen.tolist())) == 15
    assert (np.diff(found.radii) <= 1e-12).all()
    for whole, few in zip(rips(distances(x)), rips(distances(x[found.chosen])), strict=True):
        assert bottleneck(whole, few) <= 2 * found.radius * (1 + 1e-9)


def test_halves_that_differ_by_rounding_do_no_harm() -> None:
    """Ripser may never end on a matrix whose halves differ in the last digit, as a matrix product's do."""
    for seed in range(40):
        x = np.random.default_rng(seed).normal(size=(150, 5))
        d = distances(x)
        d[np.tril_indices(150, -1)] *= 1 + 1e-15
        np.testing.assert_allclose(rips(d)[1].pairs, rips(np.triu(d, 1) + np.triu(d, 1).T)[1].pairs, rtol=1e-12)


def test_repeats_and_ties() -> None:
    x = np.repeat(polygon(9), 3, axis=0)
    pieces, loops = rips(distances(x))
    assert len(pieces) == 8
    assert len(loops) == 1
    assert farthest_points(PointMetric(x), 20).radius == 0
    assert len(set(farthest_points(PointMetric(x), 20).chosen.tolist())) == 20


def test_memory_is_estimated_before(monkeypatch: pytest.MonkeyPatch) -> None:
    import psutil

    usual, hard = expected_memory(500, 2)
    assert expected_memory(500, 0)[0] < usual < hard
    d = distances(np.random.default_rng(0).normal(size=(500, 3)))

    class Free:
        available = usual - 1

    monkeypatch.setattr(psutil, "virtual_memory", Free)
    with pytest.raises(MemoryEstimateError, match="500 points in degree 2 needs"):
        rips(d, degree=2)
    Free.available = expected_memory(500, 1)[0] + 1
    with pytest.warns(CostWarning, match="take fewer landmarks"):
        rips(d, degree=1)


def test_what_is_measured_of_a_representation() -> None:
    x = as_representation(polygon(10))
    assert minimum_spanning_tree(x).lengths == pytest.approx(np.full(9, 2 * np.sin(np.pi / 10)))


# refusals


def test_refusals() -> None:
    d = distances(polygon(6))
    with pytest.raises(InputError, match="degree is 3"):
        rips(d, degree=3)
    with pytest.raises(InputError, match="n × n; these are 6 × 5"):
        rips(d[:, :5])
    with pytest.raises(InputError, match="0 landmarks"):
        farthest_points(MatrixMetric(d), 0)
