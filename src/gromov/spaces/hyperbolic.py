"""Hyperbolic space, whichever chart it is written in."""

from importlib import import_module
from typing import TypeVar

from gromov.core import InputError
from gromov.spaces.curved import ConstantCurvature

_Chart = TypeVar("_Chart", bound="Hyperbolic")
_CHARTS = {
    "poincare": ("gromov.spaces.ball", "PoincareBall"),
    "hyperboloid": ("gromov.spaces.lorentz", "Hyperboloid"),
    "polar": ("gromov.spaces.deep", "Polar"),
}


class Hyperbolic(ConstantCurvature):
    """Hyperbolic space Hᵈ of curvature K < 0, in one of three charts.

    `Hyperbolic(chart=…)` makes a `PoincareBall` ("poincare": few numbers a point, pictures; good to r ≈ 6/√−K in float32), a `Hyperboloid`
    ("hyperboloid": mild gradients, good to the same depth) or a `Polar` ("polar": any depth). Each is a `Hyperbolic`.

    Args:
        curvature: K < 0, in 1/length².
        chart: `poincare` (the default), `hyperboloid` or `polar`.
        learn_curvature: Whether K is a parameter, which stays negative.

    Example:
        >>> from gromov.spaces import Hyperbolic
        >>> Hyperbolic(chart="polar", curvature=-2.0)
        Polar(curvature=-2)
    """

    name = "hyperbolic"
    chart: str

    def __new__(cls: type[_Chart], curvature: float = -1.0, *, chart: str | None = None, learn_curvature: bool = False) -> _Chart:
        """An instance of the chart's class."""
        del curvature, learn_curvature
        if cls is not Hyperbolic:
            return object.__new__(cls)
        if (chart or "poincare") not in _CHARTS:
            raise InputError(f"chart is {chart!r}; the charts of hyperbolic space are {', '.join(_CHARTS)}")
        module, name = _CHARTS[chart or "poincare"]
        return object.__new__(getattr(import_module(module), name))

    def __init__(self, curvature: float = -1.0, *, chart: str | None = None, learn_curvature: bool = False) -> None:
        if chart not in (None, self.chart):
            raise InputError(f"chart is {chart!r}, but {type(self).__name__} is the chart {self.chart!r}: use Hyperbolic(chart={chart!r})")
        if not curvature < 0:
            raise InputError(f"the curvature of hyperbolic space is {curvature}; it must be negative")
        super().__init__(curvature, learn_curvature=learn_curvature)
