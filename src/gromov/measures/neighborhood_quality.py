"""Numbers made of neighbours and labels: accuracy, alignment, uniformity, skewness."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer
from numpy.typing import NDArray

from gromov.core import Estimate, Finding, Representation

_PAIRS = 100_000
_BLOCK_BYTES = 4 * 2**20


@dataclass(frozen=True, slots=True)
class LabelAccuracy:
    """How well neighbours predict labels.

    Attributes:
        accuracy: Share of points whose label is the most frequent among their neighbours (ties: the label of the nearest of the tied).
        chance: Accuracy of always naming the most frequent class.
        k: Number of neighbours that vote.
        worst_class: The class predicted worst.
        worst_accuracy: Accuracy within that class.
    """

    accuracy: Estimate
    chance: float
    k: int
    worst_class: str
    worst_accuracy: float

    def finding(self) -> Finding:
        """Do neighbours share labels?"""
        accuracy = self.accuracy
        low, high = accuracy.ci or (accuracy.value, accuracy.value)
        clear = accuracy.ci is not None and low > self.chance
        return Finding(
            "Do neighbours share labels?",
            f"{100 * accuracy.value:.1f} %" if clear else "No more than chance",
            f"{self.k} neighbours predict the label of {100 * accuracy.value:.1f} [{100 * low:.1f}, {100 * high:.1f}] % of the points; the most "
            f"frequent class alone gives {100 * self.chance:.1f} %. The worst class is {self.worst_class} with {100 * self.worst_accuracy:.1f} %.",
            "" if clear else "Neighbours in this representation say nothing about these labels.",
            "caution" if not clear else "good" if accuracy.value > 0.5 else "neutral",
        )


def label_accuracy(near: Integer[np.ndarray, "q k"], labels: NDArray[np.generic] | None) -> LabelAccuracy | None:
    """Leave-one-out accuracy by majority of the neighbours, with the Wilson interval; None without labels or with one class."""
    if labels is None:
        return None
    names, codes = np.unique(labels, return_inverse=True)
    if len(names) < 2 or len(names) == len(codes):
        return None
    q, k = near.shape
    votes = codes[near]
    predicted = np.empty(q, dtype=np.int64)
    # a vote of the j-th neighbour counts 1 + 2⁻ʲ: more than all those after it together, which settles ties for the nearest
    weights = 1 + 0.5 ** np.arange(1, k + 1)
    for row in range(q):
        predicted[row] = np.bincount(votes[row], weights=weights).argmax()
    right = predicted == codes
    within = np.bincount(codes, weights=right) / np.bincount(codes)
    worst = int(within.argmin())
    share = float(right.mean())
    estimate = Estimate.share(share, q, seed=None, method=f"leave one out, {k} neighbours; Wilson interval")
    return LabelAccuracy(estimate, float(np.bincount(codes).max() / q), k, str(names[worst]), float(within[worst]))


def skewness(counts: NDArray[np.number]) -> float:
    """E(x − μ)³/σ³; 0 where nothing varies."""
    centered = counts - counts.mean()
    variance = float((centered**2).mean())
    return float((centered**3).mean()) / variance**1.5 if variance > 0 else 0.0


def uniformity(representation: Representation, rng: np.random.Generator, seed: int) -> Estimate:
    """Log E exp(−2‖x − y‖²) over pairs of different points on the unit sphere, by the delta method on sampled pairs."""
    n = representation.n
    first, second = _pairs(n, rng)
    values = np.exp(-2 * _squared_chords(representation, first, second))
    mean = float(values.mean())
    stderr = _pair_error(values, first, second, n) / mean
    return Estimate.normal(math.log(mean), stderr, n=n, seed=seed, method=f"{len(values):,} pairs of points")


def alignment(representation: Representation, rng: np.random.Generator, seed: int) -> Estimate | None:
    """E‖x − y‖² over pairs of one class on the unit sphere; None where no class has two points."""
    labels = representation.labels
    assert labels is not None
    codes = np.unique(labels, return_inverse=True)[1]
    order = np.argsort(codes, kind="stable")
    sizes = np.bincount(codes)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    if (sizes < 2).all():
        return None
    share = sizes * (sizes - 1.0)
    drawn = rng.choice(len(sizes), size=_PAIRS, p=share / share.sum())
    a = rng.integers(0, sizes[drawn])
    b = rng.integers(0, sizes[drawn] - 1)
    b = b + (b >= a)
    first, second, n = order[starts[drawn] + a], order[starts[drawn] + b], representation.n
    values = _squared_chords(representation, first, second)
    stderr = _pair_error(values, first, second, n)
    return Estimate.normal(float(values.mean()), stderr, n=n, seed=seed, method=f"{_PAIRS:,} pairs of one class")


def _pairs(n: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    first = rng.integers(0, n, size=_PAIRS)
    second = rng.integers(0, n - 1, size=_PAIRS)
    return first, second + (second >= first)


def _pair_error(values: Float[np.ndarray, " p"], first: Integer[np.ndarray, " p"], second: Integer[np.ndarray, " p"], n: int) -> float:
    """Standard error of the mean over sampled pairs of n points, each of which is in many pairs.

    With S_i the sum of the deviations of the pairs of point i, Σ_i S_i² less the pairs' own squares is the square of what the points
    contribute (the first term of a U-statistic); the sampling of pairs adds their squares once.
    """
    deviations = values - values.mean()
    sums = np.bincount(first, deviations, n) + np.bincount(second, deviations, n)
    squares = float(deviations @ deviations)
    return math.sqrt(max(float(sums @ sums) - 2 * squares, 0.0) + squares) / len(values)


def _squared_chords(
    representation: Representation, first: Integer[np.ndarray, " p"], second: Integer[np.ndarray, " p"]
) -> Float[np.ndarray, " p"]:
    """‖x/‖x‖ − y/‖y‖‖² of each pair; a zero point is as far as a right angle."""
    n, d = representation.points.shape
    if n * n <= 4 * len(first) and n <= d:  # fewer different pairs than asked for: all of them, in one matrix product
        points = np.asarray(representation.points, dtype=np.float64)
        lengths = np.sqrt(np.einsum("ij,ij->i", points, points))
        unit = np.divide(points, lengths[:, None], out=np.zeros_like(points), where=lengths[:, None] > 0)
        return 2 - 2 * np.minimum((unit @ unit.T)[first, second], 1)
    values = np.empty(len(first))
    step = max(1, min(8_192, _BLOCK_BYTES // (8 * d)))
    for start in range(0, len(first), step):
        rows = slice(start, start + step)
        x = np.asarray(representation.points[first[rows]], dtype=np.float64)
        y = np.asarray(representation.points[second[rows]], dtype=np.float64)
        lengths = np.sqrt(np.einsum("ij,ij->i", x, x)) * np.sqrt(np.einsum("ij,ij->i", y, y))
        cosine = np.divide(np.einsum("ij,ij->i", x, y), lengths, out=np.zeros(len(x)), where=lengths > 0)
        values[rows] = 2 - 2 * np.minimum(cosine, 1)
    return values
