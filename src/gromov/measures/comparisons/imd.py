"""IMD: the difference of two shapes at every scale, by the heat traces of their neighbour graphs."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Integer

from gromov.core import (
    SERIAL,
    About,
    Axis,
    Caption,
    Comparison,
    Curve,
    Estimate,
    Executor,
    Figure,
    Null,
    PointsLike,
    Progress,
    Silent,
    Traits,
    UnsuitableError,
    as_representation,
)
from gromov.graphs import Laplacian, Neighbors, nearest_neighbors, neighbor_graph
from gromov.measures.comparisons.splitting import check_null, chunks, flat_points, of_equal_size, splits
from gromov.measures.heat_null import traces, weights
from gromov.spaces import EUCLIDEAN

_NAME = "imd"
_MOST = 10_000
_K, _POOLED_K = 5, 25
_LEAST = 8
_PROBES = 32
_TIMES = 256
_SILENT = Silent()


@dataclass(frozen=True, slots=True, eq=False)
class Imd(Comparison):
    """The multi-scale intrinsic distance of two clouds.

    Attributes:
        value: sup over t of e^(−2(t+1/t)) |hkt_X(t) − hkt_Y(t)|, hkt the heat trace of the 5-nearest-neighbour graph over its number of
            points; a lower bound of the spectral Gromov–Wasserstein distance of the two graphs. Biased upwards: compare with the null.
        p_value: Share of random splits of the pool with a value as large.
        null: The value for random splits of the pool: what two samples of one distribution of this size show.
        scale: The t at which the difference is largest.
        points: Number of points of each cloud that were used.
        times: The scales t, 256 from .1 to 10.
        difference: e^(−2(t+1/t)) (hkt_X(t) − hkt_Y(t)) at each of them.
        null_high: 95 % quantile over the splits of the size of that difference, scale by scale.
    """

    scale: float
    points: int
    times: Float[np.ndarray, " t"]
    difference: Float[np.ndarray, " t"]
    null_high: Float[np.ndarray, " t"]

    @classmethod
    def traits(cls) -> Traits:
        """What IMD is and promises."""
        return Traits(
            name=_NAME,
            paired=False,
            kinds=("points",),
            same_dimension=True,
            larger="apart",
            identity=0.0,
            together=("rotation", "shift", "scale"),
            apart=("rotation", "shift", "scale"),
            symmetric=True,
            equal_sizes=True,
            sees="the shape of neighbourhoods and of clusters, at all scales; no unit, no position",
            applies="the same number of coordinates; hundreds of points or more",
            tests="A small p speaks against both clouds being samples of one distribution; the value itself sees their intrinsic shapes alone.",
        )

    @classmethod
    def about(cls) -> About:
        """What IMD is."""
        return About(
            "Intrinsic distance (IMD)",
            "Do the two clouds have the same shape at every scale?",
            "Each cloud, both of equal size, becomes the graph of its 5 nearest neighbours, and the graph its heat trace Tr exp(−tL)/n by Lanczos quadrature with counted moments. IMD is the largest "
            "difference over t, weighted by e^(−2(t+1/t)): a lower bound of the spectral Gromov–Wasserstein distance. It depends on the number of points and is biased upwards, so it means "
            "something beside its null only: random splits of the pool, whose neighbours come from one search of the pool.",
            (
                "Tsitsulin, Munkhoeva, Mottin, Karras, Bronstein, Oseledets, Müller (2020), The shape of data: intrinsic distance for data distributions. ICLR, arXiv:1905.11141.",
            ),
        )

    def summary(self) -> str:
        """The distance in a sentence."""
        return (
            f"IMD is {1e6 * self.value.value:.3g}·10⁻⁶ at t = {self.scale:.2g}; two samples of one distribution of {self.points:,} points would show "
            f"{1e6 * self.null.mean:.3g}·10⁻⁶ (p = {self.p_value:.3g})."
        )

    def figures(self) -> tuple[Figure, ...]:
        """The difference scale by scale, and the null."""
        at = "above" if (np.abs(self.difference) > self.null_high).any() else "within"
        caption = Caption(
            what="Weighted difference of the two heat traces at each time, and the size it has in 95 % of random splits.",
            how="e^(−2(t+1/t)) times hkt_X − hkt_Y; the band is taken scale by scale.",
            sure=f"{self.null.n} splits of the pool; p = {self.p_value:.3g} for the largest difference over all scales.",
            means=f"The difference is {at} the band. At t below 1 neighbourhoods differ, at t above 1 clusters and the whole.",
        )
        band = Curve("chance", self.times, 0 * self.times, -self.null_high, self.null_high, reference=True)
        curve = Curve("first less second", self.times, self.difference)
        return (
            Figure(
                f"{_NAME}-scales", "Where the shapes differ", caption, Axis("time t", log=True), Axis("weighted difference"), (band, curve)
            ),
            self.null_figure(),
        )


def imd(x: PointsLike, y: PointsLike, *, seed: int = 0, null: int = 100, executor: Executor = SERIAL, progress: Progress = _SILENT) -> Imd:
    """Multi-scale intrinsic distance with a permutation null.

    IMD(X, Y) = sup_t e^(−2(t+1/t)) |hkt_X(t) − hkt_Y(t)|, hkt(t) = Tr exp(−tL)/n. At most 10,000 points of each.

    Args:
        x: First cloud, n × d.
        y: Second cloud, m × d.
        seed: Seed of the sample, the probes and the null.
        null: Number of random splits of the pool.
        executor: Runs the splits.
        progress: Told how far the work is.

    Cost: one search of (2n)²·d; 2·32·12 sparse products with a vector for each split.

    Raises:
        UnsuitableError: distances, a graph, a curved space, clouds of two dimensions, or fewer than 8 points.

    References:
        Tsitsulin et al., The shape of data, ICLR 2020, arXiv:1905.11141.
    """
    check_null(null)
    a, b = of_equal_size(*flat_points(x, y, what=_NAME, same_dimension=True), what=_NAME, most=_MOST, seed=seed)
    n = len(a)
    if n < _LEAST:
        raise UnsuitableError(f"{_NAME} needs at least {_LEAST} points in each, and got {n}")
    times = np.geomspace(0.1, 10, _TIMES)
    weight = weights(times)
    progress.step("neighbours", 0.0)
    pool = np.concatenate([a, b])
    near = nearest_neighbors(as_representation(pool), min(_POOLED_K, 2 * n - 1), queries=2 * n).indices
    # each cloud alone, so that moving one of them changes nothing
    one, two = (traces(_own(each), times, probes=_PROBES, seed=seed) for each in (a, b))
    difference = weight * (one[0] - two[0])
    curves: list[Float[np.ndarray, " t"]] = []
    for part in executor.map(_split, chunks(null), pool, near, times, seed):
        curves.extend(part)
        progress.step("null", 0.2 + 0.8 * len(curves) / null)
    table = weight * np.abs(np.stack(curves))
    place = int(np.abs(difference).argmax())
    observed = float(abs(difference[place]))
    found = Null.of("split of the pool", table.max(axis=1), observed)
    probe_error = float(weight[place] * np.hypot(one[1][place], two[1][place]))
    high = np.quantile(table, 0.95, axis=0)
    for array in (times, difference, high):
        array.flags.writeable = False
    return Imd(
        value=Estimate.normal(
            observed,
            float(np.hypot(probe_error, found.spread)),
            n=n,
            seed=seed,
            method="32 probes; spread of the null for the sampling of points",
        ),
        p_value=found.p_value(),
        null=found,
        scale=float(times[place]),
        points=n,
        times=times,
        difference=difference,
        null_high=high,
    )


def _own(points: Float[np.ndarray, "n d"]) -> Laplacian:
    return Laplacian(neighbor_graph(nearest_neighbors(as_representation(points), _K, queries=len(points)), _K))


def _split(
    places: range, pool: Float[np.ndarray, "m d"], near: Integer[np.ndarray, "m k"], times: Float[np.ndarray, " t"], seed: int
) -> list[Float[np.ndarray, " t"]]:
    """Difference of the heat traces of the two halves of each split."""
    n = len(pool) // 2
    found: list[Float[np.ndarray, " t"]] = []
    for first in splits(places, n, what=_NAME, seed=seed):
        one, two = (
            traces(Laplacian(neighbor_graph(_within(side, pool, near), _K)), times, probes=_PROBES, seed=seed)[0]
            for side in (first, ~first)
        )
        found.append(one - two)
    return found


def _within(side: Bool[np.ndarray, " m"], pool: Float[np.ndarray, "m d"], near: Integer[np.ndarray, "m k"]) -> Neighbors:
    """The 5 nearest neighbours within one half, from those in the pool; the few points with fewer than 5 there are searched again."""
    rows = np.flatnonzero(side)
    number = np.cumsum(side) - 1
    candidates = near[rows]
    inside = side[candidates]
    order = np.argsort(~inside, axis=1, kind="stable")[:, :_K]
    indices = number[np.take_along_axis(candidates, order, axis=1)]
    short = np.flatnonzero(inside.sum(axis=1) < _K)
    if len(short):
        lengths = EUCLIDEAN.pairwise(pool[rows[short]], pool[rows])
        lengths[np.arange(len(short)), short] = np.inf
        indices[short] = np.argsort(lengths, axis=1, kind="stable")[:, :_K]
    return Neighbors(np.arange(len(rows)), indices, np.zeros(indices.shape), 0, len(rows))
