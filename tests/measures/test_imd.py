"""IMD: nothing between a cloud and itself, the same from both sides, a null that is one."""

import numpy as np
import pytest
from scipy.stats import kstest

from gromov.core import Distances, Executor, Graph, InputError, UnsuitableError, as_representation
from gromov.graphs import Normalisation, nearest_neighbors
from gromov.measures.comparisons import imd
from gromov.measures.comparisons.heat_draws import HeatDraws
from gromov.measures.comparisons.splitting import splits
from gromov.measures.comparisons.subgraphs import CloudParts, parts_of
from gromov.measures.heat_null import weights
from gromov.spaces import EUCLIDEAN


def cloud(seed: int, n: int = 120, d: int = 6) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d))


def test_a_cloud_and_itself() -> None:
    found = imd(cloud(0), cloud(0), null=10)
    assert found.value.value == 0.0
    assert found.p_value == 1.0


@pytest.mark.parametrize("laplacian", ["normalised", "combinatorial"])
def test_the_definition(laplacian: Normalisation) -> None:
    """All eigenvalues of the graphs that numpy builds by the book."""
    x, y = cloud(0), cloud(1) ** 3
    traces = []
    for points in (x, y):
        lengths = np.linalg.norm(points[:, None] - points, axis=2)
        near = np.argsort(lengths, axis=1)[:, 1:6]
        adjacency = np.zeros((120, 120))
        adjacency[np.arange(120)[:, None], near] = adjacency[near, np.arange(120)[:, None]] = 1
        degree = adjacency.sum(axis=1)
        matrix = np.diag(degree) - adjacency
        if laplacian == "normalised":
            matrix /= np.sqrt(degree[:, None] * degree)
        times = np.geomspace(0.1, 10, 256)
        traces.append(np.exp(-times[:, None] * np.linalg.eigvalsh(matrix)).mean(axis=1))
    expected = np.exp(-2 * (times + 1 / times)) * (traces[0] - traces[1])
    found = imd(x, y, null=5, laplacian=laplacian)
    np.testing.assert_allclose(found.difference, expected, atol=1e-12)
    assert found.value.value == pytest.approx(np.abs(expected).max(), rel=1e-9)
    assert found.exact


def cycle(n: int) -> Graph:
    return Graph(n, np.stack([np.arange(n), (np.arange(n) + 1) % n], axis=1))


def complete(n: int) -> Graph:
    return Graph(n, np.argwhere(np.triu(np.ones((n, n)), 1)))


def test_two_graphs_known_on_paper() -> None:
    """A cycle of 12 against the complete graph of 9: eigenvalues 1 − cos(2πj/12), and 0 with eight of 9/8."""
    found = imd(cycle(12), complete(9), null=3)
    t = found.times
    one = np.exp(-t[:, None] * (1 - np.cos(np.pi * np.arange(12) / 6))).mean(axis=1)
    expected = weights(t) * (one - (1 + 8 * np.exp(-t * 9 / 8)) / 9)
    np.testing.assert_allclose(found.difference, expected, atol=1e-12)
    assert found.value.value == pytest.approx(np.abs(expected).max(), rel=1e-10)
    assert (found.value.stderr, found.points, found.null.kind) == (0.0, 9, "halves")


def test_copies_side_by_side_are_the_same_shape() -> None:
    edges = cycle(12).edges
    found = imd(cycle(12), Graph(36, np.concatenate([edges, edges + 12, edges + 24])), null=3)
    assert found.value.value < 1e-15


def test_beyond_all_eigenvalues_it_is_within_its_errors() -> None:
    found = imd(cycle(2_400), cycle(12), null=1)
    times = found.times
    one, two = (np.exp(-times[:, None] * (1 - np.cos(2 * np.pi * np.arange(n) / n))).mean(axis=1) for n in (2_400, 12))
    assert not found.exact
    assert found.value.stderr is not None
    place = int(np.abs(found.difference).argmax())
    assert abs(found.difference[place] - weights(times)[place] * (one - two)[place]) <= 3 * found.value.stderr + 1e-15


def test_both_sides_and_moved_alone() -> None:
    x, y = cloud(0), cloud(1)
    found, back = imd(x, y, null=5), imd(y, x, null=5)
    assert found.value.value == back.value.value
    np.testing.assert_array_equal(found.difference, -back.difference)
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(6, 6)))[0]
    moved = imd(x, 7 * y @ turn + 3, null=5)
    assert moved.value.value == pytest.approx(found.value.value, rel=1e-9)


@pytest.mark.parametrize("searched", [25, 7])  # 7 of the pool fall short of 5 in most halves
def test_the_filtered_search_is_the_search_of_the_half(searched: int) -> None:
    pool = np.concatenate([cloud(0), cloud(1) + 1])
    parts = CloudParts(as_representation(pool), nearest_neighbors(as_representation(pool), searched).indices)
    side = np.random.default_rng(0).random(240) < 0.5
    own = nearest_neighbors(as_representation(pool[side]), 5)
    np.testing.assert_array_equal(parts.neighbors(side).indices, own.indices)
    matrix = EUCLIDEAN.pairwise(pool, pool)
    alone = CloudParts(as_representation(Distances(matrix)), parts.near)
    np.testing.assert_array_equal(alone.neighbors(side).indices, own.indices)


def test_many_short_points_are_searched_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = np.repeat(cloud(0, 40), 3, axis=0) + 1e-3 * cloud(1, 120)
    side = np.arange(120) % 3 == 0  # the nearest of each are two of the other side
    parts = CloudParts(as_representation(pool), nearest_neighbors(as_representation(pool), 6).indices)
    whole = parts.neighbors(side).indices
    monkeypatch.setattr("gromov.measures.comparisons.subgraphs._BLOCK", 100)
    np.testing.assert_array_equal(parts.neighbors(side).indices, whole)
    np.testing.assert_array_equal(whole, nearest_neighbors(as_representation(pool[side]), 5).indices)


def test_what_is_tested_is_one_more_draw() -> None:
    """The statistic of the pool cut at the first cloud's end is the value, and a function of the cut alone, as every draw is."""
    x, y = cloud(0), cloud(1)
    found = imd(x, y, null=3)
    assert found.null.observed == pytest.approx(found.value.value, rel=1e-9)
    times = found.times
    draw = HeatDraws((CloudParts.of(as_representation(np.concatenate([x, y]))),), times, "normalised", None, 0)
    (first,) = splits(range(1, 2), 120, what="imd", seed=0)
    pool = np.concatenate([x, y])
    swapped = HeatDraws((CloudParts.of(as_representation(np.concatenate([pool[first], pool[~first]]))),), times, "normalised", None, 0)
    np.testing.assert_allclose(swapped.observed(), draw.one_more(1), atol=1e-14)
    assert found.null.draws[1] == pytest.approx((weights(times) * np.abs(swapped.observed())).max(), rel=1e-9)


def uniform(p_values: list[float], draws: int) -> bool:
    """Whether p-values, each spread over the step that it stands for, lie below the 0.1 % point of Kolmogorov and Smirnov."""
    jitter = np.random.default_rng(0).random(len(p_values)) / (draws + 1)
    return bool(kstest(np.array(p_values) - jitter, "uniform").pvalue > 1e-3)


def test_the_null_is_uniform() -> None:
    assert uniform([imd(cloud(2 * i, 24, 3), cloud(2 * i + 1, 24, 3), null=9, seed=i).p_value for i in range(50)], 9)


@pytest.mark.slow
def test_the_null_is_uniform_with_ties_in_order() -> None:
    """Whole numbers with many equal distances, sorted: where a tie is broken by the index, that is the same for all draws."""

    def pair(seed: int) -> tuple[np.ndarray, np.ndarray]:
        x, y = np.random.default_rng(seed).poisson(0.5, size=(2, 60, 4)).astype(float)
        return x[np.lexsort(x.T)], y[np.lexsort(y.T)]

    assert uniform([imd(*pair(i), null=19, seed=i).p_value for i in range(60)], 19)


@pytest.mark.slow
def test_the_null_of_two_dimensions_is_uniform() -> None:
    def pair(seed: int) -> tuple[np.ndarray, np.ndarray]:
        return cloud(2 * seed, 80, 3), cloud(2 * seed + 1, 80, 3) @ np.linalg.qr(cloud(seed, 5, 5))[0][:3]

    found = imd(*pair(0), null=19)
    assert (found.null.kind, found.points) == ("halves", 80)
    assert uniform([imd(*pair(i), null=19, seed=i).p_value for i in range(60)], 19)


def test_the_same_cloud_in_more_dimensions_is_the_same_shape() -> None:
    x = cloud(0)
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(9, 9)))[0][:6]
    found = imd(x, 3 * x @ turn + 1, null=5)
    assert found.value.value < 1e-12
    apart = imd(Distances(EUCLIDEAN.pairwise(x, x)), x, null=5)
    assert apart.value.value == 0.0
    beside = imd(x, Graph(120, np.argwhere(np.triu(parts_of(as_representation(x)).graph(np.ones(120, dtype=bool)).toarray(), 1))), null=5)
    assert beside.value.value == 0.0


def test_another_dimension_is_seen() -> None:
    found = imd(cloud(0, 300, 2), cloud(1, 300, 8), null=39)
    assert found.p_value == pytest.approx(1 / 40)


def test_graphs_of_one_law_and_of_two() -> None:
    def law(seed: int, n: int) -> Graph:
        return Graph(n, np.argwhere(np.triu(np.random.default_rng(seed).random((n, n)) < 8 / n, 1)))

    cliques = Graph(720, np.concatenate([complete(9).edges + 9 * i for i in range(80)]))  # the same mean degree
    assert imd(law(0, 720), cliques, null=39).p_value == pytest.approx(1 / 40)
    # two of one law, of two sizes: 40 pairs, binomial(40, .05) is above 7 once in a thousand
    p = [imd(law(2 * i, 60), law(2 * i + 1, 90), null=19, seed=i).p_value for i in range(40)]
    assert (np.array(p) <= 0.05).sum() <= 7


@pytest.mark.slow
def test_the_error_is_the_spread_between_samples() -> None:
    """60 pairs of other samples: the spread of the value against the root mean square of its stated errors."""
    found = [imd(cloud(2 * i, 120, 16), cloud(2 * i + 1, 120, 4), null=1, seed=i).value for i in range(60)]
    spread = np.std([each.value for each in found], ddof=1)
    stated = np.sqrt(np.mean([each.stderr**2 for each in found if each.stderr is not None]))
    # χ² with 59 degrees of freedom: three standard errors of a spread are 3/√118
    assert abs(np.log(spread / stated)) < 3 / np.sqrt(118) + 0.05


def test_another_shape_is_seen() -> None:
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, 150)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    found = imd(circle, cloud(1, 150, 2), null=39)
    assert found.p_value == pytest.approx(1 / 40)


def test_any_number_of_workers_and_sizes() -> None:
    x, y = cloud(0), cloud(1, 90)
    one, two = imd(x, y, null=12), imd(x, y, null=12, executor=Executor(2))
    np.testing.assert_array_equal(one.null.draws, two.null.draws)
    assert one.points == 90


def test_what_it_refuses() -> None:
    with pytest.raises(UnsuitableError, match="at least 8 points in each, and got 5"):
        imd(cloud(0), Distances(np.ones((5, 5)) - np.eye(5)))
    with pytest.raises(UnsuitableError, match="at least 8 points in each, and got 4"):
        imd(cycle(4), cloud(0))
    with pytest.raises(InputError, match="NaN"):
        imd(cloud(0), np.full((9, 6), np.nan))
    with pytest.raises(UnsuitableError, match="at least 8 points"):
        imd(cloud(0), cloud(1, 5))
