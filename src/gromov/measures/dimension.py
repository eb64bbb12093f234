"""Intrinsic dimension: how many coordinates a small neighbourhood needs."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gromov.core import (
    SERIAL,
    About,
    Axis,
    Caption,
    Curve,
    Estimate,
    Executor,
    Figure,
    Finding,
    InputError,
    PointsLike,
    Representation,
    Result,
    UnsuitableError,
    as_representation,
    generator,
)
from gromov.graphs import Neighbors, nearest_neighbors
from gromov.measures.dimension_estimators import (
    Scales,
    correlation_dimension,
    generalised_ratios,
    local_pca,
    maximum_likelihood,
    two_nearest,
)
from gromov.measures.moments import principal_axes
from gromov.measures.regions import REGIONS, spatial_regions
from gromov.measures.spectral_numbers import population_spectrum
from gromov.spaces import EUCLIDEAN

NEIGHBORS = 64
_SATURATED = 12  # beyond it TwoNN of a Gaussian falls visibly short of its dimension
_PAIR_POINTS = 2_000
_PCA_POINTS = 1_000
_NULL_DRAWS = 10
_NULL_POINTS = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Dimension(Result):
    """Intrinsic dimension by four estimators, each over scales.

    Attributes:
        twonn: TwoNN (Facco 2017): (n − 1)/Σ log(r₂/r₁); the smallest scale.
        mle: Levina–Bickel maximum likelihood with inverses averaged over points (MacKay–Ghahramani), k = 20 neighbours or the most there are.
        correlation: Slope of log C(r) over the closest pairs, C(r) the share of pairs within r.
        local_pca: Mean number of local covariance eigenvalues above 5 % of the largest (Fukunaga–Olsen), 32 neighbours or the most there are.
        ambient: Number of coordinates; None for distances.
        null_twonn: TwoNN of Gaussian clouds with the same covariance spectrum, as many points as `sample_twonn`.
        sample_twonn: TwoNN of up to 2,000 of the points, to compare with the null.
        duplicates: Query points at distance 0 from another; zero distances are left out.
        queries: Number of points whose neighbours were used.
        twonn_scales: TwoNN generalised to the ratio r_2k/r_k (Gride, Denti 2022), against the mean distance of the 2k-th neighbour.
        mle_scales: MLE against the mean distance of the k-th neighbour.
        correlation_scales: Local slope of log C(r) against r.
        local_pca_scales: Local PCA against the mean distance of the k-th neighbour.
    """

    twonn: Estimate
    mle: Estimate
    correlation: Estimate
    local_pca: Estimate
    ambient: int | None
    null_twonn: Estimate
    sample_twonn: float
    duplicates: int
    queries: int
    twonn_scales: Scales
    mle_scales: Scales
    correlation_scales: Scales
    local_pca_scales: Scales

    @classmethod
    def about(cls) -> About:
        """What intrinsic dimension is."""
        return About(
            "Intrinsic dimension",
            "How many coordinates does a small neighbourhood need?",
            "Four estimators read the dimension off distances to neighbours (TwoNN, maximum likelihood), off the growth of the number of close pairs "
            "(correlation dimension) and off local covariances (local PCA), each over a range of scales. Intervals come from the spread between up to 32 "
            "regions of the cloud, so neighbours that share points are not counted as independent.",
            (
                "Facco, d'Errico, Rodriguez, Laio (2017), Estimating the intrinsic dimension of datasets by a minimal neighborhood information. Sci. Rep. 7.",
                "Levina, Bickel (2004), Maximum likelihood estimation of intrinsic dimension; MacKay, Ghahramani (2005), comments.",
                "Grassberger, Procaccia (1983), Measuring the strangeness of strange attractors. Physica D 9.",
                "Fukunaga, Olsen (1971), An algorithm for finding intrinsic dimensionality of data. IEEE Trans. Comput. C-20.",
                "Denti, Doimo, Laio, Mira (2022), The generalized ratios intrinsic dimension estimator. Sci. Rep. 12.",
            ),
        )

    def summary(self) -> str:
        """The four numbers in a sentence."""
        named = ((self.twonn, "TwoNN"), (self.mle, "maximum likelihood"), (self.correlation, "correlation"), (self.local_pca, "local PCA"))
        words = [f"{estimate.value:.1f} ({name})" for estimate, name in named if math.isfinite(estimate.value)]
        where = f" in {self.ambient} coordinates" if self.ambient else ""
        return f"Intrinsic dimension {', '.join(words)}{where}." if words else "The intrinsic dimension could not be estimated."

    def findings(self) -> tuple[Finding, ...]:
        """How many dimensions does it really have?"""
        values = [e.value for e in (self.twonn, self.mle, self.correlation, self.local_pca) if math.isfinite(e.value)]
        if not values:
            return (
                Finding("How many dimensions locally?", "Cannot be told", self.summary() + " Too many distances are equal.", "", "caution"),
            )
        low, high = min(values), max(values)
        null = self.null_twonn
        detail = f"TwoNN {self.twonn}, maximum likelihood {self.mle}, correlation {self.correlation}, local PCA {self.local_pca}."
        action = ""
        if math.isfinite(null.value) and null.stderr is not None:
            detail += f" A Gaussian with the same covariance shows {null.value:.1f} where the data show {self.sample_twonn:.1f} (TwoNN, equal samples)."
            if self.sample_twonn < 0.7 * null.value:
                action = "The points lie near a curved or clustered set of lower dimension than PCA suggests: nonlinear methods can gain."
        agree = self._agree()
        answer = f"About {values[0]:.0f}" if agree else f"Between {low:.0f} and {high:.0f}"
        if agree and self._like_null():
            answer = f"{'At least' if values[0] > _SATURATED else 'About'} {values[0]:.0f}: as many as a Gaussian of its spectrum"
            if values[0] > _SATURATED:
                detail += " With so few points for so many dimensions every estimate falls short, of the Gaussian as of the data."
        if not agree:
            action = (action + " " if action else "") + "The estimators disagree: read the figure over scales before citing one of them."
        return (Finding("How many dimensions locally?", answer, detail, action, "neutral" if agree else "caution"),)

    def _like_null(self) -> bool:
        """Whether the data show at least as many dimensions as a Gaussian of the same covariance."""
        return math.isfinite(self.null_twonn.value) and self.sample_twonn > 0.9 * self.null_twonn.value

    def _agree(self) -> bool:
        """Whether the largest estimate is at most twice the smallest."""
        values = [e.value for e in (self.twonn, self.mle, self.correlation, self.local_pca) if math.isfinite(e.value)]
        return bool(values) and max(values) <= 2 * max(min(values), 0.5)

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """The numbers to cite first."""
        return ("twonn", "mle", "correlation", "local_pca")

    def figures(self) -> tuple[Figure, ...]:
        """All four estimators over scales."""
        named = (
            ("TwoNN / Gride", self.twonn_scales),
            ("maximum likelihood", self.mle_scales),
            ("correlation", self.correlation_scales),
            ("local PCA", self.local_pca_scales),
        )
        layers = tuple(Curve(name, s.radius, s.value, s.low, s.high) for name, s in named if len(s.radius))
        flat = len(self.twonn_scales.value) > 1 and self.twonn_scales.value.max() < 1.3 * self.twonn_scales.value.min()
        return (
            Figure(
                "dimension-scales",
                "Dimension against the size of the neighbourhood",
                Caption(
                    "Four estimates of the intrinsic dimension against the distance over which they look.",
                    f"Exact nearest neighbours of {self.queries:,} points; pairs and local covariances of a sample.",
                    "Bands are 95 % intervals from the spread between regions of the cloud; bias at large dimension (above about 20) is downwards and not in them.",
                    "TwoNN is stable over scales: one number describes the cloud."
                    if flat and self._agree()
                    else "TwoNN is stable over scales, and other estimators differ from it: they look at other scales, or meet their bias."
                    if flat
                    else "The dimension changes with the scale: noise raises it at small distances, curvature and clusters at large ones.",
                    "Cite the estimator, the scale and n together.",
                ),
                Axis("distance", log=True),
                Axis("intrinsic dimension"),
                layers,
            ),
        )


def dimension(points: PointsLike, *, neighbors: Neighbors | None = None, seed: int = 0, executor: Executor = SERIAL) -> Dimension:
    """Intrinsic dimension by TwoNN, maximum likelihood, correlation dimension and local PCA, each with an interval and over scales.

    Args:
        points: n × d points, `Distances`, or a `Representation` in Euclidean space.
        neighbors: The run's shared neighbours (at least 2 a query); searched for when absent.
        seed: Seed of samples and of the null.
        executor: Where the draws of the null are computed.

    Cost: the neighbour search (q·n·d), 2,000² distances, and 1,000 local covariances of 64 points.

    Raises:
        UnsuitableError: a graph.
        InputError: fewer than 3 distinct points.
    """
    representation = as_representation(points)
    if representation.kind == "graph":
        raise UnsuitableError("intrinsic dimension needs points or distances; the path lengths of a graph take too few values")
    found = neighbors or nearest_neighbors(representation, min(NEIGHBORS, representation.n - 1), seed=seed)
    lengths = np.where(found.distances > 0, found.distances, np.nan)
    lengths = np.sort(lengths, axis=1)
    if lengths.shape[1] < 2 or not np.isfinite(lengths[:, 1]).any():
        raise InputError("intrinsic dimension needs points with two neighbours at different places; nearly all points coincide")
    regions = spatial_regions(representation, found.queries, seed=seed)
    n, duplicates = len(lengths), found.duplicates
    ratios = generalised_ratios(lengths, regions)
    likelihood = maximum_likelihood(lengths, regions)
    near = local_pca(representation, found, regions, limit=_PCA_POINTS) if representation.kind == "points" else None
    rng = generator(seed, "dimension")
    kept = np.sort(rng.choice(representation.n, min(representation.n, _PAIR_POINTS), replace=False))
    pairs, slope = correlation_dimension(_pairwise(representation, kept), generator(seed, "pair-regions"), REGIONS)
    null, sample = _null(representation, kept, seed, executor)

    def estimate(scales: Scales, wanted: int, what: str) -> Estimate:
        if not len(scales.k):
            return Estimate.missing("too few different distances", n=n)
        place = int(np.argmin(np.abs(scales.k - wanted)))
        value, low, high = (float(values[place]) for values in (scales.value, scales.low, scales.high))
        if not np.isfinite(value):
            return Estimate.missing("too few different distances", n=n)
        method = f"{what}k = {scales.k[place]}; spread between regions of the cloud"
        return Estimate(value, float(scales.error[place]), (low, high), n, seed, method)

    return Dimension(
        twonn=estimate(ratios, 1, "r_2k/r_k, "),
        mle=estimate(likelihood, 20, ""),
        correlation=slope,
        local_pca=Estimate.missing("local covariances need coordinates") if near is None else estimate(near, 32, ""),
        ambient=representation.points.shape[1] if representation.kind == "points" else None,
        null_twonn=null,
        sample_twonn=sample,
        duplicates=duplicates,
        queries=n,
        twonn_scales=ratios,
        mle_scales=likelihood,
        correlation_scales=pairs,
        local_pca_scales=near or Scales.empty(),
    )


def _pairwise(representation: Representation, rows: np.ndarray) -> Float[np.ndarray, "m m"]:
    part = representation.take(rows)
    if representation.kind == "distances":
        return np.asarray(part.data.matrix, dtype=np.float64)  # pyright: ignore[reportAttributeAccessIssue]
    return EUCLIDEAN.pairwise(part.points, part.points)


def _null(representation: Representation, kept: np.ndarray, seed: int, executor: Executor) -> tuple[Estimate, float]:
    if representation.kind != "points":
        return Estimate.missing("the null needs coordinates"), float("nan")
    n, d = representation.points.shape
    scales = np.sqrt(population_spectrum(principal_axes(representation).variances, n, d))
    draws = [value for value in executor.map(_null_draw, range(_NULL_DRAWS), scales, len(kept), seed) if math.isfinite(value)]
    if len(draws) < 2:
        return Estimate.missing("too few points for a null", n=len(kept), seed=seed), float("nan")
    sample = _twonn_of(np.asarray(representation.points[kept], dtype=np.float64))
    method = f"{_NULL_DRAWS} Gaussian clouds of {len(kept):,} points; spread of the draws"
    return Estimate.normal(float(np.mean(draws)), float(np.std(draws, ddof=1)), n=_NULL_DRAWS, seed=seed, method=method), sample


def _null_draw(draw: int, scales: Float[np.ndarray, " s"], n: int, seed: int) -> float:
    return _twonn_of(generator(seed, "dimension-null", draw).standard_normal((n, len(scales))) * scales)


def _twonn_of(points: Float[np.ndarray, "n d"]) -> float:
    distances = np.sort(nearest_neighbors(as_representation(points), min(3, len(points) - 1)).distances, axis=1)
    return two_nearest(np.where(distances > 0, distances, np.nan))
