"""The hyperboloid {x ∈ ℝᵈ⁺¹ : ⟨x, x⟩_L = −1/c, x₀ > 0} of curvature −c, with ⟨x, y⟩_L = −x₀y₀ + x₁y₁ + … .

x₀ is held to √(1/c + ‖x₁…‖²) by `project`, and is never trusted in a difference of deep points: ⟨x − y, x − y⟩_L is taken from the other
coordinates, where it does not cancel. Every formula is a linear combination of its points and vectors, so gradients are mild.

Reference: Nickel, Kiela (2018), Learning continuous hierarchies in the Lorentz model of hyperbolic geometry. arXiv:1806.03417.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from gromov.spaces.smooth import arcsine_ratio, cosine, dot, root, sine_ratio


def lorentz(x: Float[Tensor, "... e"], y: Float[Tensor, "... e"]) -> Float[Tensor, "..."]:
    """⟨x, y⟩_L = −x₀y₀ + Σ xᵢyᵢ."""
    return dot(x[..., 1:], y[..., 1:]) - x[..., 0] * y[..., 0]


def chord_square(x: Float[Tensor, "... e"], y: Float[Tensor, "... e"], c: Float[Tensor, ""]) -> Float[Tensor, "..."]:
    """⟨x − y, x − y⟩_L, without the cancellation of numbers of size e^{2r}.

    With p, q the last d coordinates, a, b their lengths, u, v their directions and δ = p − q it is radial + angular,

        (4/c)·sinh²((r_a − r_b)/2) + 4ab‖w‖²/(a + b)²,      w = δ − (a − b)(u + v)/2 = (a + b)(u − v)/2,

    where √c·r = arsinh √c·a and sinh √c(r_a − r_b) = c·⟨δ, p + q⟩/(√c a·√c y₀ + √c x₀·√c b). Where a point is so near the origin that it has no
    good direction, nothing cancels in ‖δ‖² − (⟨δ, p + q⟩/(x₀ + y₀))², or, if the other is far, in −2⟨x, y⟩_L − 2/c.
    """
    p, q = x[..., 1:], y[..., 1:]
    delta, total = p - q, p + q
    a, b, along = root(dot(p, p)), root(dot(q, q)), dot(delta, total)
    near = torch.minimum(a, b) * torch.sqrt(c) < 0.5
    lift = along / (x[..., 0] + y[..., 0])
    low = dot(delta, delta) - lift * lift
    high = -2 * lorentz(x, y) - 2 / c
    flat = torch.where(torch.maximum(a, b) * torch.sqrt(c) < 2, low, high)
    safe_a, safe_b = torch.where(near, 1.0, a), torch.where(near, 1.0, b)
    steep = along / (safe_a * y[..., 0] + safe_b * x[..., 0])
    radial = _versine(steep) / c
    w = delta - (along / (safe_a + safe_b) / 2)[..., None] * (p / safe_a[..., None] + q / safe_b[..., None])
    angular = 4 * safe_a * safe_b * dot(w, w) / (safe_a + safe_b).square()
    return torch.where(near, flat, radial + angular).clamp_min(0)


def _versine(sinh: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """4 sinh²(t/2) = 2(cosh t − 1) from s = sinh t: 2s²/(1 + √(1 + s²))."""
    square = sinh * sinh
    return 2 * square / (1 + torch.sqrt(1 + square))


def distance(x: Float[Tensor, "... e"], y: Float[Tensor, "... e"], c: Float[Tensor, ""]) -> Float[Tensor, "..."]:
    """d = (2/√c)·arsinh((√c/2)·√⟨x − y, x − y⟩_L); arcosh(−c⟨x, y⟩_L) loses half the digits of a small distance."""
    square = chord_square(x, y, c)
    return root(square) * arcsine_ratio(-c * square / 4)


def lift(space_part: Float[Tensor, "... d"], c: Float[Tensor, ""]) -> Float[Tensor, "... e"]:
    """The point of the hyperboloid with these last d coordinates."""
    time = torch.sqrt(1 / c + dot(space_part, space_part))
    return torch.cat([time[..., None], space_part], dim=-1)


def deepest(dtype: torch.dtype) -> float:
    """Largest √c·r to keep: beyond it the fourth power of a coordinate is no number of this type."""
    return math.log(torch.finfo(dtype).max) / 4


def project(x: Float[Tensor, "... e"], c: Float[Tensor, ""]) -> Float[Tensor, "... e"]:
    """The point with the last d coordinates of x, shortened to sinh_c of the deepest."""
    part, largest = x[..., 1:], torch.rsqrt(c) * math.sinh(deepest(x.dtype))
    size = root(dot(part, part))
    return lift(torch.where((size > largest)[..., None], part * (largest / size.clamp_min(largest))[..., None], part), c)


def tangent(x: Float[Tensor, "... e"], vector: Float[Tensor, "... e"], c: Float[Tensor, ""]) -> Float[Tensor, "... e"]:
    """v + c⟨x, v⟩_L x, the part orthogonal to x."""
    return vector + (c * lorentz(x, vector))[..., None] * x


def to_origin(x: Float[Tensor, "... e"], v: Float[Tensor, "... e"], c: Float[Tensor, ""]) -> Float[Tensor, "... d"]:
    """Last d entries of v, tangent at x, transported to the origin: v₁… − ⟨p, v₁…⟩/(x₀(x₀ + 1/√c))·p, p = x₁… ; the first is 0."""
    p, flat = x[..., 1:], v[..., 1:]
    return flat - (dot(p, flat) / (x[..., 0] * (x[..., 0] + torch.rsqrt(c))))[..., None] * p


def inner(x: Float[Tensor, "... e"], u: Float[Tensor, "... e"], v: Float[Tensor, "... e"], c: Float[Tensor, ""]) -> Float[Tensor, "..."]:
    """⟨u, v⟩_L of vectors tangent at x, taken at the origin: there it is Euclidean and positive, and nothing of size e^{2r} cancels."""
    return dot(to_origin(x, u, c), to_origin(x, v, c))


def gradient(x: Float[Tensor, "... e"], derivative: Float[Tensor, "... e"], c: Float[Tensor, ""]) -> Float[Tensor, "... e"]:
    """The tangent part of the partial derivatives, their first turned in sign."""
    turned = torch.cat([-derivative[..., :1], derivative[..., 1:]], dim=-1)
    return tangent(x, turned, c)


def exp(x: Float[Tensor, "... e"], v: Float[Tensor, "... e"], c: Float[Tensor, ""]) -> Float[Tensor, "... e"]:
    """exp_x v = cosh(√c‖v‖)·x + sinh(√c‖v‖)/(√c‖v‖)·v."""
    u = -c * inner(x, v, v, c)
    return lift((cosine(u)[..., None] * x + sine_ratio(u)[..., None] * v)[..., 1:], c)


def log(x: Float[Tensor, "... e"], y: Float[Tensor, "... e"], c: Float[Tensor, ""]) -> Float[Tensor, "... e"]:
    """log_x y = (d/sinh_c d)·(y − cosh(√c d)·x) = (d/sinh_c d)·(δ − (c/2)⟨δ, δ⟩_L x), δ = y − x."""
    square = chord_square(x, y, c)
    u = -c * square / 4
    # d² = square·arcsine_ratio(u)²
    ratio = sine_ratio(-c * square * arcsine_ratio(u).square())
    return ((y - x) - (c * square / 2)[..., None] * x) / ratio[..., None]


def transport(
    x: Float[Tensor, "... e"], y: Float[Tensor, "... e"], vector: Float[Tensor, "... e"], c: Float[Tensor, ""]
) -> Float[Tensor, "... e"]:
    """Parallel transport from x to y: v + c⟨y, v⟩_L/(2 + (c/2)⟨y − x, y − x⟩_L)·(x + y); in ⟨y, v⟩_L only the part of y tangent at x counts."""
    square = chord_square(x, y, c)
    flat = y - x - (c * square / 2)[..., None] * x
    along = c * inner(x, flat, vector, c) / (2 + c * square / 2)
    return vector + along[..., None] * (x + y)


def recenter(x: Float[Tensor, "... e"], center: Float[Tensor, "... e"], c: Float[Tensor, ""]) -> Float[Tensor, "... e"]:
    """The boost that moves `center` to the origin: δ + (c⟨q, δ⟩/(1 + √c q₀) − √c(x₀ − q₀))·q in the last d coordinates, δ = p − q of x and center."""
    p, q = x[..., 1:], center[..., 1:]
    delta, scale = p - q, torch.sqrt(c)
    rise = dot(delta, p + q) / (x[..., 0] + center[..., 0])  # x₀ − q₀
    return lift(delta + (c * dot(q, delta) / (1 + scale * center[..., 0]) - scale * rise)[..., None] * q, c)


def midpoint(x: Float[Tensor, "... n e"], weights: Float[Tensor, "... n"], c: Float[Tensor, ""]) -> Float[Tensor, "... e"]:
    """The centroid Σwx, scaled back to the hyperboloid: the Einstein midpoint."""
    total = (weights[..., None] * x).sum(dim=-2)
    return total * torch.rsqrt(-c * lorentz(total, total))[..., None]


def hyperplane_sine(
    x: Float[Tensor, "... e"], direction: Float[Tensor, "... d"], sine: Float[Tensor, "..."], cosine: Float[Tensor, "..."]
) -> Float[Tensor, "..."]:
    """sin_κ of the signed distance to the hyperplane at distance o along `direction`: ⟨x₁…, n⟩ cosh o − √c x₀·(sinh o/√c)… in units 1/√c."""
    return dot(x[..., 1:], direction) * cosine - x[..., 0] * sine


def busemann(x: Float[Tensor, "... e"], ideal: Float[Tensor, "... d"], c: Float[Tensor, ""]) -> Float[Tensor, "..."]:
    """B(x) = (1/√c)·log(√c(x₀ − ⟨x₁…, ω⟩)), the difference taken without cancelling: x₀ − ‖p‖ = 1/(c(x₀ + ‖p‖)), p = x₁… ."""
    part = x[..., 1:]
    radius = root(dot(part, part))
    unit = part / radius.clamp_min(torch.finfo(x.dtype).tiny)[..., None]
    gap = unit - ideal
    height = 1 / (c * (x[..., 0] + radius)) + radius * dot(gap, gap) / 2
    return torch.log(torch.sqrt(c) * height) * torch.rsqrt(c)
