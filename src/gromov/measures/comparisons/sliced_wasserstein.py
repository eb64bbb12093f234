"""Sliced Wasserstein distance: optimal transport along random lines."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Integer

from gromov.core import SERIAL, About, Comparison, Estimate, Executor, Null, PointsLike, Progress, Silent, Traits, generator, require_memory
from gromov.measures.comparisons.splitting import check_null, flat_points, groups, jackknife_error, of_equal_size, splits

_NAME = "sliced_wasserstein"
_MOST = 20_000
_LINES = 128
_LINES_EACH = 8
_SILENT = Silent()


@dataclass(frozen=True, slots=True, eq=False)
class SlicedWasserstein(Comparison):
    """The sliced 2-Wasserstein distance of two clouds.

    Attributes:
        value: √ of the mean over random lines of W₂², W₂ the 2-Wasserstein distance of the two clouds projected on the line; unit of the data.
        p_value: Share of random splits of the pool with a value as large.
        null: The value for random splits of the pool: what two samples of one distribution of this size show.
        squared: The mean of W₂² itself, its error from the lines alone.
        points: Number of points of each cloud that were used.
        lines: Number of random lines.
    """

    squared: Estimate
    points: int
    lines: int

    @classmethod
    def traits(cls) -> Traits:
        """What the sliced distance is and promises."""
        return Traits(
            name=_NAME,
            paired=False,
            kinds=("points",),
            same_dimension=True,
            larger="apart",
            identity=0.0,
            together=("shift",),
            apart=("permutation",),
            symmetric=True,
            equal_sizes=True,
            sees="every difference of the distributions, seen along lines",
            applies="the same coordinates; any n and d",
            tests="A small p speaks against both clouds being samples of one distribution.",
        )

    @classmethod
    def about(cls) -> About:
        """What the sliced distance is."""
        return About(
            "Sliced Wasserstein distance",
            "How far must the points of one cloud be moved, seen along lines, to become the other?",
            "Both clouds, of equal size, are projected on 128 random lines; on each, W₂² is the mean squared difference of the sorted projections. The value is the root of "
            "the mean over lines; it scales with the unit, and a shift by a gives ‖a‖/√d. Its error joins the spread over lines and a delete-a-group jackknife over points. It is biased "
            "upwards for alike clouds, by about the mean of the null. The null splits the pool at random and keeps the lines.",
            (
                "J. Rabin, G. Peyré, J. Delon, M. Bernot (2011), Wasserstein barycenter and its application to texture mixing. SSVM.",
                "N. Bonneel, J. Rabin, G. Peyré, H. Pfister (2015), Sliced and Radon Wasserstein barycenters of measures. JMIV 51.",
            ),
        )

    @classmethod
    def statistic(cls, x: PointsLike, y: PointsLike, *, seed: int) -> float:
        """The distance alone, along the same lines."""
        a, b = of_equal_size(*flat_points(x, y, what=_NAME, same_dimension=True), what=_NAME, most=_MOST, seed=seed)
        center, lines = (a.mean(axis=0) + b.mean(axis=0)) / 2, _lines(a.shape[1], seed)
        difference = np.sort((a - center) @ lines.T, axis=0) - np.sort((b - center) @ lines.T, axis=0)
        return float(np.sqrt((difference * difference).mean()))

    def summary(self) -> str:
        """The distance in a sentence."""
        return f"The sliced Wasserstein distance is {self.value}; two samples of one distribution would show {self.null.mean:.4g} (p = {self.p_value:.3g})."


def sliced_wasserstein(
    x: PointsLike, y: PointsLike, *, seed: int = 0, null: int = 100, executor: Executor = SERIAL, progress: Progress = _SILENT
) -> SlicedWasserstein:
    """Sliced 2-Wasserstein distance with errors over lines and points and a permutation null.

    SW = √(mean_θ mean_i (⟨θ, x⟩_(i) − ⟨θ, y⟩_(i))²), θ uniform on the sphere. At most 20,000 points of each.

    Args:
        x: First cloud, n × d.
        y: Second cloud, m × d.
        seed: Seed of the lines, the sample and the null.
        null: Number of random splits of the pool.
        executor: Runs the lines.
        progress: Told how far the work is.

    Cost: 128 lines of 2n·(d + log n + B) steps: the pool is sorted once a line, and a split keeps its order; 2n·(B + 20) bytes.

    Raises:
        UnsuitableError: distances, a graph, a curved space or clouds of two dimensions.

    References:
        N. Bonneel, J. Rabin, G. Peyré, H. Pfister, JMIV 51, 2015.
    """
    check_null(null)
    a, b = of_equal_size(*flat_points(x, y, what=_NAME, same_dimension=True), what=_NAME, most=_MOST, seed=seed)
    n, d = a.shape
    require_memory(2 * n * (null + 8 * d + 64), step=f"{null} splits of {2 * n:,} points", remedy="use --sample, or a smaller --null")
    pool = np.concatenate([a, b])
    pool -= (a.mean(axis=0) + b.mean(axis=0)) / 2
    lines = _lines(d, seed)
    first = splits(range(null), n, what=_NAME, seed=seed)
    of = groups(n, what=_NAME, seed=seed)
    starts = range(0, _LINES, _LINES_EACH)
    parts: list[Float[np.ndarray, "some c"]] = []
    for place, part in enumerate(executor.map(_along, starts, pool, lines, first, of)):
        parts.append(part)
        progress.step("lines", (place + 1) / len(starts))
    table = np.concatenate(parts)
    means = table.mean(axis=0)
    squared, observed = float(means[0]), float(np.sqrt(means[0]))
    found = Null.of("split of the pool", np.sqrt(means[1 : 1 + null]), observed)
    line_error = float(table[:, 0].std(ddof=1) / np.sqrt(_LINES)) if d > 1 else 0.0  # in one dimension all lines are the same
    point_error = jackknife_error(means[1 + null :])
    return SlicedWasserstein(
        value=Estimate.normal(
            observed,
            float(np.hypot(line_error, point_error)) / (2 * observed) if observed > 0 else 0.0,
            n=n,
            seed=seed,
            method="random lines; jackknife over points and spread over lines",
        ),
        p_value=found.p_value(),
        null=found,
        squared=Estimate.normal(squared, line_error, n=_LINES, seed=seed, method="mean over random lines"),
        points=n,
        lines=_LINES,
    )


def _lines(d: int, seed: int) -> Float[np.ndarray, "l d"]:
    """Random directions, uniform on the sphere."""
    drawn = generator(seed, _NAME, "lines").standard_normal((_LINES, d))
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def _along(
    start: int,
    pool: Float[np.ndarray, "p d"],
    lines: Float[np.ndarray, "l d"],
    first: Bool[np.ndarray, "b p"],
    of: Integer[np.ndarray, " n"],
) -> Float[np.ndarray, "some c"]:
    """W₂² on some lines: of the two clouds, of every split, and with every group of points left out."""
    n, count = len(pool) // 2, int(of.max()) + 1
    group = np.concatenate([of, of])
    found = np.empty((min(_LINES_EACH, len(lines) - start), 1 + len(first) + count))
    for row, line in enumerate(lines[start : start + _LINES_EACH]):
        projected = pool @ line
        order = np.argsort(projected, kind="stable")
        values, mine, group_of = projected[order], order < n, group[order]
        found[row, 0] = _squared(values, mine)
        for column, split in enumerate(first, start=1):
            found[row, column] = _squared(values, split[order])
        for left in range(count):
            kept = group_of != left
            found[row, 1 + len(first) + left] = _squared(values[kept], mine[kept])
    return found


def _squared(values: Float[np.ndarray, " p"], first: Bool[np.ndarray, " p"]) -> float:
    """W₂² between the sorted values of one half and of the other."""
    difference = values[first] - values[~first]
    return float(difference @ difference) / len(difference)
