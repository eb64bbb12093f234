"""Images by class, before any of them is decoded."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gromov.core import InputError
from gromov.data.contents import digest_of_parts
from gromov.data.readers.file import File

OMNIGLOT = "omniglot"


@dataclass(frozen=True, slots=True, eq=False)
class ImageSet:
    """Images by class, on disk, as published sets for metric learning are laid out.

    Attributes:
        name: Name of the folder.
        layout: `cub`, `cars`, `sop`, `in-shop`, `mini-imagenet`, `omniglot` or `folders`.
        files: The n images, in the order of the lists, or of their names where there are none.
        classes: Class of each image.
        groups: What the class of each image belongs to (Omniglot: alphabet; Stanford Online Products: kind of product; In-Shop: category; folders of
            depth three: the upper folder); None where the layout has no such level.
        parts: Part of each image (`train`, `validation`, `test`; In-Shop: `train`, `query`, `gallery`); None where the layout names none.
        sha256: Digest of the names, classes, groups, parts and contents of all images.
        notes: How the folder was understood, in sentences.
    """

    name: str
    layout: str
    files: tuple[Path, ...]
    classes: tuple[str, ...]
    groups: tuple[str, ...] | None
    parts: tuple[str, ...] | None
    sha256: str
    notes: tuple[str, ...]

    def __post_init__(self) -> None:
        n = len(self.files)
        for what, values in (("classes", self.classes), ("groups", self.groups), ("parts", self.parts)):
            if values is not None and len(values) != n:
                raise InputError(f"{self.name} has {n} images but {len(values)} {what}: one for each image is needed")

    @property
    def inverted(self) -> bool:
        """Whether ink is dark on light paper and to be decoded as 255 on 0: so it is in Omniglot."""
        return self.layout == OMNIGLOT


@dataclass(frozen=True, slots=True)
class Entry:
    """One image of a set.

    Attributes:
        path: The image, relative to the folder, with `/`.
        label: Its class.
        group: What its class belongs to; empty for nothing.
        part: Its part; empty for none.
        inside: Folder of the set that the path starts from, with `/` at its end; empty for the set itself.
    """

    path: str
    label: str
    group: str = ""
    part: str = ""
    inside: str = ""


def assemble(folder: Path, layout: str, entries: Sequence[Entry], notes: tuple[str, ...]) -> ImageSet:
    """The set of some entries, with its digest.

    Cost: every image is read once from disk, undecoded.

    Raises:
        InputError: there is no image, or one cannot be read.
    """
    if not entries:
        raise InputError(f"{folder} holds no images that its lists name: fetch the set again")
    files = tuple(folder / (each.inside + each.path) for each in entries)
    return ImageSet(
        name=folder.resolve().name,
        layout=layout,
        files=files,
        classes=tuple(each.label for each in entries),
        groups=tuple(each.group for each in entries) if any(each.group for each in entries) else None,
        parts=tuple(each.part for each in entries) if any(each.part for each in entries) else None,
        sha256=digest_of_parts([_digest(each, path) for each, path in zip(entries, files, strict=True)]),
        notes=notes,
    )


def _digest(entry: Entry, path: Path) -> str:
    said = "\0".join((entry.path, entry.label, entry.group, entry.part, File(path).sha256()))
    return hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()


def counted(number: int, what: str, many: str) -> str:
    """A number and what it counts: "1 image", "12 images"."""
    return f"{number:,} {what if number == 1 else many}"
