"""Persistent homology: closed forms, other implementations, invariances, gradients."""

import subprocess
import sys
from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import minimum_spanning_tree as scipy_tree

from gromov.core import CostWarning, Distances, Graph, InputError, MemoryEstimateError, as_representation
from gromov.measures.four_point.metric import MatrixMetric, PointMetric
from gromov.measures.homology import (
    Diagram,
    betti_curve,
    bottleneck,
    confidence_band,
    cross_barcode,
    distances_of,
    expected_memory,
    farthest_points,
    landscapes,
    minimum_spanning_tree,
    persistence_entropy,
    persistence_image,
    persistence_pairs,
    rips,
    rtd,
    rtd_lite,
    rtd_lite_loss,
    rtd_loss,
    wasserstein,
)
from gromov.measures.homology.divergence import normalised
from gromov.spaces import EUCLIDEAN, PoincareBall


def distances(points: np.ndarray) -> np.ndarray:
    return EUCLIDEAN.pairwise(points, points)


def polygon(n: int) -> np.ndarray:
    angles = 2 * np.pi * np.arange(n) / n
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def reduced(matrix: np.ndarray, degree: int) -> np.ndarray:
    """Plain persistent homology: the boundary matrix of all simplices, reduced column by column over the field of two elements."""
    n = len(matrix)
    simplices = [s for size in range(1, degree + 3) for s in combinations(range(n), size)]
    length = {s: max((matrix[i, j] for i, j in combinations(s, 2)), default=0.0) for s in simplices}
    simplices.sort(key=lambda s: (length[s], len(s), s))
    place = {s: i for i, s in enumerate(simplices)}
    pivots: dict[int, set[int]] = {}
    found = []
    for s in simplices:
        column = {place[s[:i] + s[i + 1 :]] for i in range(len(s))} if len(s) > 1 else set()
        while column and max(column) in pivots:
            column ^= pivots[max(column)]
        if column:
            pivots[max(column)] = column
            born = simplices[max(column)]
            if len(born) == degree + 1 and length[s] - length[born] > 1e-12:
                found.append((length[born], length[s]))
    return np.array(sorted(found, key=lambda pair: (pair[0] - pair[1], pair[0]))).reshape(-1, 2)


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


def test_curves_landscapes_and_images_of_one_feature() -> None:
    one = Diagram.of(1, np.array([[1.0, 3.0]]))
    t = np.linspace(0, 4, 401)
    np.testing.assert_array_equal(betti_curve(one, t), ((t >= 1) & (t < 3)).astype(int))
    first, second = landscapes(one, t, levels=2)
    np.testing.assert_allclose(first, np.maximum(0, 1 - np.abs(t - 2)), atol=1e-12)
    assert not second.any()
    image = persistence_image(one, np.linspace(-5, 7, 25), np.linspace(-4, 8, 25), width=0.5)
    assert image.sum() == pytest.approx(2.0, rel=1e-12)  # its life
    assert np.unravel_index(image.argmax(), image.shape) in [(11, 11), (11, 12), (12, 11), (12, 12)]
    assert persistence_entropy(Diagram.of(1, np.array([[0.0, 2], [1, 3], [5, 7]]))) == pytest.approx(np.log(3))
    assert persistence_entropy(Diagram.of(1, np.empty((0, 2)))) == 0


def test_distances_of_single_features() -> None:
    a, b, none = (Diagram.of(1, np.array(pairs).reshape(-1, 2)) for pairs in ([[1.0, 5.0]], [[1.5, 5.25]], []))
    assert bottleneck(a, b) == 0.5
    assert bottleneck(a, none) == bottleneck(none, a) == 2.0
    assert bottleneck(none, none) == wasserstein(none, none) == 0
    assert wasserstein(a, b) == pytest.approx(np.hypot(0.5, 0.25), rel=1e-3)
    assert wasserstein(a, none) == pytest.approx(4 / np.sqrt(2), rel=1e-12)


def test_divergence_of_two_pairs_of_points() -> None:
    """Four points, two by two: far in one and near in the other. What the union joins at ½ the first joins at 4."""
    first = distances(np.array([[0.0], [1], [5], [6]]))
    second = distances(np.array([[0.0], [1], [1.5], [2.5]]))
    np.testing.assert_allclose(cross_barcode(first, second).pairs, [[0.5, 4.0]])
    assert len(cross_barcode(second, first)) == 0  # the second is nowhere longer
    assert rtd(first, second) == rtd_lite(first, second) == 1.75


def test_divergence_sees_a_loop_that_pieces_do_not() -> None:
    """A path closed to a ring: the same spanning tree, one loop more."""
    ring = distances(polygon(12))
    path = distances(np.arange(12.0)[:, None] * ring[0, 1])
    assert rtd_lite(path, ring) == pytest.approx(0, abs=1e-12)
    (pair,) = cross_barcode(path, ring).pairs
    np.testing.assert_allclose(pair, rips(ring)[1].pairs[0])


# other implementations


@pytest.mark.parametrize("seed", range(5))
def test_against_a_plain_reduction(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for matrix in (distances(rng.normal(size=(12, 3))), np.triu(rng.uniform(1, 2, (11, 11)), 1)):
        matrix = np.triu(matrix, 1) + np.triu(matrix, 1).T
        found = rips(matrix, degree=2)
        for degree in range(3):
            np.testing.assert_allclose(found[degree].pairs, reduced(matrix, degree), rtol=1e-12)


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
    from gromov.core import Representation

    tree = minimum_spanning_tree(Representation(points, space=ball))
    np.testing.assert_allclose(tree.lengths, np.sort(scipy_tree(np.triu(ball.pairwise(points, points), 1)).data), rtol=1e-9)


def matched(x: Diagram, y: Diagram, order: float) -> float:
    """Plain Wasserstein distance: an assignment in which every feature has a place on the diagonal."""
    m, k = len(x), len(y)
    cost = np.zeros((m + k, m + k))
    cost[:m, :k] = np.linalg.norm(x.pairs[:, None] - y.pairs, axis=-1) ** order
    cost[:m, k:] = ((x.lives / np.sqrt(2)) ** order)[:, None]
    cost[m:, :k] = (y.lives / np.sqrt(2)) ** order
    rows, columns = linear_sum_assignment(cost)
    return float(cost[rows, columns].sum() ** (1 / order))


def matched_worst(x: Diagram, y: Diagram) -> float:
    """Plain bottleneck distance: the least cost at which a perfect matching exists."""
    m, k = len(x), len(y)
    cost = np.zeros((m + k, m + k))
    cost[:m, :k] = np.abs(x.pairs[:, None] - y.pairs).max(axis=-1)
    cost[:m, k:] = (x.lives / 2)[:, None]
    cost[m:, :k] = y.lives / 2
    for level in np.unique(cost):
        over = (cost > level).astype(float)
        rows, columns = linear_sum_assignment(over)
        if not over[rows, columns].any():
            return float(level)
    raise AssertionError


@pytest.mark.parametrize("seed", range(6))
def test_distances_against_plain_matchings(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = (Diagram.of(1, np.sort(rng.uniform(0, 1, (size, 2)), axis=1)) for size in (12, 9))
    assert bottleneck(x, y) == pytest.approx(matched_worst(x, y), rel=1e-12)
    for order in (1.0, 2.0):
        assert wasserstein(x, y, order=order, error=1e-4) == pytest.approx(matched(x, y, order), rel=2e-4)


@pytest.mark.parametrize("seed", range(4))
def test_the_cross_barcode_is_the_homology_of_the_inclusion(seed: int) -> None:
    """At every scale: pieces of the first that the union joins, and loops of the union that are none of the first.

    Counted by ranks: the relative homology of (VR(min), VR(first)) has dimension β₁(min) − rank(H₁) + β₀(first) − β₀(min).
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(9, 2))
    first, second = distances(x), distances(x + 0.7 * rng.normal(size=x.shape))
    lesser = np.minimum(first, second)
    bars = cross_barcode(first, second)
    for t in np.quantile(first, [0.15, 0.3, 0.45, 0.6, 0.8]):
        own, union = (
            [s for size in (1, 2, 3) for s in combinations(range(9), size) if all(m[i, j] <= t for i, j in combinations(s, 2))]
            for m in (first, lesser)
        )
        relative = [s for s in union if s not in set(own)]
        edges, faces = ([s for s in relative if len(s) == size] for size in (2, 3))
        # no vertex is relative, so every relative edge is a cycle
        boundary = np.array([[e in combinations(f, 2) for f in faces] for e in edges], dtype=int).reshape(len(edges), len(faces))
        assert betti_curve(bars, np.array([t]))[0] == len(edges) - rank_of(boundary)


def rank_of(matrix: np.ndarray) -> int:
    """Rank over the field of two elements."""
    matrix, rank = matrix.copy() % 2, 0
    for column in range(matrix.shape[1]):
        rows = np.flatnonzero(matrix[rank:, column]) + rank
        if len(rows):
            matrix[[rank, rows[0]]] = matrix[[rows[0], rank]]
            for row in np.flatnonzero(matrix[:, column]):
                if row != rank:
                    matrix[row] ^= matrix[rank]
            rank += 1
            if rank == len(matrix):
                break
    return rank


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


@given(seed=st.integers(0, 10_000))
def test_divergences(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(20, 3))
    first, second = (normalised(distances(each)) for each in (x, x + rng.normal(size=x.shape)))
    whole = rtd(first, second)
    assert rtd(first, first) == 0 == rtd_lite(first, first)
    assert whole == pytest.approx(rtd(second, first), rel=1e-9)
    assert 0 <= rtd_lite(first, second) <= whole * (1 + 1e-9)
    order = rng.permutation(20)
    assert rtd(first[np.ix_(order, order)], second[np.ix_(order, order)]) == pytest.approx(whole, rel=1e-9)


def test_integrals_of_curves_and_landscapes() -> None:
    loops = rips(distances(np.random.default_rng(0).normal(size=(80, 2))))[1]
    t = np.linspace(0, loops.deaths.max(), 200_001)
    assert np.trapezoid(betti_curve(loops, t), t) == pytest.approx(loops.lives.sum(), rel=1e-4)
    every = landscapes(loops, t[::20], levels=len(loops))
    assert np.trapezoid(every.sum(axis=0), t[::20]) == pytest.approx((loops.lives**2).sum() / 4, rel=1e-4)


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


# gradients


@pytest.mark.parametrize("degree", [0, 1, 2])
def test_gradients_of_births_and_deaths(degree: int) -> None:
    rng = np.random.default_rng(3)
    x = np.concatenate([np.eye(3), -np.eye(3)]) + 0.1 * rng.normal(size=(6, 3)) if degree == 2 else rng.normal(size=(14, 2))
    points = torch.tensor(x, requires_grad=True)
    pairs = persistence_pairs(distances_of(points), degree=degree)
    assert len(pairs) > 0
    np.testing.assert_allclose(pairs.detach().numpy(), rips(distances(x), degree=degree)[degree].pairs, rtol=1e-9, atol=1e-12)
    assert torch.autograd.gradcheck(lambda p: persistence_pairs(distances_of(p), degree=degree), (points,))


@pytest.mark.parametrize("loss", [rtd_loss, rtd_lite_loss])
def test_gradients_of_divergences(loss) -> None:
    rng = np.random.default_rng(4)
    x, y = torch.tensor(rng.normal(size=(12, 2)), requires_grad=True), torch.tensor(rng.normal(size=(12, 3)), requires_grad=True)
    plain = rtd if loss is rtd_loss else rtd_lite
    expected = plain(*(normalised(distances(each.detach().numpy())) for each in (x, y)))
    assert loss(x, y).item() == pytest.approx(expected, rel=1e-9)
    assert torch.autograd.gradcheck(loss, (x, y))
    single = loss(x.detach().float(), y.detach().float())
    assert single.dtype == torch.float32
    assert single.item() == pytest.approx(expected, rel=1e-4)


def test_a_circle_can_be_grown() -> None:
    """Gradient ascent on the longest life opens a noisy ring."""
    rng = np.random.default_rng(0)
    points = torch.tensor(polygon(24) * rng.uniform(0.6, 1.0, (24, 1)), requires_grad=True)
    before = persistence_pairs(distances_of(points))[0]
    optimizer = torch.optim.Adam([points], lr=0.01)
    for _ in range(30):
        optimizer.zero_grad()
        birth, death = persistence_pairs(distances_of(points))[0]
        (birth - death).backward()
        optimizer.step()
    after = persistence_pairs(distances_of(points))[0]
    assert after[1] - after[0] > 1.2 * (before[1] - before[0])


def test_gradients_of_coinciding_points_are_finite() -> None:
    points = torch.tensor(np.repeat(polygon(5), 2, axis=0), requires_grad=True)
    persistence_pairs(distances_of(points), degree=0).sum().backward()
    assert torch.isfinite(points.grad).all()


# the band


def test_the_band_of_a_circle_holds_the_circle() -> None:
    """The circle's own loop, born at 0 and filled at √3, is within the band in nearly all samples."""
    covered = 0
    for seed in range(20):
        angles = np.random.default_rng(seed).uniform(0, 2 * np.pi, 200)
        x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        band = confidence_band(PointMetric(x), 0.0, seed=seed)
        loops = rips(distances(x))[1]
        covered += abs(loops.deaths[0] - np.sqrt(3)) <= band.width and loops.births[0] <= band.width
    assert covered >= 18


def test_p_values_follow_the_band() -> None:
    x = np.random.default_rng(0).normal(size=(100, 2))
    band = confidence_band(PointMetric(x), 0.1, seed=1)
    # with 39 subsamples the 95 % quantile is the 38th smallest: one is above it
    assert band.p_values(np.array([2 * band.width * 1.0001]))[0] <= 0.05 < band.p_values(np.array([2 * band.width * 0.5]))[0]
    assert band.p_values(np.array([0.0]))[0] == 1.0
    assert band.p_values(np.array([1e9]))[0] == 1 / 40


# refusals


def test_refusals() -> None:
    d = distances(polygon(6))
    with pytest.raises(InputError, match="degree is 3"):
        rips(d, degree=3)
    with pytest.raises(InputError, match="n × n; these are 6 × 5"):
        rips(d[:, :5])
    with pytest.raises(InputError, match="of degrees 0 and 1"):
        bottleneck(*rips(d))
    with pytest.raises(InputError, match="p ≥ 1"):
        wasserstein(rips(d)[1], rips(d)[1], order=0.5)
    with pytest.raises(InputError, match="relative error"):
        wasserstein(rips(d)[1], rips(d)[1], error=0.0)
    with pytest.raises(InputError, match="0 landmarks"):
        farthest_points(MatrixMetric(d), 0)
    with pytest.raises(InputError, match="width is 0"):
        persistence_image(rips(d)[1], np.arange(3.0), np.arange(3.0), width=0)
    with pytest.raises(InputError, match="levels is 0"):
        landscapes(rips(d)[1], np.arange(3.0), levels=0)
    with pytest.raises(InputError, match="above its birth"):
        Diagram(1, np.array([1.0]), np.array([1.0]))
    with pytest.raises(InputError, match="there is no unit of length"):
        normalised(np.zeros((5, 5)))
    with pytest.raises(InputError, match="paired clouds"):
        rtd_loss(torch.zeros(5, 2), torch.zeros(4, 2))
    with pytest.raises(InputError, match="must be n × n"):
        persistence_pairs(torch.zeros(5, 4))


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
