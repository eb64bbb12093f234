"""Points of a hyperbolic space as vectors: direction and distance from a base point, in the unit in which the curvature is −1."""

import math
from typing import TYPE_CHECKING, cast

import numpy as np
from jaxtyping import Float

from gromov.core import InputError, Representation, UnsuitableError
from gromov.spaces.disk import DiskArrays, numbers, to_vector

if TYPE_CHECKING:
    from gromov.spaces import Manifold

_LEGAL = 1e-3


def is_hyperbolic(representation: Representation) -> bool:
    """Whether the points live in a space of constant negative curvature."""
    return representation.kind == "points" and representation.space is not None and representation.space.name == "hyperbolic"


def normal_vectors(representation: Representation, *, centered: bool) -> Float[np.ndarray, "n d"]:
    """log(b, x), the velocity at the base point b of the geodesic to each point, times √c: vectors of length √c·d(b, x).

    Args:
        representation: Points in any chart of a hyperbolic space of curvature −c.
        centered: Whether b is the Fréchet mean of the points; otherwise it is the origin of the chart.

    Raises:
        UnsuitableError: the points do not live in a hyperbolic space.
        InputError: some lie outside the chart by more than the rounding of half precision.
    """
    if not is_hyperbolic(representation):
        where = "Euclidean space" if representation.space is None else f"{representation.space.name} space"
        got = f"points in {where}" if representation.kind == "points" else representation.kind
        raise UnsuitableError(
            f"this needs points in hyperbolic space, and got {got}: wrap hyperbolic points as Representation(points, space=PoincareBall())"
        )
    if isinstance(representation.space, DiskArrays) and not centered:
        flat = to_vector(numbers(representation.points))
        return np.stack([flat.real, flat.imag], axis=1)
    import torch

    from gromov.spaces import PoincareBall, frechet_mean, normal_coordinates

    space = PoincareBall() if isinstance(representation.space, DiskArrays) else cast("Manifold", representation.space)
    scale = math.sqrt(-space.curvature)
    with torch.no_grad():
        given = torch.from_numpy(np.array(representation.points, dtype=np.float64))
        x = space.project(given)
        outside = ((x - given).norm(dim=-1) > _LEGAL * given.norm(dim=-1).clamp_min(1.0)).nonzero()
        if len(outside):
            raise InputError(
                f"{len(outside)} of {len(x)} points, the first of them {int(outside[0])}, do not lie in {space}: choose the chart they are written in"
            )
        if centered:
            x = space.recenter(x, frechet_mean(space, x))
        return scale * normal_coordinates(x, space).numpy()
