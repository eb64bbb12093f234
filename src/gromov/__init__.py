"""gromov measures the geometry of learned representations and puts it to work.

Names are imported when they are first used, so that `import gromov` costs nothing.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gromov.core import Distances, Estimate, Graph, GromovError, InputError, Representation
    from gromov.data import datasets, load
    from gromov.measures import classes, dimension, hyperbolicity, incoherence, layout, neighborhood, smooth_delta, spectrum
    from gromov.verbs import Measurement, measure

__all__ = [
    "Distances",
    "Estimate",
    "Graph",
    "GromovError",
    "InputError",
    "Measurement",
    "Representation",
    "classes",
    "datasets",
    "dimension",
    "hyperbolicity",
    "incoherence",
    "layout",
    "load",
    "measure",
    "neighborhood",
    "smooth_delta",
    "spectrum",
]

_HOMES = {
    "gromov.core": ("Distances", "Estimate", "Graph", "GromovError", "InputError", "Representation"),
    "gromov.data": ("datasets", "load"),
    "gromov.measures": ("classes", "dimension", "hyperbolicity", "incoherence", "layout", "neighborhood", "smooth_delta", "spectrum"),
    "gromov.verbs": ("Measurement", "measure"),
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'gromov' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
