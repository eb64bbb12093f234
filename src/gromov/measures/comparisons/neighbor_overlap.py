"""Neighbour overlap: do two representations of the same objects agree on who is near whom?"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

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
from gromov.graphs import nearest_neighbors
from gromov.measures.comparisons.splitting import both, check_null, chunks, groups, jackknife_error, pairings, require_same_rows

_NAME = "neighbor_overlap"
_MOST = 20_000
_COUNTS = (1, 2, 5, 10, 20, 50)
_HEADLINE = 10
_SILENT = Silent()


@dataclass(frozen=True, slots=True, eq=False)
class NeighborOverlap(Comparison):
    """How many nearest neighbours two representations of the same objects have in common.

    Attributes:
        value: Mean over objects of the share of their k nearest neighbours in one that are so in the other, k = `neighbors`.
        p_value: Share of random pairings with a value as large: small where the two agree beyond chance.
        null: The value for random pairings of the rows; k/(n − 1) on average.
        neighbors: The k of `value`: 10, or a quarter of the points where there are few.
        chance: k/(n − 1), what unrelated neighbours would share.
        counts: Other k.
        overlaps: The mean share for each of `counts`.
        overlaps_error: Its standard error, by the jackknife over groups of objects.
        points: Number of objects that were used.
    """

    neighbors: int
    chance: float
    counts: Integer[np.ndarray, " k"]
    overlaps: Float[np.ndarray, " k"]
    overlaps_error: Float[np.ndarray, " k"]
    points: int

    @classmethod
    def traits(cls) -> Traits:
        """What neighbour overlap is and promises."""
        return Traits(
            name=_NAME,
            paired=True,
            kinds=("points", "distances"),
            same_dimension=False,
            larger="alike",
            identity=1.0,
            together=("rotation", "shift", "scale", "permutation"),
            apart=("rotation", "shift", "scale"),
            symmetric=True,
            equal_sizes=False,
            sees="who is near whom, and no distance beyond",
            applies="the same objects in both, in the same order; any dimensions, or distances",
            tests="A small p speaks against the rows of the two having nothing to do with each other.",
        )

    @classmethod
    def about(cls) -> About:
        """What neighbour overlap is."""
        return About(
            "Neighbour overlap",
            "Do the two representations of the same objects agree on who is near whom?",
            "The k nearest neighbours of each object are found exactly in both; the value is the mean share that is common. It sees rank alone, so any monotone change of all distances leaves "
            "it as it is. Unrelated representations share k/(n − 1). The error is a delete-a-group jackknife over the objects asked, with the neighbours as they are; the null shuffles the rows of the second.",
            (
                "W. L. Hamilton, J. Leskovec, D. Jurafsky (2016), Cultural shift or linguistic drift? Comparing two computational measures of semantic change. EMNLP.",
            ),
        )

    @classmethod
    def statistic(cls, x: PointsLike, y: PointsLike, *, seed: int) -> float:
        """The overlap alone."""
        first, second = _paired_clouds(x, y, seed)
        k = min(_HEADLINE, _counts(first.n)[-1])
        return float(_shared(_neighbors(first, k), _neighbors(second, k), k).mean())

    def summary(self) -> str:
        """The overlap in a sentence."""
        return (
            f"Of the {self.neighbors} nearest neighbours {100 * self.value.value:.3g} % are the same in both; chance would give {100 * self.chance:.2g} % "
            f"(p = {self.p_value:.3g})."
        )

    def figures(self) -> tuple[Figure, ...]:
        """The overlap against k, and the null."""
        half = 1.96 * self.overlaps_error
        overlaps, k = self.overlaps, self.counts.astype(np.float64)
        caption = Caption(
            what="Mean share of common neighbours for each number k of neighbours, and what chance would give.",
            how="Exact nearest neighbours in both; chance is k/(n − 1).",
            sure="The band is a 95 % interval over objects.",
            means=f"The first neighbour is the same for {100 * float(overlaps[0]):.3g} % of the objects. A curve that rises with k: the two agree on regions rather than on who is nearest.",
        )
        curve = Curve("shared", k, overlaps, overlaps - half, overlaps + half)
        chance = Curve("chance", k, np.minimum(1.0, k / (self.points - 1)), reference=True)
        return (
            Figure(f"{_NAME}-curve", "Who is near whom", caption, Axis("neighbours k", log=True), Axis("common share"), (curve, chance)),
            self.null_figure(),
        )


def neighbor_overlap(
    x: PointsLike, y: PointsLike, *, seed: int = 0, null: int = 100, executor: Executor = SERIAL, progress: Progress = _SILENT
) -> NeighborOverlap:
    """Mean share of common k nearest neighbours, for several k, with the null of random pairing.

    mean_i |N_k^X(i) ∩ N_k^Y(i)|/k; k/(n − 1) for unrelated neighbours. Beyond 20,000 objects, as many at random.

    Args:
        x: First representation: n × d, or distances.
        y: Second representation of the same objects: n × e, or distances.
        seed: Seed of the sample, the groups and the null.
        null: Number of random pairings.
        executor: Runs the pairings.
        progress: Told how far the work is.

    Cost: two searches of n²·d; n·k² for the overlaps and n·k·B for the null.

    Raises:
        UnsuitableError: a graph, a curved space, or different numbers of rows.

    References:
        W. L. Hamilton, J. Leskovec, D. Jurafsky, EMNLP 2016.
    """
    check_null(null)
    first, second = _paired_clouds(x, y, seed)
    n = first.n
    counts = _counts(n)
    most, headline = counts[-1], min(_HEADLINE, counts[-1])
    found: list[Integer[np.ndarray, "n k"]] = []
    for place, each in enumerate((first, second)):
        progress.step("neighbours", 0.3 * place)
        found.append(_neighbors(each, most))
    a, b = found
    table = np.stack([_shared(a, b, k) for k in counts], axis=1)
    of = groups(n, what=_NAME, seed=seed)
    left_out = np.stack([table[of != group].mean(axis=0) for group in range(int(of.max()) + 1)])
    errors = np.array([jackknife_error(column) for column in left_out.T])
    place = counts.index(headline)
    draws: list[float] = []
    for part in executor.map(_paired, chunks(null), a[:, :headline], b[:, :headline], seed):
        draws.extend(part)
        progress.step("null", 0.6 + 0.4 * len(draws) / null)
    overlaps = table.mean(axis=0)
    chance = Null.of("random pairing", np.array(draws), float(overlaps[place]))
    for array in (overlaps, errors):
        array.flags.writeable = False
    return NeighborOverlap(
        value=Estimate.normal(
            float(overlaps[place]), float(errors[place]), n=n, seed=seed, method="exact neighbours, delete-a-group jackknife"
        ),
        p_value=chance.p_value(),
        null=chance,
        neighbors=headline,
        chance=headline / (n - 1),
        counts=np.array(counts),
        overlaps=overlaps,
        overlaps_error=errors,
        points=n,
    )


def _paired_clouds(x: PointsLike, y: PointsLike, seed: int) -> tuple[Representation, Representation]:
    """Both, of the same objects; the same random rows of both where there are many.

    Raises:
        UnsuitableError: a graph, or different numbers of rows.
    """
    first, second = both(x, y)
    if "graph" in (first.kind, second.kind):
        raise UnsuitableError(f"{_NAME} needs points or distances, and got a graph")
    require_same_rows(first.n, second.n, _NAME)
    if first.n <= _MOST:
        return first, second
    rows = np.sort(generator(seed, _NAME, "rows").choice(first.n, _MOST, replace=False))
    return first.take(rows), second.take(rows)


def _counts(n: int) -> list[int]:
    """Numbers of neighbours: at most a quarter of the objects."""
    return [k for k in _COUNTS if k <= max(1, (n - 1) // 4)]


def _neighbors(representation: Representation, k: int) -> Integer[np.ndarray, "n k"]:
    """Indices of the k nearest neighbours of every object."""
    return nearest_neighbors(representation, k, queries=representation.n).indices


def _shared(a: Integer[np.ndarray, "n k"], b: Integer[np.ndarray, "n k"], k: int) -> Float[np.ndarray, " n"]:
    """Share of the first k neighbours of each object that both have: what is double among the two lists, sorted."""
    together = np.sort(np.concatenate([a[:, :k], b[:, :k]], axis=1), axis=1)
    return (together[:, 1:] == together[:, :-1]).sum(axis=1) / k


def _paired(places: range, a: Integer[np.ndarray, "n k"], b: Integer[np.ndarray, "n k"], seed: int) -> list[float]:
    values: list[float] = []
    for place in places:
        order = pairings(place, len(b), what=_NAME, seed=seed)
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        values.append(float(_shared(a, back[b[order]], a.shape[1]).mean()))
    return values
