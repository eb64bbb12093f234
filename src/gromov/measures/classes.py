"""The geometry of each labelled class on its own."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import (
    SERIAL,
    About,
    Axis,
    Bars,
    Caption,
    Executor,
    Figure,
    Finding,
    InputError,
    PointsLike,
    Representation,
    Result,
    Table,
    UnsuitableError,
    as_representation,
    generator,
)
from gromov.graphs import nearest_neighbors
from gromov.measures.dimension_estimators import generalised_ratios
from gromov.measures.four_point import sampled_delta
from gromov.measures.four_point.metric import metric_of
from gromov.measures.jackknife import jackknife
from gromov.measures.moments import principal_axes
from gromov.measures.regions import spatial_regions
from gromov.measures.spectral_numbers import effective_rank, participation_ratio
from gromov.measures.spectral_parts import grouped_squares

SMALLEST = 20
MOST_CLASSES = 50
_POINTS = 2_000
_QUADRUPLES = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Classes(Result):
    """Spectrum, dimension and tree-likeness of each class.

    Numbers that a class does not have are NaN: all of a class whose points are equal, TwoNN where nearly all points repeat.

    Attributes:
        names: The classes, in the order of all arrays here; those with fewer than 20 points are left out.
        left_out: Number of classes left out, as too small or beyond the 50 largest.
        sizes: Number of points of each class.
        effective_rank: RankMe of each class, its points as given.
        participation_ratio: (Σλ)²/Σλ² of the covariance of each class; NaN for distances.
        participation_ratio_error: Its standard error.
        twonn: Intrinsic dimension of each class by TwoNN.
        twonn_error: Its standard error.
        mean_relative_delta: Mean (S₁ − S₂)/S₁ of quadruples within each class.
        mean_relative_delta_error: Its standard error.
    """

    names: tuple[str, ...]
    left_out: int
    sizes: Integer[np.ndarray, " c"]
    effective_rank: Float[np.ndarray, " c"]
    participation_ratio: Float[np.ndarray, " c"]
    participation_ratio_error: Float[np.ndarray, " c"]
    twonn: Float[np.ndarray, " c"]
    twonn_error: Float[np.ndarray, " c"]
    mean_relative_delta: Float[np.ndarray, " c"]
    mean_relative_delta_error: Float[np.ndarray, " c"]

    @classmethod
    def about(cls) -> About:
        """What is measured class by class."""
        return About(
            "Classes",
            "Do all classes have the same geometry?",
            "Each class with at least 20 points (2,000 random ones of larger classes) is measured on its own: participation ratio, RankMe, TwoNN and the "
            "mean four-point (S₁−S₂)/S₁, with the same error bars as for the whole.",
            (
                "Facco, d'Errico, Rodriguez, Laio (2017), Estimating the intrinsic dimension of datasets by a minimal neighborhood information. "
                "Sci. Rep. 7.",
                "Papyan, Han, Donoho (2020), Prevalence of neural collapse during the terminal phase of deep learning training. PNAS 117.",
            ),
        )

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """Nothing but the table: no single number stands for all classes."""
        return ("names",)

    def summary(self) -> str:
        """The extremes in a sentence."""
        if np.isnan(self.twonn).all():
            return f"No intrinsic dimension could be estimated in any of {len(self.names)} classes: their distances repeat."
        low, high = int(np.nanargmin(self.twonn)), int(np.nanargmax(self.twonn))
        return (
            f"Of {len(self.names)} classes, class {self.names[low]} has the lowest intrinsic dimension ({self.twonn[low]:.1f}) and class "
            f"{self.names[high]} the highest ({self.twonn[high]:.1f})."
        )

    def findings(self) -> tuple[Finding, ...]:
        """Are the classes alike?"""
        if np.isnan(self.twonn).all():
            return ()
        low, high = int(np.nanargmin(self.twonn)), int(np.nanargmax(self.twonn))
        z = (self.twonn[high] - self.twonn[low]) / float(np.hypot(self.twonn_error[high], self.twonn_error[low]))
        # the largest of c(c−1)/2 differences of equal classes is below this 99 times in 100 (Bonferroni)
        pairs = max(1, len(self.names) * (len(self.names) - 1) // 2)
        differ = bool(np.isfinite(z)) and z > np.sqrt(2 * np.log(pairs * 100))
        return (
            Finding(
                "Are the classes alike?",
                "No" if differ else "As far as can be told",
                f"Intrinsic dimension runs from {self.twonn[low]:.1f} ± {self.twonn_error[low]:.1f} (class {self.names[low]}) to {self.twonn[high]:.1f} ± "
                f"{self.twonn_error[high]:.1f} (class {self.names[high]}).",
                "A class of much lower dimension may be collapsed, or simply easier: look at its points." if differ else "",
                "neutral",
            ),
        )

    def tables(self) -> tuple[Table, ...]:
        """All numbers of all classes."""

        def pair(value: float, error: float) -> str:
            return f"{value:.3g} ± {error:.2g}" if np.isfinite(value) else "–"

        rows = tuple(
            (
                name,
                f"{self.sizes[i]:,}",
                pair(self.participation_ratio[i], self.participation_ratio_error[i]),
                f"{self.effective_rank[i]:.3g}" if np.isfinite(self.effective_rank[i]) else "–",
                pair(self.twonn[i], self.twonn_error[i]),
                pair(self.mean_relative_delta[i], self.mean_relative_delta_error[i]),
            )
            for i, name in enumerate(self.names)
        )
        columns = ("class", "points", "participation ratio", "RankMe", "TwoNN", "mean (S₁−S₂)/S₁")
        return (Table("classes-numbers", "Class by class", columns, rows, "± is one standard error."),)

    def figures(self) -> tuple[Figure, ...]:
        """Intrinsic dimension by class."""
        known = np.flatnonzero(np.isfinite(self.twonn))
        if not len(known):
            return ()
        return (
            Figure(
                "classes-dimension",
                "Intrinsic dimension of each class",
                Caption(
                    "TwoNN of the points of each class.",
                    f"Exact neighbours within the class, at most {_POINTS:,} points of each.",
                    "Bars are one standard error, from the spread between regions of the class.",
                    self.summary(),
                    "Small classes have larger bias: compare classes of similar size.",
                ),
                Axis("class", categories=self.names),
                Axis("intrinsic dimension"),
                (Bars("TwoNN", known, self.twonn[known], self.twonn_error[known]),),
            ),
        )


def classes(points: PointsLike, *, seed: int = 0, executor: Executor = SERIAL) -> Classes:
    """Spectrum, intrinsic dimension and tree-likeness of each labelled class.

    Args:
        points: A `Representation` with labels, of points or distances.
        seed: Seed of the samples.
        executor: Where the classes are measured.

    Cost: for each class a neighbour search of at most 2,000 points, 20,000 quadruples and one set of principal axes.

    Raises:
        UnsuitableError: no labels, fewer than two classes of 20 points, or a graph.
    """
    representation = as_representation(points)
    if representation.kind == "graph":
        raise UnsuitableError("classes need points or distances, and got a graph")
    if representation.labels is None:
        raise UnsuitableError("there are no labels: pass --labels to measure each class")
    names, codes = np.unique(representation.labels, return_inverse=True)
    sizes = np.bincount(codes)
    order = np.argsort(-sizes, kind="stable")[:MOST_CLASSES]
    chosen = np.sort(order[sizes[order] >= SMALLEST])
    if len(chosen) < 2:
        raise UnsuitableError(f"fewer than two classes have {SMALLEST} points")
    parts = [_part(representation, np.flatnonzero(codes == c), int(c), seed) for c in chosen]
    table = np.array(list(executor.map(_measure, parts, seed)))
    return Classes(
        names=tuple(str(names[c]) for c in chosen),
        left_out=len(names) - len(chosen),
        sizes=sizes[chosen],
        effective_rank=table[:, 0],
        participation_ratio=table[:, 1],
        participation_ratio_error=table[:, 2],
        twonn=table[:, 3],
        twonn_error=table[:, 4],
        mean_relative_delta=table[:, 5],
        mean_relative_delta_error=table[:, 6],
    )


def _part(representation: Representation, rows: np.ndarray, code: int, seed: int) -> Representation | None:
    """The points of a class; None where they are all equal."""
    if len(rows) > _POINTS:
        rows = np.sort(generator(seed, "classes", code).choice(rows, _POINTS, replace=False))
    try:
        return representation.take(rows)
    except InputError:
        return None


def _measure(part: Representation | None, seed: int) -> tuple[float, ...]:
    if part is None:
        return (np.nan,) * 7
    rank, ratio, ratio_error = np.nan, np.nan, np.nan
    if part.kind == "points":
        principal = principal_axes(part)
        groups = grouped_squares(part, principal, SERIAL)
        rank = effective_rank(np.sqrt(principal.squares))
        if principal.variances[0] > 0:
            ratio = participation_ratio(principal.variances)
            ratio_error = float(jackknife(groups.variances, groups.sizes, participation_ratio, principal.variances))
    near = nearest_neighbors(part, min(5, part.n - 1), queries=part.n)
    lengths = np.sort(np.where(near.distances > 0, near.distances, np.nan), axis=1)
    regions = spatial_regions(part, near.queries, seed=seed)
    twonn = generalised_ratios(lengths[:, :2], regions)
    value, error = (twonn.value[0], twonn.error[0]) if len(twonn.value) else (np.nan, np.nan)
    delta = sampled_delta(metric_of(part, seed=seed)[0], quadruples=_QUADRUPLES, seed=seed).mean_relative
    return rank, ratio, ratio_error, value, error, delta.value, np.nan if delta.stderr is None else delta.stderr
