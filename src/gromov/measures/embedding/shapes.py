"""Spaces of constant curvature and their products, as what a fit needs: distances of pairs and their derivatives.

A point of a factor is written in normal coordinates z, the vector of length r = d(origin, z) in the unit of the data. Then a change of the
radius of curvature ρ = 1/√|K| at fixed z moves the far sides of triangles and nothing else, which is why curvature can be fitted along with
the positions. With u = exp_origin(z/ρ) on the unit sphere or the unit hyperboloid,

    cos a = u₀v₀ + u₁v₁ + …   (sphere)        cosh a = u₀v₀ − u₁v₁ − …   (hyperboloid)        d̂ = ρ·a

and a product has d̂² = Σ d̂_f² over its factors. Everything is a Gram matrix and functions of its entries, so n points cost n²·d
multiplications. The formulas are those of `gromov.spaces`, with their derivatives written out and without torch.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer
from numpy.typing import NDArray

_NEAR = 1e-9
_TINY = 1e-12
_SERIES = 1e-3
_DEEPEST = 40.0
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor: the sign of its curvature (−1, 0, 1) and its dimension."""

    sign: int
    dim: int


@dataclass(frozen=True, slots=True)
class Shape:
    """A space up to its curvature: a name and its factors."""

    name: str
    factors: tuple[Factor, ...]

    @property
    def dim(self) -> int:
        """Total dimension."""
        return sum(factor.dim for factor in self.factors)

    @property
    def curved(self) -> int:
        """Number of radii of curvature to fit."""
        return sum(factor.sign != 0 for factor in self.factors)

    def parts(self, z: Float[np.ndarray, "n d"], radii: Float[np.ndarray, " c"]) -> list[tuple[Factor, Array, float]]:
        """Factor, its columns of z and its radius (1 for flat factors)."""
        found: list[tuple[Factor, Array, float]] = []
        start = curved = 0
        for factor in self.factors:
            radius = float(radii[curved]) if factor.sign else 1.0
            found.append((factor, z[:, start : start + factor.dim], radius))
            start, curved = start + factor.dim, curved + (factor.sign != 0)
        return found


def shape(name: str, dim: int) -> Shape:
    """`euclidean`, `spherical`, `hyperbolic`, or `product`: Hᵃ × Sᵇ with a = ⌈dim/2⌉ and a + b = dim."""
    factors = {
        "euclidean": (Factor(0, dim),),
        "spherical": (Factor(1, dim),),
        "hyperbolic": (Factor(-1, dim),),
        "product": (Factor(-1, dim - dim // 2), Factor(1, dim // 2)),
    }
    return Shape(name, factors[name])


def ambient(z: Float[np.ndarray, "n d"], radius: float, sign: int) -> Float[np.ndarray, "n e"]:
    """u = exp_origin(z/ρ) on the unit sphere or hyperboloid: (cos r, sin r·z/|z|), or with cosh and sinh, r = |z|/ρ."""
    r = np.sqrt((z * z).sum(axis=1)) / radius
    _, sine_ratio, cosine = _trigonometry(r, sign)
    return np.column_stack([cosine, z * (sine_ratio / radius)[:, None]])


def angular_stretch(z: Float[np.ndarray, "n d"], radius: float, sign: int) -> Float[np.ndarray, " n"]:
    """sin r/r or sinh r/r: by how much exp stretches what is at right angles to z."""
    return _trigonometry(np.sqrt((z * z).sum(axis=1)) / radius, sign)[1]


def distances(
    shape: Shape, z: Float[np.ndarray, "n d"], radii: Float[np.ndarray, " c"], pairs: Integer[np.ndarray, " m"]
) -> Float[np.ndarray, " m"]:
    """d̂ of pairs, each given as i·n + j."""
    squares = [_squares(factor, part, radius, pairs)[0] for factor, part, radius in shape.parts(z, radii)]
    return np.sqrt(np.sum(squares, axis=0))


def stress(
    shape: Shape,
    z: Float[np.ndarray, "n d"],
    radii: Float[np.ndarray, " c"],
    pairs: Integer[np.ndarray, " m"],
    wanted: Float[np.ndarray, " m"],
) -> tuple[float, Float[np.ndarray, "n d"], Float[np.ndarray, " c"]]:
    """½Σ(d̂ − d)² over pairs i < j, with its derivatives in z and in log ρ.

    Since d̂(z, ρ) = ρ·a(z/ρ) is homogeneous, ∂d̂/∂log ρ = d̂ − ⟨z, ∂d̂/∂z⟩.
    """
    n = len(z)
    parts = shape.parts(z, radii)
    each = [_squares(factor, part, radius, pairs) for factor, part, radius in parts]
    fitted = np.sqrt(np.sum([squares for squares, _, _ in each], axis=0))
    residual = fitted - wanted
    pull = residual / np.maximum(fitted, _NEAR)
    slopes: list[Array] = []
    radial: list[float] = []
    for (factor, part, radius), (squares, u, halves) in zip(parts, each, strict=True):
        weights = np.zeros(n * n)
        weights[pairs] = pull if halves is None else pull * halves
        weights = weights.reshape(n, n)
        if factor.sign == 0:
            slopes.append((weights.sum(axis=0) + weights.sum(axis=1))[:, None] * part - (weights @ part + weights.T @ part))
            continue
        paired = -factor.sign * u * _metric(factor)
        slope = _pulled_back(part, radius, factor.sign, radius**2 * (weights @ paired + weights.T @ paired))
        slopes.append(slope)
        radial.append(float(pull @ squares) - float((part * slope).sum()))
    return 0.5 * float(residual @ residual), np.concatenate(slopes, axis=1), np.array(radial)


def _squares(
    factor: Factor, z: Array, radius: float, pairs: Integer[np.ndarray, " m"]
) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, "n e"], Float[np.ndarray, " m"] | None]:
    """d̂² of pairs in a factor, the points on the unit surface, and a/sin a or a/sinh a."""
    if factor.sign == 0:
        squares = (z * z).sum(axis=1)
        return np.maximum(np.take(squares[:, None] + squares - 2 * (z @ z.T), pairs), 0.0), z, None
    u = ambient(z, radius, factor.sign)
    inner = np.take((u * _metric(factor)) @ u.T, pairs)
    if factor.sign > 0:
        inner = np.minimum(np.maximum(inner, -1.0), 1.0)
        angle = np.arccos(inner)
        sine = np.sqrt(np.maximum(1 - inner * inner, _TINY))
    else:
        inner = np.maximum(inner, 1.0)
        sine = np.sqrt(inner * inner - 1)
        angle = np.log(inner + sine)
        sine = np.maximum(sine, np.sqrt(_TINY))
    halves = np.where(angle > 2e-6, angle / sine, 1.0)
    return (radius * angle) ** 2, u, halves


def _metric(factor: Factor) -> Float[np.ndarray, " e"]:
    """1, 1, … of the sphere's inner product; 1, −1, −1, … of what cosh a is made of."""
    metric = np.full(factor.dim + 1, float(factor.sign))
    metric[0] = 1.0
    return metric


def _pulled_back(z: Array, radius: float, sign: int, slope: Float[np.ndarray, "n e"]) -> Float[np.ndarray, "n d"]:
    """Derivatives in z from those in u = exp_origin(z/ρ)."""
    w = z / radius
    r = np.sqrt((w * w).sum(axis=1))
    r, sine_ratio, cosine = _trigonometry(r, sign)
    small = r < _SERIES
    bend = np.where(small, -sign / 3.0, (cosine - sine_ratio) / np.where(small, 1.0, r * r))
    along = (w * slope[:, 1:]).sum(axis=1)
    return (slope[:, 1:] * sine_ratio[:, None] + w * (bend * along - sign * sine_ratio * slope[:, 0])[:, None]) / radius


def _trigonometry(r: Float[np.ndarray, " n"], sign: int) -> tuple[Array, Array, Array]:
    """r, sin r/r and cos r, or sinh r/r and cosh r, held where a line search strays too far for double precision."""
    safe = np.maximum(r, _TINY)
    if sign > 0:
        return r, np.sin(safe) / safe, np.cos(r)
    held = np.minimum(safe, _DEEPEST)
    return r, np.sinh(held) / safe, np.cosh(held)
