"""Which reader a file needs: its first bytes decide, then its name."""

from collections.abc import Callable
from typing import Final

import numpy as np

from gromov.core import InputError
from gromov.data.contents import Contents, Request, Values, text_array
from gromov.data.readers.checkpoint import SUFFIXES as CHECKPOINTS
from gromov.data.readers.checkpoint import read_checkpoint
from gromov.data.readers.columnar import is_columnar, read_columnar
from gromov.data.readers.edges import edges_of_array, read_edges
from gromov.data.readers.file import File
from gromov.data.readers.hdf5 import MAGIC as HDF5
from gromov.data.readers.hdf5 import read_hdf5
from gromov.data.readers.idx import is_idx, read_idx
from gromov.data.readers.npy import MAGIC, read_body, read_header, read_npy, require_real
from gromov.data.readers.npz import read_npz
from gromov.data.readers.rows import data_rows, sniff
from gromov.data.readers.safetensors import is_safetensors, read_safetensors
from gromov.data.readers.table import read_table
from gromov.data.readers.word2vec import is_word2vec, read_word2vec
from gromov.data.readers.word_vectors import SUFFIXES as WORD_SUFFIXES
from gromov.data.readers.word_vectors import read_words, sniff_words

READABLE = "gromov reads .npy, .npz, .csv, .tsv, .txt, .edges, .parquet, .arrow, .safetensors, .h5, .pt, word vectors and idx files"
FOREIGN: Final = {
    b"\x80\x02": "a pickle, which is never loaded: write the array with numpy.save",
    b"\x80\x03": "a pickle, which is never loaded: write the array with numpy.save",
    b"\x80\x04": "a pickle, which is never loaded: write the array with numpy.save",
    b"\x80\x05": "a pickle, which is never loaded: write the array with numpy.save",
    b"\x89PNG": "one image: name the folder that holds the images",
    b"\xff\xd8\xff": "one image: name the folder that holds the images",
    b"MATLAB": "a MATLAB file: write the array with numpy.save",
    b"%PDF": "a PDF document",
}
BY_SUFFIX: Final = {
    ".npy": "an .npy file",
    ".npz": "an .npz archive",
    ".parquet": "a Parquet file",
    ".arrow": "an Arrow file",
    ".feather": "a Feather file",
    ".safetensors": "a safetensors file",
    ".h5": "an HDF5 file",
    ".hdf5": "an HDF5 file",
    ".pt": "a PyTorch file",
    ".pth": "a PyTorch file",
}
JSON: Final = (".json", ".jsonl", ".ndjson")
Read = Callable[[File, Request], Contents]


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
    binary = _binary_reader(head, file.suffix)
    if binary is not None:
        contents = binary(file, request)
        if request.kind != "edges":
            return contents
        data = contents.data
        assert isinstance(data, np.ndarray)
        return Contents(edges_of_array(data, file.name), columns=contents.columns, sha256=contents.sha256, notes=contents.notes)
    if file.suffix in JSON:
        raise InputError(f"{file.name} is JSON, which is not read as points: write the numbers as .csv or .parquet, or with numpy.save")
    if file.suffix in BY_SUFFIX:
        raise InputError(f"{file.name} is not {BY_SUFFIX[file.suffix]}, or is damaged: write it again")
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{file.name} is of a format that is not read: {READABLE}")
    if request.kind == "edges" or (request.kind is None and file.suffix == ".edges"):
        return read_edges(file, request)
    plain = not (request.columns or request.aside or request.tested) and file.suffix in WORD_SUFFIXES
    words = sniff_words(file) if plain else None
    return read_table(file, request) if words is None else read_words(file, words)


def _binary_reader(head: bytes, suffix: str) -> Read | None:
    if head.startswith(b"PK"):
        return read_checkpoint if suffix in CHECKPOINTS else read_npz
    choices: tuple[tuple[bool, Read], ...] = (
        (head.startswith(MAGIC), read_npy),
        (is_idx(head), read_idx),
        (is_columnar(head), read_columnar),
        (head.startswith(HDF5), read_hdf5),
        (is_safetensors(head) or (suffix == ".safetensors" and len(head) > 8), read_safetensors),
        (is_word2vec(head, suffix), read_word2vec),
    )
    return next((read for chosen, read in choices if chosen), None)


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
            return text_array(
                [line.strip() for line in lines.read().rstrip("\r\n").split("\n")] if head else [], f"the lines of {file.name}"
            )
    layout = sniff(file)
    if len(layout.header) != 1:
        raise InputError(f"{file.name} has {len(layout.header)} columns; one value a line is needed")
    with file.text() as lines:
        return text_array([fields[0].strip() for _, fields in data_rows(lines, layout)], f"the lines of {file.name}")


def _one_dimensional(file: File) -> Values:
    with file.open() as stream:
        header = read_header(stream, file.name)
        if header.dtype.hasobject:
            require_real(header.dtype, file.name)
        if len(header.shape) != 1:
            raise InputError(f"{file.name} is {' × '.join(map(str, header.shape))}: one value for each point is needed")
        return read_body(stream, header, file.name)
