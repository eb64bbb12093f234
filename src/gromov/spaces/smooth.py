"""The trigonometry of constant curvature: four functions of u = κ·s² that are analytic through κ = 0.

In a space of curvature κ the sine of a length s is sin_κ(s) = s·sine_ratio(κ s²): sin(√κ s)/√κ where κ > 0, sinh(√−κ s)/√−κ where
κ < 0, s itself in flat space. Written as a ratio of the *squared* length, it needs no square root at s = 0, so gradients are finite
there, and no case for κ = 0, so a curvature may change its sign while it is learnt. The tangent and the two inverses likewise.

Near u = 0 a Taylor series stands in (its terms fall below 1e-17 where |u| < 0.01); elsewhere the circular or hyperbolic function does.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

_SERIES_BELOW = 1e-2
_SINE = (1.0, -1 / 6, 1 / 120, -1 / 5040, 1 / 362880)
_TANGENT = (1.0, 1 / 3, 2 / 15, 17 / 315, 62 / 2835, 1382 / 155925, 21844 / 6081075, 929569 / 638512875)
_ARCSINE = (1.0, 1 / 6, 3 / 40, 5 / 112, 35 / 1152, 63 / 2816, 231 / 13312, 143 / 10240)
_ARCTANGENT = (1.0, -1 / 3, 1 / 5, -1 / 7, 1 / 9, -1 / 11, 1 / 13, -1 / 15)
_COSINE = (1.0, -1 / 2, 1 / 24, -1 / 720, 1 / 40320, -1 / 3628800)


def sine_ratio(u: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """sin(√u)/√u for u > 0, sinh(√−u)/√−u for u < 0, 1 at 0."""
    return _by_sign(u, _SINE, lambda s: torch.sin(s) / s, lambda s: torch.sinh(s) / s)


def tangent_ratio(u: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """tan(√u)/√u for u > 0, tanh(√−u)/√−u for u < 0, 1 at 0."""
    return _by_sign(u, _TANGENT, lambda s: torch.tan(s) / s, lambda s: torch.tanh(s) / s)


def arcsine_ratio(u: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """arcsin(√u)/√u for 0 < u ≤ 1, arsinh(√−u)/√−u for u < 0, 1 at 0."""
    return _by_sign(u, _ARCSINE, lambda s: torch.asin(s.clamp(max=1.0)) / s, lambda s: torch.asinh(s) / s)


def arctangent_ratio(u: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """arctan(√u)/√u for u > 0, artanh(√−u)/√−u for −1 < u < 0, 1 at 0; beyond −1 the largest float below 1 stands for √−u."""
    below_one = 1.0 - torch.finfo(u.dtype).eps / 2
    return _by_sign(u, _ARCTANGENT, lambda s: torch.atan(s) / s, lambda s: torch.atanh(s.clamp(max=below_one)) / s)


def cosine(u: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """cos(√u) for u > 0, cosh(√−u) for u < 0, 1 at 0."""
    return _by_sign(u, _COSINE, torch.cos, torch.cosh)


def root(squared: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """√squared, with gradient 0 instead of ∞ at 0; what rounding has made negative counts as 0."""
    positive = squared > 0
    return torch.where(positive, torch.sqrt(torch.where(positive, squared, 1.0)), 0.0)


def norm(x: Float[Tensor, "... d"]) -> Float[Tensor, "..."]:
    """‖x‖ of vectors so short that their squares would underflow, with gradient 0 at 0."""
    unit = x.detach().abs().amax(dim=-1)
    unit = torch.where(unit > 0, unit, 1.0)
    part = x / unit[..., None]
    return unit * root(dot(part, part))


def dot(x: Float[Tensor, "... d"], y: Float[Tensor, "... d"]) -> Float[Tensor, "..."]:
    """⟨x, y⟩ along the last axis; a product and a sum, so that autocast leaves its precision alone."""
    return (x * y).sum(dim=-1)


def _by_sign(
    u: Float[Tensor, "*shape"],
    series: tuple[float, ...],
    circular: Callable[[Tensor], Tensor],
    hyperbolic: Callable[[Tensor], Tensor],
) -> Float[Tensor, "*shape"]:
    small = u.abs() < _SERIES_BELOW
    # each branch is fed a harmless value where another is taken, so that no NaN reaches a gradient
    near = torch.where(small, u, 0.0)
    value = torch.full_like(u, series[-1])
    for coefficient in reversed(series[:-1]):
        value = value * near + coefficient
    s = torch.sqrt(torch.where(small, 1.0, u.abs()))
    far = torch.where(u > 0, circular(torch.where(u > 0, s, 0.5)), hyperbolic(torch.where(u > 0, 0.5, s)))
    return torch.where(small, value, far)
