"""Relative contrast: whether near can be told from far."""

import math
from dataclasses import dataclass

import numpy as np

from gromov.core import (
    SERIAL,
    About,
    Axis,
    Caption,
    Estimate,
    Executor,
    Figure,
    Finding,
    PointsLike,
    Representation,
    Result,
    Rule,
    as_representation,
    generator,
    histogram,
)
from gromov.graphs import Neighbors, nearest_neighbors
from gromov.spaces import EUCLIDEAN

SAMPLE = 2_000
_DRAWS = 20
_HARDLY, _CLEARLY = 1.5, 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Contrast(Result):
    """How much farther a typical point is than the nearest one.

    Attributes:
        contrast: Mean distance over mean distance of the nearest neighbour; 1 where all distances are equal.
        mean_distance: Mean distance of two points, in the unit of the data.
        nearest_distance: Mean distance to the nearest other point, exact copies left out, in the same unit.
        sample_contrast: Contrast of up to 2,000 of the points, to compare with the null.
        null_contrast: Contrast of as many Gaussian points of the same covariance spectrum; its interval covers 95 % of the draws.
        copies: Number of the points searched that have an exact copy.
        sampled: Number of points that `sample_contrast` and the figure are about.
        nearest: Distance of each of them to its nearest neighbour among all points, over `mean_distance`; 0 for copies.
        typical: Mean distance of each of them to the others, over `mean_distance`.
    """

    contrast: Estimate
    mean_distance: float
    nearest_distance: float
    sample_contrast: float
    null_contrast: Estimate
    copies: int
    sampled: int
    nearest: np.ndarray
    typical: np.ndarray

    @classmethod
    def about(cls) -> About:
        """What the contrast is."""
        return About(
            title="Contrast",
            question="Can near be told from far?",
            method="The mean distance of two points over the mean distance of a point to its nearest neighbour. Where it is close to 1 all points "
            "are about equally far, and a nearest neighbour means little. The null draws Gaussian points with the covariance spectrum of the data.",
            references=(
                "He, Kumar, Chang (2012), On the difficulty of nearest neighbor search. ICML. arXiv:1206.6411.",
                "Beyer, Goldstein, Ramakrishnan, Shaft (1999), When is nearest neighbor meaningful? ICDT.",
            ),
        )

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """The numbers to cite first."""
        return ("contrast", "null_contrast")

    def summary(self) -> str:
        """The contrast in a sentence."""
        if math.isnan(self.contrast.value):
            return f"There is no contrast: {self.contrast.reason}."
        return f"A typical point is {self.contrast} times as far as the nearest; {self.null_words()}."

    def null_words(self) -> str:
        """The null in words."""
        if math.isnan(self.null_contrast.value):
            return f"there is no null ({self.null_contrast.reason})"
        return f"for {self.sampled:,} Gaussian points of the same spectrum it is {self.null_contrast}, for as many of these {self.sample_contrast:.4g}"

    def findings(self) -> tuple[Finding, ...]:
        """Can near be told from far?"""
        value = self.contrast.value
        if math.isnan(value):
            return ()
        if value < _HARDLY:
            action = "Reduce the dimension or train with more structure before you rely on nearest neighbours; an approximate search will be slow or wrong."
            return (Finding("Can near be told from far?", "Hardly", self.summary(), action, "caution"),)
        return (Finding("Can near be told from far?", "Clearly" if value >= _CLEARLY else "Somewhat", self.summary(), tone="good"),)

    def figures(self) -> tuple[Figure, ...]:
        """The nearest against the typical distance."""
        high = float(max(self.nearest.max(), self.typical.max()))
        caption = Caption(
            what="Shares of the points against the distance of their nearest neighbour, and against their mean distance to all others.",
            how=f"Exact distances of {self.sampled:,} points, over the mean distance of two points.",
            sure=f"Contrast {self.contrast}; {self.null_words()}.",
            means="Two humps far apart: near is nothing like far. Humps that touch: a nearest neighbour is hardly nearer than any point.",
        )
        layers = (
            histogram("nearest neighbour", self.nearest, low=0.0, high=high),
            histogram("mean of the others", self.typical, low=0.0, high=high, reference=True),
            Rule("mean distance", 1.0, vertical=True),
        )
        axes = Axis("distance over the mean distance"), Axis("share of points")
        return (Figure("contrast-distances", "The nearest and the others", caption, *axes, layers),)


def contrast(
    points: PointsLike, *, neighbors: Neighbors | None = None, seed: int = 0, draws: int = _DRAWS, executor: Executor = SERIAL
) -> Contrast:
    """Relative contrast: mean distance over mean distance of the nearest neighbour.

    C = E‖X − Y‖ / E min_y ‖X − y‖. On n points of a regular simplex it is 1; on n equal steps around a circle it is
    cot(π/2n) / ((n − 1) sin(π/n)). With a the mean distance of a point to the others and b that to its nearest neighbour, of m and q
    points, the standard error is the delta method's on a U-statistic and a mean (Hoeffding 1948):

        var(C)/C² = 4·var(a)/(m·ā²) + var(b)/(q·b̄²) − 4·cov(a, b)/(q·ā·b̄)

    It takes the nearest distances of different points for independent, which they nearly are when n is large.

    Args:
        points: n × d points in Euclidean space, or `Distances`.
        neighbors: The run's shared neighbours; searched here where there are none.
        seed: Seed of the sample and of the null.
        draws: Number of Gaussian clouds of the null.
        executor: Where they are computed.

    Cost: the neighbour search; n·d² for the covariance; 2,000² distances, and as many for each draw of the null; 64 MB and 8·d² bytes.

    Raises:
        UnsuitableError: a graph, or points in a curved space.
    """
    whole = as_representation(points)
    found = neighbors if neighbors is not None else nearest_neighbors(whole, 1, seed=seed)
    rng = generator(seed, "contrast")
    q = len(found.queries)
    chosen = np.arange(q) if q <= SAMPLE else np.sort(rng.choice(q, SAMPLE, replace=False))
    cloud = whole.take(found.queries[chosen])
    between = _distances(cloud)
    typical, nearest = between.sum(axis=1) / (cloud.n - 1), found.distances[:, 0]
    kept = nearest > 0  # an exact copy is a repeated record, and no neighbour
    mean, near = float(typical.mean()), float(nearest[kept].mean()) if kept.any() else 0.0
    method = f"{q:,} nearest neighbours, the distances of {cloud.n:,} points; delta method"
    both = kept[chosen]
    if both.sum() < 2:
        value = Estimate.missing("every point has an exact copy", n=q)
    else:
        a, b = typical[both] / mean, nearest[chosen][both] / near
        searched = int(kept.sum())
        shared = float(((a - a.mean()) * (b - b.mean())).sum() / (len(a) - 1))
        variance = 4 * typical.var(ddof=1) / mean**2 / cloud.n + nearest[kept].var(ddof=1) / near**2 / searched - 4 * shared / searched
        value = Estimate.log_normal(mean / near, mean / near * math.sqrt(max(0.0, float(variance))), n=searched, seed=seed, method=method)
    return Contrast(
        contrast=value,
        mean_distance=mean,
        nearest_distance=near,
        sample_contrast=_contrast_of(between),
        null_contrast=_null(whole, cloud.n, draws, seed, executor),
        copies=int((~kept).sum()),
        sampled=cloud.n,
        nearest=_read_only(nearest[chosen] / mean),
        typical=_read_only(typical / mean),
    )


def _distances(cloud: Representation) -> np.ndarray:
    if cloud.kind == "distances":
        return np.asarray(cloud.data.matrix, dtype=np.float64)
    x = np.asarray(cloud.points, dtype=np.float64)
    between = EUCLIDEAN.pairwise(x, x)
    np.fill_diagonal(between, 0.0)
    return between


def _contrast_of(between: np.ndarray) -> float:
    """Contrast from all distances of a cloud, copies left out; NaN where every point has a copy."""
    n = len(between)
    nearest = np.where(np.eye(n, dtype=bool), np.inf, between).min(axis=1)
    kept = nearest[nearest > 0]
    return float(between.sum() / (n * (n - 1)) / kept.mean()) if len(kept) else math.nan


def _null(whole: Representation, n: int, draws: int, seed: int, executor: Executor) -> Estimate:
    if whole.kind != "points":
        return Estimate.missing("the null needs coordinates")
    scatter, total, count = 0.0, 0.0, 0
    for block in whole.blocks():
        shifted = block - np.asarray(whole.points[0], dtype=np.float64)
        scatter, total, count = scatter + shifted.T @ shifted, total + shifted.sum(axis=0), count + len(block)
    covariance = (scatter - np.outer(total, total) / count) / (count - 1)
    scales = np.sqrt(np.maximum(0.0, np.linalg.eigvalsh(covariance)))
    values = list(executor.map(_null_draw, range(draws), scales, n, seed))
    low, high = np.quantile(values, [0.025, 0.975])
    method = f"{draws} Gaussian clouds of {n:,} points; spread of the draws"
    return Estimate(float(np.mean(values)), float(np.std(values, ddof=1)), (float(low), float(high)), draws, seed, method)


def _null_draw(draw: int, scales: np.ndarray, n: int, seed: int) -> float:
    return _contrast_of(_distances(as_representation(generator(seed, "contrast-null", draw).standard_normal((n, len(scales))) * scales)))


def _read_only(values: np.ndarray) -> np.ndarray:
    values.flags.writeable = False
    return values
