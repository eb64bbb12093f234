"""Embeddings in their own space: the model of a run of `gromov fit`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from gromov.core import InputError
from gromov.data.contents import Contents, constant, text_array
from gromov.data.readers.file import File

MODEL = "model.safetensors"
FORMAT = "gromov.embedding"
"""Key of the file's metadata under which the space stands."""


def is_embedding(folder: Path) -> bool:
    """Whether a folder holds the model of a fit."""
    return (folder / MODEL).is_file()


def read_embedding(folder: Path) -> Contents:
    """The points in the space they were fitted in, with their names.

    Raises:
        InputError: the model is damaged, or no embedding of points.
    """
    from safetensors import SafetensorError, safe_open

    from gromov.spaces.described import space_of

    path = folder / MODEL
    try:
        with safe_open(path, framework="numpy") as stored:
            header = cast("dict[str, str]", stored.metadata() or {})
            if FORMAT not in header:
                raise InputError(f"{path} is no embedding of gromov: name the array file itself, if it holds points")
            space, dim = space_of(cast("Mapping[str, object]", json.loads(header[FORMAT])))
            points, names = stored.get_tensor("points"), stored.get_tensor("names").tobytes().decode().split("\n")
    except InputError:
        raise
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is damaged: {error}") from error
    if points.ndim != 2 or len(names) != len(points):
        raise InputError(f"{path} is damaged: it holds {len(points)} points and {len(names)} names")
    note = f"points of {space.name} space of dimension {dim}, curvature {space.curvature:.4g}, as {folder.name} fitted them"
    words = constant(text_array(names, f"the names of {path}"))
    return Contents(points, columns={"name": words}, names="name", sha256=File(path).sha256(), notes=(note,), space=space)
