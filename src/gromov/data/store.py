"""Where the files of published sets lie: the folders of GROMOV_DATA, then the user's cache; and whether they are the published ones."""

import hashlib
import os
from pathlib import Path

from gromov.core import InputError
from gromov.data.readers.file import HASHED, sentences

VARIABLE = "GROMOV_DATA"
CACHE_VARIABLE = "GROMOV_CACHE"


def folders() -> list[Path]:
    """The folders of GROMOV_DATA, in order."""
    return [Path(folder).expanduser() for folder in os.environ.get(VARIABLE, "").split(os.pathsep) if folder]


def cache() -> Path:
    """The folder for downloaded sets: GROMOV_CACHE, else XDG_CACHE_HOME/gromov, else ~/.cache/gromov; it may not exist yet."""
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen).expanduser() / "data"
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home and Path(home).is_absolute() else Path("~/.cache").expanduser()) / "gromov" / "data"


def locate(relative: str) -> Path | None:
    """Where a file of a published set is, or None."""
    places = (folder / relative for folder in (*folders(), cache()))
    return next((place for place in places if place.is_file()), None)


def checksum_of(path: Path, kind: str) -> str:
    """The checksum of a file, in the form of `kind` (a SHA-256, or "md5:…")."""
    md5 = kind.startswith("md5:")
    total = hashlib.md5(usedforsecurity=False) if md5 else hashlib.sha256()
    with sentences(str(path)), path.open("rb") as stream:
        block = memoryview(bytearray(HASHED))
        while size := stream.readinto(block):
            total.update(block[:size])
    return f"md5:{total.hexdigest()}" if md5 else total.hexdigest()


def require_checksum(path: Path, checksum: str, name: str) -> None:
    """Raise InputError where a file is not the published one."""
    found = checksum_of(path, checksum)
    if found != checksum:
        kind = "MD5" if checksum.startswith("md5:") else "SHA-256"
        found, wanted = found.removeprefix("md5:"), checksum.removeprefix("md5:")
        raise InputError(f"{path} is not the published file of {name}: its {kind} is {found}, and {wanted} is expected")
