"""Centring and scaling of points, block by block in float64."""

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gromov.core import InputError, Representation, require_memory

Normalize = Literal["none", "center", "l2", "center-l2", "standard"]
METHODS = ("none", "center", "l2", "center-l2", "standard")


def normalize_points(representation: Representation, method: Normalize) -> tuple[NDArray[np.floating], str]:
    """The points after `method`, and a sentence on what was done.

    center: x − mean; l2: x / |x|; center-l2: the first, then the second; standard: (x − mean) / (population standard deviation)
    of each column, where constant columns become 0. float16 and float32 give float32, everything else float64. Two passes over
    the data; memory for the result and one block.

    Raises:
        InputError: a row has length 0 (l2, center-l2), or the numbers are too large for float64.
        MemoryEstimateError: the result does not fit.
    """
    points = representation.points
    dtype = np.dtype(np.float32) if points.dtype.kind == "f" and points.dtype.itemsize <= 4 else np.dtype(np.float64)
    step = f"--normalize {method} of {points.shape[0]} × {points.shape[1]} points"
    require_memory(points.size * dtype.itemsize, step=step, remedy="use --sample, or normalise the file once and store it as .npy")
    shift, scale, note = np.zeros(points.shape[1]), np.ones(points.shape[1]), ""
    with np.errstate(over="ignore", invalid="ignore"):
        if method != "l2":
            shift = _mean(representation)
        if method == "standard":
            scale, note = _deviations(representation, shift)
        result = np.empty(points.shape, dtype)
        for start, block in _numbered(representation):
            moved = (block - shift) / scale
            if method in ("l2", "center-l2"):
                moved = _unit(moved, start, method)
            result[start : start + len(block)] = moved
    return result, {"center": "centred", "l2": "rows scaled to length 1", "center-l2": "centred, rows scaled to length 1"}.get(method, note)


def _numbered(representation: Representation) -> Iterator[tuple[int, NDArray[np.float64]]]:
    start = 0
    for block in representation.blocks():
        yield start, block
        start += len(block)


def _mean(representation: Representation) -> NDArray[np.float64]:
    mean = np.sum([block.sum(axis=0) for block in representation.blocks()], axis=0) / representation.n
    return _finite(mean)


def _deviations(representation: Representation, mean: NDArray[np.float64]) -> tuple[NDArray[np.float64], str]:
    total, low, high = np.zeros(len(mean)), np.full(len(mean), np.inf), np.full(len(mean), -np.inf)
    for block in representation.blocks():
        total += np.square(block - mean).sum(axis=0)
        low, high = np.minimum(low, block.min(axis=0)), np.maximum(high, block.max(axis=0))
    deviations = _finite(np.sqrt(total / representation.n))
    # rounding of the mean leaves a constant column a deviation of about 1e-17, or its square may underflow
    constant = (low == high) | (deviations == 0)
    note = "columns scaled to mean 0 and standard deviation 1"
    return np.where(constant, 1.0, deviations), f"{note}, {constant.sum()} constant columns left at 0" if constant.any() else note


def _unit(block: NDArray[np.float64], start: int, method: str) -> NDArray[np.float64]:
    # dividing by the largest coordinate first keeps the squares from overflow and underflow
    largest = np.abs(block).max(axis=1, keepdims=True)
    if (largest == 0).any():
        row = start + int(np.flatnonzero(largest == 0)[0])
        raise InputError(f"row {row} has length 0, so --normalize {method} cannot scale it to length 1: remove it, or use center")
    block = block / _finite(largest)
    return block / np.sqrt(np.square(block).sum(axis=1, keepdims=True))


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    if not np.isfinite(values).all():
        raise InputError("--normalize: the numbers are too large for float64: rescale them first")
    return values
