"""KID: the unbiased squared maximum mean discrepancy of the cubic polynomial kernel."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gromov.core import SERIAL, About, Comparison, Estimate, Executor, Null, PointsLike, Progress, Silent, Traits
from gromov.measures.comparisons.splitting import check_null, flat_points, of_equal_size, splits

_NAME = "kid"
_MOST = 5_000
_ROWS = 256
_SILENT = Silent()


@dataclass(frozen=True, slots=True, eq=False)
class Kid(Comparison):
    """The kernel distance of two clouds.

    Attributes:
        value: Unbiased squared maximum mean discrepancy for the kernel (⟨x, y⟩/d + 1)³; 0 on average for samples of one distribution, and
            so below 0 about half the time.
        p_value: Share of random splits of the pool with a value as large.
        null: The value for random splits of the pool.
        dimensions: Number of coordinates d.
        points: Number of points of each cloud that were used.
    """

    dimensions: int
    points: int

    @classmethod
    def traits(cls) -> Traits:
        """What the kernel distance is and promises."""
        return Traits(
            name=_NAME,
            paired=False,
            kinds=("points",),
            same_dimension=True,
            larger="apart",
            identity=0.0,
            together=("rotation",),
            apart=("permutation",),
            symmetric=True,
            equal_sizes=True,
            sees="moments up to the third, about the origin",
            applies="the same coordinates, in a meaningful unit; any n",
            tests="A small p speaks against both clouds being samples of one distribution, seen by moments up to the third.",
        )

    @classmethod
    def about(cls) -> About:
        """What the kernel distance is."""
        return About(
            "Kernel distance (KID)",
            "Do the moments of the two clouds, up to the third, differ?",
            "The unbiased estimate of the squared maximum mean discrepancy with k(x, y) = (⟨x, y⟩/d + 1)³: mean of k within each cloud, pairs of a point with itself left out, "
            "less twice the mean of k between them. Unlike the Fréchet distance it has no bias at small n. The kernel is taken about the origin, so a common shift or another "
            "unit changes the value. The error is a jackknife over the points of both clouds, conservative where the clouds are alike; the null splits the pool at random.",
            (
                "M. Bińkowski, D. J. Sutherland, M. Arbel, A. Gretton (2018), Demystifying MMD GANs. arXiv:1801.01401.",
                "A. Gretton et al. (2012), A kernel two-sample test. Journal of Machine Learning Research 13.",
            ),
        )

    @classmethod
    def statistic(cls, x: PointsLike, y: PointsLike, *, seed: int) -> float:
        """The distance alone."""
        a, b = of_equal_size(*flat_points(x, y, what=_NAME, same_dimension=True), what=_NAME, most=_MOST, seed=seed)
        sides = np.repeat([1.0, 0.0], len(a))[:, None]
        return float(_discrepancies(sides, *_sums(np.concatenate([a, b]), sides, SERIAL, _SILENT))[0])

    def summary(self) -> str:
        """The distance in a sentence."""
        return f"The squared kernel distance is {self.value}, p = {self.p_value:.3g} among {self.null.n} random splits of the pool."


def kid(x: PointsLike, y: PointsLike, *, seed: int = 0, null: int = 100, executor: Executor = SERIAL, progress: Progress = _SILENT) -> Kid:
    """Unbiased squared MMD with the cubic kernel, with a jackknife error and a permutation null.

    KID = mean_{i≠j} k(xᵢ, xⱼ) + mean_{i≠j} k(yᵢ, yⱼ) − 2 mean_{i,j} k(xᵢ, yⱼ), k(x, y) = (⟨x, y⟩/d + 1)³. At most 5,000 points of each.

    Args:
        x: First cloud, n × d.
        y: Second cloud, m × d.
        seed: Seed of the sample and the null.
        null: Number of random splits of the pool.
        executor: Runs the blocks of the kernel.
        progress: Told how far the work is.

    Cost: 4n²·(d + B) multiplications; n·(d + B) numbers and a block of 256 rows: the kernel matrix is never whole.

    Raises:
        UnsuitableError: distances, a graph, a curved space or clouds of two dimensions.

    References:
        M. Bińkowski, D. J. Sutherland, M. Arbel, A. Gretton, arXiv:1801.01401.
    """
    check_null(null)
    a, b = of_equal_size(*flat_points(x, y, what=_NAME, same_dimension=True), what=_NAME, most=_MOST, seed=seed)
    n, d = a.shape
    pool = np.concatenate([a, b])
    sides = np.zeros((2 * n, null + 1))
    sides[:n, 0] = 1.0
    sides[:, 1:] = splits(range(null), n, what=_NAME, seed=seed).T
    diagonal, total, first = _sums(pool, sides, executor, progress)
    values = _discrepancies(sides, diagonal, total, first)
    found = Null.of("split of the pool", values[1:], float(values[0]))
    stderr = _jackknife(diagonal, total, first[:, 0])
    return Kid(
        value=Estimate.normal(float(values[0]), stderr, n=n, seed=seed, method="unbiased MMD², jackknife over points"),
        p_value=found.p_value(),
        null=found,
        dimensions=d,
        points=n,
    )


def _sums(
    pool: Float[np.ndarray, "p d"], sides: Float[np.ndarray, "p b"], executor: Executor, progress: Progress
) -> tuple[Float[np.ndarray, " p"], Float[np.ndarray, " p"], Float[np.ndarray, "p b"]]:
    """Of every row of the kernel: the diagonal, the sum, and the sums over the first half of every split."""
    starts = range(0, len(pool), _ROWS)
    own: list[Float[np.ndarray, " r"]] = []
    to_all: list[Float[np.ndarray, " r"]] = []
    to_first: list[Float[np.ndarray, "r b"]] = []
    for place, (diagonal, total, first) in enumerate(executor.map(_block, starts, pool, sides)):
        own.append(diagonal)
        to_all.append(total)
        to_first.append(first)
        progress.step("kernel", (place + 1) / len(starts))
    return np.concatenate(own), np.concatenate(to_all), np.concatenate(to_first)


def _block(
    start: int, pool: Float[np.ndarray, "p d"], sides: Float[np.ndarray, "p b"]
) -> tuple[Float[np.ndarray, " r"], Float[np.ndarray, " r"], Float[np.ndarray, "r b"]]:
    """Of some rows of the kernel: the diagonal, the sums, and the sums over the first half of every split."""
    rows = pool[start : start + _ROWS]
    kernel = (rows @ pool.T / pool.shape[1] + 1.0) ** 3
    diagonal = kernel[np.arange(len(rows)), start + np.arange(len(rows))]
    return diagonal, kernel.sum(axis=1), kernel @ sides


def _discrepancies(
    sides: Float[np.ndarray, "p b"], diagonal: Float[np.ndarray, " p"], total: Float[np.ndarray, " p"], first: Float[np.ndarray, "p b"]
) -> Float[np.ndarray, " b"]:
    """The unbiased discrepancy of every split, from sums alone."""
    n = len(sides) // 2
    other = 1.0 - sides
    second = total[:, None] - first
    within = (sides * (first - diagonal[:, None])).sum(axis=0) + (other * (second - diagonal[:, None])).sum(axis=0)
    between = (sides * second).sum(axis=0)
    return within / (n * (n - 1)) - 2 * between / n**2


def _jackknife(diagonal: Float[np.ndarray, " p"], total: Float[np.ndarray, " p"], first: Float[np.ndarray, " p"]) -> float:
    """Two-sample jackknife: each point of either cloud left out in turn, in closed form."""
    n = len(diagonal) // 2
    in_first = np.arange(2 * n) < n
    own = np.where(in_first, first, total - first) - diagonal
    across = np.where(in_first, total - first, first)
    between = across[:n].sum()
    squared = 0.0
    for side in (in_first, ~in_first):
        within = own[side].sum()
        left_out = (within - 2 * own[side]) / ((n - 1) * (n - 2)) - 2 * (between - across[side]) / (n * (n - 1))
        squared += (n - 1) / n * ((left_out - left_out.mean()) ** 2).sum()
    return float(np.sqrt(squared))
