"""Energy distance: 0 only where two distributions are the same, from distances between points alone."""

from dataclasses import dataclass

import numpy as np

from gromov.core import SERIAL, About, Comparison, Estimate, Executor, Null, PointsLike, Progress, Silent, Traits, require_memory
from gromov.measures.comparisons.splitting import check_null, flat_points, groups, jackknife_error, of_equal_size, splits
from gromov.spaces import EUCLIDEAN

_NAME = "energy"
_MOST = 2_000
_SILENT = Silent()


@dataclass(frozen=True, slots=True, eq=False)
class Energy(Comparison):
    """The energy distance of two clouds.

    Attributes:
        value: Twice the mean distance between a point of one and a point of the other, less the mean distances within each; unit of the data.
        p_value: Share of random splits of the pool with a value as large.
        null: The value for random splits of the pool.
        points: Number of points of each cloud that were used.
    """

    points: int

    @classmethod
    def traits(cls) -> Traits:
        """What the energy distance is and promises."""
        return Traits(
            name=_NAME,
            paired=False,
            kinds=("points",),
            same_dimension=True,
            larger="apart",
            identity=0.0,
            together=("rotation", "shift", "permutation"),
            apart=("permutation",),
            symmetric=True,
            equal_sizes=True,
            sees="every difference of the distributions",
            applies="the same coordinates; any n and d",
            tests="A small p speaks against both clouds being samples of one distribution.",
        )

    @classmethod
    def about(cls) -> About:
        """What the energy distance is."""
        return About(
            "Energy distance",
            "Are points of one cloud farther from those of the other than from their own?",
            "E = 2·mean ‖x − y‖ − mean ‖x − x′‖ − mean ‖y − y′‖ over at most 2,000 points of each, points with themselves counted. It is 0 for a cloud and itself, and biased upwards by about "
            "the mean of the null. The error is a delete-a-group jackknife; the null splits the pool at random.",
            ("G. J. Székely, M. L. Rizzo (2013), Energy statistics. Journal of Statistical Planning and Inference 143.",),
        )

    @classmethod
    def statistic(cls, x: PointsLike, y: PointsLike, *, seed: int) -> float:
        """The distance alone: the bootstrap of a dendrogram asks for it some hundred times."""
        pool = _pooled(x, y, seed)
        return float(_energies(EUCLIDEAN.pairwise(pool, pool), _sides(len(pool) // 2))[0])

    def summary(self) -> str:
        """The distance in a sentence."""
        return f"The energy distance is {self.value}; two samples of one distribution would show {self.null.mean:.4g} (p = {self.p_value:.3g})."


def energy(
    x: PointsLike, y: PointsLike, *, seed: int = 0, null: int = 100, executor: Executor = SERIAL, progress: Progress = _SILENT
) -> Energy:
    """Energy distance with a jackknife error and a permutation null.

    With s = +1 for the n points of one cloud and −1 for those of the other, E = −sᵀDs/n², D the distances within the pool: so a split of the
    pool costs one product.

    Args:
        x: First cloud, n × d.
        y: Second cloud, m × d.
        seed: Seed of the sample, the groups and the null.
        null: Number of random splits of the pool.
        executor: Runs the groups of the jackknife.
        progress: Told how far the work is.

    Cost: 4n²·(d + B) steps and 32·n² bytes for B draws, n at most 2,000.

    Raises:
        UnsuitableError: distances, a graph, a curved space or clouds of two dimensions.

    References:
        G. J. Székely, M. L. Rizzo, Journal of Statistical Planning and Inference 143, 2013.
    """
    check_null(null)
    pool = _pooled(x, y, seed)
    n = len(pool) // 2
    require_memory(32 * n * n, step=f"the distances of {2 * n:,} points", remedy="use --sample")
    distances = EUCLIDEAN.pairwise(pool, pool)
    progress.step("distances", 0.3)
    drawn = np.where(splits(range(null), n, what=_NAME, seed=seed), 1.0, -1.0)
    values = _energies(distances, np.concatenate([_sides(n), drawn]))
    progress.step("null", 0.7)
    of = groups(n, what=_NAME, seed=seed)
    left_out = np.array(list(executor.map(_without, range(int(of.max()) + 1), distances, of)))
    found = Null.of("split of the pool", values[1:], float(values[0]))
    return Energy(
        value=Estimate.normal(float(values[0]), jackknife_error(left_out), n=n, seed=seed, method="all pairs, delete-a-group jackknife"),
        p_value=found.p_value(),
        null=found,
        points=n,
    )


def _pooled(x: PointsLike, y: PointsLike, seed: int) -> np.ndarray:
    """Both clouds, cut to one size, below each other."""
    return np.concatenate(of_equal_size(*flat_points(x, y, what=_NAME, same_dimension=True), what=_NAME, most=_MOST, seed=seed))


def _sides(n: int) -> np.ndarray:
    return np.repeat([1.0, -1.0], n)[None]


def _energies(distances: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """−sᵀDs/n² for each row s of `sides`; rounding may leave a little below 0."""
    n = len(distances) // 2
    return np.maximum(0.0, -np.einsum("bi,bi->b", sides @ distances, sides) / n**2)


def _without(group: int, distances: np.ndarray, of: np.ndarray) -> float:
    """The distance with one group of points of each cloud left out."""
    kept = np.flatnonzero(np.concatenate([of, of]) != group)
    return float(_energies(distances[np.ix_(kept, kept)], _sides(len(kept) // 2))[0])
