"""Curves, bars and rules as plotly traces."""

import numpy as np

from gromov.core.figure import Bars, Curve, Numbers, Rule
from gromov.core.serial import Tree
from gromov.report.palette import REFERENCE, faint
from gromov.report.sheet import Sheet, drawable
from gromov.report.thinning import keep, plain
from gromov.report.words import label, number

_FEW = 30


def draw_curve(sheet: Sheet, layer: Curve) -> None:
    """A line, with its band below it; long curves are thinned, keeping their extremes."""
    x, y = drawable(layer.x, sheet.figure.x), drawable(layer.y, sheet.figure.y)
    kept = keep(y)
    if len(kept) < len(y):
        sheet.notes.append(f"“{layer.name}” is drawn through {number(len(kept))} of its {number(len(y))} vertices; the extremes are kept.")
    code = REFERENCE if layer.reference else sheet.next_colour()
    group = f"layer-{len(sheet.traces)}"
    if layer.low is not None and layer.high is not None:
        sheet.traces += _band(sheet, x[kept], (layer.low[kept], layer.high[kept]), fill=faint(code, 0.2), group=group)
    line: Tree = {"color": code, "width": 1.75 if layer.reference else 2.25}
    if layer.reference:
        line["dash"] = sheet.next_dash()
    few = len(kept) <= _FEW and not layer.reference
    trace: Tree = {
        "type": "scatter",
        "mode": "lines+markers" if few or len(kept) == 1 else "lines",
        "name": label(layer.name),
        "legendgroup": group,
        "x": plain(x[kept]),
        "y": plain(y[kept]),
        "line": line,
        "marker": {"color": code, "size": 6},
        "connectgaps": False,
    }
    sheet.traces.append(trace)


def _band(sheet: Sheet, x: Numbers, edges: tuple[Numbers, Numbers], *, fill: str, group: str) -> list[Tree]:
    low, high = (np.asarray(edge, dtype=np.float64) for edge in edges)
    if sheet.figure.y.log:
        # a logarithmic axis has no room for 0: the band is cut at the lowest height it does have room for
        positive = np.concatenate([low[low > 0], high[high > 0]])
        low = np.maximum(low, positive.min(initial=np.inf) if positive.size else 1.0)
    shown = np.isfinite(x) & np.isfinite(low) & np.isfinite(high)
    common: Tree = {
        "type": "scatter",
        "mode": "lines",
        "x": plain(x[shown]),
        "line": {"width": 0},
        "legendgroup": group,
        "showlegend": False,
        "hoverinfo": "skip",
    }
    return [{**common, "y": plain(low[shown])}, {**common, "y": plain(high[shown]), "fill": "tonexty", "fillcolor": fill}]


def draw_bars(sheet: Sheet, layer: Bars) -> None:
    """Bars with error bars; references are outlined."""
    x, y = drawable(layer.x, sheet.figure.x), drawable(layer.y, sheet.figure.y)
    code = REFERENCE if layer.reference else sheet.next_colour()
    outline: Tree = {"color": faint(code, 0.28), "line": {"color": code, "width": 1}}
    trace: Tree = {
        "type": "bar",
        "name": label(layer.name),
        "x": plain(x),
        "y": plain(y),
        "marker": outline if layer.reference else {"color": faint(code, 0.6), "line": {"width": 0}},
    }
    if layer.width is not None and not sheet.figure.x.categories:
        trace["width"] = float(f"{layer.width:.6g}")
    if layer.base is not None:
        trace["base"] = plain(np.asarray(layer.base, dtype=np.float64))
    if layer.error is not None:
        trace["error_y"] = {"type": "data", "array": plain(layer.error), "color": code, "thickness": 2, "width": 5}
    sheet.traces.append(trace)


def draw_rule(sheet: Sheet, layer: Rule) -> None:
    """A straight line from edge to edge, named in the legend with its value."""
    axis = sheet.figure.x if layer.vertical else sheet.figure.y
    at = drawable(np.asarray([layer.value]), axis)
    if np.isnan(at[0]):
        sheet.notes.append(f"The rule “{layer.name}” lies at {number(layer.value)}, which this axis cannot show.")
        return
    along, across = ("y", "x") if layer.vertical else ("x", "y")
    position = plain(at)[0]
    sheet.shapes.append(
        {
            "type": "line",
            f"{along}ref": f"{along} domain",
            f"{along}0": 0,
            f"{along}1": 1,
            f"{across}ref": across,
            f"{across}0": position,
            f"{across}1": position,
            "line": {"width": 1.5, "dash": sheet.next_dash()},  # its colour is the ink of the page
            "name": label(f"{layer.name} ({number(layer.value)})"),
            "showlegend": True,
        }
    )
