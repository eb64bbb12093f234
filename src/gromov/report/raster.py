"""Many points as one small picture: each cell of a grid has the colour of its points, the denser the more opaque."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer, UInt8

from gromov.report.palette import REFERENCE, rgb

LEVELS = 16
_FAINTEST = 0.45
_FINEST, _COARSEST = 420, 160


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """A picture of points and where it lies.

    Attributes:
        cells: Index into `palette` of each cell, top row first; 0 is empty.
        palette: Red, green, blue, opacity of each index.
        left: Horizontal coordinate of the left edge.
        top: Vertical coordinate of the top edge.
        width: Extent to the right of `left`.
        height: Extent below `top`.
        mixed: Whether some cell has no group that holds more than half of its points.
    """

    cells: UInt8[np.ndarray, "rows columns"]
    palette: UInt8[np.ndarray, "colours 4"]
    left: float
    top: float
    width: float
    height: float
    mixed: bool


def rasterise(
    x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"], groups: Integer[np.ndarray, " n"], colours: Sequence[str], *, equal: bool
) -> Raster:
    """Count the points of each group in the cells of a grid and colour the cells.

    A cell takes the colour of the group that holds more than half of its points, and grey if none does: a blend would look like
    another group. Its opacity grows with log(1 + count).

    Args:
        x: Horizontal coordinates, finite.
        y: Vertical coordinates, finite.
        groups: Index into `colours` of each point.
        colours: Colour of each group, at most 14 of them.
        equal: Whether cells are as wide as high in the units of x and y.

    Cost: O(n + cells · groups).
    """
    per_side = int(np.clip(1.2 * math.sqrt(len(x)), _COARSEST, _FINEST))
    column, left, width, columns = _cut(x, per_side, _span(y) if equal else 0.0)
    row, bottom, height, rows = _cut(y, per_side, _span(x) if equal else 0.0)
    kinds = len(colours)
    flat = ((rows - 1 - row) * columns + column) * kinds + groups
    counts = np.bincount(flat, minlength=rows * columns * kinds).reshape(rows, columns, kinds)
    total, most = counts.sum(axis=2), counts.max(axis=2)
    clear = 2 * most > total
    kind = np.where(clear, counts.argmax(axis=2), kinds)
    level = np.floor((LEVELS - 1) * np.log1p(total) / np.log1p(max(2, total.max()))).astype(np.int64)
    cells = np.where(total > 0, 1 + kind * LEVELS + level, 0).astype(np.uint8)
    mixed = bool((~clear & (total > 0)).any())
    return Raster(cells, _shades([*colours, REFERENCE]), left, bottom + height, width, height, mixed)


def _span(values: Float[np.ndarray, " n"]) -> float:
    return float(np.ptp(values))


def _cut(values: Float[np.ndarray, " n"], per_side: int, other: float) -> tuple[Integer[np.ndarray, " n"], float, float, int]:
    """Cell of each value, lowest edge, extent and number of cells; half a cell is left free at both ends."""
    low, span = float(values.min()), _span(values)
    cell = max(span, other) / per_side or max(1.0, abs(low)) / per_side
    cells = math.ceil(span / cell - 1e-9) + 1
    index = np.clip(np.floor((values - low) / cell + 0.5), 0, cells - 1).astype(np.int64)
    return index, low - cell / 2, cells * cell, cells


def _shades(colours: Sequence[str]) -> UInt8[np.ndarray, "colours 4"]:
    opacity = np.round(255 * np.linspace(_FAINTEST, 1.0, LEVELS))
    shades = [(*rgb(code), int(alpha)) for code in colours for alpha in opacity]
    return np.asarray([(0, 0, 0, 0), *shades], dtype=np.uint8)
