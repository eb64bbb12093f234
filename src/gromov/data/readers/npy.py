"""NumPy's own files: .npy, memory-mapped where it lies plainly on disk. Pickled objects are never loaded."""

import ast
import math
import re
import warnings
from dataclasses import dataclass
from typing import IO, cast

import numpy as np

from gromov.core import InputError, require_memory
from gromov.data.contents import Contents, Request, Values
from gromov.data.readers.draw import draw, require_rows, rows_on_disk
from gromov.data.readers.file import BLOCK, File, sentences

MAGIC = b"\x93NUMPY"
LONGEST_HEADER = 65536
PLAIN_TYPE = re.compile(r"[<>|=]?[A-Za-z?]\d{0,6}")


@dataclass(frozen=True, slots=True)
class Header:
    """What an .npy file says about itself.

    Attributes:
        dtype: Type of the numbers.
        shape: Length of each dimension.
        fortran: Whether the first index runs fastest.
        offset: Bytes before the first number.
    """

    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]
    fortran: bool
    offset: int

    @property
    def nbytes(self) -> int:
        """Bytes of the numbers."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_npy(file: File, request: Request) -> Contents:
    """The array of an .npy file; memory-mapped unless it is compressed. Of a sample only its rows are read."""
    with file.open() as stream:
        header = read_header(stream, file.name)
        require_real(header.dtype, file.name)
        if not file.stored_plainly():
            return Contents(read_body(stream, header, file.name), sha256=file.sha256())
    with sentences(file.name):
        require_bytes(header, file.path.stat().st_size, file.name)
        drawn = draw(header.shape[0], request) if header.shape and not header.fortran else None
        if drawn is not None:
            require_rows(drawn, drawn.total, header.nbytes // drawn.total, file.name)
            rows = rows_on_disk(file.path, offset=header.offset, dtype=header.dtype, shape=header.shape, drawn=drawn)
            return Contents(rows, sha256=file.sha256(), drawn=drawn)
        order = "F" if header.fortran else "C"
        mapped = np.memmap(file.path, header.dtype, "r", offset=header.offset, shape=header.shape, order=order)
    return Contents(mapped, sha256=file.sha256())


def read_header(stream: IO[bytes], name: str) -> Header:
    """Read the header, leaving `stream` at the first number.

    Raises:
        InputError: it is not an .npy header, or not one of a plain array.
    """
    start = stream.read(8)
    if len(start) < 8 or start[:6] != MAGIC:
        raise InputError(f"{name} is not an .npy file, or is truncated: write it again with numpy.save")
    size_bytes = 2 if start[6] == 1 else 4
    size = int.from_bytes(stream.read(size_bytes), "little")
    if start[6] not in (1, 2, 3) or size > LONGEST_HEADER:
        raise InputError(f"{name} has an .npy header of an unknown version or length: write it again with numpy.save")
    text = stream.read(size)
    if len(text) < size:
        raise InputError(f"{name} is truncated in its header: fetch or write it again")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fields = cast("dict[str, object]", ast.literal_eval(text.decode("latin-1").strip()))
            descr, shape, fortran = fields["descr"], fields["shape"], fields["fortran_order"]
            plain = isinstance(descr, str) and PLAIN_TYPE.fullmatch(descr)
            dtype = np.dtype(cast(str, descr)) if plain else np.dtype("V1")
            sizes = cast("tuple[object, ...]", shape) if isinstance(shape, tuple) else (None,)
            lengths = tuple(size for size in sizes if type(size) is int and 0 <= size < 2**62)
    except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError, IndexError) as error:
        raise InputError(f"{name} has a damaged .npy header: fetch or write it again") from error
    if len(lengths) != len(sizes) or len(sizes) > 32 or not isinstance(fortran, bool):
        raise InputError(f"{name} has a damaged .npy header: fetch or write it again")
    if not plain:
        raise InputError(f"{name} is a structured array: save the columns you need as one numeric n × d array")
    if 0 in lengths or dtype.itemsize == 0:
        raise InputError(f"{name} is empty: its shape is {' × '.join(map(str, lengths))}")
    return Header(dtype, lengths, fortran, 8 + size_bytes + size)


def read_body(stream: IO[bytes], header: Header, name: str) -> Values:
    """Read the numbers that follow `header`, block by block."""
    require_memory(header.nbytes, step=f"reading {name}", remedy="save it uncompressed as .npy, which is memory-mapped")
    flat = np.empty(math.prod(header.shape), header.dtype)
    view = flat.view(np.uint8).data
    filled = 0
    while filled < len(view):
        block = stream.read(min(BLOCK, len(view) - filled))
        if not block:
            raise _truncated(header, header.offset + filled, name)
        view[filled : filled + len(block)] = block
        filled += len(block)
    # an archive compares its checksum when the end is reached
    stream.read(1)
    return flat.reshape(header.shape[::-1]).T if header.fortran else flat.reshape(header.shape)


def require_bytes(header: Header, stored: int, name: str) -> None:
    """Raise InputError when the file is too short for the shape its header promises."""
    if header.offset + header.nbytes > stored:
        raise _truncated(header, stored, name)


def require_real(dtype: np.dtype[np.generic], name: str) -> None:
    """Raise InputError, in words, when `dtype` is not one of real numbers."""
    if dtype.kind in "fiub":
        return
    if dtype.hasobject:
        raise InputError(f"{name} holds pickled Python objects, which are never loaded: save it as a numeric n × d array")
    reasons = {
        "c": "complex numbers: save their modulus, or real and imaginary parts side by side",
        "U": "text: points are numbers; give text as labels or names",
        "S": "text: points are numbers; give text as labels or names",
        "M": "dates: save them as numbers",
        "m": "durations: save them as numbers",
    }
    raw = f"raw values of {dtype.itemsize} bytes (bfloat16 and the 8-bit floats look so): save it as float32"
    raise InputError(f"{name} holds {reasons.get(dtype.kind, raw)}")


def _truncated(header: Header, stored: int, name: str) -> InputError:
    shape = " × ".join(map(str, header.shape)) or "a single number"
    wanted = header.offset + header.nbytes
    return InputError(f"{name} is truncated: its header promises {shape} of {header.dtype} ({wanted} bytes) and it holds {stored} bytes")
