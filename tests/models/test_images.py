"""Images as points of a space: closed forms first, then what a slower way finds, then invariances."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from gromov.core import InputError
from gromov.learn import balanced_batches
from gromov.models.images import (
    SPACES,
    Geometry,
    MetricLoss,
    ball_distances,
    blurred,
    few_shot_accuracy,
    k_means,
    levels_of,
    mutual_information,
    ranked_above,
    retrieve,
)
from gromov.spaces import PoincareBall


def cloud(n: int, d: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, d, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


# ---- the space


def test_the_radius_is_twice_the_length_of_the_vector() -> None:
    space = Geometry("hyperbolic", -0.7)
    v = torch.tensor([[0.3, -0.4], [30.0, 40.0]], dtype=torch.float64)
    found = space.distances(space(v), torch.zeros(1, 2, dtype=torch.float64))[:, 0]
    assert torch.allclose(found, torch.tensor([1.0, 4.6], dtype=torch.float64))
    assert torch.allclose(space.radii(v), found)


@pytest.mark.parametrize("curvature", [-0.05, -1.0, -3.0])
def test_distances_by_a_product_are_those_of_the_ball(curvature: float) -> None:
    space = Geometry("hyperbolic", curvature)
    x, y = space(cloud(20, 5)), space(cloud(30, 5, 1))
    assert torch.allclose(space.distances(x, y), PoincareBall(curvature).pairwise(x, y), rtol=1e-6)
    assert torch.allclose(ball_distances(x, x, torch.tensor(-curvature)).diagonal(), torch.zeros(20, dtype=torch.float64), atol=2e-3)


def test_a_flat_ball_is_twice_euclidean_space() -> None:
    v = cloud(10, 3)
    flat, ball = Geometry("euclidean"), Geometry("hyperbolic", -1e-8, clip=100.0)
    assert torch.allclose(ball.distances(ball(v), ball(v)), 2 * flat.distances(v, v), atol=1e-4)


def test_the_sphere_compares_by_cosine() -> None:
    space = Geometry("sphere")
    x = space(torch.tensor([[2.0, 0.0], [0.0, 5.0], [-1.0, 0.0]]))
    assert torch.allclose(space.distances(x[:1], x), torch.tensor([[0.0, 1.0, 2.0]]))


@pytest.mark.parametrize("space", SPACES)
def test_the_midpoint_of_a_point_and_its_mirror_image_is_the_middle(space: str) -> None:
    geometry = Geometry(space)
    x = geometry(torch.tensor([[0.6, 0.3], [0.6, -0.3]], dtype=torch.float64))
    middle = geometry.midpoints(x, torch.ones(1, 2, dtype=torch.float64))
    assert abs(float(middle[0, 1])) < 1e-12
    d = geometry.distances(middle, x)[0]
    assert torch.allclose(d[0], d[1])


@pytest.mark.parametrize("space", SPACES)
def test_blocks_map_as_the_geometry_does(space: str) -> None:
    from gromov.nn import Composition

    geometry = Geometry(space, -0.4)
    v = cloud(6, 4).float()
    assert torch.allclose(Composition(*geometry.blocks()).build((4,))(v), geometry(v), atol=1e-6)


def test_an_unknown_space_or_a_wrong_curvature_is_a_sentence() -> None:
    with pytest.raises(InputError, match="it must be one of hyperbolic, euclidean, sphere"):
        Geometry("torus")
    with pytest.raises(InputError, match="K < 0"):
        Geometry("hyperbolic", 0.5)


# ---- the loss


@pytest.mark.parametrize("space", SPACES)
def test_the_loss_is_the_cross_entropy_over_pairs(space: str) -> None:
    v, classes = cloud(6, 3).float(), torch.tensor([0, 0, 1, 1, 2, 2])
    geometry = Geometry(space)
    d = geometry.distances(geometry(v), geometry(v))
    total = 0.0
    for i in range(6):
        partner = i ^ 1
        others = [j for j in range(6) if j != i]
        total += float(d[i, partner] / 0.3 + torch.logsumexp(-d[i, others] / 0.3, 0))
    assert math.isclose(float(MetricLoss(geometry, 0.3)(v, classes)), total / 6, rel_tol=1e-5)


@pytest.mark.parametrize("space", SPACES)
def test_gradients_are_finite_at_the_origin_at_the_rim_and_where_points_coincide(space: str) -> None:
    v = torch.tensor([[0.0, 0.0], [1e4, 0.0], [1e-12, 0.0], [1e4, 0.0]], requires_grad=True)
    MetricLoss(Geometry(space), 0.1)(v, torch.tensor([0, 0, 1, 1])).backward()
    assert v.grad is not None
    assert bool(torch.isfinite(v.grad).all())


def test_a_learnt_curvature_has_a_gradient() -> None:
    loss = MetricLoss(Geometry("hyperbolic", learn_curvature=True), 0.2)
    loss(cloud(6, 3).float(), torch.tensor([0, 0, 1, 1, 2, 2])).backward()
    assert all(parameter.grad is not None and bool(parameter.grad.abs().sum() > 0) for parameter in loss.parameters())


def test_the_loss_keeps_its_digits_under_autocast() -> None:
    v, classes = cloud(6, 3).float(), torch.tensor([0, 0, 1, 1, 2, 2])
    loss = MetricLoss(Geometry("hyperbolic"), 0.2)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = float(loss(v, classes))
    assert math.isclose(rounded, float(loss(v, classes)), rel_tol=1e-6)


# ---- retrieval


def test_recall_and_precision_of_four_points_on_a_line() -> None:
    points = torch.tensor([[0.0], [1.0], [1.5], [3.0]])
    found = retrieve(points, torch.tensor([0, 1, 0, 1]), Geometry("euclidean").distances, ranks=(1, 2))
    # 0 sees 1, 1.5: wrong, right; 1 sees 1.5, 0 or 0, 1.5: the other 1 is last; 1.5 sees 1, 0 and 3 equally far; 3 sees 1.5, 1
    assert found.nearest[:, 0].tolist() == [1, 2, 1, 2]
    assert found.recall[1].tolist() == [0, 0, 0, 0]
    assert found.recall[2][[0, 1, 3]].tolist() == [1, 0, 1]
    assert found.precision.tolist() == [0, 0, 0, 0]  # one to find each, and the first is wrong


def test_average_precision_at_r_by_hand() -> None:
    points = torch.tensor([[0.0], [1.0], [2.0], [3.0], [4.0]])
    found = retrieve(points, torch.tensor([0, 0, 1, 0, 1]), Geometry("euclidean").distances)
    assert math.isclose(float(found.precision[0]), 0.5)  # of two: first right, second wrong


def test_queries_look_only_at_the_gallery() -> None:
    points = torch.tensor([[0.0], [0.1], [5.0]])
    classes = torch.tensor([0, 0, 0])
    found = retrieve(points, classes, Geometry("euclidean").distances, queries=torch.tensor([0]), gallery=torch.tensor([2]), ranks=(1,))
    assert found.nearest.tolist() == [[2]]
    with pytest.raises(InputError, match="no image has another of its class"):
        retrieve(points, torch.tensor([0, 1, 2]), Geometry("euclidean").distances)


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_retrieval_is_what_sorting_all_distances_gives(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, classes = rng.normal(size=(40, 3)), rng.integers(0, 5, 40)
    found = retrieve(torch.from_numpy(x), torch.from_numpy(classes), Geometry("euclidean").distances, ranks=(1, 3))
    d = np.linalg.norm(x[:, None] - x, axis=2)
    np.fill_diagonal(d, np.inf)
    order = np.argsort(d, axis=1)
    asked = found.asked.numpy()
    right = classes[order] == classes[:, None]
    for k in (1, 3):
        assert np.array_equal(found.recall[k].numpy(), right[asked, :k].any(axis=1))
    for place, i in enumerate(asked):
        r = (classes == classes[i]).sum() - 1
        hits = right[i, :r]
        wanted = (hits * np.cumsum(hits) / np.arange(1, r + 1)).sum() / r
        assert math.isclose(float(found.precision[place]), wanted, abs_tol=1e-12)


# ---- clusters, episodes, radius


@pytest.mark.parametrize("space", SPACES)
def test_far_classes_fall_apart(space: str) -> None:
    geometry = Geometry(space)
    centers = torch.eye(4, dtype=torch.float64)
    classes = torch.arange(80) % 4
    points = geometry(centers[classes] + 0.01 * cloud(80, 4))
    assert math.isclose(mutual_information(points, classes, geometry, 0), 1.0, rel_tol=1e-9)
    assert len(set(k_means(points, 4, geometry, 0).tolist())) == 4
    assert few_shot_accuracy(points, classes, geometry, ways=4, shots=1, episodes=20).value == 1


def test_episodes_of_noise_are_guesses() -> None:
    classes = torch.arange(600) % 30
    found = few_shot_accuracy(cloud(600, 8), classes, Geometry("euclidean"), ways=5, shots=1, episodes=400)
    assert abs(found.value - 0.2) < 4 * (found.stderr or 0) + 0.01
    assert found.n == 400


def test_too_few_classes_for_an_episode_is_a_sentence() -> None:
    with pytest.raises(InputError, match="5 ways with 2 shots need 5 such classes"):
        few_shot_accuracy(cloud(9, 2), torch.arange(9) % 3, Geometry("euclidean"), ways=5, shots=2)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_the_area_under_the_curve_is_scikit_learns(inside: list[int], outside: list[int]) -> None:
    values = np.array(inside + outside, dtype=float)
    wanted = roc_auc_score([1] * len(inside) + [0] * len(outside), values)
    assert math.isclose(ranked_above(np.array(inside, float), np.array(outside, float)), float(wanted), abs_tol=1e-12)


def test_blurring_keeps_a_constant_and_spreads_a_point() -> None:
    flat = torch.full((1, 3, 14, 14), 0.4)
    assert torch.allclose(blurred(flat), flat, atol=1e-6)
    point = torch.zeros(1, 1, 29, 29)
    point[0, 0, 14, 14] = 1
    spread = blurred(point, share=2 / 29)
    assert math.isclose(float(spread.sum()), 1, rel_tol=1e-3)
    assert math.isclose(float(spread[0, 0, 14, 14]), 1 / (2 * math.pi * 4), rel_tol=0.03)


def test_superclasses_far_apart_lie_farther_out_than_by_chance() -> None:
    centers = torch.tensor([[1.0, 0.0], [1.0, 0.1], [-1.0, 0.0], [-1.0, 0.1]], dtype=torch.float64)
    classes = torch.arange(40) % 4
    found = levels_of(centers[classes] + 0.01 * cloud(40, 2), classes, torch.tensor([0, 0, 1, 1]), Geometry("euclidean"), 0)
    assert found.images > found.groups > found.groups_by_chance
    assert found.p_value > 0.3


# ---- balanced batches


@given(st.integers(2, 12), st.integers(2, 5), st.integers(1, 9), st.integers(0, 100))
@settings(deadline=None)
def test_batches_hold_each_class_equally_often(classes: int, each: int, steps: int, seed: int) -> None:
    targets = np.random.default_rng(seed).integers(0, 8, 60)
    found = balanced_batches(targets, classes, each, steps, seed, 0)
    count = min(classes, len(np.unique(targets)))
    assert len(found) == steps
    for batch in found:
        assert sorted(np.unique(targets[batch], return_counts=True)[1].tolist()) == [each] * count
    again = balanced_batches(targets, classes, each, steps, seed, 0)
    assert all(np.array_equal(a, b) for a, b in zip(found, again, strict=True))
