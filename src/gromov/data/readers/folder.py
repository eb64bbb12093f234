"""Folders as one source: data sets saved by Hugging Face's `datasets`, runs of `gromov fit`, and images in a folder for each class."""

import json
from pathlib import Path
from typing import cast

from gromov.core import InputError
from gromov.data.contents import Contents, Request
from gromov.data.readers.columnar import read_columnar_parts
from gromov.data.readers.embedding import is_embedding, read_embedding
from gromov.data.readers.file import File, listing, sentences
from gromov.data.readers.images import find_images, read_images

SPLITS, STATE, NETWORK = "dataset_dict.json", "state.json", "network.safetensors"


def is_source(folder: Path) -> bool:
    """Whether a folder is a saved data set, a fitted embedding, or holds images."""
    with sentences(str(folder)):
        return is_embedding(folder) or (folder / SPLITS).is_file() or (folder / STATE).is_file() or bool(find_images(folder))


def read_folder(folder: Path, request: Request) -> Contents:
    """What a folder holds.

    Raises:
        InputError: it is neither a saved data set nor a folder of images, or one that is damaged.
    """
    with sentences(str(folder)):
        if is_embedding(folder):
            return read_embedding(folder)
        if (folder / SPLITS).is_file():
            splits = _strings(_json(folder / SPLITS), "splits", folder / SPLITS)
            raise InputError(f"{folder} holds the splits {listing(splits)}: name one, as in {folder / splits[0]}")
        if (folder / STATE).is_file():
            return _saved(folder, request)
        images = find_images(folder)
    if images:
        return read_images(folder, images, request)
    if (folder / NETWORK).is_file():
        raise InputError(f"{folder} holds a trained network and no points: `gromov measure {folder} --inputs DATA` measures its layers")
    raise InputError(f"{folder} is a folder, and neither a saved data set, a finished fit, nor one of images: name a file of numbers")


def _saved(folder: Path, request: Request) -> Contents:
    """One split: state.json names its Arrow files."""
    state = _json(folder / STATE)
    files = state.get("_data_files") if isinstance(state, dict) else None
    entries = cast("list[object]", files) if isinstance(files, list) else []
    names = [cast("dict[str, object]", entry).get("filename") for entry in entries if isinstance(entry, dict)]
    parts = [name for name in names if isinstance(name, str) and name == Path(name).name and "\0" not in name and name not in ("", "..")]
    if not parts or len(parts) != len(entries):
        raise InputError(f"{folder / STATE} is damaged: it does not name the files of the data set")
    return read_columnar_parts([File(folder / name) for name in parts], request, str(folder))


def _json(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is damaged: fetch or write it again") from error


def _strings(tree: object, key: str, path: Path) -> list[str]:
    values = cast("dict[str, object]", tree).get(key) if isinstance(tree, dict) else None
    texts = [text for text in cast("list[object]", values) if isinstance(text, str)] if isinstance(values, list) else []
    if not texts:
        raise InputError(f"{path} is damaged: it names no {key}")
    return texts
