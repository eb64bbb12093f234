"""The files of a published set: where they are, whether they are right, and fetching them."""

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from gromov.core import InputError, Progress
from gromov.data.download import download
from gromov.data.readers.file import File
from gromov.data.registry import Dataset, Download, close_names, datasets, find
from gromov.data.store import cache, checksum_of, locate, require_checksum

State = Literal["right", "absent", "altered"]


def named(name: str) -> Dataset:
    """The set called `name`.

    Raises:
        InputError: there is none.
    """
    dataset = find(name)
    if dataset is None:
        close = close_names(name)
        hint = f" (did you mean {' or '.join(close)}?)" if close else ""
        raise InputError(f"there is no data set {name!r}{hint}: `gromov data list` shows them")
    return dataset


def paths(name: str) -> dict[str, Path]:
    """Where each file of a set is.

    Raises:
        InputError: there is no such set, it has no files, or one is not here.
    """
    dataset = named(name)
    if dataset.origin == "builtin":
        raise InputError(f"{dataset.name} is built in and has no files: use its name")
    found: dict[str, Path] = {}
    for relative in dataset.files:
        place = locate(relative)
        if place is None:
            raise dataset.absent(relative)
        found[relative] = place
    return found


def fetch(name: str, *, progress: Progress | None = None, loopback: bool = False) -> dict[str, Path]:
    """Where each file of a set is, fetched into the cache from the official address where it is not here yet.

    Raises:
        InputError: there is no such set, its address does not offer these files, or fetching fails.
    """
    dataset = named(name)
    missing = [relative for relative in dataset.files if locate(relative) is None]
    offered = {file for each in dataset.downloads for file in (each.members.values() or (each.file,))}
    for relative in missing:
        if relative not in offered:
            raise dataset.absent(relative)
    for each in dataset.downloads:
        if set(missing) & set(each.members.values() or (each.file,)):
            _fetch(each, dataset, progress, loopback=loopback)
    return paths(name)


def verify(name: str | None = None) -> Iterator[tuple[Dataset, str, State]]:
    """Each file of a set, or of every set: whether it is the published one."""
    chosen = datasets() if name is None else (named(name),)
    seen: dict[tuple[str, str], State] = {}
    for dataset in chosen:
        for relative, checksum in dataset.files.items():
            if (relative, checksum) not in seen:
                place = locate(relative)
                right = place is not None and checksum_of(place, checksum) == checksum
                seen[relative, checksum] = "absent" if place is None else "right" if right else "altered"
            yield dataset, relative, seen[relative, checksum]


def _fetch(each: Download, dataset: Dataset, progress: Progress | None, *, loopback: bool) -> None:
    target = cache() / each.file
    if not target.is_file():
        download(each.address, target, each.checksum, name=dataset.name, progress=progress, loopback=loopback)
    for member, relative in each.members.items():
        _unpack(target, member, cache() / relative, dataset)


def _unpack(archive: Path, member: str, target: Path, dataset: Dataset) -> None:
    part = target.with_name(target.name + ".part")
    with File(archive, member).open() as stream:
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as unpacked:
            shutil.copyfileobj(stream, unpacked)
    try:
        require_checksum(part, dataset.files[target.relative_to(cache()).as_posix()], dataset.name)
    except (InputError, zipfile.BadZipFile):
        part.unlink()
        raise
    part.replace(target)
