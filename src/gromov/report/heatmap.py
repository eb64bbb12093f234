"""Matrices as heat maps."""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from gromov.core.figure import Matrix
from gromov.core.serial import Tree
from gromov.report.palette import DIVERGING
from gromov.report.sheet import Sheet
from gromov.report.thinning import plain
from gromov.report.words import label, number

MAX_SIDE = 200
_WRITTEN, _HOVERED, _TICKS = 144, 2_500, 24


def draw_matrix(sheet: Sheet, layer: Matrix) -> None:
    """A heat map, first row on top; values of both signs are coloured around zero, small matrices carry their numbers.

    Matrices of more than 200 rows or columns are averaged over blocks.
    """
    values = np.where(np.isfinite(layer.values), np.asarray(layer.values, dtype=np.float64), np.nan)
    step = math.ceil(max(values.shape) / MAX_SIDE)
    rows, columns = layer.rows, layer.columns
    if step > 1:
        values, rows, columns = _block_means(values, step), rows[::step], columns[::step]
        sheet.notes.append(f"Each cell is the mean of a block of {step} × {step} values, named after its first row and column.")
    finite = values[np.isfinite(values)]
    signed = bool(finite.size) and float(finite.min()) < 0 < float(finite.max())
    trace: Tree = {
        "type": "heatmap",
        "name": label(layer.name),
        "z": [plain(line) for line in values],
        "colorscale": [[place / 4, code] for place, code in enumerate(DIVERGING)] if signed else "Cividis",
        "colorbar": {"title": {"text": label(layer.name, 28), "side": "right"}, "thickness": 12, "outlinewidth": 0, "len": 0.9},
        "hoverongaps": False,
        "xgap": 1 if max(values.shape) <= 40 else 0,
        "ygap": 1 if max(values.shape) <= 40 else 0,
    }
    if signed:
        largest = float(np.abs(finite).max())
        trace |= {"zmid": 0, "zmin": -largest, "zmax": largest}
    if values.size <= _HOVERED:
        texts = [
            [f"{label(r)} × {label(c)}: {number(float(v))}" for c, v in zip(columns, line, strict=True)]
            for r, line in zip(rows, values, strict=True)
        ]
        trace |= {"hovertext": texts, "hoverinfo": "text"}
    if values.size <= _WRITTEN:
        trace |= {"texttemplate": "%{z:.3~g}", "textfont": {"size": 11}}
    sheet.traces.append(trace)
    sheet.axes["xaxis"] |= {**_ticks(columns), "showgrid": False, "zeroline": False}
    sheet.axes["yaxis"] |= {**_ticks(rows), "showgrid": False, "zeroline": False, "autorange": "reversed"}


def _block_means(values: Float[np.ndarray, "rows columns"], step: int) -> Float[np.ndarray, "m n"]:
    known = np.isfinite(values)
    starts = [np.arange(0, side, step) for side in values.shape]

    def blocks(array: Float[np.ndarray, "rows columns"]) -> Float[np.ndarray, "m n"]:
        return np.add.reduceat(np.add.reduceat(array, starts[0], axis=0), starts[1], axis=1)

    count = blocks(known.astype(np.float64))
    return np.where(count > 0, blocks(np.where(known, values, 0.0)) / np.maximum(count, 1), np.nan)


def _ticks(names: Sequence[str]) -> Tree:
    every = max(1, math.ceil(len(names) / _TICKS))
    return {
        "tickmode": "array",
        "tickvals": list(range(0, len(names), every)),
        "ticktext": [label(name, 20) for name in names[::every]],
        "ticks": "",
    }
