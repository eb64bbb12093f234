"""Möbius addition and its gyrations: the algebra of the κ-stereographic model, for κ of either sign.

Points satisfy 1 + κ‖x‖² > 0: the ball of radius 1/√−κ where κ < 0, all of ℝᵈ otherwise. κ = 0 is vector addition. Sums are written with
x + y and ‖x + y‖², not as the usual polynomial in ⟨x, y⟩: near x = −y that one loses every digit, and these differences are what exp,
log and transport are made of.

Reference: Ungar (2008), A gyrovector space approach to hyperbolic geometry; Bachmann, Bécigneul, Ganea (2020), Constant curvature graph
convolutional networks, arXiv:1911.05076.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from gromov.spaces.smooth import arctangent_ratio, dot, tangent_ratio


def mobius_add(x: Float[Tensor, "... d"], y: Float[Tensor, "... d"], kappa: Float[Tensor, ""]) -> Float[Tensor, "... d"]:
    """x ⊕ y = (α(x + y) − κ‖x + y‖² x) / (αβ − κ‖x + y‖²), α = 1 + κ‖x‖², β = 1 + κ‖y‖²."""
    total = x + y
    square = (kappa * dot(total, total))[..., None]
    alpha = (1 + kappa * dot(x, x))[..., None]
    return (alpha * total - square * x) / nearness(-x, y, kappa)[..., None]


def nearness(x: Float[Tensor, "... d"], y: Float[Tensor, "... d"], kappa: Float[Tensor, ""]) -> Float[Tensor, "..."]:
    """αβ − κ‖y − x‖² = 1 + 2κ⟨x, y⟩ + κ²‖x‖²‖y‖² = αβ·cos²(√κ d/2): αβ where y is x, 0 where y is its antipode −x/(κ‖x‖²).

    Past a right angle the difference cancels, and is taken as ‖κ‖x‖y + x/‖x‖‖², the distance of y to the antipode.
    """
    x_square, y_square, delta = dot(x, x), dot(y, y), y - x
    product = (1 + kappa * x_square) * (1 + kappa * y_square)
    plain = product - kappa * dot(delta, delta)
    steep = plain < product / 2
    first = (x_square > y_square)[..., None]
    outer, inner = torch.where(first, x, y), torch.where(first, y, x)
    size = torch.sqrt(torch.where(steep, torch.maximum(x_square, y_square), 1.0))[..., None]
    opposite = kappa * size * inner + outer / size
    return torch.where(steep, dot(opposite, opposite), plain)


def gyration(
    a: Float[Tensor, "... d"], b: Float[Tensor, "... d"], vector: Float[Tensor, "... d"], kappa: Float[Tensor, ""]
) -> Float[Tensor, "... d"]:
    """gyr[a, b] v = ⊖(a ⊕ b) ⊕ (a ⊕ (b ⊕ v)), the rotation by which Möbius addition fails to be associative.

    With x = −b and δ = a + b it is v + 2N/(αβ − κ‖δ‖²),
    N = −(κ⟨δ, v⟩α + κ²‖δ‖²⟨x, v⟩) x + (κ⟨x, v⟩α − κ²‖x‖²⟨δ, v⟩ + 2κ²⟨x, δ⟩⟨x, v⟩) δ: every term is of the order of δ, so nothing cancels
    when a is close to −b. Undefined where a is the antipode of −b; it returns v there.
    """
    x, delta = -b, a + b
    x_v, delta_v = dot(x, vector), dot(delta, vector)
    x_x, delta_delta = dot(x, x), dot(delta, delta)
    alpha = 1 + kappa * x_x
    along_x = -kappa * (delta_v * alpha + kappa * delta_delta * x_v)
    along_delta = kappa * (x_v * alpha - kappa * x_x * delta_v + 2 * kappa * dot(x, delta) * x_v)
    rest = nearness(x, a, kappa)
    scale = torch.where(rest > 0, 2 / torch.where(rest > 0, rest, 1.0), 0.0)
    return vector + (scale * along_x)[..., None] * x + (scale * along_delta)[..., None] * delta


def mobius_scale(factor: Float[Tensor, "..."] | float, x: Float[Tensor, "... d"], kappa: Float[Tensor, ""]) -> Float[Tensor, "... d"]:
    """t ⊗ x = exp₀(t·log₀ x): the point at t times the distance of x from the origin, in its direction."""
    return from_origin(factor * to_origin(x, kappa), kappa)


def mobius_linear(matrix: Float[Tensor, "e d"], x: Float[Tensor, "... d"], kappa: Float[Tensor, ""]) -> Float[Tensor, "... e"]:
    """M ⊗ x = exp₀(M log₀ x) = (1/√c)·tanh((‖Mx‖/‖x‖)·artanh(√c‖x‖))·Mx/‖Mx‖ for κ = −c < 0.

    Reference: Ganea, Bécigneul, Hofmann (2018), Hyperbolic neural networks. arXiv:1805.09112.
    """
    with torch.autocast(x.device.type, enabled=False):  # half precision cannot hold a hyperbolic point
        return from_origin(to_origin(x, kappa) @ matrix.to(x.dtype).T, kappa)


def from_origin(v: Float[Tensor, "... d"], kappa: Float[Tensor, ""]) -> Float[Tensor, "... d"]:
    """v·tan_κ(‖v‖)/‖v‖: the exponential map at the origin, where the metric is 4‖v‖²."""
    return v * tangent_ratio(kappa * dot(v, v))[..., None]


def to_origin(x: Float[Tensor, "... d"], kappa: Float[Tensor, ""]) -> Float[Tensor, "... d"]:
    """x·arctan_κ(‖x‖)/‖x‖: the logarithm at the origin."""
    return x * arctangent_ratio(kappa * dot(x, x))[..., None]
