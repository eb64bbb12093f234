"""IMD: the difference of two shapes at every scale, by the heat traces of their neighbour graphs."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

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
    Representation,
    Silent,
    Traits,
    UnsuitableError,
    generator,
)
from gromov.graphs import EXACT_UP_TO, Laplacian, Normalisation, enough_steps, heat, spectral_trace
from gromov.measures.comparisons.heat_draws import PROBES, HeatDraws, halvings, null_draws
from gromov.measures.comparisons.splitting import both, check_null, chunks
from gromov.measures.comparisons.subgraphs import CloudParts, Parts, as_graph, parts_of
from gromov.measures.heat_null import weights

_NAME = "imd"
_MOST = 10_000
_LEAST = 8
_TIMES = 256
_HALVINGS = 10
_SILENT = Silent()


@dataclass(frozen=True, slots=True, eq=False)
class Imd(Comparison):
    """The multi-scale intrinsic distance of two clouds.

    Attributes:
        value: sup over t of e^(−2(t+1/t)) |hkt_X(t) − hkt_Y(t)|, hkt the heat trace of the 5-nearest-neighbour graph over its number of
            points; a lower bound of the spectral Gromov–Wasserstein distance of the two graphs. Its error, at the t of the largest
            difference, is that of the points, from random halves of each cloud, and of the probes; biased upwards: compare with the null.
        p_value: Share of the draws of the null with a value as large as the one that is tested.
        null: The value for random splits of the pool, or for halves of one cloud where the two cannot be pooled.
        scale: The t at which the difference is largest.
        points: Number of points of each cloud that were used; of two graphs, the nodes of the smaller.
        exact: Whether all eigenvalues were computed for the value; else 32 random probes were.
        laplacian: `normalised` or `combinatorial`.
        times: The scales t, 256 from .1 to 10.
        difference: e^(−2(t+1/t)) (hkt_X(t) − hkt_Y(t)) at each of them.
        tested: The same for what the null is compared with: halves of each where the null is of halves, and else the difference itself.
        null_high: 95 % quantile over the draws of the size of that difference, scale by scale.
    """

    scale: float
    points: int
    exact: bool
    laplacian: Normalisation
    times: Float[np.ndarray, " t"]
    difference: Float[np.ndarray, " t"]
    tested: Float[np.ndarray, " t"]
    null_high: Float[np.ndarray, " t"]

    @classmethod
    def traits(cls) -> Traits:
        """What IMD is and promises."""
        return Traits(
            name=_NAME,
            paired=False,
            kinds=("points", "distances", "graph"),
            same_dimension=False,
            larger="apart",
            identity=0.0,
            together=("rotation", "shift", "scale", "permutation"),
            apart=("rotation", "shift", "scale", "permutation"),
            symmetric=True,
            equal_sizes=True,
            sees="the shape of neighbourhoods and of clusters, at all scales; no unit, no position",
            applies="any two clouds, of any dimensions; graphs; hundreds of points or more",
            tests="A small p speaks against both clouds being samples of one distribution, or, where they cannot be pooled (two dimensions, distances, "
            "graphs), of one shape.",
        )

    @classmethod
    def about(cls) -> About:
        """What IMD is."""
        return About(
            "Intrinsic distance (IMD)",
            "Do the two clouds have the same shape at every scale?",
            "Each cloud, both of equal size, becomes the graph of its 5 nearest neighbours, and the graph its heat trace Tr exp(−tL)/n: from all eigenvalues up to 2,000 points, by Lanczos quadrature "
            "with counted moments beyond. IMD is the largest difference over t, weighted by e^(−2(t+1/t)): a lower bound of the spectral Gromov–Wasserstein distance. It depends on the number of "
            "points and is biased upwards, so it means something beside its null only: random splits of the pool, or halves of each cloud where the two differ in dimension. Graphs are taken as "
            "they are, and their halves are of nodes.",
            (
                "Tsitsulin, Munkhoeva, Mottin, Karras, Bronstein, Oseledets, Müller (2020), The shape of data: intrinsic distance for data distributions. ICLR, arXiv:1905.11141.",
            ),
        )

    def summary(self) -> str:
        """The distance in a sentence."""
        size = "of one distribution" if self.null.kind == "split of the pool" else "of one of them, half as large,"
        return (
            f"IMD of {self.points:,} points each is {1e6 * self.value.value:.3g}·10⁻⁶ at t = {self.scale:.2g}; two samples {size} show "
            f"{1e6 * self.null.mean:.3g}·10⁻⁶ (p = {self.p_value:.3g})."
        )

    def figures(self) -> tuple[Figure, ...]:
        """The difference scale by scale, and the null."""
        at = "above" if (np.abs(self.tested) > self.null_high).any() else "within"
        halves = self.null.kind == "halves"
        caption = Caption(
            what="Weighted difference of the two heat traces at each time, and the size it has in 95 % of the draws of the null.",
            how="e^(−2(t+1/t)) times hkt_X − hkt_Y; the band is taken scale by scale"
            + (", for halves of each: compare it with the curve of halves." if halves else "."),
            sure=f"{self.null.n} draws; p = {self.p_value:.3g} for the largest difference over all scales.",
            means=f"The difference is {at} the band. At t below 1 neighbourhoods differ, at t above 1 clusters and the whole.",
        )
        band = Curve("chance", self.times, 0 * self.times, -self.null_high, self.null_high, reference=True)
        layers = (band, Curve("first less second", self.times, self.difference))
        if halves:
            layers += (Curve("half of the first less half of the second", self.times, self.tested),)
        return (
            Figure(f"{_NAME}-scales", "Where the shapes differ", caption, Axis("time t", log=True), Axis("weighted difference"), layers),
            self.null_figure(),
        )


def imd(
    x: PointsLike,
    y: PointsLike,
    *,
    seed: int = 0,
    null: int = 100,
    laplacian: Normalisation = "normalised",
    executor: Executor = SERIAL,
    progress: Progress = _SILENT,
) -> Imd:
    """Multi-scale intrinsic distance with a null.

    IMD(X, Y) = sup_t e^(−2(t+1/t)) |hkt_X(t) − hkt_Y(t)|, hkt(t) = Tr exp(−tL)/n. At most 10,000 points of each.

    Two clouds of one dimension are pooled, and the null splits the pool at random: the neighbours within each side come from one search of
    the pool, and the value that is tested is computed in that way, too, so that it is one more such draw. Others cannot be pooled: the null takes
    two disjoint halves of one and the same cloud, of each in turn, and what is tested is the value between a half of each. Of a graph the
    halves are of nodes, with the edges between them; beside a graph, a cloud is the neighbour graph of all of it.

    Args:
        x: First: n × d, distances, or a graph, every edge of weight 1.
        y: Second: m × e, distances, or a graph.
        seed: Seed of the sample, the probes and the null.
        null: Number of draws of the null.
        laplacian: `normalised`, I − D^(−1/2) A D^(−1/2), or `combinatorial`, D − A.
        executor: Runs the draws.
        progress: Told how far the work is.

    Cost: searches of (2n)²·d; n³ for the value up to 2,000 points; for each draw m³ up to m = 500 points of a side, 2·32·12 sparse products with
        a vector beyond (more of them for the combinatorial Laplacian with large degrees).

    Raises:
        UnsuitableError: a curved space, or fewer than 8 points.

    References:
        Tsitsulin et al., The shape of data, ICLR 2020, arXiv:1905.11141.
    """
    check_null(null)
    clouds = _flat(x, y)
    one, two = _equal(clouds, seed)
    if min(one.n, two.n) < _LEAST:
        raise UnsuitableError(f"{_NAME} needs at least {_LEAST} points in each, and got {min(one.n, two.n)}")
    times = np.geomspace(0.1, 10, _TIMES)
    weight = weights(times)
    progress.step("neighbours", 0.0)
    sides: tuple[Parts, Parts] = (parts_of(one), parts_of(two))
    if "graph" in (one.kind, two.kind):
        sides = as_graph(sides[0]), as_graph(sides[1])
    # each cloud alone, so that moving one of them changes nothing
    whole = [Laplacian(side.graph(np.ones(side.n, dtype=bool)), laplacian) for side in sides]
    exact = max(side.n for side in sides) <= EXACT_UP_TO
    # the draws take as many steps as the whole needs, whatever their own graphs are
    steps = None if laplacian == "normalised" else max(enough_steps(each, heat(times), seed=seed) for each in whole)
    traces = [spectral_trace(each, heat(times), exact=exact, probes=PROBES, steps=steps, seed=seed) for each in whole]
    difference = weight * (traces[0].value - traces[1].value)
    pool = _pooled(one, two)
    draw = HeatDraws(sides if pool is None else (pool,), times, laplacian, steps, seed)
    tested = weight * draw.observed()
    curves: list[Float[np.ndarray, " t"]] = []
    for part in executor.map(null_draws, chunks(null), draw):
        curves.extend(part)
        progress.step("null", 0.2 + 0.7 * len(curves) / null)
    table = weight * np.abs(np.stack(curves))
    found = Null.of("halves" if pool is None else "split of the pool", table.max(axis=1), float(np.abs(tested).max()))
    place = int(np.abs(difference).argmax())
    errors = [trace.error[place] for trace in traces]
    if isinstance(sides[0], CloudParts):
        halves = HeatDraws(sides, times, laplacian, steps, seed)
        for part in executor.map(halvings, chunks(2 * _HALVINGS), halves):
            errors.extend(np.array([curve[place] for curve in part]) / (2 * np.sqrt(_HALVINGS)))
    progress.step("error", 1.0)
    high = np.quantile(table, 0.95, axis=0)
    for array in (times, difference, tested, high):
        array.flags.writeable = False
    return Imd(
        value=Estimate.normal(
            float(abs(difference[place])),
            float(weight[place] * np.linalg.norm(errors)),
            n=min(side.n for side in sides),
            seed=seed,
            method=("all eigenvalues" if exact else f"Lanczos quadrature, {PROBES} probes")
            + (f"; error of the points by {_HALVINGS} halvings of each cloud" if isinstance(sides[0], CloudParts) else ""),
        ),
        p_value=found.p_value(),
        null=found,
        scale=float(times[place]),
        points=min(side.n for side in sides),
        exact=exact,
        laplacian=laplacian,
        times=times,
        difference=difference,
        tested=tested,
        null_high=high,
    )


def _flat(x: PointsLike, y: PointsLike) -> tuple[Representation, Representation]:
    """Both clouds, neither in a curved space."""
    found = both(x, y)
    for each in found:
        if each.space is not None and each.space.curvature != 0:
            raise UnsuitableError(f"{_NAME} is taken in Euclidean space, and the points live in {each.space.name} space")
    return found


def _equal(clouds: tuple[Representation, Representation], seed: int) -> tuple[Representation, Representation]:
    """Random rows of each, as many as the smaller has and at most 10,000, by one stream for both; all where one is a graph, which has no rows."""
    if any(each.kind == "graph" for each in clouds):
        return clouds
    size = min(_MOST, *(each.n for each in clouds))
    one, two = (
        each if each.n == size else each.take(np.sort(generator(seed, _NAME, "rows").choice(each.n, size, replace=False)))
        for each in clouds
    )
    return one, two


def _pooled(one: Representation, two: Representation) -> CloudParts | None:
    """Both as one cloud, where they have the same coordinates."""
    if one.kind != "points" or two.kind != "points" or one.points.shape[1] != two.points.shape[1]:
        return None
    rows = [np.asarray(each.points, dtype=np.float64) for each in (one, two)]
    return CloudParts.of(Representation(np.concatenate(rows)))
