"""Pictures in the hyperbolic plane, and how far they can be trusted."""

import math

import numpy as np
import pytest
import torch
from sklearn import manifold

from gromov.core import Distances, Graph, InputError, Representation, UnsuitableError
from gromov.data.synthetic import tree
from gromov.measures.projections import descent as descents
from gromov.measures.projections import distortion, horopca, hyperbolic_tsne, tree_drawing, trustworthiness
from gromov.measures.projections.horopca import horospheres
from gromov.measures.projections.kernels import attraction, calibrate, repulsion
from gromov.measures.projections.similarities import similarities
from gromov.spaces import EUCLIDEAN, Hyperboloid, PoincareBall, Polar, convert
from gromov.spaces.disk import DISK, distance, log, numbers

RANDOM = np.random.default_rng(0)
BALL = PoincareBall()


def ball_points(n: int, d: int, spread: float = 1.5, seed: int = 0) -> np.ndarray:
    v = np.random.default_rng(seed).normal(scale=spread, size=(n, d))
    r = np.linalg.norm(v, axis=1, keepdims=True)
    return v / r * np.tanh(r / 2)


def plane_in(d: int, n: int = 120) -> np.ndarray:
    """Points of a totally geodesic plane of H^d that does not go through the origin."""
    frame = np.linalg.qr(np.random.default_rng(1).normal(size=(d, 2)))[0]
    flat = torch.from_numpy(ball_points(n, 2) @ frame.T)
    return BALL.recenter(flat, torch.from_numpy(0.3 * np.random.default_rng(2).normal(size=d) / math.sqrt(d))).numpy()


# ---- HoroPCA


@pytest.mark.parametrize("d", [3, 5, 20])
def test_horopca_finds_a_plane_and_keeps_its_distances(d: int) -> None:
    given = Representation(plane_in(d), space=BALL)
    found = horopca(given)
    changed = distortion(given, Representation(found.points, space=DISK), scale=1.0)
    assert changed.average.value < 1e-9
    assert changed.worst == pytest.approx(1, abs=1e-6)
    assert np.allclose(found.directions.T @ found.directions, np.eye(2), atol=1e-12)


def test_horopca_of_all_components_keeps_everything() -> None:
    given = Representation(ball_points(80, 4), space=BALL)
    changed = distortion(given, Representation(horopca(given, components=4).points, space=BALL), scale=1.0)
    assert changed.average.value < 1e-8


def test_the_projection_keeps_busemann_coordinates() -> None:
    given = Representation(ball_points(200, 6), space=BALL)
    found = horopca(given)
    centred = BALL.recenter(torch.from_numpy(ball_points(200, 6)), _mean(given))
    for j in range(2):
        before = BALL.busemann(centred, torch.from_numpy(found.directions[:, j].copy()))
        after = BALL.busemann(torch.from_numpy(found.points), torch.eye(2, dtype=torch.float64)[j])
        np.testing.assert_allclose(after.numpy(), before.numpy(), atol=1e-7)
        assert before.numpy().var() == pytest.approx(found.variances[j], rel=1e-6)


def _mean(given: Representation) -> torch.Tensor:
    from gromov.spaces import frechet_mean

    return frechet_mean(BALL, torch.from_numpy(np.asarray(given.points)))


def test_one_component_is_the_signed_distance_along_a_geodesic() -> None:
    t = np.linspace(-3, 3, 41)
    axis = np.array([0.6, 0.0, 0.8])
    given = Representation(np.tanh(t / 2)[:, None] * axis, space=BALL)
    found = horopca(given, components=1)
    np.testing.assert_allclose(np.abs(2 * np.arctanh(found.points[:, 0])), np.abs(t), atol=1e-9)
    assert abs(found.directions[:, 0] @ axis) == pytest.approx(1, abs=1e-9)


def test_the_components_vary_more_than_those_of_the_tangent_space() -> None:
    given = Representation(ball_points(300, 8, spread=2.0) * np.linspace(1, 0.3, 8), space=BALL)
    found = horopca(given)
    from gromov.measures.projections.normal import normal_vectors

    vectors = normal_vectors(given, centered=True)
    r = np.linalg.norm(vectors, axis=1)
    start = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)[2].T[:, :2]
    flat = np.log(horospheres(r, vectors / r[:, None], start)).var(axis=0).sum()
    assert found.variances.sum() >= flat
    assert found.variances[0] >= found.variances[1]


def test_isometries_and_charts_do_not_change_horopca() -> None:
    x = torch.from_numpy(ball_points(150, 4) * np.array([1.0, 0.8, 0.3, 0.2]))
    turn = torch.from_numpy(np.linalg.qr(np.random.default_rng(3).normal(size=(4, 4)))[0])
    moved = BALL.recenter(x, torch.tensor([0.2, 0.3, -0.1, 0.1], dtype=torch.float64)) @ turn
    first = horopca(Representation(x.numpy(), space=BALL)).points
    for other in (
        Representation(moved.numpy(), space=BALL),
        Representation(convert(x, BALL, Polar()).numpy(), space=Polar()),
        Representation(convert(x, BALL, Hyperboloid()).numpy(), space=Hyperboloid()),
    ):
        again = horopca(other).points
        np.testing.assert_allclose(DISK.pairwise(again, again), DISK.pairwise(first, first), atol=2e-4)


def test_curvature_only_sets_the_unit() -> None:
    x = ball_points(100, 3)
    bent = PoincareBall(-4.0)
    np.testing.assert_allclose(horopca(Representation(x / 2, space=bent)).points, horopca(Representation(x, space=BALL)).points, atol=1e-6)


def test_deep_points_keep_their_horospheres() -> None:
    r, q = np.array([30.0]), np.array([[1.0], [0.0]])
    assert horospheres(r, np.array([[1.0, 0.0]]), q)[0, 0] == pytest.approx(math.exp(-30))
    assert horospheres(r, np.array([[-1.0, 0.0]]), q)[0, 0] == pytest.approx(math.exp(30))


def test_horopca_refuses_what_it_cannot_use() -> None:
    with pytest.raises(UnsuitableError, match="PoincareBall"):
        horopca(RANDOM.normal(size=(10, 3)))
    with pytest.raises(InputError, match="between 1 and"):
        horopca(Representation(ball_points(10, 3), space=BALL), components=4)


# ---- hyperbolic t-SNE


def test_the_compiled_forces_are_those_of_the_formula() -> None:
    points = ball_points(300, 2, spread=2.0)
    z = numbers(points)
    room = (1 - np.abs(z)) * (1 + np.abs(z))
    sources, scale = np.arange(0, 300, 3), 0.7
    d = distance(z[:, None], z[None, sources])
    w = 1 / (1 + (d / scale) ** 2)
    force, total = np.zeros((300, 2), np.float32), np.zeros(300, np.float32)
    single = [part.astype(np.float32) for part in (z.real, z.imag, room)]
    repulsion(*single, sources, np.float32(scale), force, total)
    velocities = log(z[:, None], z[None, sources])
    wanted = (w**2 * velocities).sum(axis=1)
    np.testing.assert_allclose(total, w.sum(axis=1), rtol=1e-3)
    np.testing.assert_allclose(force[:, 0] + 1j * force[:, 1], wanted, atol=2e-3 * np.abs(wanted).max())
    shares = np.full(300 * len(sources), 0.5, np.float32)
    pulled = np.zeros((300, 2))
    starts, neighbors = np.arange(301) * len(sources), np.tile(sources, 300).astype(np.int32)
    attraction(z.real.copy(), z.imag.copy(), room, starts, neighbors, shares, scale, pulled)
    np.testing.assert_allclose(pulled[:, 0] + 1j * pulled[:, 1], (0.5 * w * velocities).sum(axis=1), rtol=1e-5, atol=1e-7)


def test_the_step_goes_down_the_gradient_of_the_loss() -> None:
    """The force is minus the Riemannian gradient: against finite differences of KL + λ/n Σ(ρ − r)²."""
    x = RANDOM.normal(size=(40, 5))
    full = EUCLIDEAN.pairwise(x, x)
    order = np.argsort(full, axis=1, kind="stable")[:, 1:]
    shares = similarities(order, np.take_along_axis(full, order, axis=1), 8.0)
    z, depths, scale, weight = numbers(ball_points(40, 2, spread=0.5)), RANDOM.uniform(0, 2, 40), 0.6, 0.3
    descent = descents.Descent(z, shares, depths, scale, weight, seed=0)
    gradient = (4 / scale**2) * (descent._repulsion(True) - descent._attraction()) + descent._outward(depths)

    def loss(places: np.ndarray) -> float:
        other = descents.Descent(places, shares, depths, scale, weight, seed=0)
        return other.divergence() + weight / 40 * float(((2 * np.arctanh(np.abs(places)) - depths) ** 2).sum())

    from gromov.spaces.disk import exp

    h = 1e-2
    for point, direction in ((0, 1.0), (3, 1j), (17, np.exp(0.7j))):
        step = np.zeros(40, dtype=np.complex128)
        step[point] = h * direction
        slope = (loss(exp(z, step)) - loss(exp(z, -step))) / (2 * h)
        assert slope == pytest.approx((gradient[point] * np.conj(direction)).real, rel=0.02, abs=2e-4)


def test_perplexity_is_met() -> None:
    squares = np.sort(RANDOM.exponential(size=(50, 60)), axis=1)
    shares = np.empty_like(squares)
    calibrate(squares, math.log(12.0), shares)
    entropy = -(shares * np.log(shares)).sum(axis=1)
    np.testing.assert_allclose(np.exp(entropy), 12.0, rtol=1e-4)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)


def test_similarities_are_symmetric_and_sum_to_one() -> None:
    import scipy.sparse

    indices = np.argsort(EUCLIDEAN.pairwise(x := RANDOM.normal(size=(70, 3)), x), axis=1)[:, 1:16]
    gaps = np.take_along_axis(EUCLIDEAN.pairwise(x, x), indices, axis=1)
    starts, neighbors, shares = similarities(indices, gaps, 5.0)
    matrix = scipy.sparse.csr_array((shares, neighbors, starts), shape=(70, 70)).toarray()
    np.testing.assert_allclose(matrix, matrix.T)
    assert matrix.sum() == pytest.approx(1, abs=1e-5)


def clusters(n: int = 300, groups: int = 5, d: int = 10) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    codes = random.integers(0, groups, n)
    return 8 * random.normal(size=(groups, d))[codes] + random.normal(size=(n, d)), codes


def test_clusters_stay_together() -> None:
    x, codes = clusters()
    found = hyperbolic_tsne(x, steps=300)
    picture = Representation(found.points, space=DISK)
    assert (np.hypot(*found.points.T) < 1).all()
    assert trustworthiness(x, picture).value > 0.95
    gaps = DISK.pairwise(found.points, found.points)
    np.fill_diagonal(gaps, np.inf)
    assert (codes[gaps.argmin(axis=1)] == codes).all()
    assert found.start == "principal components"


def test_hyperbolic_points_keep_their_depth() -> None:
    x = ball_points(250, 5)
    depths = 2 * np.arctanh(np.linalg.norm(x, axis=1))
    far = []
    for weight in (0.0, 1.0, 10.0):
        found = hyperbolic_tsne(Representation(x, space=BALL), depth_weight=weight, steps=200)
        far.append(float(np.abs(2 * np.arctanh(np.hypot(*found.points.T)) - depths).mean()))
        assert found.start == "HoroPCA"
    assert far[2] < far[1] / 2 < far[0] / 6
    assert far[2] < 0.1


def test_the_parts_give_nearly_the_picture_of_all_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    x, _ = clusters(600)
    whole = hyperbolic_tsne(x, steps=300)
    monkeypatch.setattr(descents, "EXACT_UP_TO", 100)
    parts = hyperbolic_tsne(x, steps=300)
    assert parts.points.tobytes() != whole.points.tobytes()
    scores = [trustworthiness(x, Representation(found.points, space=DISK)).value for found in (whole, parts)]
    assert scores[1] > scores[0] - 0.02
    assert parts.divergence < 1.3 * whole.divergence


def test_the_same_seed_gives_the_same_bytes() -> None:
    graph = tree(branching=3, depth=4)
    first, again = (hyperbolic_tsne(graph, steps=60, seed=3).points.tobytes() for _ in range(2))
    assert first == again


def test_it_takes_distances_and_graphs_and_refuses_loose_parts() -> None:
    x, _ = clusters(60)
    assert hyperbolic_tsne(Distances(EUCLIDEAN.pairwise(x, x)), steps=30).points.shape == (60, 2)
    assert hyperbolic_tsne(x[:4], steps=10).points.shape == (4, 2)
    with pytest.raises(InputError, match="not connected"):
        hyperbolic_tsne(Graph(6, np.array([[0, 1], [1, 2], [3, 4], [4, 5]])))
    for wrong in ({"perplexity": 0.5}, {"scale": 0.0}, {"depth_weight": -1.0}, {"steps": 0}):
        with pytest.raises(InputError, match="perplexity must be"):
            hyperbolic_tsne(x, **wrong)  # pyright: ignore[reportArgumentType]


# ---- trees


def test_every_edge_of_a_drawn_tree_has_one_length_and_no_two_cross_in_the_large() -> None:
    graph = tree(branching=3, depth=4)
    z = tree_drawing(graph, length=1.9)
    np.testing.assert_allclose(distance(z[graph.edges[:, 0]], z[graph.edges[:, 1]]), 1.9, rtol=1e-9)


def test_the_longer_the_edges_the_smaller_the_distortion() -> None:
    graph = tree(branching=2, depth=4)
    changes = []
    for length in (1.0, 3.0, 7.0):
        z = tree_drawing(graph, length=length)
        picture = Representation(np.stack([z.real, z.imag], axis=1), space=DISK)
        changes.append(distortion(graph, picture, scale=1 / length).average.value)
    assert changes[0] > changes[1] > changes[2]
    assert changes[2] < 0.05


def test_a_path_is_a_straight_line() -> None:
    graph = Graph(9, np.array([[i, i + 1] for i in range(8)]))
    z = tree_drawing(graph, length=1.0)
    picture = Representation(np.stack([z.real, z.imag], axis=1), space=DISK)
    assert distortion(graph, picture, scale=1.0).worst == pytest.approx(1, abs=1e-9)
    assert abs(z[4]) == 0  # the root is the middle


def test_only_trees_are_drawn_as_trees() -> None:
    with pytest.raises(InputError, match="a tree has n − 1"):
        tree_drawing(Graph(4, np.array([[0, 1], [1, 2], [2, 3], [3, 0]])))
    with pytest.raises(InputError, match="not connected"):
        tree_drawing(Graph(5, np.array([[0, 1], [1, 2], [2, 0], [3, 4]])))
    with pytest.raises(InputError, match="smaller length"):
        tree_drawing(Graph(99, np.array([[i, i + 1] for i in range(98)])), length=1.0)


# ---- trust


def test_a_picture_of_itself_is_trusted() -> None:
    x = RANDOM.normal(size=(90, 4))
    found = trustworthiness(x, x)
    assert (found.value, found.stderr) == (1.0, 0.0)
    changed = distortion(x, 3 * x)
    assert changed.average.value == pytest.approx(0, abs=1e-12)
    assert changed.scale == pytest.approx(1 / 3)
    assert changed.worst == pytest.approx(1)


@pytest.mark.parametrize("k", [1, 5, 12])
def test_trustworthiness_is_that_of_scikit_learn(k: int) -> None:
    x = np.random.default_rng(7).normal(size=(150, 6))
    for picture in (x[:, :2], np.random.default_rng(8).normal(size=(150, 2))):
        ours = trustworthiness(x, picture, k=k)
        assert ours.value == pytest.approx(manifold.trustworthiness(x, picture, n_neighbors=k), abs=1e-12)


def test_a_sample_of_points_agrees_within_its_error() -> None:
    x = np.random.default_rng(9).normal(size=(900, 5))
    whole, part = trustworthiness(x, x[:, :2]), trustworthiness(x, x[:, :2], queries=200, seed=1)
    assert part.n == 200
    assert part.seed == 1
    assert part.stderr is not None
    assert abs(part.value - whole.value) < 4 * part.stderr


def test_distortion_of_known_pictures() -> None:
    line = np.array([[0.0], [1.0], [3.0], [7.0]])
    bent = line.copy()
    bent[3] = 9.0
    changed = distortion(line, bent, scale=1.0)
    ratios = np.array([1, 1, 9 / 7, 1, 8 / 6, 6 / 4])  # pairs 01 02 03 12 13 23
    assert changed.average.value == pytest.approx(np.abs(ratios - 1).mean())
    assert changed.worst == pytest.approx(1.5)
    assert distortion(line, np.array([[0.0], [0.0], [3.0], [7.0]])).worst == math.inf


def test_the_error_of_the_distortion_covers_the_truth() -> None:
    random = np.random.default_rng(11)
    x = random.normal(size=(2_000, 4))
    truth = distortion(x, x[:, :2], scale=1.0, points=2_000).average.value
    hits = 0
    for trial in range(20):
        found = distortion(x, x[:, :2], scale=1.0, points=150, seed=trial).average
        assert found.ci is not None
        hits += found.ci[0] <= truth <= found.ci[1]
    assert hits >= 16


def test_they_refuse_what_does_not_fit() -> None:
    x = RANDOM.normal(size=(20, 3))
    with pytest.raises(InputError, match="20 objects and the picture 19"):
        trustworthiness(x, x[:19])
    with pytest.raises(InputError, match="below n/2"):
        trustworthiness(x, x, k=10)
    with pytest.raises(InputError, match="the picture 5"):
        distortion(x, x[:5])
