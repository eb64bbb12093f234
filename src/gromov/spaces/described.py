"""Spaces in words and numbers, as files hold them."""

from collections.abc import Mapping, Sequence
from typing import cast

from gromov.core import InputError
from gromov.spaces.ball import PoincareBall
from gromov.spaces.deep import Polar
from gromov.spaces.flat import Euclidean
from gromov.spaces.manifold import Manifold
from gromov.spaces.product import Product
from gromov.spaces.spherical import Sphere


def describe_space(space: Manifold, width: int) -> dict[str, object]:
    """A space in words and numbers, as the header of a model holds it."""
    if isinstance(space, Product):
        return {
            "name": "product",
            "factors": [describe_space(f, f.coordinates(d)) for f, d in zip(space.spaces(), space.dims, strict=True)],
        }
    found: dict[str, object] = {"name": space.name, "curvature": space.curvature, "dim": space.dimension(width)}
    return {**found, "chart": "polar"} if isinstance(space, Polar) else found


def space_of(described: Mapping[str, object]) -> tuple[Manifold, int]:
    """The space and its dimension, from `describe_space`.

    Raises:
        InputError: no such space.
    """
    name = described.get("name")
    if name == "product":
        factors = [space_of(cast("Mapping[str, object]", each)) for each in cast("Sequence[object]", described["factors"])]
        return Product(factors), sum(dim for _, dim in factors)
    curvature, dim = cast(float, described["curvature"]), cast(int, described["dim"])
    match name:
        case "euclidean":
            return Euclidean(), dim
        case "hyperbolic":
            return (Polar(curvature) if described.get("chart") == "polar" else PoincareBall(curvature)), dim
        case "sphere":
            return Sphere(curvature), dim
        case _:
            raise InputError(f"the model is in a space called {name!r}, which this version of gromov does not know")
