"""Figures as data: what to draw and what to say about it. Drawing them is the report's work."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gromov.core.errors import InputError

_PICTURE = re.compile(
    r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}"
)  # nothing that could end an attribute or make a request

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
    """A scatter of (x, y), coloured by `groups` (integer codes into `group_names`), with optional hover texts, `written` beside the markers where they are few."""

    name: str
    x: Numbers
    y: Numbers
    groups: NDArray[np.integer] | None = None
    group_names: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    written: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Bars of height y at x (bin centres, or positions of the axis' categories), of a given width, with optional error bars.

    They stand on 0, or each on its own `base`, and then reach from base to base + y.
    """

    name: str
    x: Numbers
    y: Numbers
    error: Numbers | None = None
    width: float | None = None
    reference: bool = False
    base: Numbers | None = None


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


@dataclass(frozen=True, slots=True, eq=False)
class Disk:
    """Points of the hyperbolic plane and geodesics between them, in the Poincaré disk of curvature −1; it is alone in its figure.

    Attributes:
        name: What the points are.
        x: First coordinate; x² + y² < 1.
        y: Second coordinate.
        edges: Pairs of points (m × 2) joined by a geodesic.
        groups: Group of each point, as an index into `group_names`; negative for none.
        group_names: Names of the groups.
        texts: Name of each point.
        sizes: Size of each marker, relative to the usual one; None means all alike.
        shown: Points to be named in the drawing, the most important first; None leaves the choice to the drawing.
        pictures: A picture of each point of `shown`, drawn in its place instead of its name: addresses that need no request
            (`data:image/png;base64,…`, as `report.thumbnails.thumbnail` gives them); empty for none.
    """

    name: str
    x: Numbers
    y: Numbers
    edges: NDArray[np.integer] | None = None
    groups: NDArray[np.integer] | None = None
    group_names: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    sizes: Numbers | None = None
    shown: NDArray[np.integer] | None = None
    pictures: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.x)
        for what, values in (("y", self.y), ("groups", self.groups), ("texts", self.texts or None), ("sizes", self.sizes)):
            if values is not None and len(values) != n:
                raise InputError(f"the disk has {n} points but {len(values)} {what}: one for each point is needed")
        radius = np.hypot(np.asarray(self.x, dtype=np.float64), np.asarray(self.y, dtype=np.float64))
        if not (radius < 1).all():
            outside = int(np.flatnonzero(~(radius < 1))[0])
            raise InputError(f"point {outside} lies {radius[outside]:g} from the centre of the disk; x² + y² must be below 1")
        for what, indices in (("an edge", self.edges), ("shown", self.shown)):
            if indices is not None and indices.size and (indices.min() < 0 or indices.max() >= n):
                wrong = indices[(indices < 0) | (indices >= n)].flat[0]
                raise InputError(f"{what} names point {wrong}, but the points are 0 … {n - 1}")
        if self.edges is not None and self.edges.size and (self.edges.ndim != 2 or self.edges.shape[1] != 2):
            raise InputError(f"the edges of a disk must be m × 2; these are {' × '.join(map(str, self.edges.shape))}")
        shown = 0 if self.shown is None else len(self.shown)
        if self.pictures and len(self.pictures) != shown:
            raise InputError(f"the disk has {len(self.pictures)} pictures but {shown} points to be shown: one for each of these is needed")
        for place, address in enumerate(self.pictures):
            if not _PICTURE.fullmatch(address):
                raise InputError(
                    f"picture {place} of the disk is no address of the form data:image/png;base64,…: it begins with {address[:40]!r}"
                )


Layer = Curve | Points | Bars | Matrix | Rule | Disk


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

    def __post_init__(self) -> None:
        if len(self.layers) > 1 and any(isinstance(layer, Disk) for layer in self.layers):
            raise InputError(f"the figure {self.name!r} holds a disk and other layers: a disk is alone in its figure")

    @property
    def disk(self) -> Disk | None:
        """Its disk, if it is one."""
        return next((layer for layer in self.layers if isinstance(layer, Disk)), None)

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
