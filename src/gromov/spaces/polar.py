"""Hyperbolic space in polar form: distance r from the origin and direction u, the chart for deep points.

The ball holds no float32 point beyond r = 17.3; here r may be anything, and the direction is a double-float u = hi + lo, because points
at radius r and distance 1 are e^{−r} apart in direction: float32 alone ends at 2⁻²⁴, r = 17; double-float at 2⁻⁴⁸, r = 33 (along a coordinate
axis, where small numbers stand alone, at r = 80). Deeper points keep exact radii, finite distances and finite gradients. A point is the row (r, hi, lo) of 1 + 2d
numbers; a tangent vector is (v_r, w, 0), v_r along the geodesic from the origin and w ⟂ u across it, both in units of length.

Angles enter by the chord Δ = u_b − u_a = (hi_b − hi_a) + (lo_b − lo_a), whose first difference is exact for neighbours; its part along
u_a + u_b, which is rounding, is removed. Radii enter as e^{±r/2} and e^{−r} of the stored r, never as sums, so nothing is amplified.
Written for a = √c·r_a, b = √c·r_b, q = ‖Δ‖²/2 = 1 − cos θ.

The origin is a singular point of the chart: distances, exp, log and transport are right there, but the derivative across the direction
is lost, as for any polar coordinates.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from gromov.spaces.smooth import dot, norm, root

_LARGE = 60.0
"""Beyond a + b = 2·60 products of exponentials leave float32, and their logarithms are added instead."""
_NOTHING = -1e6
"""Stands for log 0, so that gradients stay finite."""


class Direction(NamedTuple):
    """A unit vector in double-float."""

    hi: Tensor
    lo: Tensor


def radius(x: Float[Tensor, "... p"]) -> Float[Tensor, "..."]:
    """r."""
    return x[..., 0]


def direction(x: Float[Tensor, "... p"]) -> Direction:
    """u = hi + lo."""
    d = (x.shape[-1] - 1) // 2
    return Direction(x[..., 1 : 1 + d], x[..., 1 + d :])


def point(r: Float[Tensor, "..."], u: Direction) -> Float[Tensor, "... p"]:
    """The row (r, hi, lo)."""
    return torch.cat([r[..., None], u.hi, u.lo], dim=-1)


def vector(radial: Float[Tensor, "..."], across: Float[Tensor, "... d"]) -> Float[Tensor, "... p"]:
    """The tangent vector (v_r, w, 0)."""
    batch = torch.broadcast_shapes(radial.shape, across.shape[:-1])
    across = across.expand(*batch, across.shape[-1])
    return torch.cat([radial.expand(batch)[..., None], across, torch.zeros_like(across)], dim=-1)


def turn(u: Direction, step: Float[Tensor, "... d"]) -> Direction:
    """u + step in double-float: Knuth's two-sum, then renormalised so that |lo| ≤ ulp(hi)/2."""
    hi = u.hi + step
    part = hi - u.hi
    lo = (u.hi - (hi - part)) + (step - part) + u.lo
    high = hi + lo
    return Direction(high, lo - (high - hi))


def chord(x: Float[Tensor, "... p"], y: Float[Tensor, "... p"]) -> Float[Tensor, "... d"]:
    """Δ = u_y − u_x, without what rounding has left along u_x + u_y."""
    u, v = direction(x), direction(y)
    delta = (v.hi - u.hi) + (v.lo - u.lo)
    total = u.hi + v.hi
    square = dot(total, total)
    # nearly opposite directions have no middle, and a chord so long that rounding does not matter
    share = torch.where(square > 1e-3, dot(delta, total) / torch.where(square > 1e-3, square, 1.0), 0.0)
    return delta - share[..., None] * total


def side(a: Float[Tensor, "..."], b: Float[Tensor, "..."], chord_length: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Third side of a hyperbolic triangle (c = 1) with sides a, b ≥ 0 that meet at an angle θ, ‖Δ‖ = 2 sin(θ/2).

    2·arsinh z with z² = sinh²((a−b)/2) + sinh a·sinh b·‖Δ‖²/4, from z = e^{a/2} e^{b/2} h,
    h² = ((e^{−b} − e^{−a})/2)² + (1 − e^{−2a})(1 − e^{−2b})‖Δ‖²/16.
    """
    gap = (a - b).abs()
    climb, turn = -torch.expm1(-gap) / 2, chord_length / 4 * root(torch.expm1(-2 * a) * torch.expm1(-2 * b))
    apart = (climb != 0) | (turn != 0)
    large = a + b > 2 * _LARGE
    near_a, near_b = torch.where(large, 0.0, a), torch.where(large, 0.0, b)
    radial = torch.where(apart, climb * torch.exp(-torch.minimum(near_a, near_b)), 1.0)
    z = torch.exp(near_a / 2) * torch.exp(near_b / 2) * torch.hypot(radial, turn)
    # log z² of each of its two terms
    far = torch.logaddexp(gap + 2 * _log(climb), a + b + 2 * _log(turn)) / 2
    return torch.where(apart, 2 * torch.where(large, _arsinh_of_exp(far), torch.asinh(z)), 0.0)


def _log(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """log x, and a number below every logarithm, without a gradient, where x = 0."""
    return torch.where(x > 0, torch.log(torch.where(x > 0, x, 1.0)), _NOTHING)


def _arsinh_of_exp(log_z: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """arsinh z from log z, which may be small even where points are deep."""
    return torch.where(log_z > 15, log_z + math.log(2), torch.asinh(torch.exp(log_z.clamp(max=15))))


def distance(x: Float[Tensor, "... p"], y: Float[Tensor, "... p"], c: Float[Tensor, ""]) -> Float[Tensor, "..."]:
    """d(x, y), with relative error of a few ulp for c = 1 and of ulp·√c·r otherwise."""
    scale = torch.sqrt(c)
    delta = chord(x, y)
    return side(scale * radius(x), scale * radius(y), norm(delta)) / scale


def exp(x: Float[Tensor, "... p"], v: Float[Tensor, "... p"], c: Float[Tensor, ""]) -> Float[Tensor, "... p"]:
    """exp_x v: the triangle with sides r and ‖v‖ and the angle between them gives the new radius and the turn φ of the direction.

    tan φ = (sinh s·sin α/cosh a)/(tanh a·cosh s + sinh s·cos α), s = √c‖v‖, α the angle of v with the outward radius.
    """
    scale = torch.sqrt(c)
    radial, across = radius(v), direction(v).hi
    width = root(dot(across, across))
    length = root(radial * radial + width * width)
    moved = length > 0
    safe = torch.where(moved, length, 1.0)
    cosine, sine = torch.where(moved, radial / safe, 1.0), width / safe
    # 1 + cos α, which is twice the squared half-chord to the opposite of v
    opening = torch.where(cosine < 0, sine * sine / (1 - cosine.clamp(max=0.0)), 1 + cosine)
    a, s = scale * radius(x), scale * length
    new_radius = torch.where(moved, side(a, s, root(2 * opening)) / scale, radius(x) + radial)
    fade = torch.exp(-2 * s)
    rise = (1 - fade) / 2  # e^{−s} sinh s
    height = torch.cosh(a.clamp(max=_highest(a)))
    up = rise * sine / height
    out = fade + rise * opening - (1 + fade) / (torch.exp((2 * a).clamp(max=_highest(a))) + 1)
    turned = (up != 0) | (out != 0)
    reach = torch.hypot(up, torch.where(turned, out, 1.0))
    sin_turn, cos_turn = up / reach, torch.where(turned, out / reach, 1.0)
    # 1 − cos φ without cancelling
    versine = torch.where(cos_turn > 0, sin_turn * sin_turn / (1 + cos_turn.clamp(min=0.0)), 1 - cos_turn)
    u = direction(x)
    # sin φ along the unit vector across, written so that it has a derivative where nothing goes across
    pace = torch.where(moved, rise / safe, scale) / (height * reach)
    step = pace[..., None] * across - versine[..., None] * u.hi
    hi, lo = torch.broadcast_tensors(u.hi, step)[0], torch.broadcast_tensors(u.lo, step)[0]
    return point(new_radius, turn(Direction(hi, lo), step))


def _highest(a: Tensor) -> float:
    """The largest exponent that e may have in this dtype, less a margin for what it is multiplied with: 80 in float32, 701 in float64."""
    return math.log(torch.finfo(a.dtype).max) - 8


class Corner(NamedTuple):
    """A triangle's corner at x, seen towards y.

    Attributes:
        cosine: Of the angle between the outward radius and the geodesic to y.
        sine: Of the same.
        axis: Unit vector across the radius, towards y; 0 where y lies on the same ray.
        apart: Whether y is another point; where it is the same, it is seen as the points just beyond it on its ray.
    """

    cosine: Tensor
    sine: Tensor
    axis: Tensor
    apart: Tensor


def corner(x: Float[Tensor, "... p"], y: Float[Tensor, "... p"], c: Float[Tensor, ""]) -> Corner:
    """The corner at x: tan α = sinh b·sin θ/(sinh(b − a) − cosh a·sinh b·q), each times 2e^{−b}."""
    scale = torch.sqrt(c)
    a, b = scale * radius(x), scale * radius(y)
    delta = chord(x, y)
    length = norm(delta)
    square = length * length
    sine = length * torch.sqrt((1 - square / 4).clamp_min(0))
    fade = -torch.expm1(-2 * b)
    inward = torch.exp((a - 2 * b).clamp(max=_highest(a))) * torch.expm1(-2 * (a - b).clamp(min=0))
    outward = -torch.exp(-a) * torch.expm1(2 * (a - b).clamp(max=0))
    ahead = torch.where(a > b, inward, outward) - torch.cosh(a.clamp(max=_highest(a))) * length * fade * length / 2
    across = fade * sine
    apart = (across != 0) | (ahead != 0)
    across, ahead = torch.where(apart, across, sine), torch.where(apart, ahead, 1 - square / 2)
    size = torch.hypot(across, ahead)
    axis = (delta + (square / 2)[..., None] * direction(x).hi) / torch.where(sine > 0, sine, 1.0)[..., None]
    return Corner(ahead / size, across / size, torch.where((sine > 0)[..., None], axis, 0.0), apart)


def log(x: Float[Tensor, "... p"], y: Float[Tensor, "... p"], c: Float[Tensor, ""]) -> Float[Tensor, "... p"]:
    """log_x y = d·(cos α, sin α·axis)."""
    length, at = distance(x, y, c), corner(x, y, c)
    return vector(length * at.cosine, (length * at.sine)[..., None] * at.axis)


def transport(
    x: Float[Tensor, "... p"], y: Float[Tensor, "... p"], v: Float[Tensor, "... p"], c: Float[Tensor, ""]
) -> Float[Tensor, "... p"]:
    """Parallel transport from x to y: what lies in the plane of the triangle keeps its angle with the geodesic, the rest is kept."""
    start, end = corner(x, y, c), corner(y, x, c)
    # at y the geodesic goes on: away from x
    cosine, sine, ahead = torch.where(end.apart, -end.cosine, 1.0), torch.where(end.apart, end.sine, 0.0), -end.axis
    radial, across = radius(v), direction(v).hi
    along = dot(across, start.axis)
    forward, sideways = start.cosine * radial + start.sine * along, start.cosine * along - start.sine * radial
    new_radial, new_along = cosine * forward - sine * sideways, sine * forward + cosine * sideways
    rest = across - along[..., None] * start.axis
    return vector(new_radial, rest + new_along[..., None] * ahead)


def hyperplane_distance(
    x: Float[Tensor, "... p"], normal: Float[Tensor, "... d"], offset: Float[Tensor, "..."], c: Float[Tensor, ""]
) -> Float[Tensor, "..."]:
    """(1/√c)·arsinh(sinh(a − o) − sinh a·cosh o·(1 − ⟨u, n⟩)), o √c times the offset: the signed distance to the hyperplane there along n."""
    scale = torch.sqrt(c)
    a, o, gap = scale * radius(x), scale * offset, versine(direction(x), normal)
    large = a > _LARGE
    near = torch.where(large, 0.0, a)
    sine = torch.sinh(near - o) - torch.sinh(near) * torch.cosh(o) * gap
    # deep, e^a/2 is taken out of both
    height = torch.exp(-o) - torch.cosh(o) * gap
    away = torch.where(large & (height != 0), height, 1.0)
    far = torch.sign(away) * _arsinh_of_exp(a - math.log(2) + torch.log(away.abs()))
    return torch.where(large & (height != 0), far, torch.asinh(sine)) / scale


def versine(u: Direction, unit: Float[Tensor, "... d"]) -> Float[Tensor, "..."]:
    """1 − ⟨u, n⟩ = ‖u − n‖²/2."""
    gap = (u.hi - unit) + u.lo
    return dot(gap, gap) / 2


def busemann(x: Float[Tensor, "... p"], ideal: Float[Tensor, "... d"], c: Float[Tensor, ""]) -> Float[Tensor, "..."]:
    """B(x) = (1/√c)·log(cosh a − sinh a·⟨u, ω⟩) = (1/√c)·(a + log(e^{−2a} + (1 − e^{−2a})/2·(1 − ⟨u, ω⟩)))."""
    scale = torch.sqrt(c)
    a = scale * radius(x)
    height = torch.exp(-2 * a) - torch.expm1(-2 * a) / 2 * versine(direction(x), ideal)
    return (a + torch.log(height)) / scale
