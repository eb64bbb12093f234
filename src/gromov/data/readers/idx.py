"""The idx files of MNIST: a magic number, the sizes, then the numbers in big-endian order."""

import math

import numpy as np

from gromov.core import InputError
from gromov.data.contents import Contents, Request, Values
from gromov.data.readers.file import File
from gromov.data.readers.npy import Header, read_body

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def is_idx(head: bytes) -> bool:
    """Whether `head` starts like an idx file: 0, 0, a known type, 1 to 4 dimensions."""
    return len(head) >= 4 and head[:2] == b"\0\0" and head[2] in TYPES and 1 <= head[3] <= 4


def read_idx(file: File, request: Request) -> Contents:
    """The array of an idx file."""
    del request
    return Contents(read_idx_array(file), sha256=file.sha256())


def read_idx_array(file: File) -> Values:
    """The array of an idx file.

    Raises:
        InputError: it is no idx file, is empty, or is shorter than it says.
    """
    with file.open() as stream:
        head = stream.read(4)
        if not is_idx(head):
            raise InputError(f"{file.name} is not an idx file")
        sizes = stream.read(4 * head[3])
        if len(sizes) < 4 * head[3]:
            raise InputError(f"{file.name} is truncated in its header")
        shape = tuple(int(size) for size in np.frombuffer(sizes, ">u4"))
        if math.prod(shape) == 0:
            raise InputError(f"{file.name} is empty: its shape is {' × '.join(map(str, shape))}")
        return read_body(stream, Header(np.dtype(TYPES[head[2]]), shape, False, 4 + len(sizes)), file.name)
