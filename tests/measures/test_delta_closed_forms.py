"""δ where it is known by hand."""

import math
from pathlib import Path

import numpy as np
import pytest
from four_point_references import cycle, delta_of, euclidean, grid, hyperbolic_cross, plain_path_lengths, random_tree
from sklearn.datasets import load_digits

from gromov.core import DataWarning, Distances, Graph, as_representation
from gromov.data import load
from gromov.data.synthetic import tree
from gromov.measures import base_point_delta, exact_delta, hyperbolicity
from gromov.measures.four_point.exact import PTOLEMAIC_CAP
from gromov.measures.four_point.metric import metric_of
from gromov.spaces import EUCLIDEAN

DIGITS = load_digits().data
SQUARE = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])


def exact_graph_delta(graph: Graph) -> float:
    metric, nodes, _ = metric_of(as_representation(graph), seed=0)
    everyone = np.arange(len(nodes))
    found = exact_delta(metric.pairwise(everyone, everyone), ptolemaic=False, step=metric.step)
    assert found.exact
    return found.lower


@pytest.mark.parametrize("n", range(4, 25))
def test_a_cycle(n: int) -> None:
    assert exact_graph_delta(cycle(n)) == n // 4 - 0.5 * (n % 4 == 1)


@pytest.mark.parametrize(("rows", "columns"), [(2, 2), (2, 9), (3, 3), (3, 7), (4, 6), (5, 5), (6, 7)])
def test_a_grid_graph(rows: int, columns: int) -> None:
    assert exact_graph_delta(grid(rows, columns)) == min(rows, columns) - 1


@pytest.mark.parametrize("graph", [tree(branching=2, depth=5), tree(branching=5, depth=2), random_tree(40, 0), random_tree(4, 1)])
def test_a_tree_has_delta_0_from_every_base(graph: Graph) -> None:
    distances = plain_path_lengths(graph)
    assert exact_graph_delta(graph) == 0
    assert all(base_point_delta(distances, base) == 0 for base in range(len(distances)))


@pytest.mark.parametrize("seed", range(3))
def test_a_tree_with_lengths(seed: int) -> None:
    graph = random_tree(50, seed, weighted=True)
    distances = plain_path_lengths(graph)
    found = exact_delta(distances, ptolemaic=False)
    assert found.lower <= found.upper <= 1e-9 * distances.max()


@pytest.mark.parametrize("kind", ["points", "distances", "graph"])
def test_a_line_is_a_tree_however_it_is_given(kind: str) -> None:
    places = np.sort(np.random.default_rng(0).uniform(0, 10, 40))
    if kind == "points":
        found = hyperbolicity(places[:, None] * np.array([[3.0, 4.0]]), null_draws=2)
    elif kind == "distances":
        found = hyperbolicity(Distances(np.abs(places[:, None] - places)), null_draws=2)
    else:
        found = hyperbolicity(Graph(40, np.stack([np.arange(39), np.arange(1, 40)], axis=1), np.diff(places)), null_draws=2)
    assert found.delta_lower <= found.delta_upper <= 1e-9 * found.diameter
    assert found.base_point_delta.high <= 1e-9
    assert found.mean_delta.value <= 1e-9 * found.diameter
    assert found.findings()[0].answer == "It is a tree"


def test_a_unit_square() -> None:
    found = exact_delta(euclidean(SQUARE), ptolemaic=True)
    assert found.lower == pytest.approx(math.sqrt(2) - 1, rel=1e-12)
    assert sorted(found.witness) == [0, 1, 2, 3]


@pytest.mark.parametrize(("radius", "error"), [(5.0, 1e-4), (10.0, 1e-8), (15.0, 1e-10)])
@pytest.mark.parametrize("ptolemaic", [True, False])
def test_a_cross_in_the_hyperbolic_plane_tends_to_ln_2(radius: float, error: float, ptolemaic: bool) -> None:
    found = exact_delta(hyperbolic_cross(radius), ptolemaic=ptolemaic)
    assert found.lower == pytest.approx(math.log(2), abs=error)


@pytest.mark.parametrize("scale", [1e-6, 0.5, 3.0, 1e8])
@pytest.mark.parametrize("ptolemaic", [True, False])
def test_delta_scales_with_the_distances(scale: float, ptolemaic: bool) -> None:
    distances = euclidean(np.random.default_rng(0).standard_normal((40, 4)))
    once, scaled = (exact_delta(d, ptolemaic=ptolemaic) for d in (distances, scale * distances))
    assert scaled.lower == pytest.approx(scale * once.lower, rel=1e-9)


@pytest.mark.parametrize("d", [2, 3, 10])
def test_the_euclidean_cap(d: int) -> None:
    distances = euclidean(np.random.default_rng(d).uniform(size=(60, d)))
    assert exact_delta(distances, ptolemaic=True).upper <= PTOLEMAIC_CAP * distances.max()


def test_the_square_attains_the_euclidean_cap() -> None:
    distances = euclidean(SQUARE)
    found = exact_delta(distances, ptolemaic=True)
    assert found.lower == pytest.approx(PTOLEMAIC_CAP * distances.max(), rel=1e-12)


@pytest.mark.parametrize(("n", "delta"), [(800, 17.5090), (1797, 17.9814)])
def test_digits(n: int, delta: float) -> None:
    distances = EUCLIDEAN.pairwise(DIGITS[:n], DIGITS[:n])
    found = exact_delta(distances, ptolemaic=True)
    assert found.exact
    assert found.lower == pytest.approx(delta, abs=5e-5)
    assert delta_of(distances, found.witness) == pytest.approx(found.lower, rel=1e-12)


@pytest.mark.parametrize("shift", [10, 100, 1000])
def test_a_line_in_float32_stays_a_line_however_far_it_is_moved(shift: float) -> None:
    places = np.linspace(0, 1, 50)[:, None].astype(np.float32)
    line = np.repeat(places, 3, axis=1) + np.float32(shift)
    found = hyperbolicity(line, null_draws=2)
    # rounding the coordinates to float32 moves all three alike, so the points stay on one line
    assert found.relative_delta <= 1e-6
    assert any(flaw.name == "float32 distances" for flaw in found.flaws)


def test_wordnet_mammals_is_a_graph_of_diameter_2_and_delta_1(real_data: Path) -> None:
    del real_data
    with pytest.warns(DataWarning, match="transitive closure"):
        found = hyperbolicity(load("wordnet-mammals"), null_draws=2)
    assert (found.exact, found.delta_lower, found.diameter) == (True, 1.0, 2.0)
