"""The mean four-point δ, which does not drift with the sample size as the maximum does."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import Estimate, generator
from gromov.measures.four_point.metric import Index, MatrixMetric, Metric

QUADRUPLES = 200_000
_CHUNK = 16_384


@dataclass(frozen=True, slots=True, eq=False)
class SampledDelta:
    """Mean δ over quadruples, and the sample it comes from.

    Attributes:
        mean: E δ, in the unit of the distances.
        mean_relative: E (S₁ − S₂)/S₁, free of scale; 0 on trees, at most 1 − 1/√2 in Euclidean space.
        deltas: δ of the sampled quadruples.
        relative: (S₁ − S₂)/S₁ of each.
    """

    mean: Estimate
    mean_relative: Estimate
    deltas: Float[np.ndarray, " q"]
    relative: Float[np.ndarray, " q"]


def sampled_delta(metric: Metric, *, quadruples: int = QUADRUPLES, seed: int = 0) -> SampledDelta:
    """Mean four-point δ as a U-statistic of order 4, with the standard error of a sample of n points.

    Every quadruple is used where there are at most `quadruples`; otherwise so many are drawn. The variance of the mean is 16 ζ₁/n from
    the choice of the points (Hoeffding 1948), ζ₁ = Var E[δ | one point], plus that of the draw; ζ₁ is the variance between points of
    the mean over the quadruples that hold them, less what the draw alone would give (analysis of variance).

    Cost: 6 distances a quadruple, and never more than n².
    """
    n = metric.n
    every = math.comb(n, 4) <= quadruples
    if every:
        index = np.array(list(itertools.combinations(range(n), 4)))
    else:
        index = distinct_quadruples(n, quadruples, generator(seed, "quadruples"))
    if not isinstance(metric, MatrixMetric) and n * n <= 6 * len(index):  # fewer pairs than distances: each is taken once
        everyone = np.arange(n)
        metric = MatrixMetric(metric.pairwise(everyone, everyone), metric.ptolemaic, metric.step)
    deltas = np.empty(len(index))
    relative = np.empty(len(index))
    for start in range(0, len(index), _CHUNK):
        rows = slice(start, start + _CHUNK)
        deltas[rows], relative[rows] = quadruple_values(metric, index[rows])
    method = f"U-statistic over {'all' if every else 'sampled'} {len(index):,} quadruples"
    estimates = [
        _complete(values, index, n, method) if every else _incomplete(values, index, n, seed, method) for values in (deltas, relative)
    ]
    return SampledDelta(estimates[0], estimates[1], deltas, relative)


def quadruple_values(metric: Metric, index: Integer[np.ndarray, "q 4"]) -> tuple[Float[np.ndarray, " q"], Float[np.ndarray, " q"]]:
    """δ and (S₁ − S₂)/S₁ of each quadruple of indices."""
    x, y, u, v = index.T
    left = np.concatenate([x, u, x, y, x, y])
    right = np.concatenate([y, v, u, v, v, u])
    lengths = metric.distance(left, right).reshape(3, 2, -1)
    sums = np.sort(lengths.sum(axis=1), axis=0)
    gap = sums[2] - sums[1]
    return gap / 2, np.divide(gap, sums[2], out=np.zeros_like(gap), where=sums[2] > 0)


def distinct_quadruples(n: int, count: int, rng: np.random.Generator) -> Integer[np.ndarray, "q 4"]:
    """Uniform random quadruples of four different points out of n."""
    index = np.empty((count, 4), dtype=np.int64)
    for place in range(4):
        drawn = rng.integers(0, n - place, size=count)
        # the j-th of the points not yet taken: step over those taken, in ascending order
        for taken in np.sort(index[:, :place], axis=1).T:
            drawn += drawn >= taken
        index[:, place] = drawn
    return index


def _incomplete(values: Float[np.ndarray, " q"], index: Integer[np.ndarray, "q 4"], n: int, seed: int, method: str) -> Estimate:
    mean, variance = float(values.mean()), float(values.var(ddof=1))
    counts = np.bincount(index.ravel(), minlength=n)
    sums = np.bincount(index.ravel(), weights=np.repeat(values, 4), minlength=n)
    held = counts > 0
    between = float((counts[held] * (sums[held] / counts[held] - mean) ** 2).sum())
    shared = max(0.0, (between - (held.sum() - 1) * variance) / counts.sum())
    return Estimate.normal(mean, math.sqrt(16 * shared / n + variance / len(values)), n=n, seed=seed, method=method)


def _complete(values: Float[np.ndarray, " q"], index: Index, n: int, method: str) -> Estimate:
    mean = float(values.mean())
    of_point = np.zeros(n)
    for place in range(4):
        np.add.at(of_point, index[:, place], values)
    of_point /= math.comb(n - 1, 3)
    stderr = 4 * float(of_point.std(ddof=1)) / math.sqrt(n) * (n - 1) / max(1, n - 4)
    return Estimate.normal(mean, stderr, n=n, seed=None, method=method)
