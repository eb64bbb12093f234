"""Figures as plotly.js draws them: plain traces and layout, without plotly's Python package."""

from dataclasses import dataclass

from gromov.core.errors import InputError
from gromov.core.figure import Axis, Bars, Curve, Disk, Figure, Matrix, Points, Rule
from gromov.core.serial import Tree
from gromov.report.heatmap import draw_matrix
from gromov.report.marks import draw_bars, draw_curve, draw_rule
from gromov.report.palette import FONT
from gromov.report.scatter import draw_points
from gromov.report.sheet import Sheet
from gromov.report.ticks import log_ticks
from gromov.report.words import label

_HEIGHT, _MAP_HEIGHT = 380, 640


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A figure ready for `Plotly.newPlot(element, data, layout)`.

    Attributes:
        data: plotly's traces.
        layout: plotly's layout; the colours of text, grid and paper are left to the page, which knows whether it is dark.
        notes: What a reader must know about the drawing itself (thinned, rasterised, left out), in sentences.
    """

    data: list[Tree]
    layout: Tree
    notes: tuple[str, ...]


def draw(figure: Figure) -> Drawing:
    """Turn a figure into plotly.js traces and layout, all of it JSON: numbers rounded, NaN as None, names escaped.

    Cost: linear in the number of values drawn.

    Raises:
        InputError: the figure is a disk, which `draw_disk` draws.
    """
    sheet = Sheet(figure)
    for layer in figure:
        match layer:
            case Curve():
                draw_curve(sheet, layer)
            case Points():
                draw_points(sheet, layer)
            case Bars():
                draw_bars(sheet, layer)
            case Matrix():
                draw_matrix(sheet, layer)
            case Rule():
                draw_rule(sheet, layer)
            case Disk():
                raise InputError(
                    f"the figure {figure.name!r} is a disk, which plotly cannot draw: use draw_disk or disk_svg of gromov.report.disk"
                )
    return Drawing(sheet.traces, _layout(sheet), tuple(sheet.notes))


def _layout(sheet: Sheet) -> Tree:
    figure = sheet.figure
    named = [item for item in (*sheet.traces, *sheet.shapes) if item.get("showlegend", True) and item["type"] != "heatmap"]
    if figure.equal:
        sheet.axes["xaxis"]["constrain"] = sheet.axes["yaxis"]["constrain"] = "domain"
        sheet.axes["yaxis"] |= {"scaleanchor": "x", "scaleratio": 1}
    layout: Tree = {
        "height": _height(figure),
        "margin": {"l": 56, "r": 12, "t": 12, "b": 48},
        "font": {"family": FONT, "size": 13},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "closest",
        "hoverlabel": {"font": {"family": FONT, "size": 13}, "namelength": 48},
        "showlegend": len(named) > 1,
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
        "xaxis": {**_axis(sheet, "x"), **sheet.axes["xaxis"]},
        "yaxis": {**_axis(sheet, "y"), **sheet.axes["yaxis"]},
    }
    if any(trace["type"] == "bar" for trace in sheet.traces):
        layout |= {"barmode": "group" if figure.x.categories else "overlay", "bargap": 0.25 if figure.x.categories else 0}
    if all(item.get("mode") == "markers" for item in named):
        # small markers are hard to tell apart in a legend; lines would lose their dashes
        layout["legend"] = {**_tree(layout["legend"]), "itemsizing": "constant"}
    if sheet.shapes:
        layout["shapes"] = sheet.shapes
    if sheet.images:
        layout["images"] = sheet.images
        # a picture cannot drop one group, so its legend must not pretend to
        layout["legend"] = {**_tree(layout["legend"]), "itemclick": False, "itemdoubleclick": False}
    return layout


def _tree(value: object) -> Tree:
    assert isinstance(value, dict)
    return value


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]


def _height(figure: Figure) -> int:
    matrices = [layer for layer in figure if isinstance(layer, Matrix)]
    if matrices:
        return min(640, max(_HEIGHT, 140 + 28 * len(matrices[0].rows)))
    return _MAP_HEIGHT if figure.equal else _HEIGHT


def _axis(sheet: Sheet, name: str) -> Tree:
    axis: Axis = getattr(sheet.figure, name)
    drawn = (value for trace in sheet.traces for value in _list(trace.get(name)))
    tree: Tree = {
        "title": {"text": label(axis.title, 80), "standoff": 12},
        "automargin": True,
        "ticks": "outside",
        "ticklen": 4,
        "hoverformat": ".4~g",
        "zeroline": False,
    }
    if axis.log:
        tree |= {"type": "log", "exponentformat": "power", "minor": {"ticks": ""}, **log_ticks(drawn)}
    if axis.categories:
        tree |= {
            "tickmode": "array",
            "tickvals": list(range(len(axis.categories))),
            "ticktext": [label(name, 28) for name in axis.categories],
            "ticklabeloverflow": "allow",  # plotly hides a label that leans out of a narrow page
            "ticks": "",
        }
    return tree
