"""Named data sets: what they are, whose they are, and how to read them."""

import difflib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from gromov.core import InputError, Kind
from gromov.data.contents import Contents
from gromov.data.store import VARIABLE, locate, require_checksum

Number = int | float
Reader = Callable[[Mapping[str, Path], Mapping[str, Number]], Contents]


@dataclass(frozen=True, slots=True)
class Download:
    """One thing to fetch.

    Attributes:
        address: Its official address, https.
        checksum: SHA-256 in hexadecimal, or "md5:…".
        file: The file it becomes, relative to the cache.
        members: Where it is a zip archive to unpack, the file each member becomes; empty keeps it as it is.
    """

    address: str
    checksum: str
    file: str
    members: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter in a name, as in `sphere:d=5`; its type is that of its default.

    Attributes:
        default: Value where the name does not give it.
        least: Smallest value.
        most: Largest value.
    """

    default: Number
    least: Number
    most: Number = 10**9


@dataclass(frozen=True, slots=True)
class Dataset:
    """A named data set.

    Attributes:
        name: What it is called on the command line.
        title: What it is, in a line.
        licence: Under which terms it may be used.
        address: Where it officially comes from.
        kind: `points`, `distances` or `graph`; `files` where it is neither, and is only listed, found and verified.
        origin: `builtin` (made or shipped with a dependency) or `file` (found under GROMOV_DATA).
        read: Reader of its files, given their places and the parameters of the name.
        known: What is known about its geometry, to hold a measurement against; empty where nothing is.
        aliases: Other names it answers to.
        parameters: Parameters its name may carry.
        files: Its files, relative to a folder of GROMOV_DATA, with their checksums (SHA-256, or "md5:…" where only that is known).
        downloads: Where files of the same bytes can be fetched; empty where the address offers them in another form.
    """

    name: str
    title: str
    licence: str
    address: str
    kind: Kind | Literal["files"]
    origin: Literal["builtin", "file"]
    read: Reader = field(repr=False, compare=False)
    known: str = ""
    aliases: tuple[str, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict[str, Parameter])
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    downloads: tuple[Download, ...] = ()

    def available(self) -> bool:
        """Whether it is here: built in, or all its files are under GROMOV_DATA or in the cache."""
        return all(locate(relative) is not None for relative in self.files)

    def contents(self, text: str = "") -> Contents:
        """Read it, with the parameters of `text` ("d=5,n=2000").

        Raises:
            InputError: a parameter is unknown or out of range; a file is absent, or is not the published one.
        """
        values = _parameters(self, text)
        if self.kind == "files":
            raise InputError(
                f"{self.name} ({self.title}) is no cloud of points and no graph: `gromov data path {self.name}` says where its files are"
            )
        return self.read(self.verified(), values)

    def verified(self) -> dict[str, Path]:
        """Where each of its files is.

        Raises:
            InputError: a file is absent, or is not the published one.
        """
        places: dict[str, Path] = {}
        for relative, checksum in self.files.items():
            place = locate(relative)
            if place is None:
                raise self.absent(relative)
            require_checksum(place, checksum, self.name)
            places[relative] = place
        return places

    def absent(self, relative: str) -> InputError:
        """What to raise where a file is not here."""
        folders = os.environ.get(VARIABLE) or "not set"
        how = (
            f"fetch them with `gromov data get {self.name}` (from {self.address}), or"
            if self.downloads
            else f"get them from {self.address} and"
        )
        return InputError(
            f"the files of {self.name} are not here ({relative} is in no folder of {VARIABLE}, which is {folders}): "
            f"{how} set {VARIABLE} to the folder that holds {relative}"
        )


@cache
def datasets() -> tuple[Dataset, ...]:
    """Every named set: built-in ones first, then those read from files, each in alphabetical order."""
    from gromov.data.builtin import BUILTIN
    from gromov.data.file_sets import FILE_SETS
    from gromov.data.published import PUBLISHED

    return (*sorted(BUILTIN, key=lambda each: each.name), *sorted((*PUBLISHED, *FILE_SETS), key=lambda each: each.name))


def find(name: str) -> Dataset | None:
    """The set called `name` (parameters after a colon are passed over; `_` and `-` are one), or None."""
    wanted = name.partition(":")[0].replace("_", "-").lower()
    return next((each for each in datasets() if wanted == each.name or wanted in each.aliases), None)


def close_names(name: str) -> list[str]:
    """Names of sets that look like `name`, the closest first."""
    names = [each for dataset in datasets() for each in (dataset.name, *dataset.aliases)]
    return difflib.get_close_matches(name.partition(":")[0].replace("_", "-").lower(), names, n=3, cutoff=0.6)


def _parameters(dataset: Dataset, text: str) -> dict[str, Number]:
    values: dict[str, Number] = {name: parameter.default for name, parameter in dataset.parameters.items()}
    for part in filter(None, text.split(",")):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        parameter = dataset.parameters.get(name)
        if parameter is None or not equals:
            known = ", ".join(f"{key}={each.default}" for key, each in dataset.parameters.items()) or "none"
            raise InputError(f"{dataset.name} has no parameter {part.strip()!r}: its parameters are {known}")
        whole = isinstance(parameter.default, int)
        if not re.fullmatch(r"-?\d{1,18}" if whole else r"-?\d{1,18}(\.\d{1,18})?", value):
            raise InputError(f"{dataset.name}: {name}={value}: {'an integer' if whole else 'a number'} is needed")
        number = int(value) if whole else float(value)
        if not parameter.least <= number <= parameter.most:
            raise InputError(f"{dataset.name}: {name}={value}: it must be between {parameter.least:g} and {parameter.most:g}")
        values[name] = number
    return values
