"""The Geometry Score: shapes whose holes are known, sizes, invariance, and the score of two clouds."""

import json

import numpy as np
import pytest

import gromov
from gromov.core import Distances, Executor, Graph, InputError, UnsuitableError
from gromov.core.runs import to_json
from gromov.measures import geometry_score
from gromov.measures.comparisons import geometry_score as score
from gromov.measures.witness import Cloud, scheme, shares_of
from gromov.spaces import EUCLIDEAN


def circle(n: int, seed: int = 0, center: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    angle = np.random.default_rng(seed).uniform(0, 2 * np.pi, n)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) + center


def disc(n: int, seed: int = 0, inner: float = 0.0) -> np.ndarray:
    radius = np.sqrt(np.random.default_rng(seed + 100).uniform(inner**2, 1, (n, 1)))
    return circle(n, seed) * radius


def sphere(n: int) -> np.ndarray:
    points = np.random.default_rng(0).normal(size=(n, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def gaussian(n: int, d: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d))


# Shapes: pieces, loops, voids


def test_the_loop_of_a_circle_is_found_in_every_draw() -> None:
    made = scheme(5_000, landmarks=64, witnesses=5_000, gamma=1 / 128, degree=1, seed=0)
    assert sum(loops.argmax() == 1 for _, loops in shares_of(range(100), Cloud.of(circle(5_000)), made, "draw")) == 100


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_circles_side_by_side(count: int) -> None:
    points = np.concatenate([circle(2_000, place, (3.0 * place, 0.0)) for place in range(count)])
    found = geometry_score(points, draws=10, witnesses=len(points), gamma=1 / 128, null_draws=2)
    assert (found.components.usual, found.loops.usual, found.voids.usual) == (count, count, 0)


@pytest.mark.parametrize(
    ("points", "holes"),
    [
        (np.concatenate([circle(2_000, 0, (1.0, 0.0)), circle(2_000, 1, (-1.0, 0.0))]), (1, 2, 0)),
        (disc(4_000, inner=0.6), (1, 1, 0)),
        (disc(4_000), (1, 0, 0)),
        (sphere(4_000), (1, 0, 1)),
    ],
    ids=["figure eight", "annulus", "disc", "sphere"],
)
def test_shapes(points: np.ndarray, holes: tuple[int, int, int]) -> None:
    found = geometry_score(points, draws=20, landmarks=24, witnesses=4_000, gamma=1 / 8, null_draws=2)
    assert (found.components.usual, found.loops.usual, found.voids.usual) == holes
    assert found.loops.shares[holes[1]] > 0.5


def test_digits_have_more_loops_than_a_gaussian() -> None:
    from sklearn.datasets import load_digits

    found = geometry_score(load_digits().data, draws=30)
    assert found.null.p_value == 1 / 20
    assert found.null.loops > found.null.expected + 5
    assert "No" in found.findings()[1].answer


def test_a_gaussian_is_one() -> None:
    """Over 20 seeds the p-values of Gaussian clouds are not small."""
    p = [geometry_score(gaussian(150, 5, seed), draws=2, seed=seed).null.p_value for seed in range(20)]
    assert np.mean(p) == pytest.approx(0.5, abs=0.25)  # the standard error is .065
    assert min(p) <= 0.5 <= max(p)


# The number of points


def test_a_fixed_number_of_witnesses_takes_the_size_out() -> None:
    few, many = gaussian(1_200, 6, 0), gaussian(6_000, 6, 1)
    ours = [geometry_score(each, draws=40, witnesses=1_000, null_draws=2).loops.holes for each in (few, many)]
    everything = [geometry_score(each, draws=20, witnesses=len(each), null_draws=2).loops.holes for each in (few, many)]
    assert abs(ours[0].value - ours[1].value) < 6 * max(each.stderr for each in ours)
    assert abs(everything[0].value - everything[1].value) > 20 * max(each.stderr for each in everything)


def test_two_sizes_of_one_distribution_are_within_the_null() -> None:
    found = score(gaussian(600, 8, 0), gaussian(1_500, 8, 1), null=39, draws=10)
    assert found.points == 600
    assert found.tested_score <= found.chance_score
    assert found.null.observed <= found.null.high
    assert found.p_value > 0.05


# What changes nothing


@pytest.mark.parametrize("seed", range(3))
def test_rotation_shift_and_scale(seed: int) -> None:
    points = gaussian(300, 4, seed)
    turn = np.linalg.qr(gaussian(4, 4, seed))[0]
    before, after = (geometry_score(each, draws=10, null_draws=2, seed=seed) for each in (points, 1e3 + 7 * points @ turn))
    for one, two in ((before.components, after.components), (before.loops, after.loops), (before.voids, after.voids)):
        np.testing.assert_allclose(one.shares, two.shares, atol=1e-7)


def test_any_number_of_workers() -> None:
    points = gaussian(400, 6)
    one, two = (to_json(geometry_score(points, draws=25, null_draws=3, executor=Executor(workers)).to_dict({})) for workers in (1, 2))
    assert one == two
    a, b = (score(points, gaussian(300, 6, 1), draws=15, null=15, executor=Executor(workers)) for workers in (1, 2))
    np.testing.assert_array_equal(a.null.draws, b.null.draws)
    np.testing.assert_array_equal(a.first.shares, b.first.shares)


def test_distances_give_what_points_give() -> None:
    points = gaussian(200, 4)
    one, two = (geometry_score(each, draws=10, null_draws=3) for each in (points, Distances(EUCLIDEAN.pairwise(points, points))))
    np.testing.assert_allclose(one.loops.shares, two.loops.shares, atol=1e-9)
    assert one.null.expected == pytest.approx(two.null.expected, rel=0.2)  # another estimate of the spectrum


# The score


def test_disc_against_circle_is_what_the_reference_prints() -> None:
    """The first example of the reference: 32 landmarks, γ = 1/8, a score of 1.83."""
    found = score(disc(5_000), circle(5_000, 7), landmarks=32, gamma=1 / 8, witnesses=5_000, null=19)
    assert found.value.value == pytest.approx(1.83, abs=0.05)
    assert found.p_value == 1 / 20
    assert (found.first.usual, found.second.usual) == (0, 1)
    assert 1 - found.transport < 0.1


def test_a_cloud_of_half_the_dimensions_is_seen() -> None:
    """Where no number of loops lasts the test still sees that there are fewer."""
    flat = gaussian(500, 16, 1) * (np.arange(16) < 8)
    assert sum(score(gaussian(500, 16, 2), flat, null=19, draws=2, seed=seed).p_value == 1 / 20 for seed in range(3)) >= 2


def test_the_definition() -> None:
    x, y = gaussian(200, 3), disc(200, 1) @ np.ones((2, 3))
    found = score(x, y, null=3, draws=10)
    width = max(len(found.first.shares), len(found.second.shares))
    one, two = (np.pad(each.shares, (0, width - len(each.shares))) for each in (found.first, found.second))
    assert found.value.value == pytest.approx(((one - two) ** 2).sum(), rel=1e-12)
    assert 0 <= found.value.value <= 2
    assert found.transport >= abs(found.first.holes.value - found.second.holes.value) - 1e-12


def test_instrument_and_score_share_a_name() -> None:
    assert gromov.geometry_score is geometry_score
    found = gromov.measure(circle(300), instruments=["geometry_score"])
    assert type(found["geometry_score"]).__module__ == "gromov.measures.geometry_score"
    run = gromov.compare(circle(300), disc(300), measures=["geometry_score"], null=19)
    assert type(run["geometry_score"]).__module__ == "gromov.measures.comparisons.geometry_score"
    assert json.loads(run.to_json())["results"]["geometry_score"]["p_value"] <= 1


# What it refuses


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"draws": 1}, "draws is 1"),
        ({"null_draws": 1}, "null_draws is 1"),
        ({"landmarks": 2}, "landmarks is 2"),
        ({"witnesses": 0}, "witnesses is 0"),
        ({"gamma": 2.0}, "gamma is 2"),
    ],
)
def test_bad_arguments(options: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        geometry_score(gaussian(50, 3), **options)


def test_data_it_cannot_use() -> None:
    with pytest.raises(UnsuitableError, match="path lengths of a graph"):
        geometry_score(Graph(4, np.array([[0, 1], [1, 2], [2, 3]])))
    with pytest.raises(UnsuitableError, match="many distances are equal"):
        geometry_score(np.eye(300))
    with pytest.raises(InputError, match="draws is 1"):
        score(gaussian(50, 3), gaussian(50, 3, 1), draws=1)
    with pytest.raises(UnsuitableError, match="same dimension"):
        score(gaussian(50, 3), gaussian(50, 4))


def test_points_of_a_curved_space() -> None:
    from gromov.core import Representation
    from gromov.spaces import PoincareBall

    ball = Representation(0.9 * gaussian(60, 2) / np.abs(gaussian(60, 2)).max() / 1.5, space=PoincareBall())
    found = geometry_score(ball, draws=5, null_draws=2)
    assert found.loops.shares.sum() == pytest.approx(1)
    flat = geometry_score(np.asarray(ball.points), draws=5, null_draws=2)
    assert not np.array_equal(found.loops.shares, flat.loops.shares)
