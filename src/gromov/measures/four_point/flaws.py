"""What the standard algorithm would have said about these data, and how far its number moves for no good reason.

The standard algorithm (Chami et al. 2019, Khrulkov et al. 2020) takes up to 1,500 random points, their float32 distances from a Gram
matrix, base point 0, and reads a curvature off 2δ_p/diameter.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from gromov.core import readable_bytes
from gromov.measures.four_point.base_point import base_point_delta
from gromov.measures.four_point.null import relative_delta

STANDARD_POINTS = 1_500
BASES = 24
KHRULKOV_DELTA = 0.144
"""The constant of Khrulkov et al. (2020) in c = (0.144/δ_rel)²."""


@dataclass(frozen=True, slots=True)
class BasePointDelta:
    """δ at one base point, the quantity usually reported, over several base points.

    Attributes:
        usual: 2δ_p/diameter with p the first point: the usual number.
        low: Smallest over the base points tried.
        high: Largest over the base points tried.
        mean: Mean over the base points tried.
        bases: Number of base points tried.
        points: Number of points used.
        curvature_factor: Factor by which the inferred curvature moves between the base points, (high/low)².
    """

    usual: float
    low: float
    high: float
    mean: float
    bases: int
    points: int
    curvature_factor: float


@dataclass(frozen=True, slots=True)
class Flaw:
    """One weakness of the standard algorithm, measured on these data.

    Attributes:
        name: What moves it.
        usual: The number it gives.
        becomes: The number after an irrelevant change, or the correct one.
        why: What happened, in a sentence.
    """

    name: str
    usual: str
    becomes: str
    why: str


def base_points(distances: Float[np.ndarray, "n n"], rng: np.random.Generator) -> tuple[BasePointDelta, NDArray[np.float64]]:
    """2δ_p/diameter over the first and up to 23 random base points, and each value."""
    n = len(distances)
    diameter = float(distances.max())
    bases = [0, *(1 + rng.choice(n - 1, min(n - 1, BASES - 1), replace=False)).tolist()]
    values = np.array([2 * base_point_delta(distances, base) / diameter for base in bases])
    low, high = float(values.min()), float(values.max())
    factor = (high / low) ** 2 if low > 0 else math.inf
    return BasePointDelta(float(values[0]), low, high, float(values.mean()), len(bases), n, factor), values


def outlier_flaw(relative: float) -> Flaw:
    """One point added three diameters away from every other: δ hardly moves, the diameter does, and with it the curvature."""
    return Flaw(
        "one outlier",
        f"{relative:.3f}",
        f"{relative / 3:.3f}",
        "one point three diameters away divides 2δ/diameter by 3 and multiplies the inferred curvature by 9; the mean δ hardly moves",
    )


def rounding_flaw(points: NDArray[np.number], distances: Float[np.ndarray, "n n"], *, ptolemaic: bool) -> Flaw | None:
    """float32 distances from a Gram matrix of the points as they are, on up to 400 points; None where it changes nothing visible."""
    part = slice(0, 400)
    x = np.asarray(points[part], dtype=np.float32)
    norms = np.einsum("ij,ij->i", x, x)
    squared = norms[:, None] + norms - 2 * (x @ x.T)
    naive = np.sqrt(np.maximum(squared, 0)).astype(np.float64)
    np.fill_diagonal(naive, 0)
    right = relative_delta(distances[part, part], ptolemaic=ptolemaic)
    wrong = relative_delta((naive + naive.T) / 2, ptolemaic=False) if naive.max() > 0 else 0.0
    if abs(wrong - right) <= 1e-3 * max(right, 1e-3):
        return None
    return Flaw(
        "float32 distances",
        f"{wrong:.3g}",
        f"{right:.3g}",
        "‖x‖² + ‖y‖² − 2⟨x,y⟩ in float32 cancels on these data; the second number takes the same 400 points in float64 from differences",
    )


def sample_flaw(sizes: NDArray[np.integer], values: NDArray[np.floating]) -> Flaw:
    """The maximum grows with the number of points it is taken over."""
    return Flaw(
        "the sample size",
        f"{values[0]:.3f} ({sizes[0]} points)",
        f"{values[-1]:.3f} ({sizes[-1]:,} points)",
        "δ is a maximum and grows with the sample until it levels off; one number without its sample size says little",
    )


def cutoff_flaw(relative: float) -> Flaw | None:
    """The curvature depends on where the ball is cut off; None on trees, where there is none to infer."""
    if relative <= 0:
        return None
    curvatures = [(_ball_constant(cut) / relative) ** 2 for cut in (1e-5, 1e-12)]
    return Flaw(
        "the cut-off of the ball",
        f"c = {curvatures[0]:.3g}",
        f"c = {curvatures[1]:.3g}",
        "c = (δ_P/δ_rel)² takes δ_P from a ball cut off at radius 1 − ε; ε = 10⁻⁵ and ε = 10⁻¹² give these two curvatures",
    )


def memory_flaw(n: int) -> Flaw:
    """The n × n × n array of the usual code."""
    used = min(n, STANDARD_POINTS)
    return Flaw(
        "memory",
        readable_bytes(8 * used**3),
        readable_bytes(16 * used**2),
        f"the usual code holds an array of {used:,}³ numbers; the product is taken row by row here",
    )


def _ball_constant(cut: float) -> float:
    """δ_P = ln(1 + √2) / ln(1 + 2r/(1 − r)) with r = 1 − cut: the slim-triangle δ of the ball over its diameter."""
    radius = 1 - cut
    return math.log(1 + math.sqrt(2)) / math.log(1 + 2 * radius / (1 - radius))
