"""Which array of a file that holds several is the data; the others can be labels, names or columns to select by."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from gromov.core import InputError
from gromov.data.contents import Request
from gromov.data.readers.file import listing
from gromov.data.readers.npy import require_real


class Described(Protocol):
    """An array known by its header."""

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Type of the numbers."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each dimension."""
        ...


def choose_array(arrays: Mapping[str, Described], request: Request, name: str) -> str:
    """The array asked for with --array, or the only one that can be meant.

    Raises:
        InputError: there is none, or several, or the one asked for is not of real numbers.
    """
    chosen = request.array if request.array is not None else _only_candidate(arrays, request, name)
    if chosen not in arrays:
        raise InputError(f"{name} has no array {chosen!r} (--array): it holds {_listed(arrays)}")
    require_real(arrays[chosen].dtype, f"array {chosen} of {name}")
    return chosen


def _only_candidate(arrays: Mapping[str, Described], request: Request, name: str) -> str:
    real = {key: array for key, array in arrays.items() if array.dtype.kind in "fiub" and key not in request.aside}
    flat = [key for key, array in real.items() if len(array.shape) == 2]
    deep = [key for key, array in real.items() if len(array.shape) > 2]
    if request.kind == "distances":
        flat = [key for key in flat if real[key].shape[0] == real[key].shape[1]] or flat
    if request.kind == "edges":
        flat = [key for key in flat if real[key].shape[1] == 2 and real[key].dtype.kind in "iu"] or flat
    candidates = flat + deep if request.flatten else flat or deep
    if not candidates:
        objects = [key for key, array in arrays.items() if array.dtype.hasobject]
        if objects:
            require_real(arrays[objects[0]].dtype, f"array {objects[0]} of {name}")
        raise InputError(f"{name} has no array of n × d real numbers: it holds {_listed(arrays)}")
    if len(candidates) > 1:
        raise InputError(f"{name} holds several arrays ({listing(candidates)}): choose one with --array")
    return candidates[0]


def sized(shape: Sequence[int]) -> str:
    """Shape as a person writes it: 28 × 28."""
    return " × ".join(map(str, shape)) or "a single number"


def _listed(arrays: Mapping[str, Described]) -> str:
    return listing([f"{key} ({sized(array.shape)})" for key, array in arrays.items()])
