"""The parts of gudhi that are used: its copy of Ripser (MIT), its collapse of edges (MIT) and its copy of Hera (BSD), and nothing else of it.

`import gudhi` loads all of gudhi's modules, those with GPL code too. The compiled modules named here carry no such code and need no
other, so they are loaded alone: what runs in the process is what the licence of gromov goes with, and no second is spent on the rest.
"""

import importlib.util
import sys
from functools import cache
from importlib.machinery import PathFinder
from typing import Protocol, cast, runtime_checkable

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import MissingDependencyError

_RIPSER = ("_full", "_lower_to_coo", "_sparse")
_HERA = ("_bottleneck_distance", "_wasserstein_distance")
_COLLAPSE = ("_collapse_edges",)

Edges = tuple[Integer[np.ndarray, " e"], Integer[np.ndarray, " e"], Float[np.ndarray, " e"]]


@runtime_checkable
class Ripser(Protocol):
    """What is called of gudhi's Ripser."""

    def _full(
        self, matrix: Float[np.ndarray, "n n"], *, max_dimension: int, max_edge_length: float, homology_coeff_field: int
    ) -> list[Float[np.ndarray, "m 2"]]:
        """Pairs (birth, death) of each degree of the Vietoris–Rips filtration of a matrix of distances."""
        ...

    def _lower_to_coo(self, matrix: Float[np.ndarray, "n n"], length: float, /) -> Edges:
        """The edges up to a length: their ends, and how long they are."""
        ...

    def _sparse(
        self,
        i: Integer[np.ndarray, " e"],
        j: Integer[np.ndarray, " e"],
        lengths: Float[np.ndarray, " e"],
        n: int,
        /,
        *,
        max_dimension: int,
        max_edge_length: float,
        homology_coeff_field: int,
    ) -> list[Float[np.ndarray, "m 2"]]:
        """The same of a list of edges: points that it does not join are never joined."""
        ...


@runtime_checkable
class Collapse(Protocol):
    """What is called of gudhi's collapse of edges."""

    def _collapse_edges(
        self, i: Integer[np.ndarray, " e"], j: Integer[np.ndarray, " e"], lengths: Float[np.ndarray, " e"], rounds: int, /
    ) -> tuple[tuple[Integer[np.ndarray, " c"], Integer[np.ndarray, " c"]], Float[np.ndarray, " c"]]:
        """Fewer edges, some of them later, with the same persistent homology."""
        ...


@runtime_checkable
class Hera(Protocol):
    """What is called of gudhi's Hera."""

    def _bottleneck_distance(self, x: Float[np.ndarray, "m 2"], y: Float[np.ndarray, "k 2"], delta: float, /) -> float:
        """Bottleneck distance, exact for delta = 0."""
        ...

    def _wasserstein_distance(
        self, x: Float[np.ndarray, "m 2"], y: Float[np.ndarray, "k 2"], order: float, internal: float, delta: float, matching: bool, /
    ) -> float:
        """Wasserstein distance with relative error delta."""
        ...


@cache
def ripser() -> Ripser:
    """gudhi's copy of Ripser, in float32 or float64.

    Raises:
        MissingDependencyError: no gudhi, or another version of it.
    """
    return cast(Ripser, _part("_ripser_ext", _RIPSER))


@cache
def collapse() -> Collapse:
    """gudhi's collapse of edges.

    Raises:
        MissingDependencyError: no gudhi, or another version of it.
    """
    return cast(Collapse, _part("_edge_collapse_ext", _COLLAPSE))


@cache
def hera() -> Hera:
    """gudhi's copy of Hera.

    Raises:
        MissingDependencyError: no gudhi, or another version of it.
    """
    return cast(Hera, _part("_hera_ext", _HERA))


def _part(name: str, needed: tuple[str, ...]) -> object:
    """A compiled module of gudhi without the package around it; the one that is there, where gudhi has been imported already."""
    whole = f"gudhi.{name}"
    module = sys.modules.get(whole)
    if module is None:
        package = importlib.util.find_spec("gudhi")
        spec = None if package is None else PathFinder.find_spec(whole, package.submodule_search_locations)
        if spec is None or spec.loader is None:
            raise MissingDependencyError(
                f"persistent homology needs gudhi 3.13, and its part {name} is not here: pip install 'gudhi>=3.13,<3.14'"
            )
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    if lacking := [each for each in needed if not hasattr(module, each)]:
        raise MissingDependencyError(f"this gudhi has no {', '.join(lacking)} in {name}: pip install 'gudhi>=3.13,<3.14'")
    return module
