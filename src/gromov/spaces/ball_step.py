"""An optimiser's step in the Poincaré ball, in closed form: gradient, momentum, geodesic and transport in two passes over the rows.

The momentum m' = keep·m + add·(α²/4)·∂ and the step v = f·m' lie on one geodesic, and so do exp and transport: both stay in the plane of
x and m', so the new point and the new momentum are linear combinations of x, m and the partial derivatives ∂. Their coefficients follow
from the six inner products of the three, one number each a row: the first pass takes the products, the second combines. With
α = 1 − c‖x‖², y = T·m', T = (f/α)·tanh(z)/z, z = √c‖m'‖f/α, p = c⟨x, y⟩, w = c‖y‖² and D = α(1 − w) + c‖x + y‖²:

    x' = x ⊕ y = x + (α/D)(y + w x),        α' = α(1 − w)/D,
    transported m' = (α'/(αD))·((1 − c‖x‖²w) m' + 2cT‖m'‖²(1 + p) x).

The transport is (λ_x/λ_x')·gyr[x, y], written out for a vector parallel to y. Products of rows cancel only where a step leads back through
the origin to where it came from; the rest of the library's formulas, written with differences, are for that.

Reference: Bécigneul, Ganea (2019), Riemannian adaptive optimization methods, arXiv:1810.00760; Ungar (2008), A gyrovector space approach
to hyperbolic geometry.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from gromov.spaces.smooth import dot

_LEAST = 8
"""α of a point at the rim to which the ball projects, in machine epsilons."""
_DOUBTFUL = 64
"""Below this many machine epsilons of α the rounding of x' may put it outside: it has to be projected."""


class Moved(NamedTuple):
    """Where a step has led.

    Attributes:
        point: x'.
        momentum: m', tangent at x'.
        doubtful: Whether any point has to be projected; None where all are legal already.
    """

    point: Float[Tensor, "*batch coordinates"]
    momentum: Float[Tensor, "*batch coordinates"]
    doubtful: Bool[Tensor, ""] | None


def ball_step(
    x: Float[Tensor, "*batch d"],
    derivative: Float[Tensor, "*batch d"],
    momentum: Float[Tensor, "*batch d"],
    keep: Float[Tensor, "*#batch"],
    add: Float[Tensor, "*#batch"],
    factor: Callable[[Tensor], Tensor],
    c: Float[Tensor, ""],
) -> Moved:
    """exp_x(f·m') and m' transported there, m' = keep·m + add·gradient.

    Args:
        x: Points.
        derivative: Partial derivatives ∂.
        momentum: m, tangent at x.
        keep: Share of the momentum that stays.
        add: Share of the gradient that joins it.
        factor: f from the squared Riemannian length of the gradient, α²‖∂‖²/4.
        c: −K.

    Cost: reads x, ∂ and m twice, writes two tensors of their size; compiled, it holds no third.
    """
    tiny = torch.finfo(x.dtype).tiny
    square = c * dot(x, x)
    alpha = 1 - square
    shrink = alpha * alpha / 4
    joined = add * shrink
    along_x = c * (keep * dot(x, momentum) + joined * dot(x, derivative))
    steep = dot(derivative, derivative)
    length = c * (keep * keep * dot(momentum, momentum) + 2 * keep * joined * dot(momentum, derivative) + joined * joined * steep)
    length = length.clamp_min(0)

    f = factor(shrink * steep)
    z = torch.sqrt(length) * f.abs() / alpha
    scale = f / alpha * torch.tanh(z) / z.clamp_min(tiny)
    p, w = scale * along_x, scale * scale * length
    denominator = alpha * (1 - w) + (square + 2 * p + w).clamp_min(0)
    new_alpha = alpha * (1 - w) / denominator

    point_x = 1 + alpha * w / denominator
    point_m = alpha * scale / denominator
    stretch = new_alpha.clamp_min(_LEAST * torch.finfo(x.dtype).eps) / (alpha * denominator)
    momentum_m = stretch * (1 - square * w)
    momentum_x = 2 * stretch * scale * length * (1 + p)
    return Moved(
        _combine(point_x, x, point_m * keep, momentum, point_m * joined, derivative),
        _combine(momentum_x, x, momentum_m * keep, momentum, momentum_m * joined, derivative),
        (new_alpha < _DOUBTFUL * torch.finfo(x.dtype).eps).any(),
    )


def pull_to_origin(x: Float[Tensor, "*batch d"], c: Float[Tensor, ""]) -> Float[Tensor, "*batch d"]:
    """Partial derivatives of ½d(x, 0)²: (4/α)·artanh(√c‖x‖)/(√c‖x‖)·x."""
    size = torch.sqrt(c * dot(x, x)).clamp_min(torch.finfo(x.dtype).tiny)
    reach = torch.atanh(size.clamp(max=1 - torch.finfo(x.dtype).eps / 2)) / size
    return (4 * reach / (1 - c * dot(x, x)))[..., None] * x


def _combine(a: Tensor, x: Tensor, b: Tensor, y: Tensor, e: Tensor, z: Tensor) -> Tensor:
    return a[..., None] * x + b[..., None] * y + e[..., None] * z
