"""The disk as the page's script takes it: places, edges, colours and names, and the picture that stands in where scripts do not run."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gromov.core.figure import Figure
from gromov.core.serial import Tree
from gromov.report.disk.look import marker_radius
from gromov.report.disk.pictures import picture_side
from gromov.report.disk.svg import disk_svg
from gromov.report.disk.thinning import thin_disk
from gromov.report.kinds import group_name, kinds_of
from gromov.report.sheet import Sheet
from gromov.report.thinning import plain
from gromov.report.words import short

_DIGITS = 4


@dataclass(frozen=True, slots=True, eq=False)
class DiskDrawing:
    """A disk ready for the page.

    Attributes:
        tree: What the script draws, as JSON.
        svg: The same as it is first seen, for pages without scripts and for paper.
        legend: Name and colour of each group; empty without groups.
        notes: What a reader must know about the drawing itself.
    """

    tree: Tree
    svg: str
    legend: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def draw_disk(figure: Figure) -> DiskDrawing:
    """Turn a figure that holds a disk into what the page draws. Beyond 50,000 points an even choice is drawn, beyond 20,000 edges an even choice of them.

    Cost: linear in points and edges.
    """
    given = figure.disk
    assert given is not None
    layer, notes = thin_disk(given)
    shown = replace(figure, layers=(layer,))
    sheet = Sheet(shown)
    kinds = kinds_of(sheet, layer)
    z = np.asarray(layer.x, dtype=np.float64) + 1j * np.asarray(layer.y, dtype=np.float64)
    tree: Tree = {
        "x": places(z, "real"),
        "y": places(z, "imag"),
        "edges": [] if layer.edges is None else np.asarray(layer.edges, dtype=np.int64).ravel().tolist(),
        "kinds": kinds.of.tolist() if len(kinds.names) > 1 else [],
        "colours": list(kinds.colours),
        "grouped": layer.groups is not None,
        "names": [short(text, 80) for text in layer.texts],
        "groups": [] if layer.groups is None else [short(group_name(layer, int(code)), 48) for code in layer.groups],
        "sizes": [] if layer.sizes is None else plain(np.sqrt(np.maximum(np.asarray(layer.sizes, dtype=np.float64), 0.0))),
        "shown": None if layer.shown is None else layer.shown.tolist(),
        "pictures": list(layer.pictures),
        "side": picture_side(len(layer.pictures)),
        "radius": marker_radius(len(z)),
    }
    notes += (
        "The faint circles lie at distance 1, 2, 3 … from the centre of the view; equal lengths look shorter towards the rim, which is infinitely far.",
    )
    if layer.pictures:
        notes += ("A picture that would cover another, or lies at the rim, is left out until the view gives it room; its point is drawn.",)
    legend = (
        tuple((short(name, 48), code) for name, code in zip(kinds.names, kinds.colours, strict=True)) if layer.groups is not None else ()
    )
    return DiskDrawing(tree, disk_svg(shown, standalone=False), legend, (*sheet.notes, *notes))


def places(z: NDArray[np.complex128], part: str) -> list[float]:
    """Real or imaginary parts with as many decimals as their depth needs: to about 10⁻⁴ of a length wherever the point is."""
    gap = np.maximum(1 - np.abs(z), 1e-16)
    decimals = np.minimum(17, _DIGITS + np.ceil(-np.log10(gap))).astype(int)
    values = z.real if part == "real" else z.imag
    return [_shortest(round(value, digits)) for value, digits in zip(values.tolist(), decimals.tolist(), strict=True)]


def _shortest(value: float) -> float | int:
    return int(value) if value.is_integer() else value
