"""Gromov–Wasserstein distance: do two clouds have the same shape, wherever they lie?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import (
    SERIAL,
    About,
    Comparison,
    Estimate,
    Executor,
    Graph,
    InputError,
    Null,
    PointsLike,
    Progress,
    Representation,
    Silent,
    Table,
    Traits,
    UnsuitableError,
    generator,
)
from gromov.graphs.paths import largest_component
from gromov.measures.comparisons.splitting import both, check_null, chunks
from gromov.measures.comparisons.transport_bounds import first_bound, matching_coupling, of_matching, second_bound, third_bound
from gromov.measures.comparisons.transport_solvers import conditional_gradient, entropic
from gromov.measures.comparisons.whole_bounds import Cloud, whole_bound

_NAME = "gromov_wasserstein"
Solver = Literal["conditional_gradient", "entropic"]
_MOST = 256
_WHOLE = 10_000
_SAMPLES = 5
_RANDOM_STARTS = 3
_SILENT = Silent()
_LEAST = 8
_SOLVERS = {"conditional_gradient": conditional_gradient, "entropic": entropic}


@dataclass(frozen=True, slots=True, eq=False)
class GromovWasserstein(Comparison):
    """Bounds of the Gromov–Wasserstein distance of two clouds, graphs or distance matrices.

    Attributes:
        value: The certified lower bound (third of Mémoli) between the points used, in the unit of the distances; 0 for isometric clouds. Its error is
            the spread between random samples of each, and it is biased upwards by about the mean of the null.
        p_value: Share of null draws with a statistic as large.
        null: The lower bound between disjoint random samples of one and the same cloud.
        upper: The value of the best coupling found between the points used: the distance between them lies in [value, upper].
        first_bound: ½ the Wasserstein distance of the eccentricities of the points used (first bound of Mémoli).
        second_bound: ½ the Wasserstein distance of the distributions of their distances (second bound of Mémoli).
        whole_bound: A certified lower bound between the two clouds with all their points, whatever n: the larger of first and second bound over
            `whole_points` of each; `value` where every point was used.
        whole_points: Number of points of the larger cloud behind `whole_bound`: all of them, or 10,000 unless more were asked for.
        solver: What looked for the coupling: `conditional_gradient` or `entropic`.
        relative: 2·value over the root mean square distance of both: scale-free.
        points: Number of points of each cloud that were used for value and bounds.
        tested: Number of points in each sample of the null.
        exact: Whether every point was used.
    """

    upper: float
    first_bound: float
    second_bound: float
    whole_bound: float
    whole_points: int
    solver: Solver
    relative: float
    points: int
    tested: int
    exact: bool

    @classmethod
    def traits(cls) -> Traits:
        """What the Gromov–Wasserstein distance is and promises."""
        return Traits(
            name=_NAME,
            paired=False,
            kinds=("points", "distances", "graph"),
            same_dimension=False,
            larger="apart",
            identity=0.0,
            together=("rotation", "shift"),
            apart=("rotation", "shift"),
            symmetric=True,
            equal_sizes=True,
            sees="shape: distances within each cloud, and nothing of where it lies",
            applies="any two clouds, of any dimensions; graphs; distances",
            tests="A small p speaks against both clouds having the same shape, up to where they lie; each is compared with itself.",
        )

    @classmethod
    def about(cls) -> About:
        """What the Gromov–Wasserstein distance is."""
        return About(
            "Gromov–Wasserstein distance",
            "Do the two clouds have the same shape, wherever they lie and whatever their coordinates are?",
            "GW = ½ min over couplings of the root mean square of D(x, x′) − D(y, y′). The lower bounds of Mémoli are certified: they compare the distributions of eccentricities (first), of "
            "distances (second), and match points by their own distributions of distances (third, at least both others). The upper bound is the best of several descents, by conditional gradient "
            "or with an entropy (solvers of POT). Up to 256 points of each are used, drawn at random; the first two bounds are taken once more over all points. The null draws disjoint samples of one cloud and takes the third bound between them; what is tested is that between samples of the "
            "two. Draws from one cloud overlap, so the p-value is approximate.",
            (
                "F. Mémoli (2011), Gromov–Wasserstein distances and the metric approach to object matching. Foundations of Computational Mathematics 11.",
                "G. Peyré, M. Cuturi, J. Solomon (2016), Gromov–Wasserstein averaging of kernel and distance matrices. ICML.",
                "R. Flamary et al. (2021), POT: Python Optimal Transport. Journal of Machine Learning Research 22.",
            ),
        )

    @classmethod
    def statistic(cls, x: PointsLike, y: PointsLike, *, seed: int) -> float:
        """The third lower bound alone."""
        clouds = [_nodes(each) for each in both(x, y)]
        used = min(_MOST, *(len(cloud.rows) for cloud in clouds))
        return third_bound(*(_drawn(cloud, used, 0, seed) for cloud in clouds))[0]

    def summary(self) -> str:
        """The interval and the test."""
        which = "all points" if self.exact else f"{self.points} points of each"
        whole = "" if self.exact else f" Between all {self.whole_points:,} it is at least {self.whole_bound:.4g}."
        return (
            f"Between {which} the distance lies in [{self.value.value:.4g}, {self.upper:.4g}], at least {100 * self.relative:.3g} % of the typical "
            f"distance; samples of {self.tested} of one cloud show {self.null.mean:.4g} (p = {self.p_value:.3g}).{whole}"
        )

    def tables(self) -> tuple[Table, ...]:
        """The bounds, from the weakest to the best coupling."""
        used = f"{self.points:,} of each"
        rows = (
            ("first lower bound", f"{self.first_bound:.4g}", used, "certified"),
            ("second lower bound", f"{self.second_bound:.4g}", used, "certified"),
            ("third lower bound", f"{self.value.value:.4g}", used, "certified; at least both others"),
            ("best coupling found", f"{self.upper:.4g}", used, f"an upper bound, by {self.solver.replace('_', ' ')}"),
            (
                "first or second lower bound",
                f"{self.whole_bound:.4g}",
                f"up to {self.whole_points:,}",
                "certified for the clouds themselves",
            ),
        )
        note = "The distance between samples is not that between clouds: two samples of one cloud are apart, too, by what the null shows."
        return (Table(f"{_NAME}-bounds", "The bounds", ("bound", "value", "points", "what it is"), rows, note),)

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """The interval, its scale-free form and the p-value."""
        return ("value", "upper", "relative", "p_value")


def gromov_wasserstein(
    x: PointsLike,
    y: PointsLike,
    *,
    seed: int = 0,
    null: int = 100,
    solver: Solver = "conditional_gradient",
    most: int = _WHOLE,
    executor: Executor = SERIAL,
    progress: Progress = _SILENT,
) -> GromovWasserstein:
    """Certified interval of the Gromov–Wasserstein distance, and a test of the same shape.

    GW = ½ min_T √(Σ (D_ik − E_jl)² T_ij T_kl) over couplings of uniform weights, D and E the distances within each.

    Args:
        x: First: n × d, distances, or a graph (its shortest paths).
        y: Second: m × e, distances, or a graph.
        seed: Seed of the samples and the null.
        null: Number of pairs of samples.
        solver: What looks for the coupling of `upper`: `conditional_gradient`, or `entropic`, which in many dimensions comes lower, by 1 to 10 %, and
            takes 2 to 4 times as long. Neither changes `value`, `null` and `p_value`.
        most: Points of each for `whole_bound`, which takes their number squared.
        executor: Runs the pairs.
        progress: Told how far the work is.

    Cost: k³ for each draw and at most 200·k³ for each of six starts, k ≤ 256 points; n²·d for the bound over all n ≤ 10,000 points, in blocks;
    2 s once for importing POT.

    Raises:
        InputError: no such solver, or `most` is below the 256 points of the samples.
        UnsuitableError: a space without distances between rows, or fewer than 8 points, which cannot be halved.

    References:
        F. Mémoli, Foundations of Computational Mathematics 11, 2011.
    """
    check_null(null)
    if solver not in _SOLVERS:
        raise InputError(f"solver is {solver!r}; the solvers are {' and '.join(_SOLVERS)}")
    if most < _MOST:
        raise InputError(f"most is {most}; it is the number of points of each for the bound between the whole clouds, at least {_MOST}")
    one, other = both(x, y)
    clouds = _nodes(one), _nodes(other)
    size = min(len(cloud.rows) for cloud in clouds)
    if size < _LEAST:
        raise UnsuitableError(f"{_NAME} needs at least {_LEAST} points in each, and got {size}")
    used, tested = min(_MOST, size), min(_MOST, size // 2)
    progress.step("bounds", 0.0)
    matrices = [_drawn(cloud, used, 0, seed) for cloud in clouds]
    d, e = matrices
    third, matched = third_bound(d, e)
    upper = min(_SOLVERS[solver](d, e, _starts(d, e, matched, seed)), of_matching(d, e, matched))
    exact = all(len(cloud.rows) == used for cloud in clouds)
    progress.step("bound of all points", 0.15)
    widest = [_some(cloud, min(most, len(cloud.rows)), 0, seed) for cloud in clouds]
    whole = third if exact else whole_bound(widest[0], widest[1], executor)
    observed = third_bound(*(_halves(cloud, tested, 0, seed)[0] for cloud in clouds))[0]
    draws: list[float] = []
    for part in executor.map(_within, chunks(null), clouds, tested, seed):
        draws.extend(part)
        progress.step("null", 0.3 + 0.7 * len(draws) / null)
    found = Null.of("halves", np.array(draws), observed)
    again = [third_bound(*(_drawn(cloud, max(4, used // 2), place, seed) for cloud in clouds))[0] for place in range(1, _SAMPLES + 1)]
    # the spread of samples of half the size, brought to the full one by the root of n
    stderr = 0.0 if third == 0 else float(np.std(again, ddof=1)) / np.sqrt(2.0)
    scale = float(np.sqrt(((d * d).mean() + (e * e).mean()) / 2))
    return GromovWasserstein(
        value=Estimate.normal(third, float(stderr), n=used, seed=seed, method="third lower bound, spread between samples"),
        p_value=found.p_value(),
        null=found,
        upper=max(third, upper),
        first_bound=first_bound(d, e),
        second_bound=second_bound(d, e),
        whole_bound=whole,
        whole_points=max(len(cloud.rows) for cloud in widest),
        solver=solver,
        relative=2 * third / scale if scale > 0 else 0.0,
        points=used,
        tested=tested,
        exact=exact,
    )


def _nodes(representation: Representation) -> Cloud:
    """A cloud, and those of its rows that have finite distances."""
    match representation.data:
        case Graph():
            return Cloud(representation, largest_component(representation.data))
        case _:
            return Cloud(representation, np.arange(representation.n))


def _some(cloud: Cloud, count: int, place: int, seed: int) -> Cloud:
    """A random sample of the cloud; in order, all of it where it is no larger."""
    if count >= len(cloud.rows):
        return cloud
    kept = np.sort(generator(seed, _NAME, "sample", place).permutation(len(cloud.rows))[:count])
    return Cloud(cloud.representation, cloud.rows[kept])


def _drawn(cloud: Cloud, count: int, place: int, seed: int) -> Float[np.ndarray, "k k"]:
    """Distances within such a sample."""
    some = _some(cloud, count, place, seed)
    return some.distances(some.rows, some.rows)


def _halves(cloud: Cloud, count: int, place: int, seed: int) -> tuple[Float[np.ndarray, "k k"], Float[np.ndarray, "k k"]]:
    """Distances within two disjoint random samples of the cloud."""
    order = cloud.rows[generator(seed, _NAME, "halves", place).permutation(len(cloud.rows))]
    first, second = order[:count], order[count : 2 * count]
    return cloud.distances(first, first), cloud.distances(second, second)


def _within(places: range, clouds: tuple[Cloud, Cloud], count: int, seed: int) -> list[float]:
    """The third bound between two disjoint samples of one cloud, of each cloud in turn."""
    return [third_bound(*_halves(clouds[place % 2], count, 1 + place, seed))[0] for place in places]


def _starts(
    d: Float[np.ndarray, "k k"], e: Float[np.ndarray, "k k"], matched: Integer[np.ndarray, " k"], seed: int
) -> list[Float[np.ndarray, "k k"]]:
    """Where the solvers begin: the product, the matching of the third bound, the order of eccentricities, and random couplings."""
    n = len(d)
    by_reach = np.empty(n, dtype=np.int64)
    by_reach[np.argsort((d * d).sum(axis=1), kind="stable")] = np.argsort((e * e).sum(axis=1), kind="stable")
    product = np.full((n, n), 1.0 / n**2)
    random = [matching_coupling(generator(seed, _NAME, "start", place).permutation(n)) for place in range(_RANDOM_STARTS)]
    return [product, matching_coupling(matched), matching_coupling(by_reach), *((product + each) / 2 for each in random)]
