"""The data of a figure as tables, for those who cannot or will not look at it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gromov.core.figure import Bars, Curve, Disk, Figure, Layer, Matrix, Numbers, Points, Rule
from gromov.report.words import number, short

MAX_ROWS = 40
_MAX_COLUMNS = 12


@dataclass(frozen=True, slots=True)
class Listing:
    """One layer as a table.

    Attributes:
        caption: What the rows are, and how many of them are listed.
        header: Titles of the columns.
        rows: Texts of the cells; the first of each row names it.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def listings(figure: Figure) -> tuple[Listing, ...]:
    """A table for each layer, of at most 40 rows evenly taken from it."""
    return tuple(_listing(figure, layer) for layer in figure)


def _listing(figure: Figure, layer: Layer) -> Listing:
    x, y = figure.x.title, figure.y.title
    match layer:
        case Curve():
            band = (("low", layer.low), ("high", layer.high))
            return _columns(layer.name, len(layer.x), ((x, layer.x), (y, layer.y), *_present(band)), figure)
        case Bars():
            return _columns(
                layer.name, len(layer.x), ((x, layer.x), (y, layer.y), *_present((("base", layer.base), ("error", layer.error)))), figure
            )
        case Points():
            return _columns(layer.name, len(layer.x), ((x, layer.x), (y, layer.y)), figure, _names(layer))
        case Disk():
            return _disk(layer, figure)
        case Rule():
            return Listing(layer.name, (x if layer.vertical else y,), ((number(float(layer.value)),),))
        case Matrix():
            return _matrix(layer)


def _present(columns: tuple[tuple[str, Numbers | None], ...]) -> tuple[tuple[str, Numbers], ...]:
    return tuple((title, values) for title, values in columns if values is not None)


def _disk(layer: Disk, figure: Figure) -> Listing:
    x, y = np.asarray(layer.x, dtype=np.float64), np.asarray(layer.y, dtype=np.float64)
    depth = 2 * np.arctanh(np.hypot(x, y))
    listing = _columns(
        layer.name, len(x), ((figure.x.title, x), (figure.y.title, y), ("distance from the centre", depth)), figure, _names(layer)
    )
    count = 0 if layer.edges is None else len(layer.edges)
    return replace(listing, caption=f"{listing.caption}; {number(count)} edges") if count else listing


def _names(layer: Points | Disk) -> tuple[tuple[str, Callable[[int], str]], ...]:
    columns: list[tuple[str, Callable[[int], str]]] = []
    groups, names, texts = layer.groups, layer.group_names, layer.texts
    if groups is not None:
        codes: list[int] = groups.tolist()
        columns.append(("group", lambda i: names[codes[i]] if 0 <= codes[i] < len(names) else str(codes[i])))
    if texts:
        columns.append(("name", lambda i: texts[i]))
    return tuple(columns)


def _columns(
    name: str,
    total: int,
    numeric: tuple[tuple[str, Numbers], ...],
    figure: Figure,
    worded: tuple[tuple[str, Callable[[int], str]], ...] = (),
) -> Listing:
    picked = _picked(total, MAX_ROWS).tolist()
    categories = figure.x.categories

    def cell(column: int, at: float) -> str:
        if column == 0 and categories and float(at).is_integer() and 0 <= at < len(categories):
            return short(categories[int(at)], 48)
        return number(float(at))

    rows = tuple(
        (*(cell(column, values[i].item()) for column, (_, values) in enumerate(numeric)), *(short(text(i), 48) for _, text in worded))
        for i in picked
    )
    return Listing(_caption(name, len(picked), total), (*(title for title, _ in numeric), *(title for title, _ in worded)), rows)


def _matrix(layer: Matrix) -> Listing:
    down, across = (_picked(side, _MAX_COLUMNS) for side in layer.values.shape)
    rows = tuple((short(layer.rows[i], 32), *(number(float(layer.values[i, j])) for j in across)) for i in down.tolist())
    caption = _caption(layer.name, len(down) * len(across), layer.values.size)
    return Listing(caption, ("", *(short(layer.columns[j], 32) for j in across.tolist())), rows)


def _picked(total: int, limit: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.unique(np.linspace(0, max(0, total - 1), min(total, limit)).round().astype(np.int64))


def _caption(name: str, listed: int, total: int) -> str:
    return name if listed == total else f"{name}: {number(listed)} of {number(total)}, evenly taken"
