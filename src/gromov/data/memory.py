"""Arrays, tensors and data frames a caller holds, as a source like any other: labels, rows, shape and scale apply to them too."""

from collections.abc import Sequence
from typing import Protocol, TypeAlias, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from gromov.core import Distances, Graph, InputError, PointsLike, Representation, as_array
from gromov.data.contents import Column, Contents, Request, Values, constant
from gromov.data.readers.file import listing, require_named

Beside: TypeAlias = str | Sequence[object] | NDArray[np.generic]
"""Labels or names: a column, an array or a file by name, or one value for each object."""


@runtime_checkable
class FrameLike(Protocol):
    """A data frame of pandas or polars, told without importing either."""

    @property
    def columns(self) -> Sequence[object]:
        """The names of the columns."""
        ...

    def __getitem__(self, name: object, /) -> object:
        """One of the columns."""
        ...


def values_of(given: Sequence[object] | NDArray[np.generic], what: str) -> Values:
    """The values of labels or names that were given as such.

    Raises:
        InputError: they are no one-dimensional array.
    """
    values = as_array(given)
    if values.dtype.hasobject:
        values = np.array([str(value) for value in values.ravel()]).reshape(values.shape)
    if values.ndim != 1:
        raise InputError(f"{what} are {' × '.join(map(str, values.shape)) or 'a single value'}: one value for each point is needed")
    return values


def contents_of(data: PointsLike, request: Request) -> Contents:
    """What a caller's object holds, as a reader gives it.

    Raises:
        InputError: it cannot be made an array, or an option chooses within a file.
    """
    if request.array is not None:
        raise InputError("--array chooses within a file, and an array is none")
    if isinstance(data, Representation):
        beside: dict[str, Column] = {}
        if data.labels is not None:
            beside["labels"] = constant(data.labels)
        if data.names is not None:
            beside["names"] = constant(np.array(data.names))
        _refuse_columns(request)
        source = data.source
        return Contents(
            data.data,
            beside,
            labels="labels" if "labels" in beside else "",
            names="names" if "names" in beside else "",
            sha256=source.sha256,
            notes=source.notes,
            space=data.space,
        )
    if isinstance(data, FrameLike) and len(data.columns) and not isinstance(data, np.ndarray):
        return _of_frame(data, request)
    _refuse_columns(request)
    if isinstance(data, Distances | Graph):
        return Contents(data)
    array = as_array(data)
    if array.dtype.kind not in "fiub":
        raise InputError(f"points must be real numbers; these are of type {array.dtype}")
    return Contents(array)


def _refuse_columns(request: Request) -> None:
    if request.columns:
        raise InputError("--columns chooses within a table, and an array is none: select from it before passing it")


def _of_frame(frame: FrameLike, request: Request) -> Contents:
    """The columns of numbers as points, unless others are asked for; each column beside them by its name."""
    columns = {str(name): name for name in frame.columns}
    for name in request.columns:
        if name not in columns:
            raise InputError(f"the data frame has no column {name!r}: its columns are {listing(list(columns))}")
    chosen = request.columns or [name for name in columns if name not in request.aside | request.tested]
    arrays = {name: np.asarray(frame[columns[name]]) for name in chosen}
    text = [name for name, values in arrays.items() if values.dtype.kind not in "fiub"]
    if text:
        require_named(request, list(columns), "the data frame")
        raise InputError(
            f"columns {', '.join(text[:12])} of the data frame hold values that are not numbers: choose others with columns=, or say what they are "
            "with labels= or names="
        )
    beside: dict[str, Column] = {name: _column(frame, columns[name]) for name in columns if name not in arrays or name in request.tested}
    if not arrays:
        raise InputError(f"the data frame has no columns of numbers: its columns are {listing(list(columns))}")
    note = (f"columns {listing(list(arrays))}",) if len(arrays) < len(columns) else ()
    return Contents(cast(Values, np.column_stack(list(arrays.values()))), beside, notes=note)


def _column(frame: FrameLike, name: object) -> Column:
    def read() -> Values:
        values = np.asarray(frame[name])
        return np.array([str(value) for value in values]) if values.dtype.hasobject else values

    return read
