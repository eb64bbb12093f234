"""Cars-196: lists in MAT files, one for all images or one for each of the original parts."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np

from gromov.core import InputError
from gromov.data.image_sets.image_set import Entry, ImageSet, assemble
from gromov.data.image_sets.lists import Places
from gromov.data.image_sets.mat import read_mat
from gromov.data.image_sets.retrieval import halves

ALL = "cars_annos.mat"
DEVKIT = {"cars_train": ("cars_train_annos.mat",), "cars_test": ("cars_test_annos_withlabels.mat",)}


def is_cars(folder: Path) -> bool:
    """Whether a folder holds Cars-196 in either layout."""
    return (folder / ALL).is_file() or all(_find(folder, name) is not None for (name,) in DEVKIT.values())


def _find(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / "devkit" / name, folder / name) if path.is_file()), None)


def read_cars(folder: Path) -> ImageSet:
    """Cars-196: `cars_annos.mat` and `car_ims/`, or `devkit/` with `cars_train/` and `cars_test/`.

    The first half of the classes is trained on (98 of 196), the other tested; the set's own division of each class is not used.

    Raises:
        InputError: a list is damaged, of MAT version 7.3, or names what is not there.

    References:
        Krause et al. 2013, 3D Object Representations for Fine-Grained Categorization. Song et al. 2016, arXiv:1511.06452 (the protocol).
    """
    places = Places(folder)
    found: list[tuple[Path, str, str, int]] = []
    names: Sequence[str] | None = None
    if (folder / ALL).is_file():
        listed = folder / ALL
        tables = read_mat(listed, ("annotations", "class_names"))
        names = _names(listed, tables["class_names"])
        found = [(listed, "", *each) for each in _annotations(listed, tables["annotations"], "relative_im_path")]
    else:
        for inside, (name,) in DEVKIT.items():
            listed = _find(folder, name)
            if listed is None:
                raise InputError(f"{folder} has no devkit/{name}: fetch the set again")
            rows = _annotations(listed, read_mat(listed, ("annotations",))["annotations"], "fname")
            found += [(listed, f"{inside}/", *each) for each in rows]
        meta = _find(folder, "cars_meta.mat")
        names = _names(meta, read_mat(meta, ("class_names",))["class_names"]) if meta is not None else None
    if names is None:
        names = [str(code) for code in range(1, max((code for *_, code in found), default=0) + 1)]
    parts, note = halves(names, "Cars-196")
    entries: list[Entry] = []
    for place, (listed, inside, path, code) in enumerate(found, 1):
        if not 1 <= code <= len(names):
            raise InputError(f"{listed}, image {path!r}: class {code} is none of the {len(names)}: fetch the list again")
        label = names[code - 1]
        start = places.start(listed, f"entry {place}", inside + path)
        entries.append(Entry(inside + path, label, part=parts[label], inside=start))
    return assemble(folder, "cars", entries, (note,))


def _annotations(listed: Path, table: object, field: str) -> list[tuple[str, int]]:
    """Path and class of each image."""
    rows = cast("list[object]", table) if isinstance(table, list) else [None]
    found: list[tuple[str, int]] = []
    for place, row in enumerate(rows, 1):
        if not isinstance(row, dict) or not {field, "class"} <= row.keys():
            raise InputError(f"{listed}: 'annotations' has no fields {field!r} and 'class': fetch the list again")
        path, code = cast("dict[str, object]", row)[field], _number(cast("dict[str, object]", row)["class"])
        if not isinstance(path, str) or not path.strip() or code is None:
            raise InputError(f"{listed}, entry {place}: {field!r} must be a path and 'class' a whole number: fetch the list again")
        found.append((path.strip(), code))
    return found


def _number(value: object) -> int | None:
    """The one whole number of an array; None where it is something else."""
    numbers = value.tolist() if isinstance(value, np.ndarray) else []
    return int(numbers[0]) if len(numbers) == 1 and float(numbers[0]).is_integer() else None


def _names(listed: Path, table: object) -> list[str]:
    names = cast("list[object]", table) if isinstance(table, list) else [None]
    texts = [name.strip() for name in names if isinstance(name, str) and name.strip()]
    if len(texts) < len(names) or len(set(texts)) < len(names):
        raise InputError(f"{listed}: 'class_names' must be names, each its own: fetch the list again")
    return texts
