"""Riemannian gradient descent of the hyperbolic t-SNE in the disk."""

import numpy as np
from jaxtyping import Float, Integer
from numpy.typing import NDArray

from gromov.core import generator
from gromov.measures.projections.kernels import attraction, repulsion
from gromov.spaces.disk import exp

EXACT_UP_TO = 3_000
"""Up to this many points every pair repels in every step; beyond, one part of ten repels anew, and the others as they last did."""
_PARTS = 10
_LONGEST_STEP = 0.5
_DEEPEST = 12.0
_LEAST_GAIN = 0.01

Shares = tuple[Integer[np.ndarray, " n1"], Integer[np.ndarray, " m"], Float[np.ndarray, " m"]]


class Descent:
    """The state of a descent: places, velocities in the frames at them, and step sizes.

    Attributes:
        z: Places in the unit disk.
    """

    z: NDArray[np.complex128]

    def __init__(
        self, z: NDArray[np.complex128], shares: Shares, depths: Float[np.ndarray, " n"] | None, scale: float, weight: float, seed: int
    ) -> None:
        self.z, self._scale, self._weight = z, scale, weight
        self._starts, self._neighbors, self._shares = shares
        self._depths = depths
        n = len(z)
        self._velocity, self._gains = np.zeros(n, dtype=np.complex128), np.ones(n)
        parts = 1 if n <= EXACT_UP_TO else _PARTS
        self._parts = [np.sort(part) for part in np.array_split(generator(seed, "hyperbolic-tsne", "parts").permutation(n), parts)]
        self._forces, self._totals = np.zeros((parts, n), dtype=np.complex128), np.zeros(parts)
        self._turn = 0

    def step(self, exaggeration: float, momentum: float, *, exact: bool = False) -> None:
        """One step down: every point along its gradient, no farther than half the unit of length at once and no deeper than 12."""
        n = len(self.z)
        gradient = (4 / self._scale**2) * (self._repulsion(exact) - exaggeration * self._attraction())
        if self._depths is not None:
            gradient += self._outward(self._depths)
        # the step of t-SNE, n over the exaggeration, in the unit of the picture
        rate = max(n / 12.0, 10.0) * self._scale**2
        against = (gradient.real * self._velocity.real + gradient.imag * self._velocity.imag) < 0
        self._gains = np.maximum(np.where(against, self._gains + 0.2, self._gains * 0.8), _LEAST_GAIN)
        velocity = momentum * self._velocity - rate * self._gains * gradient
        length = np.abs(velocity)
        longest = _LONGEST_STEP
        velocity *= np.minimum(1.0, longest / np.maximum(length, 1e-300))
        moved = exp(self.z, velocity)
        size, rim = np.abs(moved), np.tanh(_DEEPEST / 2)
        moved = np.where(size > rim, moved * (rim / np.maximum(size, rim)), moved)
        # parallel transport along the step turns the frame by gyr[z', −z]
        turn = 1 - moved * np.conj(self.z)
        self._velocity = velocity * turn / np.conj(turn)
        self.z = moved

    def divergence(self) -> float:
        """KL(p‖q) over the pairs that attract, with Σw over all pairs, in nats."""
        n = len(self.z)
        _, total = self._repelled(np.arange(n))
        rows = np.repeat(np.arange(n), np.diff(self._starts))
        x, y, room = self._parts_of_place()
        dx, dy = x[rows] - x[self._neighbors], y[rows] - y[self._neighbors]
        distance = 2 * np.arcsinh(np.sqrt((dx * dx + dy * dy) / (room[rows] * room[self._neighbors])))
        shares = np.asarray(self._shares, dtype=np.float64)
        present = shares > 0
        similar = 1 / (1 + (distance / self._scale) ** 2) / (float(total.sum()) - n)
        return float((shares[present] * np.log(shares[present] / similar[present])).sum())

    def _parts_of_place(self) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
        size = np.abs(self.z)
        return np.ascontiguousarray(self.z.real), np.ascontiguousarray(self.z.imag), (1 - size) * (1 + size)

    def _attraction(self) -> NDArray[np.complex128]:
        force = np.zeros((len(self.z), 2))
        attraction(*self._parts_of_place(), self._starts, self._neighbors, self._shares, self._scale, force)
        return force[:, 0] + 1j * force[:, 1]

    def _repelled(self, sources: Integer[np.ndarray, " m"]) -> tuple[NDArray[np.complex128], Float[np.ndarray, " n"]]:
        x, y, room = (part.astype(np.float32) for part in self._parts_of_place())
        force, total = np.zeros((len(x), 2), dtype=np.float32), np.zeros(len(x), dtype=np.float32)
        repulsion(x, y, room, sources, np.float32(self._scale), force, total)
        return force[:, 0].astype(np.float64) + 1j * force[:, 1], total.astype(np.float64)

    def _repulsion(self, exact: bool) -> NDArray[np.complex128]:
        """Σⱼ w_ij² log zⱼ/Σw: of all sources, or of those whose turn it is, with what the others gave when it was theirs."""
        turns = range(len(self._parts)) if exact or not self._turn else [self._turn % len(self._parts)]
        for part in turns:
            self._forces[part], total = self._repelled(self._parts[part])
            # a point meets itself with w = 1, which is no pair
            self._totals[part] = float(total.sum()) - len(self._parts[part])
        self._turn += 1
        return self._forces.sum(axis=0) / self._totals.sum()

    def _outward(self, depths: Float[np.ndarray, " n"]) -> NDArray[np.complex128]:
        """Gradient of (λ/n)·Σ(ρ − r)²: along the radius, which is the direction of z in the frame there."""
        size = np.abs(self.z)
        unit = np.divide(self.z, size, out=np.zeros_like(self.z), where=size > 0)
        outward: NDArray[np.float64] = (2 * self._weight / len(self.z)) * (2 * np.arctanh(size) - depths)
        return np.multiply(unit, outward, dtype=np.complex128)
