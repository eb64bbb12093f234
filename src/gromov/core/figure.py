"""Figures as data: what to draw and what to say about it. Drawing them is the report's work."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.floating] | NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Caption:
    """The five sentences every figure carries.

    Attributes:
        what: What is drawn.
        how: How it was computed.
        sure: How sure we are.
        means: What it means for these data.
        todo: What to do about it; may be empty.
    """

    what: str
    how: str
    sure: str
    means: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: its title with unit, whether it is logarithmic, and fixed categories if it is not numeric."""

    title: str
    log: bool = False
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A line through (x, y), with an optional band [low, high]; `reference` curves (nulls, theory) are drawn muted and dashed."""

    name: str
    x: Numbers
    y: Numbers
    low: Numbers | None = None
    high: Numbers | None = None
    reference: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """A scatter of (x, y), coloured by `groups` (integer codes into `group_names`), with optional hover texts."""

    name: str
    x: Numbers
    y: Numbers
    groups: NDArray[np.integer] | None = None
    group_names: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Bars of height y at x (bin centres, or positions of the axis' categories), of a given width, with optional error bars."""

    name: str
    x: Numbers
    y: Numbers
    error: Numbers | None = None
    width: float | None = None
    reference: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """A heat map: values[i, j] at rows[i], columns[j]."""

    name: str
    values: NDArray[np.floating]
    rows: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line across the figure at one value, to compare with."""

    name: str
    value: float
    vertical: bool = False


Layer = Curve | Points | Bars | Matrix | Rule


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A figure as data.

    Attributes:
        name: Identifier, unique in a report (`spectrum-eigenvalues`).
        title: One line in plain words.
        caption: What, how, how sure, what it means, what to do.
        x: Horizontal axis.
        y: Vertical axis.
        layers: What is drawn, bottom first.
        equal: Whether one unit is as long on both axes (maps).
    """

    name: str
    title: str
    caption: Caption
    x: Axis
    y: Axis
    layers: tuple[Layer, ...]
    equal: bool = False

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)


@dataclass(frozen=True, slots=True)
class Table:
    """A few rows of words and numbers that no figure says better.

    Attributes:
        name: Identifier, unique in a report.
        title: One line in plain words.
        columns: Titles of the columns.
        rows: Texts of the cells; the first of each row names it.
        note: What to make of it.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def histogram(name: str, values: Numbers, *, bins: int = 60, low: float, high: float, reference: bool = False) -> Bars:
    """Bars of the share of `values` in each of `bins` equal cells of [low, high]."""
    heights, edges = np.histogram(values, bins=bins, range=(low, high))
    share = heights / max(1, values.size)
    return Bars(name, (edges[:-1] + edges[1:]) / 2, share, width=float(edges[1] - edges[0]), reference=reference)
