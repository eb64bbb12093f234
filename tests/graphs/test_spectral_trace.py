"""Traces of functions of Laplacians: closed forms, exact against sampled, both Laplacians."""

import numpy as np
import pytest
from test_laplacian import bipartite, complete, cycle, hypercube, random_graph

from gromov.core import as_representation
from gromov.graphs import (
    Laplacian,
    Normalisation,
    enough_steps,
    heat,
    nearest_neighbors,
    neighbor_graph,
    spectral_sample,
    spectral_trace,
    wave,
)

T = np.geomspace(0.1, 10, 20)
KINDS: tuple[Normalisation, ...] = ("normalised", "combinatorial")


def hub_cloud(n: int = 1_500) -> Laplacian:
    """A Gaussian in 64 dimensions has hubs: one point is among the nearest of a hundred others."""
    points = np.random.default_rng(0).normal(size=(n, 64))
    return Laplacian(neighbor_graph(nearest_neighbors(as_representation(points), 5, queries=n)), "combinatorial")


def test_waves_and_heat_known_on_paper() -> None:
    d, n = 6, 8
    cube, whole = Laplacian(hypercube(d)), Laplacian(complete(n), "combinatorial")
    # eigenvalues 2j/d, binomially often: e^(−itL) has trace ((1 + e^(−2it/d))/2)^d, and that of the complete graph n, n − 1 times
    np.testing.assert_allclose(spectral_trace(cube, heat(T)).value, ((1 + np.exp(-2 * T / d)) / 2) ** d, rtol=1e-10)
    np.testing.assert_allclose(spectral_trace(cube, wave(T)).value, (((1 + np.exp(-2j * T / d)) / 2) ** d).real, atol=1e-12)
    np.testing.assert_allclose(spectral_trace(whole, heat(T)).value, (1 + (n - 1) * np.exp(-n * T)) / n, rtol=1e-10)
    np.testing.assert_allclose(spectral_trace(whole, wave(T)).value, (1 + (n - 1) * np.cos(n * T)) / n, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_few_eigenvalues_are_found_exactly_by_probes(kind: Normalisation) -> None:
    for adjacency in (complete(30), bipartite(12, 20), hypercube(7)):
        laplacian = Laplacian(adjacency, kind)
        for functions in (heat(T), wave(T)):
            sampled = spectral_trace(laplacian, functions, exact=False)
            exact = spectral_trace(laplacian, functions)
            assert (exact.exact, sampled.exact) == (True, False)
            # three standard errors, and rounding
            assert (np.abs(sampled.value - exact.value) <= 3 * sampled.error + 1e-9).all()


@pytest.mark.parametrize("kind", KINDS)
def test_any_function_of_yours(kind: Normalisation) -> None:
    laplacian = Laplacian(random_graph(0, 200, 0.05), kind)
    found = spectral_trace(laplacian, lambda x: np.stack([x, x**2, np.log1p(x)]))
    values = np.linalg.eigvalsh(laplacian.matrix().toarray())
    np.testing.assert_allclose(found.value, [values.mean(), (values**2).mean(), np.log1p(values).mean()], rtol=1e-10)
    sampled = spectral_trace(laplacian, lambda x: np.stack([x, x**2, np.log1p(x)]), exact=False)
    np.testing.assert_allclose(sampled.value[:2], found.value[:2], rtol=1e-9)  # counted, not sampled
    assert abs(sampled.value[2] - found.value[2]) <= 3 * sampled.error[2]


@pytest.mark.parametrize("kind", KINDS)
def test_two_quadratures_enclose_the_heat_of_each_probe(kind: Normalisation) -> None:
    """Gauss from below, Gauss and Radau from above: of zᵀe^(−tL)z, which all eigenvectors give exactly."""
    from gromov.core import generator
    from gromov.graphs.lanczos import _radau

    laplacian = Laplacian(random_graph(1, 150, 0.06), kind)
    values, vectors = np.linalg.eigh(laplacian.matrix().toarray())
    for steps in (2, 4, 7):
        sample = spectral_sample(laplacian, probes=3, steps=steps)
        for probe in range(3):
            z = (2.0 * generator(0, "lanczos", probe).integers(0, 2, 150) - 1.0) / np.sqrt(150)
            truth = heat(T)(values) @ (z @ vectors) ** 2
            below = heat(T)(sample.nodes[probe]) @ sample.weights[probe]
            nodes, weights = _radau(sample.diagonal[probe], sample.off[probe])
            above = heat(T)(nodes) @ weights
            assert np.abs(nodes).min() < 1e-8
            assert (below <= truth + 1e-12).all()
            assert (truth <= above + 1e-12).all()
            assert above[-1] > below[-1]


def test_steps_are_enough_for_hubs() -> None:
    """Twelve steps lose nearly all heat of this graph at t = 10; the number that is found leaves out no more than it says."""
    laplacian = hub_cloud()
    exact = spectral_trace(laplacian, heat(T)).value
    few = spectral_sample(laplacian, probes=8)
    value = few.traces(heat(T)(few.nodes))[0] / laplacian.n
    assert abs(value[-1] / exact[-1] - 1) > 0.9
    steps = enough_steps(laplacian, heat(T))
    assert steps > 12
    pilot = spectral_sample(laplacian, probes=4, steps=steps)
    longer = spectral_sample(laplacian, probes=4, steps=3 * steps)
    kept, whole = (np.einsum("fpm,pm->f", heat(T)(each.nodes), each.weights) for each in (pilot, longer))
    assert (np.abs(kept / whole - 1) <= 1e-3).all()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_errors_cover_the_truth(kind: Normalisation) -> None:
    laplacian = Laplacian(hub_cloud().adjacency, kind)
    exact = spectral_trace(laplacian, heat(T)).value
    found = [spectral_trace(laplacian, heat(T), exact=False, probes=32, seed=seed) for seed in range(100)]
    z = np.stack([(each.value - exact) / each.error for each in found])
    # 32 probes less 5 coefficients: Student's t with 27 degrees of freedom has spread 1.04; of 100 seeds, ± 3 standard errors of a spread
    assert np.abs(np.log(np.sqrt((z**2).mean(axis=0)) / 1.04)).max() < 3 / np.sqrt(200) + 0.05
    assert np.abs(z.mean(axis=0)).max() < 3.5 / np.sqrt(100)


def test_steps_end_with_the_graph() -> None:
    assert spectral_trace(Laplacian(cycle(6), "combinatorial"), heat(T), exact=False).steps <= 6
