"""Topology divergence: pieces and loops of one representation that another of the same objects does not share."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import (
    SERIAL,
    About,
    Comparison,
    Estimate,
    Executor,
    Null,
    PointsLike,
    Progress,
    Representation,
    Silent,
    Traits,
    UnsuitableError,
    generator,
)
from gromov.measures.comparisons.splitting import both, check_null, chunks, groups, jackknife_error, pairings, require_same_rows
from gromov.measures.homology.divergence import normalised, rtd, rtd_lite
from gromov.spaces import EUCLIDEAN

_NAME = "topology_divergence"
_MOST, _MOST_LITE = 200, 1_000
_SILENT = Silent()


@dataclass(frozen=True, slots=True, eq=False)
class TopologyDivergence(Comparison):
    """Representation topology divergence of two representations of the same objects.

    Attributes:
        value: RTD: half the sum of the lengths of both cross-barcodes of degree 1, distances in units of their 90 % quantile; 0 where the two
            agree up to scale.
        p_value: Share of random pairings with a value as small: small where the two agree beyond chance.
        null: The value for random pairings of the rows.
        pieces: The part of `value` that pieces make: RTD-lite of the same objects.
        lite: RTD-lite, ½(MST(x) + MST(y)) − MST(min), of up to 1,000 objects.
        lite_p_value: Share of random pairings with an RTD-lite as small.
        lite_null: RTD-lite for random pairings.
        points: Number of objects behind `value`.
        lite_points: Number of objects behind `lite`.
    """

    pieces: float
    lite: Estimate
    lite_p_value: float
    lite_null: Null
    points: int
    lite_points: int

    @classmethod
    def traits(cls) -> Traits:
        """What topology divergence is and promises."""
        return Traits(
            name=_NAME,
            paired=True,
            kinds=("points", "distances"),
            same_dimension=False,
            larger="apart",
            identity=0.0,
            together=("rotation", "shift", "scale", "permutation"),
            apart=("rotation", "shift", "scale"),
            symmetric=True,
            equal_sizes=False,
            sees="which objects form pieces and loops, at every scale",
            applies="the same objects in both, in the same order; any dimensions, or distances",
            tests="A small p speaks against the rows of the two having nothing to do with each other.",
        )

    @classmethod
    def about(cls) -> About:
        """What topology divergence is."""
        return About(
            "Topology divergence (RTD)",
            "Do the same objects form the same pieces and loops in both representations?",
            "Distances are measured in units of their 90 % quantile. The union of the two joins objects that are close in either; the cross-barcode lists pieces of one that the union has joined "
            "already, and loops of the union that the one lacks. The value is half the sum of both barcodes, of up to 200 objects; it grows with their number. RTD-lite sees the pieces alone, by three "
            "minimum spanning trees, and takes up to 1,000 objects. The error is a delete-a-group jackknife over objects; the null shuffles the rows of the second.",
            (
                "S. Barannikov, I. Trofimov, N. Balabin, E. Burnaev (2022), Representation topology divergence. ICML, arXiv:2201.00058.",
                "E. Tulchinskii, D. Voronkova, I. Trofimov, E. Burnaev, S. Barannikov (2025), RTD-Lite. arXiv:2503.11910.",
            ),
        )

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """RTD and RTD-lite."""
        return ("value", "p_value", "lite", "lite_p_value")

    @classmethod
    def statistic(cls, x: PointsLike, y: PointsLike, *, seed: int) -> float:
        """RTD alone."""
        first, second = _distances(*_paired(x, y), most=_MOST, seed=seed)
        return rtd(normalised(first), normalised(second))

    def summary(self) -> str:
        """The divergence in a sentence."""
        return (
            f"The topology divergence of {self.points:,} objects is {self.value}, {100 * self.pieces / max(self.value.value, 1e-300):.0f} % of it by pieces; "
            f"random pairings have {self.null.mean:.3g} (p = {self.p_value:.3g})."
        )


def topology_divergence(
    x: PointsLike, y: PointsLike, *, seed: int = 0, null: int = 100, executor: Executor = SERIAL, progress: Progress = _SILENT
) -> TopologyDivergence:
    """Representation topology divergence and RTD-lite, each with a jackknife error and the null of random pairing.

    RTD = ½ Σ lives of the cross-barcodes of (x, y) and (y, x) in degree 1. Beyond 200 objects, as many at random; 1,000 for RTD-lite.

    Args:
        x: First representation: n × d, or distances.
        y: Second representation of the same objects: n × e, or distances.
        seed: Seed of the samples, the groups and the null.
        null: Number of random pairings.
        executor: Runs the pairings.
        progress: Told how far the work is.

    Cost: 2·(B + 21) filtrations of 401 points in degree 1, and as many times three spanning trees of 1,000.

    Raises:
        UnsuitableError: a graph, a curved space, or different numbers of rows.

    References:
        S. Barannikov et al., ICML 2022, arXiv:2201.00058; E. Tulchinskii et al., arXiv:2503.11910.
    """
    check_null(null)
    pair = _paired(x, y)
    first, second = (normalised(each) for each in _distances(*pair, most=_MOST, seed=seed))
    observed, pieces = rtd(first, second), rtd_lite(first, second)
    stderr = _error(first, second, False, seed, executor)
    progress.step("loops", 0.2)
    draws: list[float] = []
    for part in executor.map(_shuffled, chunks(null), first, second, False, seed):
        draws.extend(part)
        progress.step("null", 0.2 + 0.6 * len(draws) / null)
    chance = Null.of("random pairing", np.array(draws), observed)
    wide, other = (normalised(each) for each in _distances(*pair, most=_MOST_LITE, seed=seed))
    lite = rtd_lite(wide, other)
    lite_draws = [value for part in executor.map(_shuffled, chunks(null), wide, other, True, seed) for value in part]
    lite_chance = Null.of("random pairing", np.array(lite_draws), lite)
    progress.step("null", 1.0)
    how = "delete-a-group jackknife"
    return TopologyDivergence(
        value=Estimate.normal(observed, stderr, n=len(first), seed=seed, method=f"cross-barcodes of degree 1, {how}"),
        p_value=chance.p_value("small"),
        null=chance,
        pieces=pieces,
        lite=Estimate.normal(
            lite, _error(wide, other, True, seed, executor), n=len(wide), seed=seed, method=f"minimum spanning trees, {how}"
        ),
        lite_p_value=lite_chance.p_value("small"),
        lite_null=lite_chance,
        points=len(first),
        lite_points=len(wide),
    )


def _paired(x: PointsLike, y: PointsLike) -> tuple[Representation, Representation]:
    first, second = both(x, y)
    for each in (first, second):
        if each.kind == "graph":
            raise UnsuitableError(f"{_NAME} needs points or distances, and got a graph")
        if each.space is not None and each.space.curvature != 0:
            raise UnsuitableError(
                f"{_NAME} is taken in Euclidean space, and the points live in {each.space.name} space: pass their distances"
            )
    require_same_rows(first.n, second.n, _NAME)
    return first, second


def _distances(
    first: Representation, second: Representation, *, most: int, seed: int
) -> tuple[Float[np.ndarray, "m m"], Float[np.ndarray, "m m"]]:
    """The distances of the same objects in both: all, or `most` at random."""
    if first.n > most:
        rows = np.sort(generator(seed, _NAME, "rows").choice(first.n, most, replace=False))
        first, second = first.take(rows), second.take(rows)
    return _matrix(first), _matrix(second)


def _matrix(representation: Representation) -> Float[np.ndarray, "m m"]:
    if representation.kind == "distances":
        found = np.asarray(representation.data.matrix, dtype=np.float64)  # pyright: ignore[reportAttributeAccessIssue]
    else:
        points = np.asarray(representation.points, dtype=np.float64)
        found = EUCLIDEAN.pairwise(points, points)
    upper = np.triu(found, 1)
    return upper + upper.T


def _divergence(first: Float[np.ndarray, "m m"], second: Float[np.ndarray, "m m"], lite: bool) -> float:
    return rtd_lite(first, second) if lite else rtd(first, second)


def _error(first: Float[np.ndarray, "m m"], second: Float[np.ndarray, "m m"], lite: bool, seed: int, executor: Executor) -> float:
    """Jackknife over groups of objects, of the sum of lives for each object, which does not grow with their number."""
    n = len(first)
    of = groups(n, what=_NAME, seed=seed)
    left_out = np.array(list(executor.map(_without, range(int(of.max()) + 1), first, second, of, lite)))
    return n * jackknife_error(left_out)


def _without(
    group: int, first: Float[np.ndarray, "m m"], second: Float[np.ndarray, "m m"], of: Integer[np.ndarray, " m"], lite: bool
) -> float:
    kept = np.flatnonzero(of != group)
    within = np.ix_(kept, kept)
    return _divergence(first[within], second[within], lite) / len(kept)


def _shuffled(places: range, first: Float[np.ndarray, "m m"], second: Float[np.ndarray, "m m"], lite: bool, seed: int) -> list[float]:
    values: list[float] = []
    for place in places:
        order = pairings(place, len(second), what=_NAME, seed=seed)
        values.append(_divergence(first, second[np.ix_(order, order)], lite))
    return values
