"""Distances of all pairs of two blocks of points from their Gram matrix, with the derivative in closed form.

A point of a factor of curvature ±1 has ambient coordinates: itself (Euclidean space, the sphere), or the hyperboloid's for a point of the ball,

    x ↦ (1 + ‖x‖², 2x)/(1 − ‖x‖²),        cosh d = u₀v₀ − u₁v₁ − …,        cos d = ⟨u, v⟩,        d² = ‖u‖² + ‖v‖² − 2⟨u, v⟩.

A space is a product of factors, each with a scale s_f that is fitted: d² = Σ_f s_f² d_f², so the curvature of a factor is ±1/s_f². One matrix product and
a few passes over n × m numbers give all distances, and as many their derivatives, without a graph of operations.

In float64 cosh d is right to 10⁻¹⁶·e^(r+r'): distances of points at the depth r = 15 are good to 0.05, and training needs no more. Ranks are taken from
`Manifold.pairwise`, which is accurate at every depth.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gromov.core import InputError
from gromov.spaces import Euclidean, Manifold, PoincareBall, Product, Sphere

DEEPEST = 15.0
"""Training keeps hyperbolic points within this distance of the origin, in units of the radius of curvature."""
_NEAR = 1e-9


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor of the space being fitted.

    Attributes:
        sign: Of its curvature: −1, 0 or 1.
        dim: Its dimension.
    """

    sign: int
    dim: int

    def chart(self) -> Manifold:
        """The space of curvature −1, 0 or 1 whose points are fitted: ball, Euclidean space, sphere."""
        match self.sign:
            case -1:
                return PoincareBall()
            case 0:
                return Euclidean()
            case _:
                return Sphere()

    @property
    def width(self) -> int:
        """Entries of a point."""
        return self.dim + (self.sign > 0)


def factors_of(name: str, dim: int) -> tuple[Factor, ...]:
    """`hyperbolic`, `euclidean`, `sphere`, or `product`: Hᵃ × Sᵇ with a = ⌈dim/2⌉ and a + b = dim.

    Raises:
        InputError: another name, or too few dimensions for the space.
    """
    if dim < 1 or (name == "product" and dim < 2):
        raise InputError(f"--dim is {dim}; {'a product needs at least 2' if name == 'product' else 'it must be at least 1'}")
    match name:
        case "hyperbolic":
            return (Factor(-1, dim),)
        case "euclidean":
            return (Factor(0, dim),)
        case "sphere":
            return (Factor(1, dim),)
        case "product":
            return (Factor(-1, dim - dim // 2), Factor(1, dim // 2))
        case _:
            raise InputError(f"--space is {name!r}; it must be hyperbolic, euclidean, sphere, product or auto")


def unit_space(factors: tuple[Factor, ...]) -> Manifold:
    """The space of the points while they are fitted, every factor of curvature −1, 0 or 1."""
    charts = [(factor.chart(), factor.dim) for factor in factors]
    return charts[0][0] if len(charts) == 1 else Product(charts)


def start_points(factors: tuple[Factor, ...], drawn: Float[Tensor, "n d"]) -> Float[Tensor, "n w"]:
    """Points that lie as far from the origin, and in those directions, as `drawn` says."""
    space = unit_space(factors)
    return space.project(space.exp(space.origin(drawn.shape[1], dtype=drawn.dtype), space.from_frame(drawn))).contiguous()


def keep_near(factors: tuple[Factor, ...], points: Float[Tensor, "n w"]) -> None:
    """Bring hyperbolic points that went deeper than their Gram matrix can see back, in place."""
    start = 0
    for factor in factors:
        if factor.sign < 0:
            part = points[:, start : start + factor.width]
            size = torch.linalg.vector_norm(part, dim=1, keepdim=True)
            part *= (math.tanh(DEEPEST / 2) / size.clamp_min(1e-300)).clamp_max(1.0)
        start += factor.width


def scaled_space(factors: tuple[Factor, ...], scales: Float[Tensor, " f"]) -> Manifold:
    """The space of the result, factor f of curvature ±1/s_f²."""
    found: list[tuple[Manifold, int]] = []
    for factor, scale in zip(factors, scales.tolist(), strict=True):
        curvature = factor.sign / scale**2
        space = Euclidean() if not factor.sign else Sphere(curvature) if factor.sign > 0 else PoincareBall(curvature)
        found.append((space, factor.dim))
    return found[0][0] if len(found) == 1 else Product(found)


def scaled_points(factors: tuple[Factor, ...], points: Float[Tensor, "n w"], scales: Float[Tensor, " f"]) -> Float[Tensor, "n w"]:
    """The points in the space of the result: every chart is scaled by the length s_f."""
    parts = points.split([factor.width for factor in factors], dim=1)
    return torch.cat([part * scale for part, scale in zip(parts, scales, strict=True)], dim=1)


@dataclass(slots=True, eq=False)
class PairDistances:
    """Distances between two blocks of points, and what their derivatives are made of.

    Attributes:
        total: d, b × m.
        factors: The factors.
        rows: Points of the first block, b × w.
        columns: Points of the second, m × w.
        scales: s_f.
        parts: For each factor its distances d_f (None where it is the only one, and d = s·d_f), the ambient points, and sinh d_f, d_f or sin d_f.
    """

    total: Float[Tensor, "b m"]
    factors: tuple[Factor, ...]
    rows: Float[Tensor, "b w"]
    columns: Float[Tensor, "m w"]
    scales: Float[Tensor, " f"]
    parts: list[tuple[Tensor | None, Tensor, Tensor, Tensor]]

    @classmethod
    def of(
        cls, factors: tuple[Factor, ...], rows: Float[Tensor, "b w"], columns: Float[Tensor, "m w"], scales: Float[Tensor, " f"]
    ) -> "PairDistances":
        """All distances; b·m·(w + 1) multiplications."""
        widths = [factor.width for factor in factors]
        blocks = zip(factors, rows.split(widths, dim=1), columns.split(widths, dim=1), strict=True)
        found = [_distances(factor, x, y) for factor, x, y in blocks]
        if len(found) == 1:
            d, u, v, slope = found[0]
            return cls(d.mul_(scales[0]), factors, rows, columns, scales, [(None, u, v, slope)])
        squares = torch.zeros_like(found[0][0])
        for (d, *_), scale in zip(found, scales, strict=True):
            squares.addcmul_(d, d, value=float(scale) ** 2)
        return cls(squares.clamp_min_(_NEAR**2).sqrt_(), factors, rows, columns, scales, list(found))

    def pull(
        self, weights: Float[Tensor, "b m"], total: Float[Tensor, "b m"]
    ) -> tuple[Float[Tensor, "b w"], Float[Tensor, "m w"], Float[Tensor, " f"]]:
        """Derivatives in the rows, the columns and log s_f of a loss whose derivative in d is `weights` (overwritten).

        Args:
            weights: ∂L/∂d; 0 where a point meets itself.
            total: d.
        """
        row_parts: list[Tensor] = []
        column_parts: list[Tensor] = []
        scale_parts: list[Tensor] = []
        widths = [factor.width for factor in self.factors]
        blocks = zip(self.factors, self.rows.split(widths, 1), self.columns.split(widths, 1), self.scales, self.parts, strict=True)
        if len(self.factors) > 1:
            weights = weights / total
        for factor, x, y, scale, (d, u, v, slope) in blocks:
            if d is None:
                scale_parts.append((weights * total).sum())
                pull = weights.div_(slope).mul_(scale)
            else:
                scale_parts.append((weights * d * d).sum() * scale * scale)
                pull = (weights * d).div_(slope).mul_(scale * scale)
            in_rows, in_columns = _pulled(factor, pull, u, v)
            if factor.sign < 0:
                in_rows, in_columns = _to_ball(x, in_rows), _to_ball(y, in_columns)
            row_parts.append(in_rows)
            column_parts.append(in_columns)
        return torch.cat(row_parts, 1), torch.cat(column_parts, 1), torch.stack(scale_parts)


def _distances(factor: Factor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """d, the ambient points, and what dd divides by: sinh d, d or sin d."""
    if factor.sign == 0:
        square = torch.addmm((y * y).sum(1)[None], x, y.T, alpha=-2).add_((x * x).sum(1)[:, None])
        d = square.clamp_min_(_NEAR**2).sqrt_()
        return d, x, y, d.clone()
    if factor.sign > 0:
        cosine = (x @ y.T).clamp_(-1 + _NEAR**1.5, 1 - _NEAR**1.5)
        sine = (1 - cosine * cosine).sqrt_()
        return torch.atan2(sine, cosine), x, y, sine
    u, v = _to_hyperboloid(x), _to_hyperboloid(y)
    flipped = v.clone()
    flipped[:, 1:].neg_()
    cosh = (u @ flipped.T).clamp_min_(1 + _NEAR**1.5)
    sinh = torch.addcmul(cosh.new_tensor(-1.0), cosh, cosh).sqrt_()
    return cosh.add_(sinh).log_(), u, v, sinh


def _pulled(factor: Factor, pull: Tensor, u: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """Derivatives in the ambient points, from ∂L/∂d over sinh d, d or sin d."""
    if factor.sign == 0:
        return pull.sum(1, keepdim=True) * u - pull @ v, pull.sum(0)[:, None] * v - pull.T @ u
    if factor.sign > 0:
        return -(pull @ v), -(pull.T @ u)
    in_rows, in_columns = -(pull @ v), -(pull.T @ u)
    in_rows[:, 0].neg_()
    in_columns[:, 0].neg_()
    return in_rows, in_columns


def _to_hyperboloid(x: Tensor) -> Tensor:
    square = (x * x).sum(1, keepdim=True)
    return torch.cat([1 + square, 2 * x], dim=1) / (1 - square)


def _to_ball(x: Tensor, slope: Tensor) -> Tensor:
    """Derivatives in the ball from those on the hyperboloid: (2/(1 − ‖x‖²))·(s + 2x(s₀ + ⟨x, s⟩)/(1 − ‖x‖²)), s₀ the first entry."""
    depth = 2 / (1 - (x * x).sum(1, keepdim=True))
    rest = slope[:, 1:]
    return depth * (rest + depth * x * (slope[:, :1] + (x * rest).sum(1, keepdim=True)))
