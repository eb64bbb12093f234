"""Geometries: how far apart points are, and how to move among them.

The names are imported when they are first used: distances of arrays (`EUCLIDEAN`) need no torch.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gromov.spaces.adam import RiemannianAdam
    from gromov.spaces.ball import PoincareBall, Stereographic
    from gromov.spaces.charts import convert, from_klein, from_normal_coordinates, named_space, normal_coordinates, to_klein
    from gromov.spaces.clipping import clip_grad_norm_
    from gromov.spaces.curved import ConstantCurvature
    from gromov.spaces.deep import Polar
    from gromov.spaces.euclidean import EUCLIDEAN, EuclideanArrays
    from gromov.spaces.flat import Euclidean
    from gromov.spaces.hyperbolic import Hyperbolic
    from gromov.spaces.lorentz import Hyperboloid
    from gromov.spaces.manifold import Manifold
    from gromov.spaces.means import frechet_mean
    from gromov.spaces.parameter import ManifoldParameter
    from gromov.spaces.product import Product
    from gromov.spaces.riemannian import RiemannianOptimizer
    from gromov.spaces.sampling import WrappedNormal, uniform_ball
    from gromov.spaces.sgd import RiemannianSGD
    from gromov.spaces.spherical import Sphere

__all__ = [
    "EUCLIDEAN",
    "ConstantCurvature",
    "Euclidean",
    "EuclideanArrays",
    "Hyperbolic",
    "Hyperboloid",
    "Manifold",
    "ManifoldParameter",
    "PoincareBall",
    "Polar",
    "Product",
    "RiemannianAdam",
    "RiemannianOptimizer",
    "RiemannianSGD",
    "Sphere",
    "Stereographic",
    "WrappedNormal",
    "clip_grad_norm_",
    "convert",
    "frechet_mean",
    "from_klein",
    "from_normal_coordinates",
    "named_space",
    "normal_coordinates",
    "to_klein",
    "uniform_ball",
]

_HOMES = {
    "gromov.spaces.adam": ("RiemannianAdam",),
    "gromov.spaces.ball": ("PoincareBall", "Stereographic"),
    "gromov.spaces.charts": ("convert", "from_klein", "from_normal_coordinates", "named_space", "normal_coordinates", "to_klein"),
    "gromov.spaces.clipping": ("clip_grad_norm_",),
    "gromov.spaces.curved": ("ConstantCurvature",),
    "gromov.spaces.deep": ("Polar",),
    "gromov.spaces.euclidean": ("EUCLIDEAN", "EuclideanArrays"),
    "gromov.spaces.flat": ("Euclidean",),
    "gromov.spaces.hyperbolic": ("Hyperbolic",),
    "gromov.spaces.lorentz": ("Hyperboloid",),
    "gromov.spaces.manifold": ("Manifold",),
    "gromov.spaces.means": ("frechet_mean",),
    "gromov.spaces.parameter": ("ManifoldParameter",),
    "gromov.spaces.riemannian": ("RiemannianOptimizer",),
    "gromov.spaces.sampling": ("WrappedNormal", "uniform_ball"),
    "gromov.spaces.product": ("Product",),
    "gromov.spaces.sgd": ("RiemannianSGD",),
    "gromov.spaces.spherical": ("Sphere",),
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'gromov.spaces' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
