"""The hyperbolic plane of curvature −1 as the unit disk of complex numbers, for arrays, without torch.

A tangent vector at z is a complex number in the frame that the translation from the origin to z carries there; its modulus is its length. The
motions are z → (z + a)/(1 + āz) and rotations. Good to a depth of about 30: deeper points are at the rim within rounding.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Shaped
from numpy.typing import NDArray


def translate(z: NDArray[np.complex128], target: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """(z + a)/(1 + āz): the translation along a diameter that carries the origin to a."""
    return (z + target) / (1 + np.conj(target) * z)


def distance(z: NDArray[np.complex128], w: NDArray[np.complex128]) -> Float[np.ndarray, "..."]:
    """2 arsinh(|z − w|/√((1 − |z|²)(1 − |w|²)))."""
    return 2 * np.arcsinh(np.abs(z - w) / np.sqrt(_room(z) * _room(w)))


def exp(z: NDArray[np.complex128], vector: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """End of the geodesic that leaves z with this velocity, after unit time."""
    return translate(from_vector(vector), z)


def log(z: NDArray[np.complex128], w: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Velocity at z of the geodesic that reaches w after unit time."""
    return to_vector(translate(w, -z))


def from_vector(vector: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """The point at distance |v| from the origin in the direction of v."""
    length = np.abs(vector)
    return vector * np.where(length > 0, np.tanh(length / 2) / np.where(length > 0, length, 1.0), 0.5)


def to_vector(z: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """The vector of length d(0, z) in the direction of z."""
    size = np.abs(z)
    return z * np.where(size > 0, 2 * np.arctanh(np.minimum(size, 1 - 1e-16)) / np.where(size > 0, size, 1.0), 2.0)


def _room(z: NDArray[np.complex128]) -> Float[np.ndarray, "..."]:
    size = np.abs(z)
    return (1 - size) * (1 + size)


@dataclass(frozen=True, slots=True)
class DiskArrays:
    """The disk as a space of n × 2 arrays, without torch: distances of curvature −1. With gradients it is `PoincareBall`."""

    name: str = "hyperbolic"
    curvature: float = -1.0

    def distance(self, x: Shaped[np.ndarray, "n 2"], y: Shaped[np.ndarray, "n 2"]) -> Float[np.ndarray, " n"]:
        """Distance of each row of x to the same row of y, in float64."""
        return distance(numbers(x), numbers(y))

    def pairwise(self, x: Shaped[np.ndarray, "n 2"], y: Shaped[np.ndarray, "m 2"]) -> Float[np.ndarray, "n m"]:
        """All distances between rows of x and rows of y, in float64: 16·n·m bytes."""
        return distance(numbers(x)[:, None], numbers(y)[None])


DISK = DiskArrays()


def numbers(points: Shaped[np.ndarray, "n 2"]) -> NDArray[np.complex128]:
    """Rows (x, y) as complex numbers x + iy."""
    rows = np.asarray(points, dtype=np.float64)
    return rows[:, 0] + 1j * rows[:, 1]
