"""Which reader a file needs: its first bytes decide, then its name."""

from typing import Final

import numpy as np

from gromov.core import InputError
from gromov.data.contents import Contents, Request, Values
from gromov.data.readers.edges import edges_of_array, read_edges
from gromov.data.readers.file import File
from gromov.data.readers.idx import is_idx, read_idx
from gromov.data.readers.npy import MAGIC, read_body, read_header, read_npy, require_real
from gromov.data.readers.npz import read_npz
from gromov.data.readers.rows import data_rows, sniff
from gromov.data.readers.table import read_table

READABLE = "gromov reads .npy, .npz, .csv, .tsv, .txt, .edges and idx files"
FOREIGN: Final = {
    b"PAR1": "a Parquet file: write its numbers with numpy.save, or as .csv",
    b"\x89HDF": "an HDF5 file: write the array with numpy.save",
    b"\x80\x02": "a pickle, which is never loaded: write the array with numpy.save",
    b"\x80\x03": "a pickle, which is never loaded: write the array with numpy.save",
    b"\x80\x04": "a pickle, which is never loaded: write the array with numpy.save",
    b"\x80\x05": "a pickle, which is never loaded: write the array with numpy.save",
    b"\x89PNG": "an image: gather images into one n × … array with numpy.save",
    b"\xff\xd8\xff": "an image: gather images into one n × … array with numpy.save",
    b"MATLAB": "a MATLAB file: write the array with numpy.save",
    b"%PDF": "a PDF document",
}


def read_file(file: File, request: Request) -> Contents:
    """What a file holds, by the reader of its format.

    Raises:
        InputError: the file is absent, forbidden, damaged, empty, or of a format that is not read.
        MemoryEstimateError: its numbers do not fit into the memory that is left.
    """
    head = file.head()
    if not head:
        raise InputError(f"{file.name} is empty: it holds no bytes")
    foreign = next((what for magic, what in FOREIGN.items() if head.startswith(magic)), "")
    if foreign:
        raise InputError(f"{file.name} is {foreign}")
    binary = read_npy if head.startswith(MAGIC) else read_npz if head.startswith(b"PK") else read_idx if is_idx(head) else None
    if binary is not None:
        contents = binary(file, request)
        if request.kind != "edges":
            return contents
        data = contents.data
        assert isinstance(data, np.ndarray)
        return Contents(edges_of_array(data, file.name), columns=contents.columns, sha256=contents.sha256, notes=contents.notes)
    if file.suffix in (".npy", ".npz"):
        raise InputError(
            f"{file.name} is not {'an .npy file' if file.suffix == '.npy' else 'an .npz archive'}, or is damaged: write it again"
        )
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{file.name} is of a format that is not read: {READABLE}")
    return (read_edges if request.kind == "edges" or (request.kind is None and file.suffix == ".edges") else read_table)(file, request)


def read_values(file: File) -> Values:
    """One value for each object: the numbers of a one-dimensional .npy, or the lines of a text file.

    A .csv may have a header, and must have one column; of any other text file each line is one value, as it stands.

    Raises:
        InputError: the file cannot be read, or does not hold one value a line.
    """
    head = file.head()
    if head.startswith(MAGIC):
        return _one_dimensional(file)
    if file.suffix not in (".csv", ".tsv"):
        with file.text() as lines:
            return np.array([line.strip() for line in lines.read().rstrip("\r\n").split("\n")] if head else [], dtype=np.str_)
    layout = sniff(file)
    if len(layout.header) != 1:
        raise InputError(f"{file.name} has {len(layout.header)} columns; one value a line is needed")
    with file.text() as lines:
        return np.array([fields[0].strip() for _, fields in data_rows(lines, layout)], dtype=np.str_)


def _one_dimensional(file: File) -> Values:
    with file.open() as stream:
        header = read_header(stream, file.name)
        if header.dtype.hasobject:
            require_real(header.dtype, file.name)
        if len(header.shape) != 1:
            raise InputError(f"{file.name} is {' × '.join(map(str, header.shape))}: one value for each point is needed")
        return read_body(stream, header, file.name)
