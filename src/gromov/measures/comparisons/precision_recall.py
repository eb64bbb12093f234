"""Precision and recall of generated samples: is what was made like the real thing, and is all of the real thing made?"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Integer

from gromov.core import SERIAL, About, Comparison, Estimate, Executor, Null, PointsLike, Progress, Silent, Traits, as_representation
from gromov.graphs import nearest_neighbors
from gromov.measures.comparisons.splitting import (
    check_null,
    chunks,
    flat_points,
    group_count,
    groups,
    jackknife_error,
    of_equal_size,
    splits,
)
from gromov.spaces import EUCLIDEAN

_NAME = "precision_recall"
_K = 5
_MOST = 5_000
_LISTED = 48
_BLOCK = 512
_SILENT = Silent()


@dataclass(frozen=True, slots=True, eq=False)
class Quartet:
    """A number for each of the four.

    Attributes:
        precision: That of precision.
        recall: That of recall.
        density: That of density.
        coverage: That of coverage.
    """

    precision: float
    recall: float
    density: float
    coverage: float


@dataclass(frozen=True, slots=True, eq=False)
class PrecisionRecall(Comparison):
    """Precision, recall, density and coverage; the first cloud is the real one, the second the generated.

    Attributes:
        value: F₁, the harmonic mean of precision and recall, averaged over balls of 1, 2, … k neighbours; 1 where each cloud lies within the balls
            of the other at every size.
        p_value: Share of random splits of the pool with a value as small.
        null: The value for random splits of the pool.
        precision: Share of generated points that lie within the k-neighbour ball of some real point.
        recall: Share of real points that lie within the k-neighbour ball of some generated point.
        density: Mean number of real balls that hold a generated point, over k: precision that one outlier cannot raise; may exceed 1.
        coverage: Share of real points whose ball holds a generated point: recall that outliers among the generated cannot raise.
        expected_coverage: Coverage of two samples of one distribution without ties, 1 − Π_{i<k} (n − 1 − i)/(2n − 1 − i).
        by_chance: Means of the four over the random splits of the pool.
        p_values: Share of random splits in which each of the four is as small, the observed one counted.
        neighbors: Number of neighbours k.
        points: Number of points of each cloud that were used.
    """

    precision: Estimate
    recall: Estimate
    density: Estimate
    coverage: Estimate
    expected_coverage: float
    by_chance: Quartet
    p_values: Quartet
    neighbors: int
    points: int

    @classmethod
    def traits(cls) -> Traits:
        """What precision and recall are and promise."""
        return Traits(
            name=_NAME,
            paired=False,
            kinds=("points",),
            same_dimension=True,
            larger="alike",
            identity=1.0,
            together=("rotation", "shift", "scale", "permutation"),
            apart=("permutation",),
            symmetric=True,
            equal_sizes=True,
            sees="where one cloud lies and the other does not",
            applies="the same coordinates, in which near means alike; the first cloud is the real one",
            tests="A small p speaks against both clouds being samples of one distribution, seen by where they lie.",
        )

    @classmethod
    def about(cls) -> About:
        """What precision and recall are."""
        return About(
            "Precision, recall, density, coverage",
            "Is what was generated like the real, and is all of the real generated?",
            "The ball of a point reaches to its 5th nearest neighbour in its own cloud; the balls of a cloud together stand for where it lies. Precision is the share of the generated (second) cloud "
            "within the balls of the real (first), recall the other way round; density counts the balls, so that one outlier's large ball does not decide; coverage is the share of real balls that hold a generated point. "
            "The value is F₁, the harmonic mean of precision and recall, averaged over balls of 1 to 5 neighbours, which tells more than one size does. Two samples of one distribution do not reach 1: the null, random splits of the pool, shows what they reach. Errors are a delete-a-group jackknife over the points of both.",
            (
                "T. Kynkäänniemi, T. Karras, S. Laine, J. Lehtinen, T. Aila (2019), Improved precision and recall metric for assessing generative models. NeurIPS, arXiv:1904.06991.",
                "M. F. Naeem, S. J. Oh, Y. Uh, Y. Choi, J. Yoo (2020), Reliable fidelity and diversity metrics for generative models. ICML, arXiv:2002.09797.",
            ),
        )

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """All four, and whether they are less than chance gives."""
        return ("precision", "recall", "density", "coverage", "p_value")

    @classmethod
    def statistic(cls, x: PointsLike, y: PointsLike, *, seed: int) -> float:
        """The mean F₁ alone."""
        a, b = _clouds(x, y, seed)
        return float(_Pool.of(a, b).shares(_sides(len(a)))[-1])

    def summary(self) -> str:
        """The four in a sentence."""
        return (
            f"Precision {self.precision}, recall {self.recall}, density {self.density}, coverage {self.coverage} (two samples of one distribution: "
            f"{self.expected_coverage:.3g}); F₁ {self.value.value:.3g} over balls of 1 to {self.neighbors} neighbours has p = {self.p_value:.3g}."
        )


def precision_recall(
    x: PointsLike, y: PointsLike, *, seed: int = 0, null: int = 100, executor: Executor = SERIAL, progress: Progress = _SILENT
) -> PrecisionRecall:
    """Precision, recall, density and coverage with 5 neighbours, each with a jackknife error, and a permutation null.

    With r_k(·) the distance to the k-th neighbour in the own cloud: precision = mean_j 1[∃i: d(yⱼ, xᵢ) ≤ r_k(xᵢ)], recall the same with x and
    y exchanged, density = (1/k) mean_j #{i: d(yⱼ, xᵢ) ≤ r_k(xᵢ)}, coverage = mean_i 1[∃j: d(yⱼ, xᵢ) ≤ r_k(xᵢ)]. At most 5,000 points of each.

    Args:
        x: The real cloud, n × d.
        y: The generated cloud, m × d.
        seed: Seed of the sample, the groups and the null.
        null: Number of random splits of the pool.
        executor: Runs the splits.
        progress: Told how far the work is.

    Cost: one search of (2n)²·d; 2n·48 steps for each split; memory 16·2n·48 bytes.

    Raises:
        UnsuitableError: distances, a graph, a curved space or clouds of two dimensions.

    References:
        T. Kynkäänniemi et al., NeurIPS 2019, arXiv:1904.06991; M. F. Naeem et al., ICML 2020, arXiv:2002.09797.
    """
    check_null(null)
    a, b = _clouds(x, y, seed)
    n = len(a)
    pool = _Pool.of(a, b)
    progress.step("neighbours", 0.3)
    sides = _sides(n)
    found = pool.shares(sides)
    of = np.concatenate([groups(n, what=_NAME, seed=seed)] * 2)  # the same group of both: a cloud and its copy stay the same
    left_out = np.array(list(executor.map(_without, range(int(of.max()) + 1), pool, sides, of)))
    progress.step("error", 0.4)
    draws: list[Float[np.ndarray, " 5"]] = []
    for part in executor.map(_split, chunks(null), pool, seed):
        draws.extend(part)
        progress.step("null", 0.4 + 0.6 * len(draws) / null)
    value = float(found[-1])
    drawn = np.array(draws)
    chance = Null.of("split of the pool", drawn[:, -1], value)
    four = [Null.of("split of the pool", drawn[:, place], float(found[place])) for place in range(4)]

    def estimate(value: float, values: Float[np.ndarray, " g"], what: str) -> Estimate:
        return Estimate.normal(value, jackknife_error(values), n=n, seed=seed, method=f"{what}, delete-a-group jackknife")

    k = pool.k
    precision, recall, density, coverage = (estimate(found[place], left_out[:, place], f"balls of {k} neighbours") for place in range(4))
    above = np.arange(k)
    return PrecisionRecall(
        value=estimate(value, left_out[:, -1], f"F₁, mean over balls of 1 to {k} neighbours"),
        p_value=chance.p_value("small"),
        null=chance,
        precision=precision,
        recall=recall,
        density=density,
        coverage=coverage,
        expected_coverage=float(1 - np.prod((n - 1 - above) / (2 * n - 1 - above))),
        by_chance=Quartet(*(each.mean for each in four)),
        p_values=Quartet(*(each.p_value("small") for each in four)),
        neighbors=k,
        points=n,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Pool:
    """Both clouds together, with the nearest of all for each point: every split of the pool is read off this list."""

    points: Float[np.ndarray, "p d"]
    near: Integer[np.ndarray, "p l"]
    far: Float[np.ndarray, "p l"]
    k: int

    @classmethod
    def of(cls, a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "n d"]) -> "_Pool":
        n = len(a)
        points = np.concatenate([a, b])
        found = nearest_neighbors(as_representation(points), min(_LISTED, 2 * n - 1), queries=2 * n)
        left = n - math.ceil(n / group_count(n))  # what the jackknife leaves of a small cloud must still have k neighbours each
        return cls(points, found.indices, found.distances, max(1, min(_K, left - 1)))

    def shares(self, sides: Integer[np.ndarray, " p"]) -> Float[np.ndarray, " 5"]:
        """Precision, recall, density and coverage for a split, and the mean F₁: 0 is real, 1 is generated, 2 is left out."""
        held, holders, least = self._held(sides)
        first = np.full(len(sides), self.k + 1)
        np.minimum.at(first, held, least)  # number of neighbours from which on some ball of the other side holds a point
        count = np.bincount(held, minlength=len(sides))
        holds = np.bincount(holders, minlength=len(sides)) > 0
        real, made = sides == 0, sides == 1
        sizes = np.arange(1, self.k + 1)[:, None]
        precision, recall = ((first[side] <= sizes).mean(axis=1) for side in (made, real))
        harmonic = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
        return np.array([precision[-1], recall[-1], count[made].mean() / self.k, holds[real].mean(), harmonic.mean()])

    def _held(
        self, sides: Integer[np.ndarray, " p"]
    ) -> tuple[Integer[np.ndarray, " h"], Integer[np.ndarray, " h"], Integer[np.ndarray, " h"]]:
        """Every point within a ball of the other side, whose ball it is, and of how many neighbours the ball must be."""
        rows = np.flatnonzero(sides < 2)
        told, *found = self._among(sides, rows, self.near[rows], self.far[rows])
        parts = [found]
        rest = rows[~told]  # most of their neighbours are of the other side: look at all
        for start in range(0, len(rest), _BLOCK):
            some = rest[start : start + _BLOCK]
            far = EUCLIDEAN.pairwise(self.points[some], self.points)
            far[np.arange(len(some)), some] = np.inf
            near = np.argsort(far, axis=1, kind="stable")
            _, *found = self._among(sides, some, near, np.take_along_axis(far, near, axis=1))
            parts.append(found)
        held, holders, least = (np.concatenate(each) for each in zip(*parts, strict=True))
        return held, holders, least

    def _among(
        self,
        sides: Integer[np.ndarray, " p"],
        rows: Integer[np.ndarray, " r"],
        near: Integer[np.ndarray, "r l"],
        far: Float[np.ndarray, "r l"],
    ) -> tuple[Bool[np.ndarray, " r"], Integer[np.ndarray, " h"], Integer[np.ndarray, " h"], Integer[np.ndarray, " h"]]:
        """The same for some rows and their lists of neighbours, after which of the lists are long enough."""
        kind = sides[near]
        own = kind == sides[rows][:, None]
        order = np.cumsum(own, axis=1) * own
        radii = np.stack([np.where(order == k, far, -1.0).max(axis=1) for k in range(1, self.k + 1)])
        told = (radii[-1] >= 0) & (radii[-1] < far[:, -1])
        row, column = np.nonzero((far <= radii[-1][:, None]) & (kind == 1 - sides[rows][:, None]) & told[:, None])
        least = 1 + (far[row, column] > radii[:, row]).sum(axis=0)
        return told, near[row, column], rows[row], least


def _clouds(x: PointsLike, y: PointsLike, seed: int) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, "n d"]]:
    return of_equal_size(*flat_points(x, y, what=_NAME, same_dimension=True), what=_NAME, most=_MOST, seed=seed)


def _sides(n: int) -> Integer[np.ndarray, " p"]:
    return np.repeat(np.arange(2), n)


def _without(group: int, pool: _Pool, sides: Integer[np.ndarray, " p"], of: Integer[np.ndarray, " p"]) -> Float[np.ndarray, " 5"]:
    return pool.shares(np.where(of == group, 2, sides))


def _split(places: range, pool: _Pool, seed: int) -> list[Float[np.ndarray, " 5"]]:
    first = splits(places, len(pool.points) // 2, what=_NAME, seed=seed)
    return [pool.shares(np.where(row, 0, 1)) for row in first]
