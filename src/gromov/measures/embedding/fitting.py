"""The embedding with the least squared error over given pairs, and its curvature."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from gromov.measures.embedding.shapes import Array, Shape, angular_stretch, distances, stress
from gromov.measures.embedding.starts import spectral

STARTS = 4
SHORT = 12
LONG = 100
SHARPEST = {1: 4.0, -1: 24.0}
"""Largest diameter/ρ: half a great circle of a sphere, π, and room for an error of the longest distance; what double precision tells apart
in hyperbolic space."""
_FLATTEST = 0.05
_BENDS = {1: (0.3, 0.8, 1.3, 1.7), -1: (0.3, 1.0, 2.5, 6.0)}
TOLERANCE = 1e-6
_MEMORY = 10
_JITTER = 0.1
_STRETCHED = 3.0
_INSIDE = 0.99
_NEAR_LIMIT = 1.05


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """A fitted embedding, in units of the mean distance.

    Attributes:
        shape: The space.
        z: Normal coordinates of the points.
        radii: Radius of curvature of each curved factor.
        loss: ½Σ(d̂ − d)² over the pairs it was fitted to.
        steps: Evaluations of the loss it took.
    """

    shape: Shape
    z: Float[np.ndarray, "n d"]
    radii: Float[np.ndarray, " c"]
    loss: float
    steps: int

    def at_limit(self, diameter: float) -> bool:
        """Whether a curvature stopped at the flattest or the sharpest that is tried."""
        factors = [factor for factor in self.shape.factors if factor.sign]
        bounds = [(diameter / SHARPEST[factor.sign] * _NEAR_LIMIT, 1 / (_FLATTEST * _NEAR_LIMIT)) for factor in factors]
        return any(not low < radius < high for radius, (low, high) in zip(self.radii, bounds, strict=True))

    def distances(self, pairs: Integer[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
        """d̂ of pairs, each given as i·n + j."""
        return distances(self.shape, self.z, self.radii, pairs)


def embed(
    shape: Shape,
    filled: Float[np.ndarray, "n n"],
    pairs: Integer[np.ndarray, " m"],
    wanted: Float[np.ndarray, " m"],
    rng: np.random.Generator,
) -> Embedding:
    """Fit positions and curvature to the distances of `pairs`: four starts, the best of them continued.

    Every space has the same budget: four starts of 12 iterations of L-BFGS, and 100 for the best; both end where an iteration gains less
    than a millionth. Curved spaces start from the closed forms at four curvatures, flat space from classical scaling, three times jittered.

    Args:
        shape: The space.
        filled: A full matrix to begin with, in units of the mean distance; where a pair is held out, a guess made of the others.
        pairs: i·n + j, i < j.
        wanted: Their distances, in the same unit.
        rng: Source of the jitter.
    """
    diameter = float(filled.max())
    tries: list[Embedding] = []
    for start in range(STARTS):
        radii = np.array([max(1 / _BENDS[f.sign][start], diameter / SHARPEST[f.sign]) for f in shape.factors if f.sign])
        z = spectral(filled, shape, radii, first=start % len(shape.factors))
        if start and not shape.curved:
            z = z + _JITTER * start * rng.standard_normal(z.shape)
        tries.append(refine(Embedding(shape, z, radii, np.inf, 0), pairs, wanted, SHORT, diameter))
    best = min(tries, key=lambda each: each.loss)
    return refine(best, pairs, wanted, LONG, diameter)


def refine(
    start: Embedding,
    pairs: Integer[np.ndarray, " m"],
    wanted: Float[np.ndarray, " m"],
    iterations: int,
    diameter: float,
    tolerance: float = TOLERANCE,
) -> Embedding:
    """L-BFGS on normal coordinates and log ρ together.

    log ρ is held between two limits by a hyperbolic tangent: nearly flat, and the smallest sphere or the deepest hyperbolic space there is
    room and precision for.

    The coordinates are preconditioned once, at the start: a step at right angles to z is divided by the stretch of exp there, so that
    every direction of every point moves its distances alike.

    Args:
        start: Where to begin.
        pairs: i·n + j, i < j.
        wanted: Their distances.
        iterations: At most so many.
        diameter: Largest distance.
        tolerance: It ends where an iteration lowers the loss by a smaller share.
    """
    from scipy.optimize import minimize

    shape, (n, d) = start.shape, start.z.shape
    maps = [_preconditioner(factor.sign, z, radius) for factor, z, radius in shape.parts(start.z, start.radii)]
    cuts = np.cumsum([factor.dim for factor in shape.factors])[:-1]

    def moved(step: Array) -> Array:
        return np.concatenate([move(part) for move, part in zip(maps, np.split(step, cuts, axis=1), strict=True)], axis=1)

    sharpest = np.array([np.log(diameter / SHARPEST[f.sign]) for f in shape.factors if f.sign])
    half = (-np.log(_FLATTEST) - sharpest) / 2
    middle = sharpest + half

    def evaluate(parameters: Array) -> tuple[float, Array]:
        z = start.z + moved(parameters[: n * d].reshape(n, d))
        within = np.tanh(parameters[n * d :] / half)
        loss, slope, radial = stress(shape, z, np.exp(middle + half * within), pairs, wanted)
        return loss / n, np.concatenate([moved(slope).ravel(), radial * (1 - within**2)]) / n

    within = np.clip((np.log(start.radii) - middle) / half, -_INSIDE, _INSIDE)
    found = minimize(
        evaluate,
        np.concatenate([np.zeros(n * d), half * np.arctanh(within)]),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": iterations, "ftol": tolerance, "gtol": 1e-9, "maxcor": _MEMORY},
    )
    z = start.z + moved(found.x[: n * d].reshape(n, d))
    radii = np.exp(middle + half * np.tanh(found.x[n * d :] / half))
    return Embedding(shape, z, radii, float(found.fun) * n, start.steps + int(found.nfev))


def _preconditioner(sign: int, z: Array, radius: float) -> Callable[[Array], Array]:
    """For each point, 1 along z and the inverse of the stretch at right angles to it."""
    if sign == 0:
        return lambda step: step
    shrink = np.minimum(1 / np.maximum(np.abs(angular_stretch(z, radius, sign)), 1e-12), _STRETCHED)[:, None]
    unit = z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-12)
    return lambda step: shrink * step + (1 - shrink) * (step * unit).sum(axis=1, keepdims=True) * unit
