"""The groups of points as they are drawn: at most ten, each with a name, a colour and a symbol."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Integer

from gromov.core.figure import Disk, Points
from gromov.report.palette import PALETTE, REFERENCE, colour, symbol
from gromov.report.sheet import Sheet
from gromov.report.words import number


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """The groups that have a look of their own.

    Attributes:
        of: Kind of each point.
        names: Name of each kind.
        colours: Colour of each kind; grey for points of no group and for those of too many small ones.
        symbols: Marker of each kind.
    """

    of: Integer[np.ndarray, " n"]
    names: tuple[str, ...]
    colours: tuple[str, ...]
    symbols: tuple[str, ...]


def kinds_of(sheet: Sheet, layer: Points | Disk) -> Kinds:
    """The groups of a layer: beyond ten, the nine largest keep a colour and the rest share one; negative codes are in no group."""
    if layer.groups is None:
        code = sheet.next_colour()
        return Kinds(np.zeros(len(layer.x), dtype=np.int64), (layer.name,), (code,), (symbol(0),))
    codes = np.asarray(layer.groups, dtype=np.int64)
    present, counts = np.unique(codes[codes >= 0], return_counts=True)
    own = present
    if len(present) > len(PALETTE):
        own = np.sort(present[np.argsort(-counts, kind="stable")][: len(PALETTE) - 1])
    # where there are colours enough a group keeps the colour of its code, so that it looks the same in every figure
    many = max(len(layer.group_names), int(present.max(initial=0)) + 1) > len(PALETTE)
    rank = {int(code): (place if many else int(code)) for place, code in enumerate(own)}
    rest, none = len(present) - len(own), bool((codes < 0).any())
    names, colours, symbols = (
        [group_name(layer, code) for code in rank],
        [colour(place) for place in rank.values()],
        [symbol(place) for place in rank.values()],
    )
    index = np.full(len(codes), len(names), dtype=np.int64)
    for place, code in enumerate(rank):
        index[codes == code] = place
    if rest or none:
        names.append(f"{number(rest)} other groups" if rest else "no group")
        colours.append(REFERENCE)
        symbols.append("circle")
    if rest:
        sheet.notes.append(f"Of {number(len(present))} groups the {len(own)} largest have a colour of their own.")
    sheet.coloured = max(sheet.coloured, len(own))
    return Kinds(index, tuple(names), tuple(colours), tuple(symbols))


def group_name(layer: Points | Disk, code: int) -> str:
    """Name of a group, or its number where it has none."""
    if code < 0:
        return "no group"
    return layer.group_names[code] if code < len(layer.group_names) else str(code)
