"""MAT files of version 5: texts, numbers, cells and structures as plain values, within bounds; objects and functions are refused."""

import math
import struct
import zlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from gromov.core import InputError
from gromov.data.readers.file import File

MOST_BYTES = 2**25
DEEPEST = 8
Order = Literal["<", ">"]
_HEADER = 128
_MATRIX, _COMPRESSED = 14, 15
_CELL, _STRUCT, _CHAR = 1, 2, 4
_NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_TEXTS = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}


@dataclass(frozen=True, slots=True)
class _Element:
    kind: int
    data: memoryview


class _DamagedError(Exception):
    """Something in the file is not as the format says."""


def read_mat(path: Path, names: Sequence[str]) -> dict[str, object]:
    """The named variables of a MAT file.

    Texts become `str`, numbers a flat array, cells a list of values, structures a list of dictionaries by field; nothing else is read.

    Cost: a microsecond or ten for each entry, and no more than 32 MiB as stored and decompressed.

    Raises:
        InputError: it is of another version, damaged, larger than 32 MiB, or lacks a variable.

    References:
        The MathWorks, MAT-File Format (level 5).
    """
    content = File(path).head(MOST_BYTES + 1)
    if content[512:520] == b"\x89HDF\r\n\x1a\n" or b"MATLAB 7.3" in content[:16]:
        raise InputError(f"{path} is a MAT file of version 7.3: save it with save('-v7') and try again")
    order: Order = "<" if content[126:128] == b"IM" else ">"
    if content[126:128] not in (b"IM", b"MI"):
        raise InputError(f"{path} is no MAT file of version 5: fetch it again")
    try:
        found = dict(_variables(content, order, frozenset(names)))
    except (_DamagedError, struct.error, UnicodeDecodeError, ValueError, zlib.error) as error:
        why = f" ({error})" if isinstance(error, _DamagedError) else ""
        raise InputError(f"{path} is a damaged MAT file{why}: fetch it again") from error
    for name in names:
        if found.get(name) is None:
            raise InputError(f"{path} has no variable {name!r}: it holds {', '.join(sorted(found)) or 'nothing'}")
    return found


def _variables(content: bytes, order: Order, wanted: frozenset[str]) -> Generator[tuple[str, object]]:
    """Name of each variable, and its value where it is wanted."""
    total = len(content)
    _require_little(total)
    for element in _elements(memoryview(content)[_HEADER:], order):
        data = element.data
        if element.kind == _COMPRESSED:
            stream = zlib.decompressobj()
            plain = stream.decompress(data, MOST_BYTES + 1)
            total += len(plain)
            _require_little(total)
            if not stream.eof:
                raise _DamagedError("compressed bytes that end too early")
            (element,) = _exactly(_elements(memoryview(plain), order), 1)
        if element.kind != _MATRIX:
            raise _DamagedError(f"an element of type {element.kind} for a variable")
        name = bytes(_exactly(_elements(element.data, order), 3)[2].data).decode("latin-1")
        yield name, _value(element.data, order, 0) if name in wanted else None


def _require_little(total: int) -> None:
    if total > MOST_BYTES:
        raise _DamagedError(f"or holds more than the {MOST_BYTES >> 20} MiB that are read")


def _elements(data: memoryview, order: Order) -> Generator[_Element]:
    """The elements that stand one after another in some bytes."""
    place = 0
    while place < len(data):
        (head,) = struct.unpack_from(f"{order}I", data, place)
        small = head >> 16
        if small:  # up to four bytes stand in the tag itself
            kind, size, start, after = head & 0xFFFF, small, place + 4, place + 8
            if size > 4:
                raise _DamagedError(f"a short element of {size} bytes")
        else:
            kind, start = head, place + 8
            (size,) = struct.unpack_from(f"{order}I", data, place + 4)
            after = start + (size if kind == _COMPRESSED else (size + 7) // 8 * 8)
        if start + size > len(data):
            raise _DamagedError(f"an element of {size} bytes where {max(0, len(data) - start)} are left")
        yield _Element(kind, data[start : start + size])
        place = after


def _exactly(elements: Generator[_Element], count: int) -> list[_Element]:
    """The next `count` elements."""
    found = [element for _, element in zip(range(count), elements, strict=False)]
    if len(found) < count:
        raise _DamagedError(f"{len(found)} elements where {count} are needed")
    return found


def _value(data: memoryview, order: Order, depth: int) -> object:
    """The value of a matrix element: flags, dimensions, name, and what its class says."""
    if not data:
        return np.empty(0)
    if depth > DEEPEST:
        raise _DamagedError(f"values nested more than {DEEPEST} deep")
    elements = _elements(data, order)
    flags, dimensions, _ = _exactly(elements, 3)
    kind = struct.unpack_from(f"{order}I", flags.data)[0] & 0xFF
    lengths = [int(each) for each in np.frombuffer(dimensions.data, np.dtype("i4").newbyteorder(order))]
    count = math.prod(lengths)
    if min(lengths, default=-1) < 0 or count > len(data):
        raise _DamagedError(f"{count} entries in {len(data)} bytes")
    if kind == _CELL:
        return [_nested(each, order, depth) for each in _exactly(elements, count)]
    if kind == _STRUCT:
        width, names = _exactly(elements, 2)
        size = struct.unpack_from(f"{order}i", width.data)[0]
        if size < 1 or not names.data or len(names.data) % size:
            raise _DamagedError("a structure without fields")
        fields = [bytes(names.data[i : i + size]).split(b"\0")[0].decode("latin-1") for i in range(0, len(names.data), size)]
        return [
            dict(zip(fields, [_nested(each, order, depth) for each in _exactly(elements, len(fields))], strict=True)) for _ in range(count)
        ]
    if count == 0:
        return "" if kind == _CHAR else np.empty(0)
    (values,) = _exactly(elements, 1)
    if kind == _CHAR and values.kind in _TEXTS and max(lengths) == count:
        suffix = "" if _TEXTS[values.kind] in ("latin-1", "utf-8") else {"<": "-le", ">": "-be"}[order]
        return bytes(values.data).decode(_TEXTS[values.kind] + suffix)
    if 6 <= kind <= 15 and values.kind in _NUMBERS:
        numbers = np.frombuffer(values.data, np.dtype(_NUMBERS[values.kind]).newbyteorder(order))
        if len(numbers) != count:
            raise _DamagedError(f"{len(numbers)} numbers for {count} entries")
        return numbers
    raise _DamagedError(f"a value of class {kind}, which is not read")


def _nested(element: _Element, order: Order, depth: int) -> object:
    if element.kind != _MATRIX:
        raise _DamagedError(f"an element of type {element.kind} in a cell or structure")
    return _value(element.data, order, depth + 1)
