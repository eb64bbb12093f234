"""The sphere {x ∈ ℝᵈ⁺¹ : K‖x‖² = 1} of curvature K > 0.

Angles come from ‖x − y‖ and ‖x + y‖ by atan2, which is accurate for close and for nearly opposite points; arccos⟨x, y⟩ is for neither.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from gromov.spaces.smooth import cosine, dot, root, sine_ratio


def project(x: Float[Tensor, "... e"], kappa: Float[Tensor, ""]) -> Float[Tensor, "... e"]:
    """x/(√K‖x‖); the zero vector becomes the pole e₀."""
    size = root(dot(x, x))
    pole = torch.zeros_like(x)
    pole[..., 0] = 1
    unit = torch.where((size > 0)[..., None], x / torch.where(size > 0, size, 1.0)[..., None], pole)
    return unit * torch.rsqrt(kappa)


def distance(x: Float[Tensor, "... e"], y: Float[Tensor, "... e"], kappa: Float[Tensor, ""]) -> Float[Tensor, "..."]:
    """d = (2/√K)·atan2(‖x − y‖, ‖x + y‖)."""
    delta, total = x - y, x + y
    return 2 * torch.atan2(root(dot(delta, delta)), root(dot(total, total))) * torch.rsqrt(kappa)


def tangent(x: Float[Tensor, "... e"], vector: Float[Tensor, "... e"], kappa: Float[Tensor, ""]) -> Float[Tensor, "... e"]:
    """v − K⟨x, v⟩ x."""
    return vector - (kappa * dot(x, vector))[..., None] * x


def exp(x: Float[Tensor, "... e"], v: Float[Tensor, "... e"], kappa: Float[Tensor, ""]) -> Float[Tensor, "... e"]:
    """exp_x v = cos(√K‖v‖)·x + sin(√K‖v‖)/(√K‖v‖)·v."""
    u = kappa * dot(v, v)
    return cosine(u)[..., None] * x + sine_ratio(u)[..., None] * v


def log(x: Float[Tensor, "... e"], y: Float[Tensor, "... e"], kappa: Float[Tensor, ""]) -> Float[Tensor, "... e"]:
    """log_x y = (d/sin_K d)·(y − cos(√K d)·x): what of y is tangent at x, stretched from sin_K d to d.

    With δ = y − x and σ = x + y the tangent part is δ + (K/2)‖δ‖² x and also σ − (K/2)‖σ‖² x, and sin_K d = (√K/2)‖δ‖‖σ‖: the first is
    accurate for close points, the others for nearly opposite ones.
    """
    delta, total = y - x, x + y
    near, far = dot(delta, delta), dot(total, total)
    steep = near > far
    part = torch.where(steep, far, near)
    flat = torch.where(steep[..., None], total, delta) + (torch.where(steep, -kappa, kappa) * part / 2)[..., None] * x
    length = distance(x, y, kappa)
    sine = torch.sqrt(kappa) / 2 * root(near * far)
    opposite = sine == 0
    beyond = torch.where(opposite, 0.0, length / torch.where(opposite, 1.0, sine))
    within = 1 / sine_ratio(torch.where(steep, 0.0, kappa * length * length))
    return flat * torch.where(steep, beyond, within)[..., None]


def transport(
    x: Float[Tensor, "... e"], y: Float[Tensor, "... e"], vector: Float[Tensor, "... e"], kappa: Float[Tensor, ""]
) -> Float[Tensor, "... e"]:
    """Parallel transport from x to y: v − 2⟨y, v⟩/‖x + y‖²·(x + y). Undefined at the antipode, where it returns v."""
    total = x + y
    square = dot(total, total)
    share = torch.where(square > 0, 2 * dot(y - x, vector) / torch.where(square > 0, square, 1.0), 0.0)
    return vector - share[..., None] * total


def hyperplane_sine(
    x: Float[Tensor, "... e"], direction: Float[Tensor, "... d"], sine: Float[Tensor, "..."], cosine: Float[Tensor, "..."]
) -> Float[Tensor, "..."]:
    """sin_K of the signed distance to the great hypersphere at distance o from the pole along n: ⟨x₁…, n⟩ cos o − x₀ sin o (lengths 1/√K)."""
    return dot(x[..., 1:], direction) * cosine - x[..., 0] * sine
