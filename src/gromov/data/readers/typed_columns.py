"""Columns of tables that know their types (Parquet, Arrow, Feather): points, and what stands beside them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gromov.core import InputError
from gromov.data.contents import Contents, Drawn, Request, Values, joined, text_array
from gromov.data.readers.draw import draw, require_rows
from gromov.data.readers.file import listing, require_named

INDEX = "__index_level_"


@dataclass(frozen=True, slots=True, eq=False)
class TypedTable:
    """A table read batch by batch.

    Attributes:
        name: What to call it in a sentence.
        schema: Its pyarrow.Schema.
        rows: Number of rows.
        batches: The pyarrow.RecordBatches of the columns named.
        sha256: Hash of its bytes.
    """

    name: str
    schema: Any
    rows: int
    batches: Callable[[Sequence[str]], Iterator[Any]]
    sha256: str


def points_of_columns(table: TypedTable, request: Request) -> Contents:
    """The numeric columns, or the one column of equally long lists, as points; every other column beside them.

    Raises:
        InputError: no column, or several columns of lists, could be meant; a value is missing; lists differ in length.
        MemoryEstimateError: the rows do not fit.
    """
    if table.rows == 0:
        raise InputError(f"{table.name} is empty: it holds no rows")
    names, notes = _choose(table, request)
    width, dtype = _width(table, names)
    drawn = draw(table.rows, request)
    rows = require_rows(drawn, table.rows, width * dtype.itemsize, table.name)
    points = np.empty((rows, width), dtype)
    filled = start = 0
    for batch in table.batches(names):
        _require_sound(batch, table.name)
        pick = _picked(drawn, start, batch.num_rows)
        count = batch.num_rows if pick is None else len(pick)
        if count:
            if filled + count > rows:
                raise InputError(f"{table.name} is damaged: it holds more rows than the {table.rows} it promises")
            _fill(points[filled : filled + count], batch, pick, start, table.name)
        filled, start = filled + count, start + batch.num_rows
    if filled < rows:
        raise InputError(f"{table.name} is damaged: it holds {start} rows and promises {table.rows}")
    columns = {
        name: partial(values_of_column, table, name, drawn) for name in table.schema.names if name not in names or name in request.tested
    }
    if drawn is not None:
        notes = (*notes, "rows drawn while the file was read")
    return Contents(points, columns=columns, sha256=table.sha256, notes=notes, drawn=drawn)


def _choose(table: TypedTable, request: Request) -> tuple[list[str], tuple[str, ...]]:
    kinds = {field.name: _kind(field.type) for field in table.schema}
    for name in (*request.columns, *sorted(request.aside & set(kinds))):
        if table.schema.names.count(name) != 1:
            problem = "has no column" if name not in kinds else "has more than one column"
            raise InputError(f"{table.name} {problem} {name!r}: its columns are {listing(list(kinds))}")
    require_named(request, list(kinds), table.name)
    free = [name for name in kinds if name not in request.aside | request.tested]
    lists = [name for name in free if kinds[name] == "list"]
    numbers = [name for name in free if kinds[name] == "number" and not name.startswith(INDEX)]
    chosen = list(request.columns) or (lists if lists else numbers)
    bad = [name for name in chosen if not kinds[name]]
    if bad:
        raise InputError(f"column {bad[0]} of {table.name} holds no numbers: choose others with --columns")
    if not chosen:
        raise InputError(f"{table.name} holds no columns of numbers: its columns are {listing(list(kinds))}")
    vectors = [name for name in chosen if kinds[name] == "list"]
    if vectors and len(chosen) > 1:
        raise InputError(f"column {vectors[0]} of {table.name} holds vectors: choose it alone, with --columns {vectors[0]}")
    if len(set(chosen)) < len(chosen) or any(table.schema.names.count(name) > 1 for name in chosen):
        raise InputError(f"{table.name} has more than one column of the same name: choose others with --columns")
    unread = [name for name in free if not kinds[name]]
    if (
        len(chosen) == 1 and not lists and unread and not request.columns
    ):  # a label or a counter beside pictures or texts, more often than points
        raise InputError(
            f"{table.name} holds one column of numbers ({chosen[0]}) beside columns that are none ({listing(unread)}): "
            f"choose it with --columns {chosen[0]} if it is what you mean"
        )
    notes = (f"columns {listing(chosen)}",) if request.columns or len(chosen) < len(kinds) else ()
    if unread and not request.columns:
        notes = (*notes, f"{listing(unread)} hold no numbers and are left out: --labels or --names says what they are")
    return chosen, notes


def _kind(kind: Any) -> str:
    from pyarrow import types

    def number(each: Any) -> bool:
        return types.is_floating(each) or types.is_integer(each) or types.is_boolean(each)

    if number(kind):
        return "number"
    vector = types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
    return "list" if vector and number(kind.value_type) else ""


def _width(table: TypedTable, names: Sequence[str]) -> tuple[int, np.dtype[np.generic]]:
    kinds = [table.schema.field(name).type for name in names]
    if _kind(kinds[0]) != "list":
        return len(names), np.result_type(*(np.dtype(kind.to_pandas_dtype()) for kind in kinds))
    for batch in table.batches(names):
        _require_sound(batch, table.name)
        if batch.num_rows:
            _require_filled(batch.column(0), names[0], 0, table.name)
            width = len(batch.column(0)[0])
            if not width:
                raise InputError(f"column {names[0]} of {table.name} is empty: its vectors have length 0")
            return width, np.dtype(kinds[0].value_type.to_pandas_dtype())
    raise InputError(f"{table.name} is empty: it holds no rows")


def _fill(points: Values, batch: Any, pick: NDArray[np.int64] | None, start: int, name: str) -> None:
    for position, column in enumerate(batch.columns):
        title = batch.schema.names[position]
        _require_filled(column, title, start, name)
        if _kind(column.type) == "list":
            flat = column.flatten()
            lengths = _lengths(column)
            if len(flat) != points.shape[1] * batch.num_rows or (lengths != points.shape[1]).any():
                row = start + int(np.flatnonzero(lengths != points.shape[1])[0])
                raise InputError(f"column {title} of {name}: row {row} holds a vector of another length than {points.shape[1]}")
            _require_filled(flat, title, start, name)
            values = flat.to_numpy(zero_copy_only=False).reshape(batch.num_rows, -1)
            points[:] = values if pick is None else values[pick]
        else:
            values = column.to_numpy(zero_copy_only=False)
            points[:, position] = values if pick is None else values[pick]


def _lengths(column: Any) -> NDArray[np.int64]:
    from pyarrow import types

    if types.is_fixed_size_list(column.type):
        return np.full(len(column), column.type.list_size, np.int64)
    return np.diff(column.offsets.to_numpy()).astype(np.int64)


def values_of_column(table: TypedTable, name: str, drawn: Drawn | None) -> Values:
    """One column as numbers or text, of all rows or of those drawn.

    Raises:
        InputError: a value is missing, or the column holds lists.
    """
    from pyarrow import types

    parts: list[Values] = []
    start = 0
    for batch in table.batches([name]):
        _require_sound(batch, table.name)
        column = batch.column(0)
        _require_filled(column, name, start, table.name)
        if types.is_dictionary(column.type):
            column = column.dictionary_decode()
        pick = _picked(drawn, start, batch.num_rows)
        start += batch.num_rows
        if pick is not None:
            column = column.take(pick)
        if _kind(column.type) == "number":
            parts.append(column.to_numpy(zero_copy_only=False))
        elif _kind(column.type) or types.is_nested(column.type):
            raise InputError(f"column {name} of {table.name} holds lists: one value for each row is needed")
        else:
            parts.append(text_array([str(value) for value in column.to_pylist()], f"column {name} of {table.name}"))
    return joined(parts, f"column {name} of {table.name}")


def _picked(drawn: Drawn | None, start: int, count: int) -> NDArray[np.int64] | None:
    if drawn is None:
        return None
    low, high = np.searchsorted(drawn.rows, (start, start + count))
    return drawn.rows[low:high] - start


def _require_sound(batch: Any, name: str) -> None:
    """Offsets of a damaged file may point outside its buffers; reading them unchecked would end the process."""
    import pyarrow

    try:
        batch.validate(full=True)
    except pyarrow.ArrowException as error:
        raise InputError(f"{name} is damaged: fetch or write it again") from error


def _require_filled(column: Any, title: str, start: int, name: str) -> None:
    if column.null_count:
        row = start + int(np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False))[0])
        where = f"row {row}" if _kind(column.type) or start == 0 else "a vector"
        raise InputError(f"column {title} of {name} has no value in {where}: fill it in, or remove the row")
