"""Where the points of a layer go, batch by batch: to memory, to a file, or, of a sample, to the few that are kept."""

import math
import os
import shutil
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import NDArray

from gromov.core import InputError, MemoryEstimateError, RunFolderError, generator, readable_bytes, require_memory

_HEADER = 128
_ITEM = 4

Points = Float[NDArray[np.float32], "k d"]
Owners = Int[NDArray[np.int64], " k"]


class Keeper(Protocol):
    """Takes the points of one layer in order."""

    def add(self, points: Points, owners: Owners | None) -> None:
        """Take the points of the next batch, and the object that each is of."""
        ...

    def done(self) -> tuple[Points, Owners | None]:
        """All of them."""
        ...


class InMemory:
    """Keeps every point in memory."""

    def __init__(self) -> None:
        self._points: list[Points] = []
        self._owners: list[Owners] = []

    def add(self, points: Points, owners: Owners | None) -> None:
        """Keep these."""
        self._points.append(points)
        if owners is not None:
            self._owners.append(owners)

    def done(self) -> tuple[Points, Owners | None]:
        """One array of all."""
        points = np.concatenate(self._points)
        self._points.clear()
        return points, np.concatenate(self._owners) if self._owners else None


class Sampled:
    """Keeps `size` points at random: those with the smallest of independent uniform keys, one for each point that comes by.

    The keys depend on the seed and the place of a point alone: two layers with the same tokens keep the same ones, whatever the batches.
    Memory: at most 2·size·d numbers.
    """

    def __init__(self, size: int, seed: int) -> None:
        self._size, self._stream = size, generator(seed, "activations", "sample")
        self._seen, self._limit = 0, math.inf
        self._kept: list[tuple[NDArray[np.float64], NDArray[np.int64], Points, Owners | None]] = []

    def add(self, points: Points, owners: Owners | None) -> None:
        """Keep those of these whose keys are small enough."""
        keys = self._stream.random(len(points))
        places = np.arange(self._seen, self._seen + len(points))
        self._seen += len(points)
        near = keys < self._limit
        if near.any():
            self._kept.append((keys[near], places[near], points[near], None if owners is None else owners[near]))
        if sum(len(each[0]) for each in self._kept) > 2 * self._size:
            self._prune()

    def done(self) -> tuple[Points, Owners | None]:
        """The sample, in the order in which its points came by."""
        self._prune()
        _, places, points, owners = self._kept[0]
        order = np.argsort(places)
        return points[order], None if owners is None else owners[order]

    def _prune(self) -> None:
        keys = np.concatenate([each[0] for each in self._kept])
        low = np.argsort(keys, kind="stable")[: self._size]
        owned = [each[3] for each in self._kept if each[3] is not None]
        points = np.concatenate([each[2] for each in self._kept])[low]
        places = np.concatenate([each[1] for each in self._kept])[low]
        self._kept = [(keys[low], places, points, np.concatenate(owned)[low] if owned else None)]
        if len(low) == self._size:
            self._limit = float(keys[low].max())


def sampled_rows(count: int, size: int, seed: int) -> NDArray[np.intp]:
    """The rows that `Sampled` would keep of `count`, in order, so that the others need not be computed."""
    keys = generator(seed, "activations", "sample").random(count)
    return np.sort(np.argsort(keys, kind="stable")[:size])


class OnDisk:
    """Writes every point to a .npy file beside its place, and moves it there when it is whole.

    The header is written last, because the number of points is not known before; the file without it is no .npy that anything reads.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._partial = path, path.with_name(f".{path.name}.partial")
        self._file: BinaryIO | None = None
        self._width, self._count = 0, 0
        self._owners: list[Owners] = []

    def add(self, points: Points, owners: Owners | None) -> None:
        """Write these at the end of the file."""
        try:
            if self._file is None:
                self._file = self._partial.open("wb")
                self._file.write(bytes(_HEADER))
                self._width = points.shape[1]
            self._file.write(np.ascontiguousarray(points, dtype="<f4").data)
        except OSError as error:
            raise _unwritable(self._path, error) from error
        self._count += len(points)
        if owners is not None:
            self._owners.append(owners)

    def done(self) -> tuple[Points, Owners | None]:
        """The file, mapped, and the owners, which are kept beside it."""
        assert self._file is not None
        try:
            self._file.seek(0)
            self._file.write(npy_header(self._count, self._width))
            self._file.flush()
            os.fsync(self._file.fileno())
            self.close()
            self._partial.replace(self._path)
        except OSError as error:
            raise _unwritable(self._path, error) from error
        return np.load(self._path, mmap_mode="r"), np.concatenate(self._owners) if self._owners else None

    def close(self) -> None:
        """Let go of the file; what is not done is no file of its name."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def discard(self) -> None:
        """Remove what was written and is not done."""
        self.close()
        self._partial.unlink(missing_ok=True)


def npy_header(count: int, width: int) -> bytes:
    """The 128 bytes before count × width numbers of float32 in a .npy file, version 1.0 of the format."""
    about = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({count}, {width}), }}"
    return b"\x93NUMPY\x01\x00" + (_HEADER - 10).to_bytes(2, "little") + f"{about:<{_HEADER - 11}}\n".encode("latin1")


def require_room(numbers: int, layers: int, objects: int, folder: Path | None) -> None:
    """Refuse what memory or disk has no room for, before it is computed.

    Args:
        numbers: Numbers of float32 at the most at once, over all layers.
        layers: Number of layers.
        objects: Number of objects.
        folder: Where they go; None is memory.

    Raises:
        MemoryEstimateError: they do not fit.
    """
    step, remedy = (
        f"keeping the activations of {layers} layers for {objects:,} objects",
        "choose fewer layers, pool by mean, or use a sample",
    )
    if folder is None:
        require_memory(_ITEM * numbers, step=step, remedy=f"{remedy}, or give a folder, out, to write them to")
        return
    free = shutil.disk_usage(folder).free
    if _ITEM * numbers > free:
        raise MemoryEstimateError(
            f"{step} needs {readable_bytes(_ITEM * numbers)}, but {readable_bytes(free)} are free in {folder}: {remedy}"
        )


def require_finite(points: Points, layer: str, before: int, owners: Owners | None) -> None:
    """Refuse NaN and infinite values.

    Raises:
        InputError: there are some.
    """
    total = float(np.vdot(points, points)) if points.size else 0.0
    if math.isfinite(total) or np.isfinite(points).all():
        return
    row = int(np.flatnonzero(~np.isfinite(points).all(axis=1))[0])
    place = int(owners[row]) if owners is not None else before + row
    raise InputError(
        f"layer {layer} gives NaN or infinite values for object {place}: the network has diverged there, or its input is out of range"
    )


def _unwritable(path: Path, error: OSError) -> RunFolderError:
    return RunFolderError(f"{path} cannot be written: {error.strerror or error}")
