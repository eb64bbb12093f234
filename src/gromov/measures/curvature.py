"""Curvature: which space of constant curvature holds the data best, and by how much."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import (
    SERIAL,
    About,
    Estimate,
    Executor,
    Figure,
    Finding,
    InputError,
    PointsLike,
    Progress,
    Representation,
    Result,
    Silent,
    Table,
    as_representation,
    generator,
)
from gromov.measures.curvature_parts import SpaceFit, SpaceGain
from gromov.measures.curvature_report import AT_LIMIT, curvature_figures, curvature_findings, curvature_tables
from gromov.measures.embedding import (
    Contest,
    Embedding,
    curvature_without,
    distortion,
    fit_curvature,
    fit_for_drawing,
    mean_over_pairs,
    run_contest,
    worth_in_dimensions,
)
from gromov.measures.embedding.comparison import GROUPS
from gromov.measures.embedding.null import WORDS, null_gains
from gromov.measures.embedding.sampled import Sampled, sample_distances
from gromov.measures.embedding.split import all_pairs

SAMPLE = 128
DIMENSIONS = (2, 3, 5, 10)
REFERENCE = 5
REPEATS = 2
DRAWS = 8
CURVED = ("hyperbolic", "spherical", "product")
_LONGER = (4, 7, 15, 20)
_VISIBLE = 0.01
_PAYS = 0.05
_SURE = 0.025
_INSIDE = 1 - 1e-7
_STEP = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Curvature(Result):
    """Which space of constant curvature holds the data best.

    Attributes:
        space: The space that predicts unseen distances best at the dimension of comparison: `euclidean` unless another is surely better.
        beyond_null: Whether its gain is surely more than the null's.
        dimension: The dimension of comparison.
        hyperbolic: What hyperbolic space gains over Euclidean space there.
        spherical: What the sphere gains.
        product: What the product of a hyperbolic space and a sphere gains.
        n: Number of objects embedded.
        mean_distance: Their mean distance, in the unit of the data.
        repeats: Number of splits into seen and held-out pairs, each with new starts.
        model: What is drawn under the null.
        neighbors: What MAP asks for: `edges` of a graph measured whole, `10 nearest` of anything else.
        fits: Every space at every dimension.
        null_gains: Gain of hyperbolic, spherical and product space in each draw of the null.
        objects: Index of each object embedded.
        disk_distortion: Mean of |d̂/d − 1| of the drawing in the Poincaré disk; NaN where two dimensions were not tried.
        disk_x: First coordinate of their places there, fitted to all pairs in a curvature that can be drawn; empty without a drawing.
        disk_y: Second coordinate.
        edges_from: One end of each edge of the graph among them.
        edges_to: The other end, as a position in `objects`.
        codes: Label of each, as an index into `labels`; empty without labels.
        labels: Names of the labels.
        names: Names of the objects, where there are names.
    """

    space: str
    beyond_null: bool
    dimension: int
    hyperbolic: SpaceGain
    spherical: SpaceGain
    product: SpaceGain
    n: int
    mean_distance: float
    repeats: int
    model: str
    neighbors: str
    fits: tuple[SpaceFit, ...]
    null_gains: Float[np.ndarray, "r 3"]
    objects: Integer[np.ndarray, " n"]
    disk_distortion: float
    disk_x: Float[np.ndarray, " p"]
    disk_y: Float[np.ndarray, " p"]
    edges_from: Integer[np.ndarray, " m"]
    edges_to: Integer[np.ndarray, " m"]
    codes: Integer[np.ndarray, " c"]
    labels: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def about(cls) -> About:
        """What the comparison is."""
        return About(
            "Curvature",
            "Which space of constant curvature fits these data?",
            "A sample is embedded in Euclidean, hyperbolic and spherical space and in a product of the last two, at equal dimensions, with the "
            "curvature fitted. A fifth of the distances is held out, and the spaces are compared by how likely these are. The gain over Euclidean "
            "space is held against that of data with the same covariance spectrum (graphs: the same degrees) and nothing else, because high "
            "dimension alone makes hyperbolic space fit better.",
            (
                "Gu, Sala, Gunel, Ré (2019), Learning mixed-curvature representations in product spaces. ICLR.",
                "Keller-Ressel, Nargang (2020), Hydra: strain-minimizing hyperbolic embedding. J. Complex Networks 8. arXiv:1903.08977.",
                "Wilson, Hancock, Pękalska, Duin (2014), Spherical and hyperbolic embeddings of data. IEEE TPAMI 36.",
                "Torgerson (1952), Multidimensional scaling: I. Theory and method. Psychometrika 17.",
            ),
        )

    def part(self, space: str) -> SpaceGain:
        """The gain of a space by its name."""
        return {"hyperbolic": self.hyperbolic, "spherical": self.spherical, "product": self.product}[space]

    def summary(self) -> str:
        """The space and its gain, in a sentence."""
        if self.space == "euclidean":
            return f"At {self.dimension} dimensions no curved space predicts unseen distances visibly better than Euclidean space."
        part = self.part(self.space)
        return (
            f"At {self.dimension} dimensions {self.space} space predicts unseen distances best: {part.gain} nats a pair better than Euclidean "
            f"space, where a {self.model} gains {part.null_gain.value:.3g}."
        )

    def findings(self) -> tuple[Finding, ...]:
        """Which space fits?"""
        return curvature_findings(self)

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """The numbers to cite first."""
        return ("space", "beyond_null", "hyperbolic.gain", "hyperbolic.excess", "hyperbolic.scaled_curvature", "spherical.gain")

    def tables(self) -> tuple[Table, ...]:
        """What is gained, by dimension."""
        return curvature_tables(self)

    def figures(self) -> tuple[Figure, ...]:
        """Likelihood over dimensions, the null, the Poincaré disk."""
        return curvature_figures(self)


def curvature(
    points: PointsLike,
    *,
    seed: int = 0,
    executor: Executor = SERIAL,
    progress: Progress | None = None,
    sample: int = SAMPLE,
    dimensions: tuple[int, ...] = DIMENSIONS,
    repeats: int = REPEATS,
    null_draws: int = DRAWS,
) -> Curvature:
    """The space of constant curvature that predicts unseen distances best, its gain over Euclidean space, and its curvature.

    A sample is embedded by least squares, minimising Σ(d̂ − d)² over four fifths of the pairs, in ℝᵈ, Hᵈ, Sᵈ and H^⌈d/2⌉ × S^⌊d/2⌋, the
    curvature fitted along with the positions. The rest of the pairs judge it, by their mean log-likelihood under d = d̂ + σ·t (Student, 4
    degrees of freedom). Standard errors leave out points, not pairs. The comparison is made at 5 dimensions, or the largest smaller one.

    Args:
        points: n × d points in any space, `Distances`, a `Graph` (path lengths in its largest component), or a `Representation`.
        seed: Seed of every random draw.
        executor: Where the fits are computed.
        progress: Told how far the work is.
        sample: Number of objects embedded, at most.
        dimensions: Dimensions to try, 2 or more; those above a fifth of the sample, or above the points' own, are left out.
        repeats: Number of splits of the pairs.
        null_draws: Number of draws of the null, at least 2.

    Cost: with 128 objects about 6 CPU s and 100 MB, whatever the data's size; it grows as the square of `sample`. Of a graph, the null
    rewires all edges: 10 µs an edge and draw.

    Raises:
        UnsuitableError: fewer than 11 objects, points of one coordinate, all distances equal.
        InputError: an argument out of range.

    References:
        Gu, Sala, Gunel, Ré (2019), ICLR. Keller-Ressel, Nargang (2020), arXiv:1903.08977. Wilson et al. (2014), IEEE TPAMI 36.
    """
    if sample < 11 or repeats < 1 or null_draws < 2 or not dimensions or min(dimensions) < 2:
        raise InputError(
            f"sample is {sample}, repeats {repeats}, null_draws {null_draws}, dimensions {dimensions}: "
            "at least 11, 1, 2, and dimensions of 2 or more are needed"
        )
    report = progress or Silent()
    representation = as_representation(points)
    report.step("distances", 0.0)
    sampled = sample_distances(representation, sample, seed)
    tried = sorted({dim for dim in dimensions if dim <= sampled.dims} or {2})
    reference = max((dim for dim in tried if dim <= REFERENCE), default=tried[0])
    longer = [dim for dim in _LONGER if dim <= sampled.dims and dim not in tried]
    tasks = [(space, dim, r) for r in range(repeats) for dim in tried for space in ("euclidean", *CURVED)]
    tasks += [("euclidean", dim, r) for r in range(repeats) for dim in longer]
    report.step("embeddings", 0.1)
    contests = dict(zip(tasks, executor.map(run_contest, tasks, sampled.matrix, sampled.neighbors, seed), strict=True))
    fits = tuple(
        _summary(space, dim, contests, repeats, sampled, seed)
        for space in ("euclidean", *CURVED)
        for dim in sorted({*tried, *(longer if space == "euclidean" else ())})
    )
    report.step("null", 0.6)
    gains = null_gains(representation, sampled.matrix, reference, CURVED, draws=null_draws, seed=seed, executor=executor)
    report.step("curvature", 0.9)
    parts = {
        space: _gain(fits, space, reference, gains[:, place], _fitted_curvature(space, reference, contests, sampled, seed, executor), seed)
        for place, space in enumerate(CURVED)
    }
    best = _best(parts, contests, reference, repeats, sampled)
    plane = contests.get(("hyperbolic", 2, 0))
    disk, disk_distortion = (np.empty((0, 2)), math.nan) if plane is None else _drawn(plane.embedding, sampled)
    labels, codes = (), np.empty(0, dtype=np.int64)
    if representation.labels is not None:
        values, codes = np.unique(representation.labels, return_inverse=True)
        labels, codes = tuple(str(value) for value in values), codes[sampled.objects]
    report.step("curvature", 1.0)
    return Curvature(
        space=best,
        beyond_null=best != "euclidean" and parts[best].p_value / 2 < _SURE and parts[best].excess.value > 0,
        dimension=reference,
        hyperbolic=parts["hyperbolic"],
        spherical=parts["spherical"],
        product=parts["product"],
        n=len(sampled.objects),
        mean_distance=sampled.mean,
        repeats=repeats,
        model=WORDS["degrees" if representation.kind == "graph" else "gaussian"],
        neighbors=sampled.found_by,
        fits=fits,
        null_gains=gains,
        objects=sampled.objects,
        disk_distortion=disk_distortion,
        disk_x=disk[:, 0],
        disk_y=disk[:, 1],
        edges_from=sampled.edges[:, 0],
        edges_to=sampled.edges[:, 1],
        codes=codes,
        labels=labels,
        names=_names(representation, sampled),
    )


def _summary(space: str, dim: int, contests: dict[tuple[str, int, int], Contest], repeats: int, sampled: Sampled, seed: int) -> SpaceFit:
    n = len(sampled.objects)
    ours = [contests[space, dim, r] for r in range(repeats)]
    flat = [contests["euclidean", dim, r] for r in range(repeats)]
    held = [contest.held for contest in ours]
    level, level_error = mean_over_pairs([contest.likelihoods for contest in ours], held, n)
    gain, gain_error = mean_over_pairs([a.likelihoods - b.likelihoods for a, b in zip(ours, flat, strict=True)], held, n)
    method = f"held-out pairs of {repeats} splits; points left out one at a time"
    bends = np.mean([1 / contest.embedding.radii**2 for contest in ours], axis=0) / sampled.mean**2
    signs = [factor.sign for factor in ours[0].embedding.shape.factors if factor.sign]
    return SpaceFit(
        space,
        dim,
        Estimate.normal(level, level_error, n=n, seed=seed, method=method),
        Estimate.normal(gain, gain_error, n=n, seed=seed, method=method),
        float(np.mean([contest.noise for contest in ours])),
        float(np.mean([contest.distortion for contest in ours])),
        float(np.mean([contest.worst for contest in ours])),
        float(np.mean([contest.precision for contest in ours])),
        tuple(sign * float(bend) for sign, bend in zip(signs, bends, strict=True)),
    )


def _gain(
    fits: tuple[SpaceFit, ...], space: str, dim: int, draws: Float[np.ndarray, " r"], bend: tuple[Estimate, Estimate], seed: int
) -> SpaceGain:
    from scipy.stats import t

    gain = next(fit.gain for fit in fits if (fit.space, fit.dimension) == (space, dim))
    count, center, spread = len(draws), float(draws.mean()), float(draws.std(ddof=1))
    own = gain.stderr or 0.0
    error = math.hypot(max(own, spread), spread / math.sqrt(count))
    excess = gain.value - center
    half = float(t.ppf(0.975, count - 1)) * error
    return SpaceGain(
        gain=gain,
        null_gain=Estimate.normal(center, spread / math.sqrt(count), n=count, seed=seed, method=f"{count} draws"),
        excess=Estimate(excess, error, (excess - half, excess + half), count, seed, "gain of the data less that of the null; Student's t"),
        p_value=2 * float(t.sf(abs(excess) / error, count - 1)) if error > 0 else 1.0,
        worth=_worth(fits, (gain.value, 0.0), own, dim, seed),
        worth_beyond=_worth(fits, (gain.value, center), error, dim, seed),
        curvature=bend[0],
        scaled_curvature=bend[1],
    )


def _worth(fits: tuple[SpaceFit, ...], between: tuple[float, float], stderr: float, dim: int, seed: int) -> Estimate:
    """The Euclidean dimensions between two gains over Euclidean space of dimension `dim`, along straight lines between the dimensions tried."""
    flat = [fit for fit in fits if fit.space == "euclidean" and fit.dimension >= dim]
    dims, curve = np.array([fit.dimension for fit in flat]), np.array([fit.log_likelihood.value for fit in flat])
    n = flat[0].log_likelihood.n
    gain, less = between
    reached, nearby, start = (worth_in_dimensions(curve[0] + each, dims, curve) for each in (gain, gain - _STEP, less))
    if not math.isfinite(reached) or not math.isfinite(start):
        return Estimate.missing(f"no Euclidean space of up to {dims[-1]} dimensions fits as well", n=n, seed=seed)
    error = abs(reached - nearby) / _STEP * stderr
    return Estimate.normal(reached - start, error, n=n, seed=seed, method="Euclidean log-likelihood interpolated over dimensions")


def _fitted_curvature(
    space: str, dim: int, contests: dict[tuple[str, int, int], Contest], sampled: Sampled, seed: int, executor: Executor
) -> tuple[Estimate, Estimate]:
    """K from all pairs, in the unit of the data and free of it; its error from leaving out tenths of the points, and from the starts."""
    from scipy.stats import t

    n = len(sampled.objects)
    if space == "product":
        missing = Estimate.missing("a product has a curvature for each factor: see fits", n=n, seed=seed)
        return missing, missing
    starts = [contests[key].embedding for key in contests if key[:2] == (space, dim)]
    settled = list(executor.map(fit_curvature, starts, sampled.matrix))
    whole = min(settled, key=lambda fit: fit.loss)
    value = whole.shape.factors[0].sign / float(whole.radii[0]) ** 2
    between = float(np.var([1 / float(fit.radii[0]) ** 2 for fit in settled], ddof=1)) if len(settled) > 1 else 0.0
    groups = generator(seed, "curvature", "groups").permutation(n) % GROUPS
    values = np.array(list(executor.map(curvature_without, range(GROUPS), whole, sampled.matrix, groups)))
    error = math.sqrt((GROUPS - 1) / GROUPS * float(((values - values.mean()) ** 2).sum()) + between)
    half = float(t.ppf(0.975, GROUPS - 1)) * error

    limit = f"; {AT_LIMIT}" if whole.at_limit(float(sampled.matrix.max())) else ""
    method = f"fitted to all pairs; {GROUPS} groups of points left out, and {len(settled)} starts{limit}"

    def estimate(unit: float) -> Estimate:
        return Estimate(unit * value, unit * error, (unit * (value - half), unit * (value + half)), n, seed, method)

    return estimate(sampled.mean**-2), estimate(1.0)


def _best(parts: dict[str, SpaceGain], contests: dict[tuple[str, int, int], Contest], dim: int, repeats: int, sampled: Sampled) -> str:
    """The simplest space that no other surely beats: Euclidean before one curvature, one before two."""
    single = max(("hyperbolic", "spherical"), key=lambda space: parts[space].gain.value)
    best = single if _surely(parts[single].gain) else "euclidean"
    if not _surely(parts["product"].gain):
        return best
    both = [(contests["product", dim, r], contests[best, dim, r]) for r in range(repeats)]
    more = [ours.likelihoods - other.likelihoods for ours, other in both]
    mean, error = mean_over_pairs(more, [ours.held for ours, _ in both], len(sampled.objects))
    return "product" if mean - 1.96 * error > _PAYS else best


def _surely(gain: Estimate) -> bool:
    return gain.ci is not None and gain.ci[0] > 0 and gain.value > _VISIBLE


def _drawn(start: Embedding, sampled: Sampled) -> tuple[Float[np.ndarray, "n 2"], float]:
    """Places in the Poincaré disk of curvature −1, tanh(r/2ρ) in the direction of z, and their distortion."""
    fit = fit_for_drawing(start, sampled.matrix)
    pairs = all_pairs(len(fit.z))
    r = np.linalg.norm(fit.z, axis=1, keepdims=True)
    reach = np.minimum(np.tanh(r / (2 * float(fit.radii[0]))), _INSIDE)
    return fit.z * reach / np.maximum(r, 1e-12), distortion(fit.distances(pairs), sampled.matrix.ravel()[pairs])[0]


def _names(representation: Representation, sampled: Sampled) -> tuple[str, ...]:
    return () if representation.names is None else tuple(representation.names[i] for i in sampled.objects)
