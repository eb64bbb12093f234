"""safetensors files: a length, a header in JSON, then the numbers, which are memory-mapped."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from gromov.core import InputError
from gromov.data.contents import Column, Contents, Drawn, Request, Values
from gromov.data.readers.arrays import choose_array, sized
from gromov.data.readers.draw import draw, require_rows, rows_on_disk
from gromov.data.readers.file import File, sentences

LONGEST_HEADER = 100 * 10**6
BRAIN = np.dtype("V2")
TYPES: Final = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<f4",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "u1",
    "BOOL": "?",
}


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor as the header describes it.

    Attributes:
        dtype: Type it is read as; bfloat16 is read as float32, the 8-bit floats are not read.
        shape: Length of each dimension.
        start: Position of its first byte in the file.
        brain: Whether it is stored as bfloat16.
    """

    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]
    start: int
    brain: bool


def is_safetensors(head: bytes) -> bool:
    """Whether `head` starts like a safetensors file: the length of a header, and its first brace."""
    return len(head) > 8 and head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") <= LONGEST_HEADER


def read_safetensors(file: File, request: Request) -> Contents:
    """The tensor `request.array` of a file, or its only candidate.

    Raises:
        InputError: it is damaged, or has no such tensor of real numbers.
        MemoryEstimateError: bfloat16 numbers do not fit as float32.
    """
    if not file.stored_plainly():
        raise InputError(f"{file.name} is compressed, and its numbers are read from disk as they lie: extract it first")
    tensors = _header(file)
    name = choose_array(tensors, request, file.name)
    columns: dict[str, Column] = {other: partial(_read, file, tensor) for other, tensor in tensors.items() if len(tensor.shape) == 1}
    notes, tensor = (f"array {name}",), tensors[name]
    if tensor.brain:
        notes = (*notes, "bfloat16 read as float32")
    if 0 in tensor.shape:
        raise InputError(f"array {name} of {file.name} is empty: its shape is {sized(tensor.shape)}")
    n = tensor.shape[0] if tensor.shape else 1
    drawn = draw(n, request) if tensor.shape else None
    if drawn is None:
        if tensor.brain:
            require_rows(None, n, 8 * math.prod(tensor.shape[1:]), f"array {name} of {file.name}")
        return Contents(_read(file, tensor), columns=columns, sha256=file.sha256(), notes=notes)
    row_bytes = 8 * math.prod(tensor.shape[1:])
    require_rows(drawn, n, row_bytes, f"array {name} of {file.name}")
    stored = BRAIN if tensor.brain else tensor.dtype
    rows = rows_on_disk(file.path, offset=tensor.start, dtype=stored, shape=tensor.shape, drawn=drawn)
    columns = {other: partial(_rows, column, drawn) for other, column in columns.items()}
    return Contents(_widened(rows) if tensor.brain else rows, columns=columns, sha256=file.sha256(), notes=notes, drawn=drawn)


def _header(file: File) -> dict[str, Tensor]:
    damaged = InputError(f"{file.name} has a damaged safetensors header: fetch or write it again")
    with file.open() as stream:
        head = stream.read(8)
        size, stored = int.from_bytes(head, "little"), file.path.stat().st_size
        if len(head) < 8 or size > min(LONGEST_HEADER, stored - 8):
            raise InputError(f"{file.name} is no safetensors file, or is truncated: fetch or write it again")
        text = stream.read(size)
    try:
        entries = cast("dict[str, dict[str, object]]", json.loads(text.decode("utf-8")))
        entries.pop("__metadata__", None)
        tensors = {name: _tensor(entry, 8 + size, stored, f"array {name} of {file.name}") for name, entry in entries.items()}
    except InputError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise damaged from error
    if not tensors:
        raise InputError(f"{file.name} holds no arrays")
    return tensors


def _tensor(entry: Mapping[str, object], base: int, stored: int, name: str) -> Tensor:
    code, shape, (start, end) = cast(str, entry["dtype"]), cast("list[int]", entry["shape"]), cast("list[int]", entry["data_offsets"])
    if not all(type(number) is int and 0 <= number < 2**62 for number in (*shape, start, end)) or len(shape) > 32:
        raise ValueError(shape)
    dtype = np.dtype(TYPES.get(code, "V1"))
    if code in TYPES and (end - start != math.prod(shape) * (2 if code == "BF16" else dtype.itemsize) or base + end > stored):
        raise InputError(f"{name} is truncated: its header promises {sized(shape)} of {code}, which its bytes do not hold")
    return Tensor(dtype, tuple(shape), base + start, code == "BF16")


def _map(file: File, tensor: Tensor, dtype: np.dtype[np.generic]) -> Values:
    if 0 in tensor.shape:
        raise InputError(f"{file.name} is empty: its shape is {sized(tensor.shape)}")
    with sentences(file.name):
        return np.memmap(file.path, dtype, "r", offset=tensor.start, shape=tensor.shape)


def _read(file: File, tensor: Tensor) -> Values:
    return _widened(_map(file, tensor, BRAIN)) if tensor.brain else _map(file, tensor, tensor.dtype)


def _rows(column: Column, drawn: Drawn) -> Values:
    values = column()
    return values[drawn.rows] if len(values) == drawn.total else values


def _widened(stored: Values) -> NDArray[np.float32]:
    """Bfloat16 is the upper half of a float32."""
    return (np.ascontiguousarray(stored).view("<u2").astype("<u4") << np.uint32(16)).view("<f4").astype(np.float32, copy=False)
