"""What a reader should know of the data before reading any number."""

import numpy as np

from gromov.core import Representation, generator
from gromov.core.representation import row_blocks

_FEW = 50


def data_warnings(representation: Representation) -> list[str]:
    """Duplicate points, constant columns, and samples too small to say much, in words."""
    found: list[str] = []
    n = representation.n
    if n < _FEW:
        found.append(f"there are only {n} points: intervals are wide, and estimates of dimension and of the null are rough")
    if representation.kind == "points":
        copies = n - _distinct_rows(representation)
        if copies:
            found.append(f"{copies:,} of {n:,} points are exact copies of another: neighbour distances of 0 are left out")
        constant = _constant_columns(representation)
        if constant:
            found.append(f"{constant:,} of {representation.points.shape[1]:,} columns never change")
    return found


def _distinct_rows(representation: Representation) -> int:
    """Number of different rows, by a 64-bit random linear hash of their bytes (a collision has probability below n²/2⁶⁴)."""
    points = representation.points
    width = points.shape[1] * points.dtype.itemsize
    weights = generator(0, "row-hash").integers(1, 2**63, size=width, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    hashes = np.empty(len(points), dtype=np.uint64)
    for rows in row_blocks(len(points), 8 * width):
        block = np.ascontiguousarray(points[rows]).view(np.uint8).reshape(-1, width)
        hashes[rows] = block.astype(np.uint64) @ weights
    return len(np.unique(hashes))


def _constant_columns(representation: Representation) -> int:
    first = representation.points[0]
    differs = np.zeros(len(first), dtype=bool)
    for rows in row_blocks(representation.n, 8 * len(first)):
        differs |= (representation.points[rows] != first).any(axis=0)
    return int((~differs).sum())
