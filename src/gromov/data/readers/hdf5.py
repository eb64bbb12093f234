"""HDF5 files: one dataset of several, by h5py."""

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np

from gromov.core import InputError, MissingDependencyError
from gromov.data.contents import Contents, Drawn, Request, Values, text_array
from gromov.data.readers.arrays import choose_array, sized
from gromov.data.readers.draw import draw, require_rows
from gromov.data.readers.file import BLOCK, File, sentences

MAGIC = b"\x89HDF\r\n\x1a\n"
MOST_DATASETS = 10_000
SECONDS, TEXTS_A_SECOND = 10, 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a dataset before it is read.

    Attributes:
        dtype: Type of the numbers.
        shape: Length of each dimension.
    """

    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]


def read_hdf5(file: File, request: Request) -> Contents:
    """The dataset `request.array` ("group/name") of a file, or its only candidate.

    Raises:
        InputError: it is compressed from outside, damaged, or has no such dataset of real numbers.
        MissingDependencyError: h5py is not installed.
        MemoryEstimateError: the dataset does not fit.
    """
    try:
        import h5py
    except ImportError as error:
        raise MissingDependencyError(f"reading {file.name} needs h5py: pip install 'gromov[formats]'") from error
    if not file.stored_plainly():
        raise InputError(f"{file.name} is compressed from outside: extract it first")
    with sentences(file.name):
        try:
            with h5py.File(file.path, "r") as stored:
                entries = _entries(stored)
                if not entries:
                    raise InputError(f"{file.name} holds no arrays")
                name = choose_array(entries, request, file.name)
                shape = entries[name].shape
                drawn = draw(shape[0], request) if shape else None
                values = _values(stored, name, drawn, file.name)
        except (InputError, MemoryError):
            raise
        except Exception as error:  # a damaged file makes the library fail in any way
            raise InputError(f"{file.name} is damaged or truncated: fetch or write it again") from error
    columns = {
        other: partial(_column, file.path, other, drawn if drawn and entry.shape[0] == drawn.total else None)
        for other, entry in entries.items()
        if len(entry.shape) == 1
    }
    return Contents(values, columns=columns, sha256=file.sha256(), notes=(f"array {name}",), drawn=drawn)


def _entries(stored: Any) -> dict[str, Entry]:
    import h5py

    entries: dict[str, Entry] = {}

    def note(name: str, item: object) -> bool | None:
        if isinstance(item, h5py.Dataset) and item.shape is not None:
            entries[name] = Entry(item.dtype, tuple(item.shape))
        return True if len(entries) > MOST_DATASETS else None

    stored.visititems(note)
    return entries


def _values(stored: Any, name: str, drawn: Drawn | None, file: str) -> Values:
    dataset = stored[name]
    what = f"array {name} of {file}"
    if dataset.external or dataset.is_virtual:
        raise InputError(f"{what} lies in other files, which are not followed: copy it into one file")
    if 0 in dataset.shape:
        raise InputError(f"{what} is empty: its shape is {sized(dataset.shape)}")
    row_bytes = int(dataset.dtype.itemsize * np.prod(dataset.shape[1:], dtype=np.float64))
    rows = require_rows(drawn, dataset.shape[0] if dataset.shape else 1, row_bytes, what)
    if drawn is None or not dataset.shape:
        return np.asarray(dataset[()])
    values = np.empty((rows, *dataset.shape[1:]), dataset.dtype)
    step = max(1, BLOCK // max(1, row_bytes))
    for start in range(0, drawn.total, step):  # reading single rows would decompress a chunk for each
        low, high = np.searchsorted(drawn.rows, (start, start + step))
        if low < high:
            values[low:high] = dataset[start : start + step][drawn.rows[low:high] - start]
    return values


def _column(path: Path, name: str, drawn: Drawn | None) -> Values:
    import h5py

    with sentences(str(path)), h5py.File(path, "r") as stored:
        dataset = cast("Any", stored)[name]
        values = None if dataset.dtype.hasobject else _values(stored, name, None, str(path))
        n = dataset.shape[0]
    if values is None:
        values = _texts(path, name, n)
    return values if drawn is None else values[drawn.rows]


def _texts(path: Path, name: str, n: int) -> Values:
    """Read in another process, which can be ended where a damaged file holds the library up."""
    command = [sys.executable, "-I", str(Path(__file__).with_name("hdf5_text.py")), str(path.absolute()), name]
    damaged = InputError(f"array {name} of {path} is damaged: fetch or write it again")
    try:
        done = subprocess.run(command, capture_output=True, check=True, timeout=SECONDS + n / TEXTS_A_SECOND)
        texts: object = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        raise damaged from error
    if not isinstance(texts, list):
        raise damaged
    return text_array(cast("list[str]", texts), f"array {name} of {path}")
