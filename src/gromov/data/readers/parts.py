"""Several files as one source: `part-*.parquet`, in sorted order."""

import glob
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from gromov.core import InputError, require_memory
from gromov.data.contents import Column, Contents, Drawn, Request, Values, digest_of_parts
from gromov.data.readers.columnar import is_columnar, read_columnar_parts
from gromov.data.readers.detect import read_file
from gromov.data.readers.draw import draw, require_rows
from gromov.data.readers.file import File


def matching(pattern: str) -> list[Path]:
    """The regular files that match a pattern with *, ? or [ ], sorted; none where there is no such sign in it."""
    if not glob.has_magic(pattern):
        return []
    path = Path(pattern).expanduser()
    start = Path(path.anchor) if path.is_absolute() else Path()
    return sorted(each for each in start.glob(str(path.relative_to(start))) if each.is_file())


def read_parts(paths: Sequence[Path], request: Request, name: str) -> Contents:
    """The rows of all files, one file after another.

    Raises:
        InputError: the files differ in format, width or kind, or one of them cannot be read.
        MemoryEstimateError: the rows do not fit together.
    """
    files = [File(path) for path in paths]
    suffixes = sorted({file.suffix for file in files})
    if len(suffixes) > 1:
        raise InputError(f"{name} matches files of several formats ({', '.join(suffixes)}): the parts of one source must be alike")
    note = f"{len(files)} files in sorted order"
    if all(is_columnar(file.head()) for file in files):
        contents = read_columnar_parts(files, request, name)
        return replace(contents, notes=(note, *contents.notes))
    parts = [read_file(file, replace(request, sample=None)) for file in files]
    arrays = [part.data for part in parts if isinstance(part.data, np.ndarray)]
    if len(arrays) < len(parts) or any(array.ndim < 1 for array in arrays):
        raise InputError(f"{name}: only files of points can be read as one, and a part of these is none")
    for file, array in zip(files, arrays, strict=True):
        if array.shape[1:] != arrays[0].shape[1:]:
            shapes = [" × ".join(map(str, each.shape)) for each in (arrays[0], array)]
            raise InputError(f"{file.name} is {shapes[1]} and {files[0].name} is {shapes[0]}: all parts must have one width")
    total = sum(map(len, arrays))
    drawn = draw(total, request)
    data = _joined(arrays, drawn, name)
    shared = [key for key in parts[0].columns if all(key in part.columns for part in parts)]
    columns: dict[str, Column] = {key: partial(_column, [part.columns[key] for part in parts], drawn) for key in shared}
    labels = parts[0].labels if parts[0].labels in shared else ""
    names = parts[0].names if parts[0].names in shared else ""
    sha256 = digest_of_parts([part.sha256 for part in parts])
    return Contents(data, columns=columns, labels=labels, names=names, sha256=sha256, notes=(note, *parts[0].notes), drawn=drawn)


def _joined(arrays: Sequence[Values], drawn: Drawn | None, name: str) -> Values:
    dtype = np.result_type(*(array.dtype for array in arrays))
    row_bytes = dtype.itemsize * arrays[0][:1].size
    total = sum(map(len, arrays))
    rows = require_rows(drawn, total, row_bytes, name)
    joined = np.empty((rows, *arrays[0].shape[1:]), dtype)
    filled = start = 0
    for array in arrays:
        if drawn is None:
            taken = array
        else:
            low, high = np.searchsorted(drawn.rows, (start, start + len(array)))
            taken = array[drawn.rows[low:high] - start]
        joined[filled : filled + len(taken)] = taken
        filled, start = filled + len(taken), start + len(array)
    return joined


def _column(columns: Sequence[Column], drawn: Drawn | None) -> Values:
    parts = [column() for column in columns]
    require_memory(sum(part.nbytes for part in parts), step="joining a column of several files", remedy="use fewer files")
    joined = np.concatenate(parts)
    return joined if drawn is None else joined[drawn.rows]
