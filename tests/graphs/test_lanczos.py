"""Stochastic Lanczos quadrature: exact where it can be, within its error where it cannot."""

import numpy as np
import pytest
from test_laplacian import complete, cycle, random_graph

from gromov.core import as_representation
from gromov.graphs import nearest_neighbors
from gromov.graphs.lanczos import spectral_sample
from gromov.graphs.laplacian import Laplacian, Normalisation, neighbor_graph

T = np.geomspace(0.1, 10, 20)


def cloud(n: int, seed: int = 0) -> Laplacian:
    points = np.random.default_rng(seed).normal(size=(n, 8))
    return Laplacian(neighbor_graph(nearest_neighbors(as_representation(points), 5, queries=n)))


def heat(nodes: np.ndarray) -> np.ndarray:
    return np.exp(-T[:, None, None] * nodes)


@pytest.mark.parametrize("kind", ["normalised", "combinatorial"])
def test_polynomials_of_degree_four_are_exact(kind: Normalisation) -> None:
    laplacian = Laplacian(random_graph(1, 80, 0.1), kind)
    sample = spectral_sample(laplacian, probes=8, seed=2)
    for power, expected in enumerate(laplacian.moments()):
        value, error = sample.trace(lambda x, power=power: x**power)
        assert np.isclose(value, expected, rtol=1e-9)
        assert error <= 1e-9 * abs(expected)


def test_three_moments_do_where_hubs_make_the_others_long(monkeypatch: pytest.MonkeyPatch) -> None:
    laplacian = cloud(300)
    np.testing.assert_array_equal(laplacian.moments(2), laplacian.moments()[:3])
    exact = np.exp(-T[:, None] * laplacian.eigenvalues()).sum(axis=1)
    monkeypatch.setattr("gromov.graphs.lanczos._MOST_WALKS", 10.0)
    sample = spectral_sample(laplacian, probes=32)
    assert len(sample.moments) == 3
    value, error = sample.traces(heat(sample.nodes))
    assert (np.abs(value - exact) <= 3 * error).all()


def test_the_quadrature_of_a_probe_is_exact_below_twice_the_steps() -> None:
    laplacian = cloud(150)
    sample = spectral_sample(laplacian, probes=2, steps=6, seed=5)
    dense = laplacian.matrix().toarray()
    from gromov.core import generator

    z = 2.0 * generator(5, "lanczos", 1).integers(0, 2, 150) - 1.0
    for power in range(12):
        expected = z @ np.linalg.matrix_power(dense, power) @ z / 150
        assert np.isclose((sample.weights[1] * sample.nodes[1] ** power).sum(), expected, rtol=1e-10)


def test_few_eigenvalues_end_the_recurrence() -> None:
    sample = spectral_sample(Laplacian(complete(40)), probes=4)
    value, error = sample.traces(heat(sample.nodes))
    np.testing.assert_allclose(value / 40, (1 + 39 * np.exp(-T * 40 / 39)) / 40, rtol=1e-10)
    assert (error < 1e-9).all()


def test_the_error_bars_cover_the_truth() -> None:
    laplacian = cloud(400)
    exact = np.exp(-T[:, None] * laplacian.eigenvalues()).sum(axis=1)
    scores = []
    for seed in range(60):
        sample = spectral_sample(laplacian, probes=16, seed=seed)
        value, error = sample.traces(heat(sample.nodes))
        scores.append((value - exact) / error)
    z = np.stack(scores)
    # 16 probes less 5 coefficients leave 11 degrees of freedom: Student's t has spread 1.1
    assert 0.8 < z.std() < 1.45
    assert abs(z.mean()) < 0.35
    assert (np.abs(z) < 3.5).mean() > 0.98


def test_counted_moments_cut_the_error() -> None:
    laplacian = cloud(400, seed=1)
    exact = np.exp(-T[:, None] * laplacian.eigenvalues()).sum(axis=1)
    sample = spectral_sample(laplacian, probes=32)
    plain = sample.n * (sample.weights * heat(sample.nodes)).sum(axis=2)
    plain_error = plain.std(axis=1, ddof=1) / np.sqrt(32)
    value, error = sample.traces(heat(sample.nodes))
    middle = (T > 0.5) & (T < 2)
    assert (error[middle] < plain_error[middle] / 20).all()
    assert (np.abs(value - exact)[middle] < plain_error[middle]).all()


def test_blocks_change_nothing_but_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    laplacian = cloud(100)
    first = spectral_sample(laplacian, probes=6, seed=3)
    monkeypatch.setattr("gromov.graphs.lanczos._BLOCK", 1)
    second = spectral_sample(laplacian, probes=6, seed=3)
    np.testing.assert_allclose(first.traces(heat(first.nodes))[0], second.traces(heat(second.nodes))[0], rtol=1e-13)


def test_the_density_of_a_cycle() -> None:
    sample = spectral_sample(Laplacian(cycle(2_000)), probes=16, steps=40)
    edges = np.array([0.0, 0.5, 1.0, 1.5, 2.0])
    shares, errors = sample.density(edges)
    expected = np.diff(np.arccos(1 - edges)) / np.pi
    assert np.isclose(shares.sum(), 1)
    assert (np.abs(shares - expected) < 4 * errors + 0.03).all()
