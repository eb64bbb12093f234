"""Spaces against each other, by the likelihood of distances they have not seen."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Integer

from gromov.core import generator
from gromov.measures.embedding.fitting import LONG, SHARPEST, Embedding, embed, refine
from gromov.measures.embedding.quality import average_precision, distortion
from gromov.measures.embedding.shapes import shape
from gromov.measures.embedding.split import all_pairs, split_pairs, without_held

LEAST_NOISE = 5e-3
"""No σ is taken for less than this share of the mean distance: a fit that close is perfect for every use."""
GROUPS = 10
VISIBLE_BEND = 5.0
"""Largest mean distance/ρ of a drawing."""
_FREEDOM = 4
_SETTLED = 300
_EXACT = 1e-9
_ITERATIONS = 50
Task = tuple[str, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """One space of one dimension, fitted to the seen pairs of one split and judged by the held ones.

    Attributes:
        likelihoods: log-likelihood of each held-out distance, in nats, distances in units of their mean.
        held: The held-out pairs, i·n + j.
        noise: σ.
        distortion: Mean |s·d̂/d − 1| over all pairs.
        worst: Worst-case distortion over all pairs.
        precision: MAP over all pairs.
        embedding: The fit.
    """

    likelihoods: Float[np.ndarray, " h"]
    held: Integer[np.ndarray, " h"]
    noise: float
    distortion: float
    worst: float
    precision: float
    embedding: Embedding


def run_contest(
    task: Task, matrix: Float[np.ndarray, "n n"], neighbors: Bool[np.ndarray, "n n"] | None, seed: int, stream: str = "data"
) -> Contest:
    """Fit and judge one (space, dimension, repeat).

    The error model is d = d̂ + σ·t, t of Student's distribution with 4 degrees of freedom: one pair that went astray costs a logarithm, where
    a normal error would make it outweigh all others. Positions minimise the squared error over the seen pairs; σ is the most likely one
    there, times √(m/(m − p)), with p the number of coordinates less those a motion of the space moves, and one for each curvature. The
    splits depend on the repeat alone: every space and dimension is judged by the same pairs.

    Args:
        task: Name of the space, its dimension, the repeat.
        matrix: Distances in units of their mean.
        neighbors: Who is whose neighbour, for MAP; None leaves MAP and distortion out.
        seed: Seed of splits and starts.
        stream: Name of the random stream, so that draws of the null differ.
    """
    name, dim, repeat = task
    n = len(matrix)
    split = split_pairs(n, generator(seed, "curvature", stream, "split", repeat))
    flat = matrix.ravel()
    filled = without_held(matrix, split.held)
    fit = embed(shape(name, dim), filled, split.seen, flat[split.seen], generator(seed, "curvature", stream, "start", repeat))
    parameters = n * dim - dim * (dim + 1) // 2 + fit.shape.curved
    seen = len(split.seen)
    freedom = math.sqrt(seen / (seen - parameters))
    noise = max(freedom * student_scale(fit.distances(split.seen) - flat[split.seen]), LEAST_NOISE)
    likelihoods = log_student((fit.distances(split.held) - flat[split.held]) / noise) - math.log(noise)
    if neighbors is None:
        return Contest(likelihoods, split.held, noise, math.nan, math.nan, math.nan, fit)
    everything = all_pairs(n)
    fitted = fit.distances(everything)
    square = np.zeros(n * n)
    square[everything] = fitted
    square = square.reshape(n, n)
    mean, worst = distortion(fitted, flat[everything])
    return Contest(likelihoods, split.held, noise, mean, worst, average_precision(square + square.T, neighbors), fit)


def student_scale(residuals: Float[np.ndarray, " m"]) -> float:
    """The most likely σ of residuals σ·t, by σ² ← (ν + 1)/m Σ r²/(ν + r²/σ²)."""
    squares = residuals**2
    variance = max(float(squares.mean()), 1e-300)
    for _ in range(_ITERATIONS):
        variance = max((_FREEDOM + 1) * float((squares / (_FREEDOM + squares / variance)).mean()), 1e-300)
    return math.sqrt(variance)


def log_student(t: Float[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
    """log density of Student's distribution with 4 degrees of freedom."""
    constant = math.lgamma((_FREEDOM + 1) / 2) - math.lgamma(_FREEDOM / 2) - 0.5 * math.log(_FREEDOM * math.pi)
    return constant - (_FREEDOM + 1) / 2 * np.log1p(t * t / _FREEDOM)


def mean_over_pairs(values: list[Float[np.ndarray, " h"]], pairs: list[Integer[np.ndarray, " h"]], n: int) -> tuple[float, float]:
    """Mean of numbers of pairs over repeated splits, and its standard error.

    Pairs that share a point are not independent, so points are left out one at a time, each with all its pairs (jackknife):
    (n − 1)/n Σᵢ (θ₍ᵢ₎ − θ̄)². The spread between the repeats (splits and starts) is added to it.
    """
    sums, counts = np.zeros(n), np.zeros(n)
    for value, pair in zip(values, pairs, strict=True):
        for end in np.divmod(pair, n):
            sums += np.bincount(end, value, minlength=n)
            counts += np.bincount(end, minlength=n)
    total, number = sums.sum() / 2, counts.sum() / 2
    without = (total - sums) / (number - counts)
    variance = (n - 1) / n * float(((without - without.mean()) ** 2).sum())
    means = np.array([value.mean() for value in values])
    if len(means) > 1:
        variance += float(means.var(ddof=1)) / len(means)
    return float(total / number), math.sqrt(variance)


def worth_in_dimensions(target: float, dims: Integer[np.ndarray, " s"], curve: Float[np.ndarray, " s"]) -> float:
    """The dimension at which the Euclidean curve, drawn straight between its points, first reaches `target`; ∞ where it never does.

    Args:
        target: A mean log-likelihood.
        dims: Dimensions, ascending; the first is where the search begins.
        curve: Mean log-likelihood of Euclidean space at each.
    """
    if target <= curve[0]:
        if len(dims) < 2 or curve[1] <= curve[0]:
            return float(dims[0])
        return float(dims[0] + (target - curve[0]) / (curve[1] - curve[0]) * (dims[1] - dims[0]))
    for low, high, before, after in zip(dims[:-1], dims[1:], curve[:-1], curve[1:], strict=True):
        if after >= target:
            return float(low + (target - before) / (after - before) * (high - low))
    return math.inf


def fit_curvature(start: Embedding, matrix: Float[np.ndarray, "n n"]) -> Embedding:
    """The embedding fitted to every pair, from one fitted to some, as far as it will go: curvature settles last."""
    pairs = all_pairs(len(matrix))
    return refine(start, pairs, matrix.ravel()[pairs], _SETTLED, float(matrix.max()), _EXACT)


def fit_for_drawing(start: Embedding, matrix: Float[np.ndarray, "n n"]) -> Embedding:
    """The embedding fitted to every pair with K·(mean distance)² held to at least −25: in sharper curvature all points crowd at the rim."""
    pairs = all_pairs(len(matrix))
    begin = Embedding(start.shape, start.z, np.maximum(start.radii, 1 / VISIBLE_BEND), np.inf, 0)
    return refine(begin, pairs, matrix.ravel()[pairs], LONG, SHARPEST[-1] / VISIBLE_BEND)


def curvature_without(group: int, whole: Embedding, matrix: Float[np.ndarray, "n n"], groups: Integer[np.ndarray, " n"]) -> float:
    """K fitted without the points of one group, from the fit of all."""
    kept = np.flatnonzero(groups != group)
    part = np.ascontiguousarray(matrix[np.ix_(kept, kept)])
    pairs = all_pairs(len(part))
    fit = refine(Embedding(whole.shape, whole.z[kept], whole.radii, np.inf, 0), pairs, part.ravel()[pairs], LONG, float(matrix.max()))
    return whole.shape.factors[0].sign / float(fit.radii[0]) ** 2
