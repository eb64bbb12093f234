"""Changes of chart: ball ↔ hyperboloid ↔ Klein ↔ polar, and sphere ↔ κ-stereographic.

All are isometries that keep the origin and the frame there.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from gromov.core import InputError
from gromov.spaces import polar
from gromov.spaces.ball import PoincareBall, Stereographic
from gromov.spaces.curved import ConstantCurvature
from gromov.spaces.deep import Polar
from gromov.spaces.flat import Euclidean
from gromov.spaces.hyperbolic import Hyperbolic
from gromov.spaces.lorentz import Hyperboloid
from gromov.spaces.manifold import Manifold, Point
from gromov.spaces.smooth import arcsine_ratio, arctangent_ratio, dot, root, sine_ratio, tangent_ratio
from gromov.spaces.spherical import Sphere


def convert(x: Point, source: Manifold, target: Manifold) -> Float[Tensor, "... entries"]:
    """The same points in another chart of a space of the same curvature.

    Every chart writes a point as the direction in which it is seen from the origin, times a function of its distance r: r itself
    (Euclidean, polar), tan_K(r/2) (ball, stereographic), sin_K(r) (hyperboloid, sphere: the last d entries). So a point goes from one to
    the other through the vector of length r.

    Args:
        x: Points of `source`.
        source: Where they are.
        target: Where to put them: a chart of the same curvature, to 1e-6.

    Raises:
        InputError: the curvatures differ, or a space has no chart of this kind.

    A deep point loses its direction's low part in every chart but the polar one.
    """
    if abs(source.curvature - target.curvature) > 1e-6 * max(abs(source.curvature), abs(target.curvature)):
        raise InputError(f"the spaces have different curvatures, {source.curvature:g} and {target.curvature:g}: convert keeps distances")
    if isinstance(source, Polar) and isinstance(target, Polar):
        return x
    return from_normal_coordinates(normal_coordinates(x, source), target)


def normal_coordinates(x: Point, space: Manifold) -> Float[Tensor, "... dim"]:
    """Normal coordinates: the components of log(origin, x), a vector of length r towards x.

    Raises:
        InputError: the space is not one of constant curvature.
    """
    match space:
        case Euclidean():
            return x
        case Polar():
            u = polar.direction(x)
            return polar.radius(x)[..., None] * (u.hi + u.lo)
        case PoincareBall() | Stereographic():
            return 2 * x * arctangent_ratio(space.kappa_like(x) * dot(x, x))[..., None]
        case Hyperboloid():
            part = x[..., 1:]
            return part * arcsine_ratio(space.kappa_like(x) * dot(part, part))[..., None]
        case Sphere():
            part = x[..., 1:]
            size = root(dot(part, part))
            angle = torch.atan2(size, x[..., 0]) * torch.rsqrt(space.kappa_like(x))
            return part * torch.where(size > 0, angle / torch.where(size > 0, size, 1.0), 1.0)[..., None]
        case _:
            raise InputError(f"{space.name} space has no normal coordinates: convert the factors of a product one by one")


def from_normal_coordinates(vector: Float[Tensor, "... dim"], space: Manifold) -> Point:
    """The point with these normal coordinates: exp(origin, from_frame(vector)).

    Raises:
        InputError: the space is not one of constant curvature.
    """
    match space:
        case Euclidean():
            return vector
        case Polar():
            r = root(dot(vector, vector))
            pole = torch.zeros_like(vector)
            pole[..., 0] = 1
            return space.from_polar(r, torch.where((r > 0)[..., None], vector, pole))
        case PoincareBall() | Stereographic():
            half = vector / 2
            return space.project(half * tangent_ratio(space.kappa_like(half) * dot(half, half))[..., None])
        case Hyperboloid() | Sphere():
            square = dot(vector, vector)
            part = vector * sine_ratio(space.kappa_like(vector) * square)[..., None]
            first = space.cosine(root(square)) * torch.rsqrt(space.kappa_like(vector).abs())
            return torch.cat([first[..., None], part], dim=-1)
        case _:
            raise InputError(f"{space.name} space has no normal coordinates: convert the factors of a product one by one")


def to_klein(x: Float[Tensor, "... d"], space: PoincareBall) -> Float[Tensor, "... d"]:
    """Klein's model, k = 2x/(1 + c‖x‖²): geodesics are straight segments."""
    return 2 * x / (1 - space.kappa_like(x) * dot(x, x))[..., None]


def from_klein(k: Float[Tensor, "... d"], space: PoincareBall) -> Float[Tensor, "... d"]:
    """The ball, x = k/(1 + √(1 − c‖k‖²))."""
    return k / (1 + torch.sqrt((1 + space.kappa_like(k) * dot(k, k)).clamp_min(0)))[..., None]


def named_space(name: str, *, curvature: float | None = None, chart: str = "poincare", learn_curvature: bool = False) -> ConstantCurvature:
    """A space by its name: `euclidean`, `sphere`, `hyperbolic` (in a chart), `stereographic`.

    Args:
        name: The name.
        curvature: K; None means 1 for a sphere, −1 for hyperbolic space, 0 otherwise.
        chart: The chart of hyperbolic space.
        learn_curvature: Whether K is a parameter.

    Raises:
        InputError: an unknown name, or a curvature of the wrong sign.
    """
    match name:
        case "euclidean":
            if curvature:
                raise InputError(f"euclidean space has curvature 0, and {curvature:g} was given: use hyperbolic, sphere or stereographic")
            return Euclidean()
        case "sphere":
            return Sphere(1.0 if curvature is None else curvature, learn_curvature=learn_curvature)
        case "hyperbolic":
            return Hyperbolic(-1.0 if curvature is None else curvature, chart=chart, learn_curvature=learn_curvature)
        case "stereographic":
            return Stereographic(curvature or 0.0, learn_curvature=learn_curvature)
        case _:
            raise InputError(f"there is no space {name!r}: the spaces are euclidean, sphere, hyperbolic and stereographic")
