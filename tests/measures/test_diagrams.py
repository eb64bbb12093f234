"""What is read off persistence diagrams, how far apart they are, and the band of their confidence."""

import numpy as np
import pytest
from homology_references import distances, matched, matched_worst, polygon

from gromov.core import InputError
from gromov.measures.four_point.metric import PointMetric
from gromov.measures.homology import (
    Diagram,
    betti_curve,
    bottleneck,
    confidence_band,
    landscapes,
    persistence_entropy,
    persistence_image,
    rips,
    wasserstein,
)


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


@pytest.mark.parametrize("seed", range(6))
def test_distances_against_plain_matchings(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = (Diagram.of(1, np.sort(rng.uniform(0, 1, (size, 2)), axis=1)) for size in (12, 9))
    assert bottleneck(x, y) == pytest.approx(matched_worst(x, y), rel=1e-12)
    for order in (1.0, 2.0):
        assert wasserstein(x, y, order=order, error=1e-4) == pytest.approx(matched(x, y, order), rel=2e-4)


def test_integrals_of_curves_and_landscapes() -> None:
    loops = rips(distances(np.random.default_rng(0).normal(size=(80, 2))))[1]
    t = np.linspace(0, loops.deaths.max(), 200_001)
    assert np.trapezoid(betti_curve(loops, t), t) == pytest.approx(loops.lives.sum(), rel=1e-4)
    every = landscapes(loops, t[::20], levels=len(loops))
    assert np.trapezoid(every.sum(axis=0), t[::20]) == pytest.approx((loops.lives**2).sum() / 4, rel=1e-4)


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


def test_refusals() -> None:
    d = distances(polygon(6))
    with pytest.raises(InputError, match="of degrees 0 and 1"):
        bottleneck(*rips(d))
    with pytest.raises(InputError, match="p ≥ 1"):
        wasserstein(rips(d)[1], rips(d)[1], order=0.5)
    with pytest.raises(InputError, match="relative error"):
        wasserstein(rips(d)[1], rips(d)[1], error=0.0)
    with pytest.raises(InputError, match="width is 0"):
        persistence_image(rips(d)[1], np.arange(3.0), np.arange(3.0), width=0)
    with pytest.raises(InputError, match="levels is 0"):
        landscapes(rips(d)[1], np.arange(3.0), levels=0)
    with pytest.raises(InputError, match="above its birth"):
        Diagram(1, np.array([1.0]), np.array([1.0]))
