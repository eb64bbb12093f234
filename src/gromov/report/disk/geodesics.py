"""Geodesics of the Poincaré disk as a pen draws them: arcs of circles that meet the rim at right angles."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from numpy.typing import NDArray

_STRAIGHT = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Arcs:
    """The circles that carry some geodesic segments.

    Attributes:
        center: Centre of each circle, outside the disk; where the segment is straight, without meaning.
        radius: Its radius, infinite where the segment lies on a diameter.
        clockwise: Whether the shorter arc from the first end to the second runs clockwise, y pointing up.
    """

    center: NDArray[np.complex128]
    radius: Float[np.ndarray, " m"]
    clockwise: Bool[np.ndarray, " m"]


def geodesic_arcs(z: NDArray[np.complex128], w: NDArray[np.complex128]) -> Arcs:
    """The arcs from z to w.

    A circle meets the unit circle at right angles if its centre c and radius ρ satisfy |c|² = 1 + ρ²; it holds z if Re(c̄z) = (1 + |z|²)/2. Two
    such equations give c = −i(A w − B z)/Im(z̄w) with 2A = 1 + |z|², 2B = 1 + |w|².

    Args:
        z: First ends, inside the unit disk.
        w: Second ends.

    Cost: linear.
    """
    area = (np.conj(z) * w).imag
    straight = np.abs(area) <= _STRAIGHT * np.abs(z - w)
    numerator = -0.5j * ((1 + np.abs(z) ** 2) * w - (1 + np.abs(w) ** 2) * z)
    center = numerator / np.where(straight, 1.0, area)
    radius = np.where(straight, np.inf, np.sqrt(np.maximum(np.abs(center) ** 2 - 1, 0.0)))
    turn = (np.conj(z - center) * (w - center)).imag
    return Arcs(center, radius, turn < 0)
