"""What δ would be if the cloud were Gaussian with the same covariance, or the graph random with the same degrees."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Integer
from numpy.typing import NDArray
from scipy.sparse import triu
from scipy.sparse.csgraph import connected_components, dijkstra

from gromov.core import Estimate, Executor, Graph, generator
from gromov.graphs import largest_component
from gromov.measures.four_point.exact import exact_delta
from gromov.measures.four_point.metric import MatrixMetric
from gromov.measures.four_point.sampled import distinct_quadruples, quadruple_values
from gromov.spaces import EUCLIDEAN

DRAWS = 39
POINTS = 400
_QUADRUPLES = 20_000
_ATTEMPTS = 20
Model = Literal["gaussian", "degrees"]


@dataclass(frozen=True, slots=True, eq=False)
class DeltaNull:
    """The null: clouds with nothing but the same spectrum, or graphs with nothing but the same degrees.

    Attributes:
        model: What is drawn.
        points: Number of points of each draw.
        draws: Number of draws.
        mean_relative: E (S₁ − S₂)/S₁ under the null; its standard error is that of this expectation.
        relative_delta: 2δ/diameter of a draw of this many points; its interval covers 95 % of single draws.
        data_relative_delta: 2δ/diameter of subsamples of the data of this many points (mean).
        ratio: Data over null, of the mean (S₁ − S₂)/S₁: below 1 the data are more tree-like than the null.
        z: Difference of data and null in standard errors; negative means more tree-like.
        p_value: Two-sided p-value of that difference.
    """

    model: str
    points: int
    draws: int
    mean_relative: Estimate
    relative_delta: Estimate
    data_relative_delta: float
    ratio: Estimate
    z: float
    p_value: float


@dataclass(frozen=True, slots=True, eq=False)
class NullDraws:
    """Numbers of every draw, for the null and for the figures.

    Attributes:
        mean_relative: Mean (S₁ − S₂)/S₁ of each draw.
        growth: 2δ/diameter of nested subsamples of each draw (draws × sizes).
        sizes: Their sizes, ascending; the last is the size of a draw.
        relative: (S₁ − S₂)/S₁ of quadruples of the first draw.
    """

    mean_relative: Float[np.ndarray, " r"]
    growth: Float[np.ndarray, "r s"]
    sizes: Integer[np.ndarray, " s"]
    relative: Float[np.ndarray, " q"]


def gaussian_draws(variances: Float[np.ndarray, " d"], n: int, *, draws: int, seed: int, executor: Executor) -> NullDraws:
    """Gaussian clouds of n points with independent coordinates of the given variances."""
    answers = list(executor.map(_gaussian_draw, range(draws), np.sqrt(variances), n, seed))
    return _collect(answers, n)


def degree_draws(graph: Graph, n: int, *, draws: int, seed: int, executor: Executor) -> NullDraws:
    """Graphs with the degrees of `graph`, rewired by double edge swaps (Maslov, Sneppen 2002), measured at n sampled nodes.

    Edge lengths, where there are any, are dealt to the new edges at random.
    """
    answers = list(executor.map(_degree_draw, range(draws), graph, n, seed))
    return _collect(answers, n)


def degree_distances(graph: Graph, n: int, rng: np.random.Generator) -> Float[np.ndarray, "m m"]:
    """Path lengths between up to n nodes of a graph rewired to the same degrees, in its largest component."""
    adjacency = nodes = None
    for _ in range(_ATTEMPTS):
        adjacency = _rewired(graph, rng).adjacency()
        _, member = connected_components(adjacency, directed=False)
        nodes = np.flatnonzero(member == np.bincount(member).argmax())
        if len(nodes) >= max(4, n // 2):
            break
    assert adjacency is not None
    assert nodes is not None
    if len(nodes) < 4:  # no rewiring hangs together: the graph itself is the only draw there is
        adjacency, nodes = graph.adjacency(), largest_component(graph)
    kept = np.sort(rng.choice(nodes, min(n, len(nodes)), replace=False))
    lengths = dijkstra(adjacency, directed=False, indices=kept, unweighted=graph.lengths is None)[:, kept]
    return np.asarray(lengths)


def growth_sizes(n: int) -> NDArray[np.int64]:
    """Sizes at which δ is measured on the way to n: 25, 50, 100, … and n itself."""
    sizes = [25 * 2**k for k in range(20) if 25 * 2**k < 0.75 * n]
    return np.array([*sizes, n])


def growth(
    distances: Float[np.ndarray, "n n"], sizes: Integer[np.ndarray, " s"], *, ptolemaic: bool, step: float, seed: int
) -> list[float]:
    """2δ/diameter of the first `size` points of a random order, for each size."""
    order = generator(seed, "growth").permutation(len(distances))
    values: list[float] = []
    for size in sizes:
        part = distances[np.ix_(order[:size], order[:size])]
        values.append(relative_delta(part, ptolemaic=ptolemaic, step=step))
    return values


def relative_delta(distances: Float[np.ndarray, "n n"], *, ptolemaic: bool, step: float = 0.0) -> float:
    """2δ/diameter, exact; 0 where all distances are."""
    diameter = float(distances.max())
    return 2 * exact_delta(distances, ptolemaic=ptolemaic, step=step).lower / diameter if diameter > 0 else 0.0


def compare_with_null(data: Estimate, data_growth: float, draws: NullDraws, model: Model, seed: int) -> DeltaNull:
    """The null's numbers beside the data's."""
    count = len(draws.mean_relative)
    center = float(draws.mean_relative.mean())
    spread = float(draws.mean_relative.std(ddof=1)) / math.sqrt(count)
    last = draws.growth[:, -1]
    low, high = np.quantile(last, [0.025, 0.975])
    error = math.hypot(data.stderr or 0.0, spread)
    z = (data.value - center) / error if error > 0 else 0.0
    words = {"gaussian": "Gaussian with the same covariance spectrum", "degrees": "random graph with the same degrees"}
    ratio = data.value / center if center > 0 else 1.0
    ratio_error = (
        ratio * math.hypot((data.stderr or 0.0) / max(data.value, 1e-300), spread / center) if center > 0 and data.value > 0 else 0.0
    )
    n = int(draws.sizes[-1])
    return DeltaNull(
        model=words[model],
        points=n,
        draws=count,
        mean_relative=Estimate.normal(center, spread, n=count, seed=seed, method=f"{count} draws of {n} points"),
        relative_delta=Estimate(
            float(last.mean()), float(last.std(ddof=1)), (float(low), float(high)), count, seed, "exact δ of each draw; spread of the draws"
        ),
        data_relative_delta=data_growth,
        ratio=Estimate.normal(ratio, ratio_error, n=data.n, seed=seed, method="mean (S₁ − S₂)/S₁ of the data over that of the null"),
        z=z,
        p_value=math.erfc(abs(z) / math.sqrt(2)),
    )


def _gaussian_draw(draw: int, scales: Float[np.ndarray, " d"], n: int, seed: int) -> tuple[float, list[float], Float[np.ndarray, " q"]]:
    points = generator(seed, "null", draw).standard_normal((n, len(scales))) * scales
    return _measure(EUCLIDEAN.pairwise(points, points), n, draw, seed, ptolemaic=True, step=0.0)


def _degree_draw(draw: int, graph: Graph, n: int, seed: int) -> tuple[float, list[float], Float[np.ndarray, " q"]]:
    lengths = degree_distances(graph, n, generator(seed, "null", draw))
    return _measure(lengths, n, draw, seed, ptolemaic=False, step=0.5 if graph.lengths is None else 0.0)


def _measure(
    distances: Float[np.ndarray, "m m"], n: int, draw: int, seed: int, *, ptolemaic: bool, step: float
) -> tuple[float, list[float], Float[np.ndarray, " q"]]:
    """Numbers of one draw; one of fewer than n points stands in for the larger sizes with all it has."""
    index = distinct_quadruples(len(distances), _QUADRUPLES, generator(seed, "null-quadruples", draw))
    _, relative = quadruple_values(MatrixMetric(distances), index)
    return float(relative.mean()), growth(distances, growth_sizes(n), ptolemaic=ptolemaic, step=step, seed=seed), relative


def _collect(answers: list[tuple[float, list[float], Float[np.ndarray, " _"]]], n: int) -> NullDraws:
    means, curves = np.array([mean for mean, _, _ in answers]), np.array([values for _, values, _ in answers])
    return NullDraws(means, curves, growth_sizes(n), answers[0][2])


def _rewired(graph: Graph, rng: np.random.Generator) -> Graph:
    """Swap the ends of random pairs of edges, ten times as often as there are edges; loops and double edges are refused."""
    upper = triu(graph.adjacency(), k=1).tocoo()
    edges: list[tuple[int, int]] = list(zip(upper.row.tolist(), upper.col.tolist(), strict=True))
    present = set(edges)
    for first, second in rng.integers(0, len(edges), size=(10 * len(edges), 2)).tolist():
        (a, b), (c, d) = edges[first], edges[second]
        if (first + second) % 2:
            c, d = d, c
        one, other = (min(a, d), max(a, d)), (min(c, b), max(c, b))
        if a == d or c == b or one == other or one in present or other in present:
            continue
        present -= {edges[first], edges[second]}
        present |= {one, other}
        edges[first], edges[second] = one, other
    lengths = None if graph.lengths is None else rng.permutation(np.asarray(upper.data, dtype=np.float64))
    return Graph(graph.nodes, np.array(edges), lengths)
