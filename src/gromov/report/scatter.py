"""Points as plotly traces, or as one picture where there are too many to draw one by one."""

import numpy as np
from jaxtyping import Float, Integer

from gromov.core.figure import Points
from gromov.core.serial import Tree
from gromov.report.kinds import Kinds, group_name, kinds_of
from gromov.report.palette import REFERENCE
from gromov.report.png import data_uri, indexed_png
from gromov.report.raster import rasterise
from gromov.report.sheet import Sheet, drawable
from gromov.report.thinning import plain
from gromov.report.words import label, number

MAX_POINTS = 5_000


def draw_points(sheet: Sheet, layer: Points) -> None:
    """Markers coloured by group; above 5,000 points a raster with a legend of its own."""
    x, y = drawable(layer.x, sheet.figure.x), drawable(layer.y, sheet.figure.y)
    shown = np.isfinite(x) & np.isfinite(y)
    if not shown.all():
        sheet.notes.append(f"{number(int((~shown).sum()))} of {number(len(x))} points have no place on these axes and are not drawn.")
    if not shown.any():
        return
    kinds = kinds_of(sheet, layer)
    if int(shown.sum()) > MAX_POINTS:
        _picture(sheet, x[shown], y[shown], kinds.of[shown], kinds)
        return
    size = 8 if shown.sum() <= 200 else 6 if shown.sum() <= 1_000 else 4.5
    original = [group_name(layer, int(code)) for code in layer.groups] if layer.groups is not None else []
    # what shares the grey is drawn first, below the groups that have a colour
    for index, name in sorted(enumerate(kinds.names), key=lambda kind: kinds.colours[kind[0]] != REFERENCE):
        rows = np.flatnonzero(shown & (kinds.of == index))
        opacity = 0.35 if kinds.colours[index] == REFERENCE else 0.8
        trace: Tree = {
            "type": "scatter",
            "mode": "markers",
            "name": label(name),
            "x": plain(x[rows]),
            "y": plain(y[rows]),
            "marker": {"color": kinds.colours[index], "symbol": kinds.symbols[index], "size": size, "opacity": opacity},
            "legendrank": 1000 + index,
        }
        texts = [(layer.texts[i] if layer.texts else original[i]) for i in rows.tolist()] if layer.texts or original else []
        if layer.texts or kinds.colours[index] == REFERENCE:
            trace |= {"hovertext": [label(text, 80) for text in texts], "hoverinfo": "text"}
        if layer.written:
            trace |= {
                "mode": "markers+text",
                "text": [label(text, 28) for text in texts],
                "textposition": "top center",
                "cliponaxis": False,
            }
        sheet.traces.append(trace)


def _picture(sheet: Sheet, x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"], of: Integer[np.ndarray, " n"], kinds: Kinds) -> None:
    log_x, log_y = sheet.figure.x.log, sheet.figure.y.log
    raster = rasterise(
        np.log10(x) if log_x else x,
        np.log10(y) if log_y else y,
        of,
        kinds.colours,
        equal=sheet.figure.equal,
    )
    right, bottom = raster.left + raster.width, raster.top - raster.height
    sheet.images.append(
        {
            "source": data_uri(indexed_png(raster.cells, raster.palette)),
            "xref": "x",
            "yref": "y",
            "x": raster.left,
            "y": raster.top,
            "sizex": raster.width,
            "sizey": raster.height,
            "sizing": "stretch",
            "layer": "below",
        }
    )
    for axis in sheet.axes.values():
        axis["showgrid"] = False  # plotly draws the grid over pictures
    corners: Tree = {
        # plotly scales its axes to traces, not to images
        "type": "scatter",
        "mode": "markers",
        "x": [10**v if log_x else v for v in (raster.left, right)],
        "y": [10**v if log_y else v for v in (bottom, raster.top)],
        "marker": {"opacity": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    entries = [*zip(kinds.names, kinds.colours, strict=True), *([("mixed", REFERENCE)] if raster.mixed else [])]
    keys: list[Tree] = [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [None],
            "y": [None],
            "name": label(name),
            "marker": {"color": code, "symbol": "square", "size": 9},
            "hoverinfo": "skip",
        }
        for name, code in entries
    ]
    sheet.traces += [corners, *keys]
    rows, columns = raster.cells.shape
    mixed = " A cell is grey where no group holds more than half of its points." if raster.mixed else ""
    grid = f"a raster of {columns} × {rows} cells"
    sheet.notes.append(f"All {number(len(x))} points are drawn, as {grid}: the more points in a cell, the more opaque.{mixed}")
