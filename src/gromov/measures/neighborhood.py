"""Quality of neighbourhoods: hubs, labels, duplicates, outliers, uniformity."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

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
    Table,
    UnsuitableError,
    as_representation,
    generator,
    histogram,
)
from gromov.graphs import Neighbors, nearest_neighbors
from gromov.measures.moments import principal_axes
from gromov.measures.neighborhood_quality import LabelAccuracy, alignment, label_accuracy, skewness, uniformity
from gromov.measures.spectral_numbers import population_spectrum

K = 10
_CLOUD = 10_000
_NULL_DRAWS = 10
_NULL_POINTS = 2_000
_BOOTSTRAPS = 200
_LISTED = 10
_NEAR_DUPLICATE = 0.01
_OUTLIER = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Neighborhood(Result):
    """What nearest neighbours say about a representation.

    Attributes:
        hubness: Skewness of the number of times a point is among the 10 nearest of another (Radovanović 2010); 0 is even.
        null_hubness: The same for Gaussian clouds with the same covariance spectrum, of up to 2,000 points.
        sample_hubness: Hubness of up to 2,000 of the points, to compare with the null.
        largest_hub: Most times one point is among the 10 nearest of another.
        antihubs: Share of points that are among the 10 nearest of none.
        labels: Leave-one-out accuracy of the labels by 10 nearest neighbours; None without labels.
        alignment: Mean squared distance of two points of one class on the unit sphere (Wang–Isola); None without labels.
        uniformity: log of the mean of exp(−2‖x−y‖²) on the unit sphere (Wang–Isola); lower is more uniform.
        null_uniformity: The same for points spread evenly over the unit sphere.
        near_duplicates: Points whose nearest neighbour is closer than a hundredth of the median of that distance; two that are nearest to
            each other count once.
        duplicate_points: Such points, closest first, each pair once, at most 10.
        duplicate_neighbors: The nearest neighbour of each of them.
        outliers: Points whose 10th neighbour is more than three times as far as those of its 10 neighbours (median).
        outlier_points: Such points, most remote first, at most 10.
        outlier_ratios: That ratio for each of them.
        names: Names of duplicate_points, of duplicate_neighbors and of outlier_points, in this order; empty where the points have no names.
        points_used: Number of points whose neighbours were used.
        occurrences: Number of times each of these points is among the 10 nearest of another.
        log_density: log of 1/r₁₀ of each, the local density per dimension up to a constant.
    """

    hubness: Estimate
    null_hubness: Estimate
    sample_hubness: float
    largest_hub: int
    antihubs: float
    labels: LabelAccuracy | None
    alignment: Estimate | None
    uniformity: Estimate | None
    null_uniformity: float | None
    near_duplicates: int
    duplicate_points: Integer[np.ndarray, " m"]
    duplicate_neighbors: Integer[np.ndarray, " m"]
    outliers: int
    outlier_points: Integer[np.ndarray, " o"]
    outlier_ratios: Float[np.ndarray, " o"]
    names: tuple[str, ...]
    points_used: int
    occurrences: Integer[np.ndarray, " q"]
    log_density: Float[np.ndarray, " q"]

    @classmethod
    def about(cls) -> About:
        """What neighbourhood quality is."""
        return About(
            "Neighbourhoods",
            "Can nearest neighbours be trusted here?",
            "Ten exact nearest neighbours of each point: how unevenly points are chosen (hubs), whether neighbours share labels, which points nearly "
            "coincide and which stand alone. Beyond 10,000 points a random sub-cloud is used, since hubs depend on the number of points.",
            (
                "Radovanović, Nanopoulos, Ivanović (2010), Hubs in space. J. Mach. Learn. Res. 11.",
                "Wang, Isola (2020), Understanding contrastive representation learning through alignment and uniformity. arXiv:2005.10242.",
                "Wilson (1927), Probable inference, the law of succession, and statistical inference. J. Am. Stat. Assoc. 22.",
            ),
        )

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """The numbers to cite first."""
        return ("hubness", "labels.accuracy", "uniformity", "near_duplicates", "outliers")

    def summary(self) -> str:
        """Hubs, labels, duplicates and outliers in a sentence."""
        words = [f"Hubness {self.hubness.value:.2f}"]
        if self.labels is not None:
            words.append(f"neighbours predict the label of {100 * self.labels.accuracy.value:.1f} % of the points")
        words.append(f"{self.near_duplicates:,} near-duplicates and {self.outliers:,} outliers among {self.points_used:,} points")
        return "; ".join(words) + "."

    def findings(self) -> tuple[Finding, ...]:
        """Hubs, labels, outliers."""
        found = [_hub_finding(self)]
        if self.labels is not None:
            found.append(self.labels.finding())
        if self.near_duplicates or self.outliers:
            found.append(
                Finding(
                    "Are there odd points?",
                    f"{self.near_duplicates:,} near-duplicates, {self.outliers:,} outliers",
                    "Near-duplicates have a neighbour closer than a hundredth of the median distance; outliers stand three times as far from their "
                    "neighbours as those do from theirs.",
                    "Look at the points listed under Neighbourhoods: repeated or broken records are the usual cause.",
                    "caution" if self.near_duplicates + self.outliers > 0.01 * self.points_used else "neutral",
                )
            )
        return tuple(found)

    def tables(self) -> tuple[Table, ...]:
        """The odd points, by index and name."""
        pairs = len(self.duplicate_points)
        names = self.names or ("",) * (2 * pairs + len(self.outlier_points))
        alone = names[2 * pairs :]
        duplicates = tuple(
            (str(point), names[i], str(other), names[pairs + i])
            for i, (point, other) in enumerate(zip(self.duplicate_points, self.duplicate_neighbors, strict=True))
        )
        outliers = tuple(
            (str(i), name, f"{ratio:.1f}") for i, name, ratio in zip(self.outlier_points, alone, self.outlier_ratios, strict=True)
        )
        tables: list[Table] = []
        if duplicates:
            tables.append(
                Table("neighborhood-duplicates", "Near-duplicates, closest first", ("point", "name", "neighbour", "its name"), duplicates)
            )
        if outliers:
            tables.append(Table("neighborhood-outliers", "Outliers, most remote first", ("point", "name", "times as far"), outliers))
        return tuple(tables)

    def figures(self) -> tuple[Figure, ...]:
        """Occurrences and local density."""
        top = float(max(self.occurrences.max(initial=1), 2 * K))
        low, high = float(self.log_density.min()), float(self.log_density.max())
        return (
            Figure(
                "neighborhood-hubs",
                "How often a point is a neighbour",
                Caption(
                    "The share of points against the number of times they are among the 10 nearest of another.",
                    f"Exact neighbours of {self.points_used:,} points.",
                    f"Skewness {self.hubness}; a Gaussian of the same covariance has {self.null_hubness.value:.2f} where these data have "
                    f"{self.sample_hubness:.2f} (equal samples).",
                    "Without hubs all points would be near 10. A long tail means that a few points are everybody's neighbours.",
                    "With strong hubs, centre the data or use cosine with local scaling before searching neighbours.",
                ),
                Axis("times among the 10 nearest"),
                Axis("share of points"),
                (histogram("points", self.occurrences, bins=min(60, int(top)), low=0, high=top), Rule("even", K, vertical=True)),
            ),
            Figure(
                "neighborhood-density",
                "Local density",
                Caption(
                    "The share of points against the logarithm of 1/r, r the distance of the 10th neighbour.",
                    f"Exact neighbours of {self.points_used:,} points.",
                    "Exact for these points; times the dimension it is the logarithm of the density, up to a constant.",
                    "One hump means one population; several mean clusters of different density; a tail to the left, outliers.",
                ),
                Axis("log 1/r₁₀"),
                Axis("share of points"),
                (histogram("points", self.log_density, low=low, high=max(high, low + 1e-9)),),
            ),
        )


def neighborhood(points: PointsLike, *, neighbors: Neighbors | None = None, seed: int = 0, executor: Executor = SERIAL) -> Neighborhood:
    """Hubness, label accuracy of neighbours, alignment and uniformity, near-duplicates, outliers, local density.

    Args:
        points: n × d points, `Distances`, or a `Representation` in Euclidean space.
        neighbors: The run's shared neighbours, used when they cover every point.
        seed: Seed of the sub-cloud, the bootstrap and the null.
        executor: Where the draws of the null are computed.

    Cost: the neighbour search of at most 10,000 points, 200 weighted counts, 2,000² distances.

    Raises:
        UnsuitableError: a graph.
    """
    whole = as_representation(points)
    if whole.kind == "graph":
        raise UnsuitableError("neighbourhoods need points or distances; the path lengths of a graph take too few values")
    rng = generator(seed, "neighborhood")
    kept = np.arange(whole.n) if whole.n <= _CLOUD else np.sort(rng.choice(whole.n, _CLOUD, replace=False))
    cloud = whole if len(kept) == whole.n else whole.take(kept)
    k = min(K, cloud.n - 1)
    shared = neighbors is not None and len(neighbors.queries) == cloud.n == neighbors.n and neighbors.k >= k
    found = neighbors if shared and neighbors is not None else nearest_neighbors(cloud, k, queries=cloud.n, seed=seed)
    near, lengths = found.indices[:, :k], found.distances[:, :k]
    counts = np.bincount(near.ravel(), minlength=cloud.n)
    sample = np.sort(rng.choice(cloud.n, min(cloud.n, _NULL_POINTS), replace=False))
    every_duplicate = _near_duplicates(near, lengths)
    duplicates = every_duplicate[:_LISTED]
    ratios = _remoteness(near, lengths)
    outliers = np.flatnonzero(ratios > _OUTLIER)
    outliers = outliers[np.argsort(-ratios[outliers], kind="stable")]
    listed = kept[np.concatenate([duplicates, near[duplicates, 0], outliers[:_LISTED]])]
    points_given = cloud.kind == "points"
    return Neighborhood(
        hubness=_bootstrap(near, counts, rng, seed),
        null_hubness=_null(whole, len(sample), seed, executor),
        sample_hubness=_hubness(cloud.take(sample)),
        largest_hub=int(counts.max()),
        antihubs=float((counts == 0).mean()),
        labels=label_accuracy(near, cloud.labels),
        alignment=alignment(cloud, rng, seed) if points_given and cloud.labels is not None else None,
        uniformity=uniformity(cloud, rng, seed) if points_given else None,
        null_uniformity=_even_uniformity(cloud.points.shape[1], seed) if points_given else None,
        near_duplicates=len(every_duplicate),
        duplicate_points=kept[duplicates],
        duplicate_neighbors=kept[near[duplicates, 0]],
        outliers=len(outliers),
        outlier_points=kept[outliers[:_LISTED]],
        outlier_ratios=ratios[outliers[:_LISTED]],
        names=tuple(whole.names[i] for i in listed) if whole.names else (),
        points_used=cloud.n,
        occurrences=counts,
        log_density=-np.log(np.maximum(lengths[:, -1], 1e-300)),
    )


def _hub_finding(result: Neighborhood) -> Finding:
    null, sample = result.null_hubness, result.sample_hubness
    strong = result.hubness.value > 2
    more = math.isfinite(null.value) and sample > null.value + 3 * (null.stderr or 0)
    detail = f"The number of times a point is among the 10 nearest of another has skewness {result.hubness}; the largest hub has {result.largest_hub}, "
    detail += f"{100 * result.antihubs:.0f} % of the points are nobody's neighbour."
    if math.isfinite(null.value):
        detail += f" Dimension alone gives {null.value:.1f} where these data have {sample:.1f} (equal samples)."
    action = "Centre the data (--normalize center-l2) or use local scaling before nearest-neighbour search." if strong else ""
    answer = "Strongly" if strong else "Somewhat" if more else "No more than its dimension explains"
    return Finding("Do hubs distort the neighbours?", answer, detail, action, "caution" if strong else "neutral" if more else "good")


def _bootstrap(near: Integer[np.ndarray, "q k"], counts: Integer[np.ndarray, " q"], rng: np.random.Generator, seed: int) -> Estimate:
    """Skewness of the occurrences; its error resamples the points that choose."""
    q, k = near.shape
    values = np.empty(_BOOTSTRAPS)
    for draw in range(_BOOTSTRAPS):
        weight = np.bincount(rng.integers(0, q, size=q), minlength=q).astype(float)
        values[draw] = skewness(np.bincount(near.ravel(), weights=np.repeat(weight, k), minlength=q))
    method = f"k = {k}; bootstrap of {_BOOTSTRAPS} over the choosing points"
    # resampling adds its own Poisson noise to every count; centred on the plain value it serves as a spread only
    return Estimate.normal(skewness(counts), float(values.std(ddof=1)), n=q, seed=seed, method=method)


def _hubness(cloud: Representation) -> float:
    k = min(K, cloud.n - 1)
    return skewness(np.bincount(nearest_neighbors(cloud, k, queries=cloud.n).indices.ravel(), minlength=cloud.n))


def _null(whole: Representation, n: int, seed: int, executor: Executor) -> Estimate:
    if whole.kind != "points":
        return Estimate.missing("the null needs coordinates")
    scales = np.sqrt(population_spectrum(principal_axes(whole).variances, *whole.points.shape))
    draws = list(executor.map(_null_draw, range(_NULL_DRAWS), scales, n, seed))
    method = f"{_NULL_DRAWS} Gaussian clouds of {n:,} points; spread of the draws"
    return Estimate.normal(float(np.mean(draws)), float(np.std(draws, ddof=1)), n=_NULL_DRAWS, seed=seed, method=method)


def _null_draw(draw: int, scales: Float[np.ndarray, " s"], n: int, seed: int) -> float:
    return _hubness(as_representation(generator(seed, "neighborhood-null", draw).standard_normal((n, len(scales))) * scales))


def _even_uniformity(d: int, seed: int) -> float:
    sphere = generator(seed, "sphere").standard_normal((_NULL_POINTS, d))
    return uniformity(as_representation(sphere), generator(seed, "sphere-pairs"), seed).value


def _near_duplicates(near: Integer[np.ndarray, "q k"], lengths: Float[np.ndarray, "q k"]) -> Integer[np.ndarray, " m"]:
    """Points closer to their nearest neighbour than 1 % of the median such distance, each pair once, closest first."""
    first = lengths[:, 0]
    close = np.flatnonzero(first < _NEAR_DUPLICATE * np.median(first[first > 0])) if (first > 0).any() else np.arange(len(first))
    mutual = near[near[close, 0], 0] == close
    close = close[~mutual | (close < near[close, 0])]
    return close[np.argsort(first[close], kind="stable")]


def _remoteness(near: Integer[np.ndarray, "q k"], lengths: Float[np.ndarray, "q k"]) -> Float[np.ndarray, " q"]:
    """Distance of the last neighbour over the median of that distance among the neighbours."""
    last = lengths[:, -1]
    usual = np.median(last[near], axis=1)
    return np.divide(last, usual, out=np.ones_like(last), where=usual > 0)
