"""Layouts without lists: Omniglot, and folders of images by class, by superclass and class, or by part and class."""

import os
import re
from collections.abc import Generator
from itertools import islice
from pathlib import Path

from gromov.core import InputError
from gromov.data.image_sets.image_set import OMNIGLOT, Entry, ImageSet, assemble, counted
from gromov.data.readers.file import sentences
from gromov.data.readers.images import SUFFIXES

BACKGROUND, EVALUATION = "images_background", "images_evaluation"
OMNIGLOT_PARTS = {BACKGROUND: "train", EVALUATION: "test"}
PARTS = {"train": "train", "training": "train", "val": "validation", "valid": "validation", "validation": "validation", "test": "test"}
DEEPEST = 4
_PROBED = 64


def images_below(folder: Path, above: tuple[str, ...] = ()) -> Generator[tuple[str, ...]]:
    """Each image of a folder and of those in it, at most four deep, as the names on the way to it; sorted, hidden ones passed over."""
    with sentences(str(folder)):
        names = sorted(name for name in os.listdir(folder) if not name.startswith("."))  # noqa: PTH208
    for name in names:
        path = folder / name
        if Path(name).suffix.lower() in SUFFIXES and path.is_file():
            yield (*above, name)
        elif len(above) + 1 < DEEPEST and path.is_dir():
            yield from images_below(path, (*above, name))


def is_omniglot(folder: Path) -> bool:
    """Whether a folder holds a part of Omniglot, or only alphabets of folders called character01, character02 and so on."""
    if any((folder / part).is_dir() for part in OMNIGLOT_PARTS):
        return True
    probed = list(islice(images_below(folder), _PROBED))
    return bool(probed) and all(len(parts) == 3 and re.fullmatch(r"character\d+", parts[1]) for parts in probed)


def read_omniglot(folder: Path) -> ImageSet:
    """Omniglot as unpacked: `images_background/` (train) and `images_evaluation/` (test), or one of them, or alphabets alone.

    A class is a character of an alphabet, a group its alphabet. Ink is dark in the files; `ImageSet.inverted` is true.

    Raises:
        InputError: there is no image, or one that lies elsewhere than in Alphabet/characterNN/.

    References:
        Lake, Salakhutdinov and Tenenbaum 2015, Human-level concept learning through probabilistic program induction, Science 350.
    """
    present = [part for part in OMNIGLOT_PARTS if (folder / part).is_dir()]
    entries: list[Entry] = []
    for inside in present or [""]:
        for parts in images_below(folder / inside):
            if len(parts) != 3:
                raise InputError(f"{folder.joinpath(inside, *parts)} is not in a folder Alphabet/characterNN: put it there, or remove it")
            alphabet, character, _ = parts
            start = f"{inside}/" if inside else ""
            entries.append(Entry(start + "/".join(parts), f"{alphabet}/{character}", alphabet, OMNIGLOT_PARTS.get(inside, "")))
    _require_some(folder, len(entries))
    classes, alphabets = len({each.label for each in entries}), len({each.group for each in entries})
    split = " and ".join(f"{part} is {OMNIGLOT_PARTS[part]}" for part in present)
    note = f"Omniglot: {counted(classes, 'character', 'characters')} of {counted(alphabets, 'alphabet', 'alphabets')}"
    return assemble(folder, OMNIGLOT, entries, (f"{note}; {split}" if split else note,))


def is_folders(folder: Path) -> bool:
    """Whether a folder holds folders of images."""
    return any(len(parts) > 1 for parts in images_below(folder))


def read_folders(folder: Path) -> ImageSet:
    """Folders of images: class/image or superclass/class/image, either of them below `train`, `val` (`validation`) and `test` or not.

    Raises:
        InputError: there is no image; some lie deeper than others; parts stand beside classes; images of a part have no class.
    """
    found = list(images_below(folder))
    _require_some(folder, len(found))
    parted = all(len(parts) > 1 and parts[0] in PARTS for parts in found)
    if not parted:
        for parts in found:
            if parts[0] in PARTS and len(parts) > 2:
                other = next(each[0] for each in found if each[0] not in PARTS)
                raise InputError(f"{folder} holds {other!r} beside the part {parts[0]!r}: put every class into a part, or none")
    skip = int(parted)
    depth = len(found[0]) - skip
    if depth not in (2, 3):
        raise InputError(
            f"{folder.joinpath(*found[0])} is in no folder of a class: images are expected as class/image or superclass/class/image"
        )
    entries: list[Entry] = []
    for parts in found:
        if len(parts) - skip != depth:
            raise InputError(
                f"{folder.joinpath(*parts)} does not lie as deep as {'/'.join(found[0])}: put every image into the folder of its class"
            )
        above = parts[skip:-1]
        entries.append(Entry("/".join(parts), "/".join(above), above[0] if depth == 3 else "", PARTS[parts[0]] if parted else ""))
    classes = counted(len({each.label for each in entries}), "class", "classes")
    note = f"folders of images by class: {classes}"
    if depth == 3:
        note = f"folders of images by superclass and class: {classes} in {len({each.group for each in entries}):,}"
    if parted:
        note += f"; the upper folders are the parts {', '.join(dict.fromkeys(each.part for each in entries))}"
    return assemble(folder, "folders", entries, (note,))


def _require_some(folder: Path, count: int) -> None:
    if not count:
        raise InputError(f"{folder} holds no images ({', '.join(SUFFIXES)}): name the folder that holds the folders of the classes")
