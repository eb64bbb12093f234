"""Which points of a disk are named, so that no name lies on another: the same choice as the page makes (`disk-labels.js`)."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Integer
from numpy.typing import NDArray

from gromov.core.figure import Disk

MAX_LABELS = 60
FONT_SIZE = 12.0
_TRIED = 600
_DEGREE = 0.6


def degrees(layer: Disk) -> Integer[np.ndarray, " n"]:
    """Number of edges at each point."""
    if layer.edges is None:
        return np.zeros(len(layer.x), dtype=np.int64)
    return np.bincount(np.asarray(layer.edges).ravel(), minlength=len(layer.x))


def ranked(layer: Disk, z: NDArray[np.complex128]) -> Integer[np.ndarray, " candidates"]:
    """Points that may be named, the most important first: as the layer says, else by log(1 − |z|²) + 0.6·log(1 + degree)."""
    if not layer.texts:
        return np.empty(0, dtype=np.int64)
    if layer.shown is not None:
        return np.asarray(layer.shown, dtype=np.int64)
    score = np.log(np.maximum(1 - np.abs(z) ** 2, 1e-300)) + _DEGREE * np.log1p(degrees(layer))
    return np.argsort(-score, kind="stable")[:_TRIED]


def spread(
    candidates: Integer[np.ndarray, " candidates"],
    x: Float[np.ndarray, " n"],
    y: Float[np.ndarray, " n"],
    width: Callable[[int], float],
    side: float,
) -> list[int]:
    """The candidates, in order, whose names fit beside their points without touching one that is there already.

    Args:
        candidates: Points, the most important first.
        x: Horizontal position of every point, in pixels.
        y: Vertical position.
        width: Width of the name of a point, in pixels.
        side: Side of the picture, which no name leaves.
    """
    taken = np.empty((0, 4))
    placed: list[int] = []
    for point in candidates.tolist():
        left, right = x[point] - 4.0, x[point] + 8.0 + width(point)
        top, bottom = y[point] - 0.65 * FONT_SIZE, y[point] + 0.65 * FONT_SIZE
        if left < 0 or right > side or top < 0 or bottom > side:
            continue
        if ((taken[:, 0] < right) & (taken[:, 1] > left) & (taken[:, 2] < bottom) & (taken[:, 3] > top)).any():
            continue
        taken = np.vstack([taken, (left, right, top, bottom)])
        placed.append(point)
        if len(placed) == MAX_LABELS:
            break
    return placed
