"""The disk as SVG: what the page shows without scripts, and what `Picture.save` writes."""

import html
import math
from collections.abc import Iterator

import numpy as np
from jaxtyping import Integer
from numpy.typing import NDArray

from gromov.core.figure import Disk, Figure
from gromov.report.disk.geodesics import geodesic_arcs
from gromov.report.disk.labels import FONT_SIZE, ranked, spread
from gromov.report.disk.look import LEVELS, edge_level, edge_look, fade, marker_radius
from gromov.report.disk.pictures import FRAME, placed_pictures
from gromov.report.disk.thinning import thin_disk
from gromov.report.kinds import Kinds, kinds_of
from gromov.report.palette import FONT, REFERENCE
from gromov.report.sheet import Sheet
from gromov.report.words import short

SIDE, RADIUS = 720, 350.0
RINGS = 8
_NAMED_MARKERS = 2_000
_NOT_SEEN = 0.3
_PAPER, _CARD, _INK, _SOFT, _LINE, _GRID = "#fcfcfa", "#ffffff", "#1b1e22", "#50575f", "#c4c9cd", "#e8eaea"


def disk_svg(figure: Figure, *, standalone: bool = True) -> str:
    """The disk of a figure as an SVG document: rim, circles at distance 1, 2, 3 …, geodesic edges, points, names or pictures, and legend.

    Colours are attributes, which a page may override by the classes `rim`, `ring`, `edges`, `name`, `legend`. Markers up to 2,000 carry their names
    as tooltips. Edges shorter than a third of a pixel are left out, and beyond 50,000 points or 20,000 edges an even choice is drawn.

    Args:
        figure: A figure that holds a disk.
        standalone: Whether to add the background and the legend, which a page has of its own.

    Cost: linear in points and edges; 25 bytes a point (100 with its name), 40 an edge.
    """
    given = figure.disk
    assert given is not None
    layer, _ = thin_disk(given)
    z = np.asarray(layer.x, dtype=np.float64) + 1j * np.asarray(layer.y, dtype=np.float64)
    kinds = kinds_of(Sheet(figure), layer)
    legend = list(_legend(kinds)) if standalone and layer.groups is not None else []
    height = SIDE + 22 * len(legend) + (12 if legend else 0)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {height}" role="img" font-family="{html.escape(FONT)}">',
        f"<title>{_escaped(figure.title, 200)}</title>",
        f"<desc>{_escaped(figure.caption.what, 1_000)}</desc>",
    ]
    if standalone:
        parts.append(f'<rect width="{SIDE}" height="{height}" fill="{_PAPER}"/>')
    parts += [_circle("rim", 1.0, f'fill="{_CARD}" stroke="{_LINE}" stroke-width="1.5"')]
    parts += [_circle("ring", math.tanh(r / 2), f'fill="none" stroke="{_GRID}"') for r in range(1, RINGS)]
    parts += [*_edges(layer, z, kinds), *_points(layer, z, kinds), *_names(layer, z), *_pictures(layer, z, kinds), *legend, "</svg>"]
    return "\n".join(parts) + "\n"


def _escaped(text: str, limit: int = 48) -> str:
    return html.escape(short(text, limit), quote=False)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _place(z: complex) -> str:
    return f"{_number(SIDE / 2 + RADIUS * z.real)} {_number(SIDE / 2 - RADIUS * z.imag)}"


def _circle(name: str, radius: float, look: str) -> str:
    middle = SIDE // 2
    return f'<circle class="{name}" cx="{middle}" cy="{middle}" r="{_number(RADIUS * radius)}" {look}/>'


def _edges(layer: Disk, z: NDArray[np.complex128], kinds: Kinds) -> Iterator[str]:
    """A path for each colour and level: an edge has the colour of its ends where they share one."""
    if layer.edges is None or not layer.edges.size:
        return
    first, second = np.asarray(layer.edges, dtype=np.int64).T
    seen = np.abs(z[first] - z[second]) * RADIUS > _NOT_SEEN
    first, second = first[seen], second[seen]
    arcs = geodesic_arcs(z[first], z[second])
    sagitta = np.abs(z[first] - z[second]) ** 2 / (8 * arcs.radius)
    level = edge_level(z[first], z[second])
    kind = np.where((kinds.of[first] == kinds.of[second]) & (layer.groups is not None), kinds.of[first], len(kinds.names))
    # strong edges are drawn last, over the faint ones
    for step in range(LEVELS):
        width, opacity = edge_look(step)
        for code in np.unique(kind[level == step]).tolist():
            strokes: list[str] = []
            for i in np.flatnonzero((level == step) & (kind == code)).tolist():
                to = _place(complex(z[second[i]]))
                if sagitta[i] * RADIUS < 0.05:
                    strokes.append(f"M{_place(complex(z[first[i]]))}L{to}")
                else:
                    radius = _number(arcs.radius[i] * RADIUS)
                    strokes.append(f"M{_place(complex(z[first[i]]))}A{radius} {radius} 0 0 {int(arcs.clockwise[i])} {to}")
            plain = code == len(kinds.names)
            look = f'stroke="{_SOFT if plain else kinds.colours[code]}" stroke-width="{_number(width)}" stroke-opacity="{opacity:.2f}"'
            yield f'<path class="edges{"" if plain else " grouped"}" fill="none" {look} d="{"".join(strokes)}"/>'


def _points(layer: Disk, z: NDArray[np.complex128], kinds: Kinds) -> Iterator[str]:
    """Circles with their names, or, where there are many, a path of dots for each colour and size."""
    radius = marker_radius(len(z)) * fade(z) * (1.0 if layer.sizes is None else np.sqrt(np.maximum(np.asarray(layer.sizes), 0.0)))
    order = sorted(range(len(kinds.names)), key=lambda kind: kinds.colours[kind] != REFERENCE)
    for kind in order:
        rows = np.flatnonzero(kinds.of == kind)
        opacity = 0.5 if kinds.colours[kind] == REFERENCE else 0.9
        look = f'fill-opacity="{opacity}"' if len(z) <= _NAMED_MARKERS else f'fill="none" stroke-linecap="round" stroke-opacity="{opacity}"'
        if len(z) <= _NAMED_MARKERS:
            yield f'<g class="points" fill="{kinds.colours[kind]}" {look}>'
            for i in rows.tolist():
                x, y = _place(complex(z[i])).split()
                title = f"<title>{_escaped(layer.texts[i])}</title>" if layer.texts else ""
                yield f'<circle cx="{x}" cy="{y}" r="{_number(radius[i])}">{title}</circle>'
            yield "</g>"
            continue
        sizes = np.round(2 * radius[rows], 1)
        for size in np.unique(sizes).tolist():
            dots = "".join(f"M{_place(complex(z[i]))}h0" for i in rows[sizes == size].tolist())
            yield f'<path class="points" stroke="{kinds.colours[kind]}" stroke-width="{_number(size)}" {look} d="{dots}"/>'


def _names(layer: Disk, z: NDArray[np.complex128]) -> Iterator[str]:
    if layer.pictures:
        return
    x, y = SIDE / 2 + RADIUS * z.real, SIDE / 2 - RADIUS * z.imag
    chosen = spread(_inside(ranked(layer, z), z), x, y, lambda i: 0.55 * FONT_SIZE * len(short(layer.texts[i], 32)), SIDE)
    if chosen:
        halo = f'stroke="{_CARD}" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'
        yield f'<g class="name" font-size="{FONT_SIZE:g}" fill="{_INK}" {halo}>'
        for i in chosen:
            yield f'<text x="{_number(x[i] + 6)}" y="{_number(y[i] + 4)}">{_escaped(layer.texts[i], 32)}</text>'
        yield "</g>"


def _pictures(layer: Disk, z: NDArray[np.complex128], kinds: Kinds) -> Iterator[str]:
    """Each picture in a square about its point, framed in the colour of its group."""
    x, y = SIDE / 2 + RADIUS * z.real, SIDE / 2 - RADIUS * z.imag
    for each in placed_pictures(layer, z, x, y):
        i, side = each.point, _number(each.side)
        box = f'x="{_number(x[i] - each.side / 2)}" y="{_number(y[i] - each.side / 2)}" width="{side}" height="{side}"'
        frame = kinds.colours[kinds.of[i]] if layer.groups is not None else _SOFT
        title = f"<title>{_escaped(layer.texts[i])}</title>" if layer.texts else ""
        yield f'<g class="picture"><rect {box} fill="{_CARD}"/><image {box} href="{html.escape(each.address)}"/>'
        yield f'<rect {box} fill="none" stroke="{frame}" stroke-width="{FRAME:g}">{title}</rect></g>'


def _inside(candidates: Integer[np.ndarray, " m"], z: NDArray[np.complex128]) -> Integer[np.ndarray, " k"]:
    """Candidates that are not lost at the rim."""
    return candidates[np.abs(z[candidates]) < 0.985]


def _legend(kinds: Kinds) -> Iterator[str]:
    for place, (name, code) in enumerate(zip(kinds.names, kinds.colours, strict=True)):
        y = SIDE + 12 + 22 * place
        yield f'<g class="legend"><circle cx="24" cy="{y}" r="5" fill="{code}"/>'
        yield f'<text x="38" y="{y + 4}" font-size="13" fill="{_SOFT}">{_escaped(name)}</text></g>'
