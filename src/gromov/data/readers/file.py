"""One file as bytes or as text: plain, gzipped, or a member of a zip archive (`graphs.zip::karate.edges`)."""

import csv
import gzip
import hashlib
import io
import lzma
import zipfile
import zlib
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TextIO, cast

from gromov.core import GromovError, InputError, MemoryEstimateError, require_memory
from gromov.data.contents import Request

BLOCK = 16 * 2**20
HASHED = 2**18  # stays in the cache of the processor between being read and being hashed
GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class File:
    """A file, or a member of a zip archive.

    Attributes:
        path: The file.
        member: Name of the member in the archive `path`; empty for the file itself.
        called: What to call it in a sentence; empty means by its path.
    """

    path: Path
    member: str = ""
    called: str = ""

    @property
    def name(self) -> str:
        """What to call it in a sentence."""
        return self.called or (f"{self.path}::{self.member}" if self.member else str(self.path))

    @property
    def suffix(self) -> str:
        """Last suffix in lower case, past `.gz`."""
        name = self.member or self.path.name
        return Path(name[:-3] if name.lower().endswith(".gz") else name).suffix.lower()

    def head(self, size: int = 512) -> bytes:
        """The first bytes, decompressed."""
        with self.open() as stream:
            return stream.read(size)

    def stored_plainly(self) -> bool:
        """Whether the bytes lie on disk as they are, so that they can be memory-mapped."""
        if self.member:
            return False
        with sentences(self.name), self._stored() as stream:
            return stream.read(2) != GZIP

    @contextmanager
    def open(self) -> Generator[IO[bytes]]:
        """The bytes, decompressed; whatever goes wrong while they are read becomes one sentence."""
        with sentences(self.name), ExitStack() as stack:
            stream = stack.enter_context(self._stored())
            if self.member:
                stream = stack.enter_context(open_member(stack.enter_context(zipfile.ZipFile(stream)), self.member, self.name))
            zipped = stream.read(2) == GZIP
            stream.seek(0)
            yield cast("IO[bytes]", stack.enter_context(gzip.GzipFile(fileobj=stream))) if zipped else stream

    @contextmanager
    def counted(self) -> Generator[IO[bytes]]:
        """The bytes, decompressed, as long as there is memory for all that came so far."""
        with self.open() as stream, io.BufferedReader(_Counted(stream, self.name), buffer_size=2**18) as counted:
            yield counted

    @contextmanager
    def text(self) -> Generator[TextIO]:
        """The lines, as UTF-8 with or without a byte-order mark."""
        with self.counted() as stream:
            yield io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")

    def sha256(self) -> str:
        """SHA-256 of the bytes as stored (of a member: as extracted)."""
        with sentences(self.name), ExitStack() as stack:
            stream = stack.enter_context(self.open() if self.member else self._stored())
            total = hashlib.sha256()
            block = memoryview(bytearray(HASHED))
            while size := cast("io.BufferedReader", stream).readinto(block):
                total.update(block[:size])
        return total.hexdigest()

    def _stored(self) -> IO[bytes]:
        """The bytes as stored; a pipe would keep its reader waiting and a device never end."""
        if self.path.exists() and not self.path.is_file() and not self.path.is_dir():
            raise InputError(f"{self.name} is not a regular file: name a file of numbers")
        return self.path.open("rb")


def open_member(archive: zipfile.ZipFile, member: str, name: str) -> IO[bytes]:
    """A member of a zip archive, refused with a sentence where it is absent or encrypted."""
    try:
        info = archive.getinfo(member)
    except KeyError as error:
        raise InputError(f"there is no {name}: the archive holds {listing(archive.namelist())}") from error
    if info.flag_bits & 1:
        raise InputError(f"{name} is encrypted: extract it with its password first")
    return archive.open(info)


def listing(names: list[str] | tuple[str, ...], most: int = 12) -> str:
    """Names in a sentence; beyond `most`, the count of the rest."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown or "nothing"


def names_file(text: str) -> bool:
    """Whether a text is the path of a file; what can be no path is none."""
    try:
        return Path(text).expanduser().is_file()
    except (OSError, ValueError):
        return False


def require_named(request: Request, columns: Sequence[str], name: str) -> None:
    """Refuse labels or names of a table that are neither a column nor a file.

    Raises:
        InputError: with the columns there are.
    """
    for asked in sorted(request.aside - set(columns)):
        if not names_file(asked):
            raise InputError(f"{name} has no column {asked!r}, and there is no file of that name: its columns are {listing(list(columns))}")


@contextmanager
def sentences(name: str) -> Generator[None]:
    """Turn what reading a damaged or forbidden file raises into one sentence that names it."""
    try:
        yield
    except GromovError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"there is no file {name}") from error
    except PermissionError as error:
        raise InputError(f"{name} may not be read: check its permissions") from error
    except IsADirectoryError as error:
        raise InputError(f"{name} is a folder: name a file in it") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not UTF-8 text (byte {error.object[error.start]:#04x}): save it as UTF-8") from error
    except csv.Error as error:
        raise InputError(f"{name} is not a table that can be read: {error}") from error
    except (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError) as error:
        raise InputError(f"{name} is damaged or truncated ({error}): fetch or write it again") from error
    except (NotImplementedError, RuntimeError) as error:
        raise InputError(f"{name} is compressed in a way that cannot be read ({error}): extract it first") from error
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}") from error
    except MemoryError as error:
        raise MemoryEstimateError(f"{name} asks for more memory than there is: it is damaged, or needs a larger machine") from error


class _Counted(io.RawIOBase):
    """A stream that stops before its decompressed bytes outgrow the memory that is left: one endless line is read whole."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._stream, self._name, self._count, self._asked = stream, name, 0, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer)
        block = self._stream.read(len(view))
        view[: len(block)] = block
        self._count += len(block)
        if self._count - self._asked > 4 * BLOCK:
            self._asked = self._count
            require_memory(self._count, step=f"reading {self._name}", remedy="split the file, or save it as .npy")
        return len(block)
