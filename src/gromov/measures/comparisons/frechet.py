"""Fréchet distance: mean and covariance, as two Gaussians."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from gromov.core import SERIAL, About, Comparison, Estimate, Executor, Null, PointsLike, Progress, Silent, Traits, require_memory
from gromov.measures.comparisons.splitting import check_null, chunks, flat_points, groups, jackknife_error, of_equal_size, splits

_NAME = "frechet"
_MOST = 50_000
_SILENT = Silent()
_HALVINGS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Frechet(Comparison):
    """The Fréchet distance of two clouds, taken for Gaussians.

    Attributes:
        value: ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½), in squared units of the data; biased upwards by about the mean of the null.
        p_value: Share of random splits of the pool with a value as large.
        null: The value for random splits of the pool: what two samples of one distribution of this size show.
        mean_part: ‖μ₁ − μ₂‖², what the means contribute.
        covariance_part: What the covariances contribute: squared Bures distance.
        extrapolated: 2·F(n) − F(n/2), which removes the part of the bias that falls as 1/n; may be negative where the clouds are alike.
        dimensions: Number of coordinates d.
        points: Number of points of each cloud that were used.
    """

    mean_part: float
    covariance_part: float
    extrapolated: Estimate
    dimensions: int
    points: int

    @classmethod
    def traits(cls) -> Traits:
        """What the Fréchet distance is and promises."""
        return Traits(
            name=_NAME,
            paired=False,
            kinds=("points",),
            same_dimension=True,
            larger="apart",
            identity=0.0,
            together=("rotation", "shift"),
            apart=("permutation",),
            symmetric=True,
            equal_sizes=True,
            sees="means and covariances, nothing beyond",
            applies="the same coordinates; n well above d",
            tests="A small p speaks against both clouds being samples of one distribution, seen by means and covariances.",
        )

    @classmethod
    def about(cls) -> About:
        """What the Fréchet distance is."""
        return About(
            "Fréchet distance",
            "How far apart are the two clouds, if each is summed up by its mean and covariance?",
            "F = ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½), the squared 2-Wasserstein distance of two Gaussians. The covariance part is taken as "
            "‖A − BQ‖², A and B the symmetric roots of the covariances and Q the rotation that brings them closest, so nothing cancels where they are alike. "
            "Both clouds are cut to the same size. F is biased upwards by about d²/n; the null shows by how much, the extrapolated value removes the first order. "
            "The error is a delete-a-group jackknife; the null splits the pool at random.",
            (
                "D. C. Dowson, B. V. Landau (1982), The Fréchet distance between multivariate normal distributions. Journal of Multivariate Analysis 12.",
                "M. Heusel et al. (2017), GANs trained by a two time-scale update rule. arXiv:1706.08500.",
                "M. J. Chong, D. Forsyth (2020), Effectively unbiased FID and Inception Score and where to find them. arXiv:1911.07023.",
            ),
        )

    @classmethod
    def statistic(cls, x: PointsLike, y: PointsLike, *, seed: int) -> float:
        """The distance alone."""
        pool = _pooled(x, y, seed)
        return sum(_parts(pool[: len(pool) // 2], pool[len(pool) // 2 :]))

    def summary(self) -> str:
        """The distance against its bias."""
        few = (
            ""
            if self.points >= 10 * self.dimensions
            else f" With {self.points:,} points in {self.dimensions} dimensions its bias is large."
        )
        return (
            f"The Fréchet distance is {self.value}, of which two samples of one distribution would show {self.null.mean:.4g} "
            f"(p = {self.p_value:.3g}); extrapolated to infinitely many points {self.extrapolated.value:.4g}.{few}"
        )

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """The value, its p-value and the extrapolated value."""
        return ("value", "p_value", "extrapolated")


def frechet(
    x: PointsLike, y: PointsLike, *, seed: int = 0, null: int = 100, executor: Executor = SERIAL, progress: Progress = _SILENT
) -> Frechet:
    """Fréchet distance of two clouds, with its bias, its error and a permutation null.

    F = ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½).

    Args:
        x: First cloud, n × d.
        y: Second cloud, m × d.
        seed: Seed of the sample, the groups and the null.
        null: Number of random splits of the pool.
        executor: Runs the splits.
        progress: Told how far the work is.

    Cost: (n·d² + d³) for each draw, n²·d where n < d; 24·n·d bytes.

    Raises:
        UnsuitableError: distances, a graph, a curved space or clouds of two dimensions.

    References:
        D. C. Dowson, B. V. Landau, Journal of Multivariate Analysis 12, 1982.
    """
    check_null(null)
    pool = _pooled(x, y, seed)
    n, d = len(pool) // 2, pool.shape[1]
    mean_part, covariance_part = _parts(pool[:n], pool[n:])
    of = groups(n, what=_NAME, seed=seed)
    progress.step("error", 0.05)
    left_out = np.array(list(executor.map(_without, range(int(of.max()) + 1), pool, of)))
    halves = np.array(list(executor.map(_half, range(_HALVINGS), pool, seed)))
    observed = mean_part + covariance_part
    draws: list[float] = []
    for part in executor.map(_split, chunks(null), pool, seed):
        draws.extend(part)
        progress.step("null", 0.15 + 0.85 * len(draws) / null)
    found = Null.of("split of the pool", np.array(draws), observed)
    stderr = jackknife_error(left_out)
    beyond = float(np.hypot(2 * stderr, halves.std(ddof=1) / np.sqrt(_HALVINGS)))
    return Frechet(
        value=Estimate.normal(observed, stderr, n=n, seed=seed, method="Gaussian fit, delete-a-group jackknife"),
        p_value=found.p_value(),
        null=found,
        mean_part=mean_part,
        covariance_part=covariance_part,
        extrapolated=Estimate.normal(2 * observed - float(halves.mean()), beyond, n=n, seed=seed, method="2 F(n) − F(n/2)"),
        dimensions=d,
        points=n,
    )


def _pooled(x: PointsLike, y: PointsLike, seed: int) -> Float[np.ndarray, "p d"]:
    """Both clouds, of one size, below each other and centred together."""
    a, b = of_equal_size(*flat_points(x, y, what=_NAME, same_dimension=True), what=_NAME, most=_MOST, seed=seed)
    n, d = a.shape
    require_memory(24 * n * d + 64 * d * d, step=f"the covariances of {2 * n:,} points in {d:,} dimensions", remedy="use --sample")
    return np.concatenate([a, b]) - (a.mean(axis=0) + b.mean(axis=0)) / 2


def _parts(a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "n d"]) -> tuple[float, float]:
    """What means and covariances contribute."""
    first, second = a.mean(axis=0), b.mean(axis=0)
    shift = first - second
    return float(shift @ shift), squared_bures(_root(a - first), _root(b - second))


def squared_bures(a: Float[np.ndarray, "d r"], b: Float[np.ndarray, "d r"]) -> float:
    """min over rotations Q of ‖a − b Q‖², by differences: tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½) for roots a aᵀ = Σ₁, b bᵀ = Σ₂, without cancellation."""
    left, _, right = np.linalg.svd(b.T @ a)
    difference = a - b @ (left @ right)
    return float(np.vdot(difference, difference))


def _root(centered: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "d r"]:
    """A root of the covariance (divisor n − 1): the symmetric one; of fewer points than coordinates the points themselves, which are narrower."""
    if len(centered) < centered.shape[1]:
        return centered.T / np.sqrt(len(centered) - 1)
    values, vectors = np.linalg.eigh(centered.T @ centered / (len(centered) - 1))
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T


def _without(group: int, pool: Float[np.ndarray, "p d"], of: Sequence[int] | np.ndarray) -> float:
    n = len(pool) // 2
    kept = np.asarray(of) != group
    return sum(_parts(pool[:n][kept], pool[n:][kept]))


def _half(place: int, pool: Float[np.ndarray, "p d"], seed: int) -> float:
    """Mean over both halves of a random halving of each cloud, one and the same for both."""
    n = len(pool) // 2
    half = n // 2
    first: Bool[np.ndarray, " n"] = splits(range(place, place + 1), half, what=f"{_NAME} half", seed=seed)[0]
    rows = np.flatnonzero(first), np.flatnonzero(~first)
    return sum(sum(_parts(pool[:n][each], pool[n:][each])) for each in rows) / 2


def _split(places: range, pool: Float[np.ndarray, "p d"], seed: int) -> list[float]:
    return [sum(_parts(pool[first], pool[~first])) for first in splits(places, len(pool) // 2, what=_NAME, seed=seed)]
