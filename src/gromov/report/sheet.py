"""What a figure's layers are drawn on: plotly traces, shapes and images, gathered layer by layer."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from gromov.core.figure import Axis, Figure, Numbers
from gromov.core.serial import Tree
from gromov.report.palette import DASHES, colour


@dataclass(slots=True, eq=False)
class Sheet:
    """The drawing while it grows; it lives only within one call of `draw`.

    Attributes:
        figure: What is drawn.
        traces: plotly's `data`.
        shapes: plotly's `layout.shapes`.
        images: plotly's `layout.images`.
        axes: What layers ask of the axes, by `xaxis` and `yaxis`.
        notes: What a reader must know about the drawing itself.
        coloured: Colours in use.
        dashed: Dashes in use.
    """

    figure: Figure
    traces: list[Tree] = field(default_factory=list[Tree])
    shapes: list[Tree] = field(default_factory=list[Tree])
    images: list[Tree] = field(default_factory=list[Tree])
    axes: dict[str, Tree] = field(default_factory=lambda: {"xaxis": {}, "yaxis": {}})
    notes: list[str] = field(default_factory=list[str])
    coloured: int = 0
    dashed: int = 0

    def next_colour(self) -> str:
        """A colour that no layer of the figure has yet."""
        self.coloured += 1
        return colour(self.coloured - 1)

    def next_dash(self) -> str:
        """A dash that no reference of the figure has yet."""
        self.dashed += 1
        return DASHES[(self.dashed - 1) % len(DASHES)]


def drawable(values: Numbers, axis: Axis) -> Float[np.ndarray, " n"]:
    """The values in float64, NaN where the axis cannot show them (infinite, or not positive on a logarithmic axis)."""
    array = np.asarray(values, dtype=np.float64).ravel()
    shown = np.isfinite(array) & (array > 0) if axis.log else np.isfinite(array)
    return np.where(shown, array, np.nan)
