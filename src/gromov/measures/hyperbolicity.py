"""Gromov hyperbolicity: how far a cloud is from a tree."""

import math
import warnings
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import (
    SERIAL,
    About,
    DataWarning,
    Estimate,
    Executor,
    Figure,
    Finding,
    PointsLike,
    Progress,
    Representation,
    Result,
    Silent,
    Table,
    as_representation,
    generator,
)
from gromov.measures.four_point import DeltaBounds, bounded_delta, diameter_bounds, exact_delta, sampled_delta
from gromov.measures.four_point import flaws as standard
from gromov.measures.four_point import null as nulls
from gromov.measures.four_point.flaws import BasePointDelta, Flaw
from gromov.measures.four_point.metric import MatrixMetric, Metric, broken_triangles, metric_of
from gromov.measures.four_point.null import DeltaNull, NullDraws
from gromov.measures.hyperbolicity_report import delta_figures, delta_findings, delta_tables
from gromov.measures.null_spectrum import null_variances

EXACT_UP_TO = 2_000
_TRIMMED = 0.01
_HISTOGRAM_QUADRUPLES = 20_000


@dataclass(frozen=True, slots=True)
class InferredCurvature:
    """Sectional curvature K inferred from δ, in the two conventions in use; NaN where δ = 0 (a tree has curvature −∞).

    Attributes:
        four_point: K = −(ln 2/δ)², in 1/length²: the hyperbolic plane whose four-point δ is that of the data.
        khrulkov2020: −c with c = (0.144/δ_rel)², δ_rel = 2δ/diameter, no unit: the constant in use for Poincaré balls. It mixes two conventions
            and comes out 4 times too large by its own derivation.
    """

    four_point: float
    khrulkov2020: float


@dataclass(frozen=True, slots=True, eq=False)
class Hyperbolicity(Result):
    """How far a cloud is from a tree.

    Attributes:
        delta_lower: δ of the witness: the largest four-point δ found, in the unit of the distances.
        delta_upper: Certified: no quadruple of the data has a larger δ.
        exact: Whether the two bounds meet.
        witness: The four points that attain delta_lower.
        witness_names: Their names, where the points have names.
        diameter: Largest distance found.
        diameter_upper: Certified: no two points are farther apart.
        relative_delta: 2·delta_lower/diameter: 0 on trees, at most 2 − √2 = .586 in Euclidean space, at most 1 anywhere.
        trimmed_relative_delta: The same after the most remote 1 % of the points are set aside: not moved by a few outliers.
        mean_delta: Mean four-point δ; does not drift with the sample size.
        mean_relative_delta: Mean of (S₁ − S₂)/S₁, free of scale.
        base_point_delta: The usual number, and how it moves with the base point.
        curvature: Constant curvature with the same δ, in two conventions.
        null: The same numbers where nothing but dimension (or degrees) is at work.
        n: Number of points measured.
        flaws: What else moves the usual number on these data.
        growth_sizes: Sizes of the nested subsamples of the growth curve.
        growth: 2δ/diameter of each.
        null_growth: Median of the same curve over the draws of the null.
        null_growth_low: 2.5 % quantile of it.
        null_growth_high: 97.5 % quantile.
        null_sizes: Sizes of the null's curve.
        relative: (S₁ − S₂)/S₁ of sampled quadruples.
        null_relative: The same for one draw of the null.
        base_points: 2δ_p/diameter at each base point tried.
    """

    delta_lower: float
    delta_upper: float
    exact: bool
    witness: tuple[int, ...]
    witness_names: tuple[str, ...]
    diameter: float
    diameter_upper: float
    relative_delta: float
    trimmed_relative_delta: float
    mean_delta: Estimate
    mean_relative_delta: Estimate
    base_point_delta: BasePointDelta
    curvature: InferredCurvature
    null: DeltaNull
    n: int
    flaws: tuple[Flaw, ...]
    growth_sizes: Integer[np.ndarray, " s"]
    growth: Float[np.ndarray, " s"]
    null_sizes: Integer[np.ndarray, " t"]
    null_growth: Float[np.ndarray, " t"]
    null_growth_low: Float[np.ndarray, " t"]
    null_growth_high: Float[np.ndarray, " t"]
    relative: Float[np.ndarray, " q"]
    null_relative: Float[np.ndarray, " r"]
    base_points: Float[np.ndarray, " b"]

    @classmethod
    def about(cls) -> About:
        """What hyperbolicity is."""
        return About(
            "Hyperbolicity",
            "Are these data tree-like, and more so than their dimension (a graph: its degrees) alone explains?",
            "Of four points, the two largest of the three sums of opposite distances are equal in a tree; δ is half their difference. The largest δ is "
            "found exactly (or bounded on both sides), the mean δ is estimated with its error, and both are held against data with the same "
            "covariance spectrum (graphs: the same degrees) and nothing else, because high dimension alone makes distances look tree-like.",
            (
                "Gromov (1987), Hyperbolic groups. In: Essays in Group Theory.",
                "Fournier, Ismail, Vigneron (2015), Computing the Gromov hyperbolicity of a discrete metric space. arXiv:1210.3323.",
                "Khrulkov, Mirvakhabova, Ustinova, Oseledets, Lempitsky (2020), Hyperbolic image embeddings. arXiv:1904.02239.",
                "Hoeffding (1948), A class of statistics with asymptotically normal distribution. Ann. Math. Statist. 19.",
            ),
        )

    def summary(self) -> str:
        """δ and the comparison with the null, in a sentence."""
        size = f"δ is {self.delta_lower:.5g} exactly" if self.exact else f"δ is between {self.delta_lower:.5g} and {self.delta_upper:.5g}"
        return (
            f"{size} (0 is a tree), 2δ/diameter {self.relative_delta:.4f}. The mean over quadruples, (S₁−S₂)/S₁, is "
            f"{self.null.ratio.value:.2f} times that of a {self.null.model}."
        )

    def findings(self) -> tuple[Finding, ...]:
        """Is it tree-like?"""
        return delta_findings(self)

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """The numbers to cite first."""
        return ("delta_lower", "delta_upper", "exact", "relative_delta", "mean_relative_delta", "null.ratio")

    def tables(self) -> tuple[Table, ...]:
        """The witness, and what moves the usual number."""
        return delta_tables(self)

    def figures(self) -> tuple[Figure, ...]:
        """Growth with the sample, distribution over quadruples, base points."""
        return delta_figures(self)


def hyperbolicity(
    points: PointsLike, *, seed: int = 0, executor: Executor = SERIAL, progress: Progress | None = None, null_draws: int = nulls.DRAWS
) -> Hyperbolicity:
    """Gromov δ-hyperbolicity of points, distances or a graph, with certified bounds, error bars and a null.

    δ = max over quadruples of (S₁ − S₂)/2, S₁ ≥ S₂ ≥ S₃ the three sums of opposite distances. Up to 2,000 points it is exact, with the
    quadruple that attains it; beyond, a certified interval. The mean over quadruples comes with its standard error as a U-statistic.

    Args:
        points: n × d points, `Distances`, a `Graph` (its largest component; beyond 4,000 nodes a sample of 2,000), or a `Representation`.
        seed: Seed of every random draw.
        executor: Where the draws of the null are computed.
        progress: Told how far the work is.
        null_draws: Number of draws of the null.

    Cost: about 7 CPU s on 1,797 × 64; 40 on 100,000 × 64 and 1 GB.

    Raises:
        InputError: the data cannot be used (NaN, fewer than 4 points, all equal).
    """
    report = progress or Silent()
    representation = as_representation(points)
    metric, covered, diameter_limit = metric_of(representation, seed=seed)
    report.step("exact δ" if metric.n <= EXACT_UP_TO else "bounds of δ", 0.0)
    if metric.n <= EXACT_UP_TO:
        everyone = np.arange(metric.n)
        metric = MatrixMetric(metric.pairwise(everyone, everyone), metric.ptolemaic, metric.step)
    lowest, highest = diameter_bounds(metric)
    whole = not math.isfinite(diameter_limit)
    highest = highest if whole else max(highest, diameter_limit)
    bounds = _bounds(metric, highest, seed)
    if representation.kind == "distances" and (broken := broken_triangles(metric, seed=seed)):
        warnings.warn(
            f"the distances break the triangle inequality in {100 * broken:.2g} % of random triples: they are no metric, and δ may be larger "
            "than what was found",
            DataWarning,
            stacklevel=2,
        )
        bounds = DeltaBounds(bounds.lower, max(bounds.lower, highest), bounds.witness, bounds.tried)
    witness = _diagonals_first(metric, bounds.witness)
    if not whole:
        bounds = DeltaBounds(bounds.lower, max(bounds.lower, highest / 2), bounds.witness, bounds.tried)
    if representation.kind == "graph" and highest <= 2 and metric.step:
        warnings.warn(
            f"no two nodes of the graph are more than {highest:.0f} steps apart, so hyperbolicity can say little about it: "
            "of a transitive closure, measure the direct edges",
            DataWarning,
            stacklevel=2,
        )
    report.step("mean δ", 0.4)
    sampled = sampled_delta(metric, seed=seed)
    report.step("one base point", 0.5)
    rng = generator(seed, "standard")
    kept = np.sort(rng.choice(metric.n, min(metric.n, standard.STANDARD_POINTS), replace=False))
    among = metric.pairwise(kept, kept)
    bases, base_values = standard.base_points(among, rng)
    report.step("null", 0.6)
    size = min(metric.n, nulls.POINTS)
    draws = _draw_null(representation, among, size, null_draws, seed, executor)
    subsamples = [np.sort(rng.choice(len(among), size, replace=False)) for _ in range(5)]
    of_size = [nulls.relative_delta(among[np.ix_(s, s)], ptolemaic=metric.ptolemaic, step=metric.step) for s in subsamples]
    report.step("growth", 0.9)
    sizes = nulls.growth_sizes(min(metric.n, 800))
    growth = nulls.growth(among, sizes, ptolemaic=metric.ptolemaic, step=metric.step, seed=seed)
    if bounds.exact and metric.n > sizes[-1]:
        sizes, growth = np.append(sizes, metric.n), [*growth, 2 * bounds.lower / lowest]
    relative = 2 * bounds.lower / lowest
    flat = representation.kind == "points" and representation.space is None
    found = [
        standard.sample_flaw(sizes, np.array(growth)),
        standard.outlier_flaw(relative),
        standard.rounding_flaw(representation.points[kept], among, ptolemaic=metric.ptolemaic) if flat else None,
        standard.cutoff_flaw(relative),
        standard.memory_flaw(metric.n),
    ]
    report.step("δ", 1.0)
    return Hyperbolicity(
        delta_lower=bounds.lower,
        delta_upper=bounds.upper,
        exact=bounds.exact and whole,
        witness=tuple(int(covered[i]) for i in witness),
        witness_names=tuple(representation.names[covered[i]] for i in witness) if representation.names else (),
        diameter=lowest,
        diameter_upper=highest,
        relative_delta=relative,
        trimmed_relative_delta=_trimmed(among, metric),
        mean_delta=sampled.mean,
        mean_relative_delta=sampled.mean_relative,
        base_point_delta=bases,
        curvature=_curvature(bounds.lower, relative),
        null=nulls.compare_with_null(
            sampled.mean_relative, float(np.mean(of_size)), draws, "degrees" if representation.kind == "graph" else "gaussian", seed
        ),
        n=metric.n,
        flaws=tuple(flaw for flaw in found if flaw is not None),
        growth_sizes=sizes,
        growth=np.array(growth),
        null_sizes=draws.sizes,
        null_growth=np.median(draws.growth, axis=0),
        null_growth_low=np.quantile(draws.growth, 0.025, axis=0),
        null_growth_high=np.quantile(draws.growth, 0.975, axis=0),
        relative=sampled.relative[:_HISTOGRAM_QUADRUPLES],
        null_relative=draws.relative,
        base_points=base_values,
    )


def _bounds(metric: Metric, diameter_upper: float, seed: int) -> DeltaBounds:
    if isinstance(metric, MatrixMetric) and metric.n <= EXACT_UP_TO:
        return exact_delta(metric.matrix, ptolemaic=metric.ptolemaic, step=metric.step, seed=seed)
    return bounded_delta(metric, diameter_upper=diameter_upper, seed=seed)


def _diagonals_first(metric: Metric, quadruple: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """The four points in an order (x, y, u, v) such that d(x,y) + d(u,v) is the largest of the three sums."""
    x, y, u, v = quadruple
    orders = ((x, y, u, v), (x, u, y, v), (x, v, y, u))
    index = np.array(orders)
    sums = metric.distance(index[:, 0], index[:, 1]) + metric.distance(index[:, 2], index[:, 3])
    return orders[int(sums.argmax())]


def _trimmed(distances: Float[np.ndarray, "n n"], metric: Metric) -> float:
    """2δ/diameter without the 1 % of points whose median distance to the others is largest."""
    remote = np.argsort(np.median(distances, axis=1), kind="stable")
    kept = np.sort(remote[: max(4, len(remote) - math.ceil(_TRIMMED * len(remote)))])
    return nulls.relative_delta(distances[np.ix_(kept, kept)], ptolemaic=metric.ptolemaic, step=metric.step)


def _curvature(delta: float, relative: float) -> InferredCurvature:
    if delta <= 0:
        return InferredCurvature(math.nan, math.nan)
    return InferredCurvature(-((math.log(2) / delta) ** 2), -((standard.KHRULKOV_DELTA / relative) ** 2))


def _draw_null(
    representation: Representation, among: Float[np.ndarray, "n n"], size: int, draws: int, seed: int, executor: Executor
) -> NullDraws:
    if representation.kind == "graph":
        return nulls.degree_draws(representation.data, size, draws=draws, seed=seed, executor=executor)  # pyright: ignore[reportArgumentType]
    return nulls.gaussian_draws(null_variances(representation, among), size, draws=draws, seed=seed, executor=executor)
