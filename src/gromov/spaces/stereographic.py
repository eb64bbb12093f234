"""The κ-stereographic model: hyperbolic, flat and spherical space in one formula each.

Metric (2/(1 + κ‖x‖²))²‖dx‖². κ < 0 is the Poincaré ball of radius 1/√−κ; κ > 0 the sphere of radius 1/√κ seen from a pole; κ = 0
Euclidean space with lengths doubled. Everything below is analytic in κ through 0. Write α = 1 + κ‖x‖², β = 1 + κ‖y‖², δ = y − x.

Reference: Bachmann, Bécigneul, Ganea (2020), Constant curvature graph convolutional networks. arXiv:1911.05076.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from gromov.spaces.gyrovector import gyration, mobius_add, nearness
from gromov.spaces.smooth import arcsine_ratio, arctangent_ratio, dot, root, tangent_ratio


def conformal_factor(x: Float[Tensor, "... d"], kappa: Float[Tensor, ""]) -> Float[Tensor, "..."]:
    """λ_x = 2/(1 + κ‖x‖²): length in the space per length in the chart."""
    return 2 / (1 + kappa * dot(x, x))


def distance(x: Float[Tensor, "... d"], y: Float[Tensor, "... d"], kappa: Float[Tensor, ""]) -> Float[Tensor, "..."]:
    """d(x, y) = 2 arcsin_κ(‖δ‖/√(αβ)), which stays accurate at small distances, near the boundary and near the antipode."""
    chord = _chord(x, y, kappa)
    return 2 * root(chord.sine_square) * _length_ratio(chord, kappa)


def exp(x: Float[Tensor, "... d"], v: Float[Tensor, "... d"], kappa: Float[Tensor, ""]) -> Float[Tensor, "... d"]:
    """exp_x v = x ⊕ tan_κ(λ_x‖v‖/2) v/‖v‖."""
    half = v / (1 + kappa * dot(x, x))[..., None]
    return mobius_add(x, half * tangent_ratio(kappa * dot(half, half))[..., None], kappa)


def log(x: Float[Tensor, "... d"], y: Float[Tensor, "... d"], kappa: Float[Tensor, ""]) -> Float[Tensor, "... d"]:
    """log_x y = α·(d/2)·w/‖w‖ with w = (−x) ⊕ y ∝ αδ + κ‖δ‖² x."""
    delta, alpha, chord = y - x, 1 + kappa * dot(x, x), _chord(x, y, kappa)
    # w·αβ, and ‖αδ + κ‖δ‖²x‖ = ‖δ‖·√(αβ − κ‖δ‖²)
    flat = alpha[..., None] * delta + (kappa * dot(delta, delta))[..., None] * x
    scale = alpha * _length_ratio(chord, kappa) * torch.rsqrt(chord.cosine_square.clamp_min(torch.finfo(x.dtype).tiny)) / chord.product
    return scale[..., None] * flat


def transport(
    x: Float[Tensor, "... d"], y: Float[Tensor, "... d"], vector: Float[Tensor, "... d"], kappa: Float[Tensor, ""]
) -> Float[Tensor, "... d"]:
    """Parallel transport from x to y: (λ_x/λ_y) gyr[y, −x] v."""
    ratio = (1 + kappa * dot(y, y)) / (1 + kappa * dot(x, x))
    return ratio[..., None] * gyration(y, -x, vector, kappa)


def midpoint(x: Float[Tensor, "... n d"], weights: Float[Tensor, "... n"], kappa: Float[Tensor, ""]) -> Float[Tensor, "... d"]:
    """The Einstein midpoint ½ ⊗ Σ wλx/Σ w(λ − 1): the centroid of the points of the hyperboloid or sphere, carried back.

    In Klein's model, k = 2x/(1 − κ‖x‖²) and γ = λ − 1, it is Σ wγk/Σ wγ.

    Reference: Ungar (2005), Analytic hyperbolic geometry.
    """
    factor = conformal_factor(x, kappa)
    total = ((weights * factor)[..., None] * x).sum(dim=-2)
    klein = total / (weights * (factor - 1)).sum(dim=-1)[..., None]
    return klein / (1 + torch.sqrt((1 + kappa * dot(klein, klein)).clamp_min(0)))[..., None]


def hyperplane_sine(
    x: Float[Tensor, "... d"],
    direction: Float[Tensor, "... d"],
    sine: Float[Tensor, "..."],
    cosine: Float[Tensor, "..."],
    kappa: Float[Tensor, ""],
) -> Float[Tensor, "..."]:
    """sin_κ of the signed distance of x to the hyperplane at distance o along `direction`: (2⟨x, n⟩ cos_κ o − (1 − κ‖x‖²) sin_κ o)/α.

    Args:
        x: Points.
        direction: Unit vectors n in the chart.
        sine: sin_κ o.
        cosine: cos_κ o.
        kappa: Curvature.
    """
    square = kappa * dot(x, x)
    return (2 * dot(x, direction) * cosine - (1 - square) * sine) / (1 + square)


class _Chord(NamedTuple):
    """Half the angle between two points, in the sense of κ.

    Attributes:
        sine_square: sin_κ²(d/2) = ‖δ‖²/(αβ).
        cosine_square: cos²(√κ d/2).
        product: αβ.
    """

    sine_square: Tensor
    cosine_square: Tensor
    product: Tensor


def _chord(x: Float[Tensor, "... d"], y: Float[Tensor, "... d"], kappa: Float[Tensor, ""]) -> _Chord:
    delta, product = y - x, (1 + kappa * dot(x, x)) * (1 + kappa * dot(y, y))
    return _Chord(dot(delta, delta) / product, nearness(x, y, kappa) / product, product)


def _length_ratio(chord: _Chord, kappa: Float[Tensor, ""]) -> Float[Tensor, "..."]:
    """arcsin_κ(s)/s for s² = sine_square; past a right angle from the tangent, arcsin s = arctan(s/cos), for arcsin loses half the digits."""
    u = kappa * chord.sine_square
    steep = u > chord.cosine_square
    cosine_square = torch.where(steep, chord.cosine_square, 1.0).clamp_min(torch.finfo(u.dtype).tiny)
    gentle = arcsine_ratio(torch.where(steep, 0.0, u))
    return torch.where(steep, arctangent_ratio(torch.where(steep, u, 0.0) / cosine_square) * torch.rsqrt(cosine_square), gentle)
