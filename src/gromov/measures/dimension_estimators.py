"""Estimators of intrinsic dimension from distances: formulas and their intervals."""

from dataclasses import dataclass
from typing import cast

import numpy as np
from jaxtyping import Float, Integer
from scipy.optimize import brentq
from scipy.special import stdtrit

from gromov.core import Estimate, Representation
from gromov.graphs import Neighbors

_LARGEST = 1e4
_EIGENVALUE_SHARE = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Scales:
    """An estimate over scales.

    Attributes:
        k: Number of neighbours (0 where the scale is a radius).
        radius: Distance over which the estimate looks.
        value: The dimension.
        error: Its standard error.
        low: Lower end of its 95 % interval.
        high: Upper end.
    """

    k: Integer[np.ndarray, " s"]
    radius: Float[np.ndarray, " s"]
    value: Float[np.ndarray, " s"]
    error: Float[np.ndarray, " s"]
    low: Float[np.ndarray, " s"]
    high: Float[np.ndarray, " s"]

    @classmethod
    def empty(cls) -> "Scales":
        """No scale at all."""
        return cls.of([], 2)

    @classmethod
    def of(cls, rows: list[tuple[int, float, float, float]], regions: int) -> "Scales":
        """Scales from rows (k, radius, value, standard error); intervals by Student's t with regions − 1 degrees of freedom."""
        k, radius, value, error = (np.array(column) for column in zip(*rows, strict=True)) if rows else (np.empty(0),) * 4
        half = float(stdtrit(max(1, regions - 1), 0.975)) * error
        return cls(k.astype(np.int64), radius, value, error, np.maximum(value - half, 0), value + half)


def two_nearest(lengths: Float[np.ndarray, "q k"]) -> float:
    """TwoNN: d = (n − 1)/Σ log(r₂/r₁), over rows of ascending distances without zeros (NaN at the end)."""
    ratio = np.log(lengths[:, 1] / lengths[:, 0])
    ratio = ratio[np.isfinite(ratio)]
    return float((len(ratio) - 1) / ratio.sum()) if ratio.sum() > 0 else float("nan")


def generalised_ratios(lengths: Float[np.ndarray, "q k"], regions: Integer[np.ndarray, " q"]) -> Scales:
    """Gride: maximum likelihood from μ = r_2k/r_k for k = 1, 2, 4, …; k = 1 is TwoNN.

    μ has density d (μ^d − 1)^(k−1) / (B(k, k) μ^((2k−1)d + 1)); the score is n/d + (k−1) Σ μ^d log μ/(μ^d − 1) − (2k−1) Σ log μ. The
    standard error is that of the sum of scores over regions (cluster-robust sandwich).
    """
    rows: list[tuple[int, float, float, float]] = []
    k = 1
    while 2 * k <= lengths.shape[1]:
        outer, inner = lengths[:, 2 * k - 1], lengths[:, k - 1]
        used = np.isfinite(outer) & (outer > inner)
        if used.sum() < 3:
            break
        log_ratio = np.log(outer[used] / inner[used])

        def score(d: float, log_ratio: Float[np.ndarray, " q"] = log_ratio, k: int = k) -> Float[np.ndarray, " q"]:
            return 1 / d + (k - 1) * log_ratio / -np.expm1(-d * log_ratio) - (2 * k - 1) * log_ratio

        def total(d: float) -> float:
            return float(score(d).sum())

        value = float(cast(float, brentq(total, 1e-6, _LARGEST))) if total(_LARGEST) < 0 else float("nan")
        if k == 1:
            value *= (len(log_ratio) - 1) / len(log_ratio)
        step = 1e-4 * value
        information = -float((score(value + step) - score(value - step)).sum()) / (2 * step)
        rows.append((k, float(outer[used].mean()), value, _clustered(score(value), regions[used]) / information))
        k *= 2
    return Scales.of(rows, len(np.unique(regions)))


def maximum_likelihood(lengths: Float[np.ndarray, "q k"], regions: Integer[np.ndarray, " q"]) -> Scales:
    """Levina–Bickel at k = 5, 10, 20, … neighbours, the inverses averaged over points (MacKay–Ghahramani).

    1/d_k(x) = 1/(k−1) Σ_{j<k} log(T_k/T_j); d = 1 / mean_x (1/d_k(x)).
    """
    rows: list[tuple[int, float, float, float]] = []
    most = lengths.shape[1]
    for k in sorted({min(most, k) for k in (5, 10, 20, 40, 64)}):
        used = np.isfinite(lengths[:, k - 1])
        if k < 3 or used.sum() < 3:
            continue
        near = lengths[used, :k]
        inverse = np.log(near[:, -1:] / near[:, :-1]).mean(axis=1)
        mean = float(inverse.mean())
        if mean <= 0:
            continue
        error = _clustered(inverse - mean, regions[used]) / len(inverse)
        rows.append((k, float(near[:, -1].mean()), 1 / mean, error / mean**2))
    return Scales.of(rows, len(np.unique(regions)))


def local_pca(representation: Representation, neighbors: Neighbors, regions: Integer[np.ndarray, " q"], *, limit: int) -> Scales:
    """Fukunaga–Olsen: number of eigenvalues of the covariance of a point and its k neighbours above 5 % of the largest, averaged."""
    rows: list[tuple[int, float, float, float]] = []
    chosen = np.linspace(0, len(neighbors.queries) - 1, min(limit, len(neighbors.queries))).astype(np.int64)
    center = np.asarray(representation.points[neighbors.queries[chosen]], dtype=np.float64)
    for k in sorted({min(neighbors.k, k) for k in (8, 16, 32, 64)}):
        counts = np.empty(len(chosen))
        for place, query in enumerate(chosen):
            around = np.asarray(representation.points[neighbors.indices[query, :k]], dtype=np.float64) - center[place]
            cloud = np.concatenate([np.zeros((1, around.shape[1])), around])
            cloud -= cloud.mean(axis=0)
            gram = cloud @ cloud.T if cloud.shape[0] < cloud.shape[1] else cloud.T @ cloud
            values = np.linalg.eigvalsh(gram)
            counts[place] = (values > _EIGENVALUE_SHARE * values[-1]).sum() if values[-1] > 0 else 0
        mean = float(counts.mean())
        radius = float(neighbors.distances[chosen, k - 1].mean())
        rows.append((k, radius, mean, _clustered(counts - mean, regions[chosen]) / len(counts)))
    return Scales.of(rows, len(np.unique(regions)))


def correlation_dimension(distances: Float[np.ndarray, "m m"], rng: np.random.Generator, blocks: int) -> tuple[Scales, Estimate]:
    """Slope of log C(r) against log r: between neighbouring radii, and by least squares over the closest pairs.

    C(r) is the share of pairs within r. The radii hold from C = 5·10⁻⁴ (at least 50 pairs) up to ½; the headline slope covers the first
    factor of 20 in C. Standard errors leave out one region of points at a time.
    """
    m = len(distances)
    upper = distances[np.triu_indices(m, 1)]
    upper = upper[upper > 0]
    least = min(0.25, max(5e-4, 50 / max(1, len(upper))))
    levels = np.geomspace(least, 0.5, 13)
    radii = np.unique(np.quantile(upper, levels)) if len(upper) else np.empty(0)
    if len(radii) < 3:
        return Scales.empty(), Estimate.missing("too few different distances", n=m)
    centers = rng.choice(m, min(blocks, m), replace=False)
    region = distances[:, centers].argmin(axis=1)
    touching = np.array([((distances <= r) & (distances > 0)).sum(axis=1) for r in radii], dtype=float)
    total = touching.sum(axis=1) / 2
    counts = [total]
    for b in np.unique(region):
        inside = region == b
        within = np.array([((distances[np.ix_(inside, inside)] <= r) & (distances[np.ix_(inside, inside)] > 0)).sum() / 2 for r in radii])
        counts.append(total - (touching[:, inside].sum(axis=1) - within))
    logs = np.log(np.maximum(np.array(counts), 0.5))
    x = np.log(radii)
    local = np.diff(logs, axis=1) / np.diff(x)
    first = max(3, int((levels[: len(radii)] <= 20 * least).sum()))
    slopes = np.polyfit(x[:first], logs[:, :first].T, 1)[0]
    groups = len(logs) - 1

    def error(values: Float[np.ndarray, "g ..."]) -> Float[np.ndarray, "..."]:
        return np.asarray(np.sqrt((groups - 1) / groups * ((values[1:] - values[1:].mean(axis=0)) ** 2).sum(axis=0)))

    middle = np.exp((x[1:] + x[:-1]) / 2)
    scales = Scales.of([(0, float(r), float(v), float(e)) for r, v, e in zip(middle, local[0], error(local), strict=True)], groups)
    method = f"slope of log C(r) over C from {least:.1e} to {levels[first - 1]:.1e}; leave out one of {groups} regions"
    return scales, Estimate.normal(float(slopes[0]), float(error(slopes)), n=m, seed=None, method=method)


def _clustered(values: Float[np.ndarray, " q"], regions: Integer[np.ndarray, " q"]) -> float:
    """Standard error of Σ values when values of one region move together: √(G/(G−1) Σ_g (Σ_{i∈g} v_i)²)."""
    sums = np.bincount(regions, weights=values)
    groups = len(np.unique(regions))
    return float(np.sqrt(groups / max(1, groups - 1) * (sums**2).sum()))
