"""Lists that name images: text files of a few fields a line, and paths that stay in the folder of the set."""

import re
from collections.abc import Generator, Iterable
from pathlib import Path, PureWindowsPath

from gromov.core import InputError
from gromov.data.readers.file import File, names_file


def rows(path: Path, fields: str, *, header: bool = False, separator: str | None = None) -> Generator[tuple[int, list[str]]]:
    """Number and fields of each line; empty lines are passed over.

    Args:
        path: The list.
        fields: Names of the fields, with spaces between them: how many a line must have.
        header: Whether the first line must be those names.
        separator: What stands between the fields of a line; None for spaces.

    Raises:
        InputError: a line has another number of fields, the header is another one, or there is no line.
    """
    names = fields.split()
    shown = (separator or " ").join(names)
    awaited, empty = header, True
    with File(path).text() as lines:
        for number, line in enumerate(lines, 1):
            found = [field.strip() for field in line.strip().split(separator)]
            if not line.strip():
                continue
            if awaited:
                awaited = False
                if [field.lower() for field in found] != names:
                    raise InputError(f"{path}, line {number}: it must begin with the line {shown!r}, and begins with {_short(line)}")
                continue
            if len(found) != len(names) or not all(found):
                raise InputError(f"{path}, line {number}: {_short(line)} is not {shown!r}: fetch the list again")
            empty = False
            yield number, found
    if empty:
        raise InputError(f"{path} names nothing: fetch the list again")


def whole_number(path: Path, line: int, text: str) -> int:
    """A number of a list, 0 or more.

    Raises:
        InputError: it is none.
    """
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise InputError(f"{path}, line {line}: {_short(text)} is not a whole number: fetch the list again")
    return int(text)


def numbered(path: Path, fields: str) -> dict[int, tuple[int, str]]:
    """Line and text of each number of a list of "number text".

    Raises:
        InputError: a line is not of that form, or a number comes twice.
    """
    found: dict[int, tuple[int, str]] = {}
    for line, (number, text) in rows(path, fields):
        key = whole_number(path, line, number)
        if key in found:
            raise InputError(f"{path}, line {line}: {key} stands in line {found[key][0]} already: each number is given once")
        found[key] = (line, text)
    return found


class Places:
    """The images a list may name: in the folder, there, and each only once."""

    def __init__(self, folder: Path, within: Iterable[str] = ("",)) -> None:
        """Images of a folder.

        Args:
            folder: Folder of the set.
            within: Folders of the set a path may start from, tried in order, with `/` at their end; empty for the set itself.
        """
        self.folder, self.within = folder, tuple(within)
        self._seen: dict[str, str] = {}

    def start(self, listed: Path, line: int | str, relative: str) -> str:
        """Which of the folders a path starts from.

        Args:
            listed: The list that names it.
            line: Where it does so: number of a line, or a word.
            relative: The path.

        Raises:
            InputError: it leads out of the folder, is not there, or was named before.
        """
        where = f"{listed}, line {line}" if isinstance(line, int) else f"{listed}, {line}"
        if leaves(relative):
            raise InputError(f"{where}: {_short(relative)} leads out of the folder {self.folder}: paths must be relative to it")
        if relative in self._seen:
            raise InputError(
                f"{where}: {_short(relative)} is named by {self._seen[relative]} already: each image belongs to one class and part"
            )
        self._seen[relative] = where
        for start in self.within:
            if names_file(str(self.folder / (start + relative))):
                return start
        raise InputError(f"{where}: there is no image {self.folder / (self.within[0] + relative)}: fetch the images again")


def leaves(relative: str) -> bool:
    """Whether a path of a list is absolute or climbs, on any system."""
    parts = re.split(r"[\\/]", relative)
    return ".." in parts or parts[0] == "" or bool(PureWindowsPath(relative).drive)


def _short(text: str) -> str:
    stripped = text.strip()
    return repr(stripped if len(stripped) <= 80 else stripped[:79] + "…")
