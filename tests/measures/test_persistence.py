"""The instrument: what it finds in clouds whose holes are known."""

import numpy as np
import pytest

from gromov import Distances, Graph, InputError, persistence
from gromov.core import Bars, Executor, Points
from gromov.core.runs import to_json
from gromov.spaces import EUCLIDEAN


def circle(n: int, seed: int, noise: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    angles = rng.uniform(0, 2 * np.pi, n)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) + noise * rng.normal(size=(n, 2))


def torus(n: int, seed: int) -> np.ndarray:
    a, b = np.random.default_rng(seed).uniform(0, 2 * np.pi, (2, n))
    return np.stack([(3 + np.cos(a)) * np.cos(b), (3 + np.cos(a)) * np.sin(b), np.sin(a)], axis=1)


def test_a_circle_has_one_certain_loop() -> None:
    found = persistence(circle(1_500, 0))
    assert found.loops.certain == 1
    assert found.components.certain == 0
    assert found.loops.deaths[0] == pytest.approx(np.sqrt(3), abs=2 * found.covering_radius)
    assert found.loops.p_values[0] <= 0.05
    assert found.null.beyond == 1
    (loops,) = found.findings()
    assert loops.answer == "One loop beyond noise"
    assert "one component beyond noise, one loop beyond noise" in found.summary()


def test_a_noisy_circle_is_told_by_the_null() -> None:
    """Noise without a bound widens the band beyond the loop; a Gaussian has no such loop."""
    found = persistence(circle(800, 1, noise=0.1))
    assert found.null.p_value == 1 / 20
    assert found.null.beyond == 1
    assert found.findings()[0].answer == "One loop longer than a Gaussian's"


def test_a_gaussian_has_none() -> None:
    answers = [persistence(np.random.default_rng(seed).normal(size=(300, 3))).findings()[0].answer for seed in range(10)]
    assert answers.count("None beyond noise") >= 8


def test_two_circles_are_two_pieces_with_a_loop_each() -> None:
    found = persistence(np.concatenate([circle(1_200, 0), circle(1_200, 1) + np.array([6.0, 0.0])]))
    assert found.loops.certain == 2
    assert found.components.certain == 1
    assert "two components beyond noise, two loops beyond noise" in found.summary()


def test_an_annulus_and_a_figure_eight() -> None:
    """By closed form the loop of an annulus is filled at √3 times its inner radius, and each of an eight as that of its circle."""
    annulus = circle(2_000, 0) * np.sqrt(np.random.default_rng(9).uniform(0.25, 1, 2_000))[:, None]
    eight = circle(2_000, 1) + np.where(np.arange(2_000) % 2, 1.0, -1.0)[:, None] * np.array([1.0, 0.0])
    for x, deaths in ((annulus, [np.sqrt(3) / 2]), (eight, [np.sqrt(3)] * 2)):
        found = persistence(x)
        assert found.null.beyond == len(deaths)
        np.testing.assert_allclose(found.loops.deaths[: len(deaths)], deaths, atol=2 * found.covering_radius + 0.02)
        lives = found.loops.deaths - found.loops.births
        assert lives[len(deaths) - 1] > 5 * lives[len(deaths)]


def test_a_torus_has_two_loops() -> None:
    found = persistence(torus(2_000, 0))
    assert found.null.beyond >= 2  # the gaps between 300 points of its surface are loops, too
    assert found.loops.deaths[1] - found.loops.births[1] > 2 * (found.loops.deaths[2] - found.loops.births[2])


def test_a_sphere_has_a_void() -> None:
    x = np.random.default_rng(0).normal(size=(600, 3))
    found = persistence(x / np.linalg.norm(x, axis=1)[:, None], degree=2, landmarks=100)
    lives = found.voids.deaths - found.voids.births
    assert len(lives) == 1 or lives[0] > 5 * lives[1]
    assert found.voids.deaths[0] == pytest.approx(np.sqrt(8 / 3), abs=0.15)  # the side of a regular tetrahedron on the sphere


def test_a_cycle_graph_is_exact() -> None:
    n = 30
    found = persistence(Graph(n, np.array([[i, (i + 1) % n] for i in range(n)])))
    assert found.band == found.covering_radius == 0
    assert found.null is None
    np.testing.assert_array_equal([found.loops.births, found.loops.deaths], [[1.0], [10.0]])
    assert found.loops.certain == 1
    assert found.summary() == "Of 30 points, 30 landmarks show one loop beyond noise."


def test_points_and_their_distances_agree() -> None:
    x = circle(200, 2)
    points, matrix = persistence(x), persistence(Distances(EUCLIDEAN.pairwise(x, x)))
    np.testing.assert_allclose(matrix.loops.deaths, points.loops.deaths, rtol=1e-9)
    assert matrix.band == pytest.approx(points.band, rel=1e-9)
    assert matrix.null.longest == pytest.approx(points.null.longest, rel=1e-9)


def test_motions_and_units() -> None:
    x = circle(150, 3, noise=0.05)
    turned = 7 * x[:, ::-1] + 100
    one, other = persistence(x), persistence(turned)
    np.testing.assert_allclose(other.loops.deaths, 7 * one.loops.deaths, rtol=1e-6)
    np.testing.assert_allclose(other.loops.p_values, one.loops.p_values)
    assert other.band == pytest.approx(7 * one.band, rel=1e-6)


def test_any_number_of_workers() -> None:
    x = circle(120, 4, noise=0.1)
    texts = [to_json(persistence(x, executor=Executor(workers)).to_dict({})) for workers in (1, 2)]
    assert texts[0] == texts[1]


def test_its_figures() -> None:
    found = persistence(circle(1_500, 0), degree=1)
    diagram, barcode, betti = found.figures()
    (points,) = [layer for layer in diagram if isinstance(layer, Points)]
    assert len(points.x) == found.components.count + found.loops.count
    assert any(layer.name == "noise at 95 %" for layer in diagram)
    bars = [layer for layer in barcode if isinstance(layer, Bars)]
    np.testing.assert_array_equal(bars[1].base + bars[1].y, found.loops.deaths[:30])
    assert betti.layers[0].y[0] == found.components.count + 1
    assert betti.layers[0].y[-1] == 1


def test_degree_zero_alone() -> None:
    found = persistence(circle(300, 0), degree=0)
    assert found.loops is None
    assert found.voids is None
    assert found.null is None
    assert found.findings() == ()
    assert found.summary().endswith("show one component beyond noise.")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"degree": 3}, "degree is 3"),
        ({"landmarks": 2}, "landmarks is 2"),
        ({"subsamples": 5}, "subsamples is 5"),
        ({"null_draws": 0}, "null_draws is 0"),
    ],
)
def test_refusals(options: dict[str, int], says: str) -> None:
    with pytest.raises(InputError, match=says):
        persistence(circle(50, 0), **options)
