"""NumPy archives: one array of several is the data, the others can be labels, names or columns to select by."""

import zipfile
from functools import partial

from gromov.core import InputError
from gromov.data.contents import Contents, Request, Values
from gromov.data.readers.arrays import choose_array
from gromov.data.readers.file import File, listing, open_member
from gromov.data.readers.npy import Header, read_body, read_header, require_bytes, require_real

ENDING = ".npy"


def read_npz(file: File, request: Request) -> Contents:
    """The array `request.array` of an archive, or its only candidate.

    Raises:
        InputError: there is none, or several, or the one asked for is not of real numbers.
    """
    headers = _headers(file)
    name = choose_array(headers, request, file.name)
    columns = {other: partial(read_array, file, other) for other, header in headers.items() if len(header.shape) == 1}
    return Contents(read_array(file, name), columns=columns, sha256=file.sha256(), notes=(f"array {name}",))


def read_array(file: File, name: str) -> Values:
    """One array of an archive.

    Raises:
        InputError: it is absent, damaged, or holds pickled objects.
        MemoryEstimateError: it is larger than the memory that is left.
    """
    where = f"array {name} of {file.name}"
    with file.open() as stream, zipfile.ZipFile(stream) as archive, open_member(archive, name + ENDING, file.name) as member:
        header = read_header(member, where)
        if header.dtype.hasobject:
            require_real(header.dtype, where)
        require_bytes(header, archive.getinfo(name + ENDING).file_size, where)
        return read_body(member, header, where)


def _headers(file: File) -> dict[str, Header]:
    headers: dict[str, Header] = {}
    broken = InputError(f"{file.name} holds no arrays")
    with file.open() as stream, zipfile.ZipFile(stream) as archive:
        members = archive.namelist()
        if any(member.endswith(("data.pkl", ".pkl", ".pickle")) for member in members):
            raise InputError(f"{file.name} holds pickled objects, which are never loaded: save the array with numpy.save")
        for member in members:
            if not member.endswith(ENDING):
                continue
            with open_member(archive, member, file.name) as content:
                try:
                    headers[member.removesuffix(ENDING)] = read_header(content, f"array {member.removesuffix(ENDING)} of {file.name}")
                except InputError as error:
                    broken = error  # empty or structured arrays may stand beside the one that is wanted
    if not headers:
        if members and not any(member.endswith(ENDING) for member in members):
            raise InputError(f"{file.name} is a zip archive: name a member, as in {file.path}::{members[0]} (it holds {listing(members)})")
        raise broken
    return headers
