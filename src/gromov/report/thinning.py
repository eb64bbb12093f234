"""Arrays as a page carries them: few enough vertices, few enough digits, no NaN."""

import math

import numpy as np
from jaxtyping import Integer

from gromov.core.figure import Numbers

MAX_VERTICES = 2_000
_DIGITS = 5


def plain(values: Numbers) -> list[float | int | None]:
    """The numbers for JSON: about five significant digits, NaN and infinities as None, whole numbers without a point.

    Digits are counted on the spread of the values, so that 1,000,001 and 1,000,002 stay apart.
    """
    array = np.asarray(values, dtype=np.float64).ravel()
    finite = array[np.isfinite(array)]
    if finite.size == 0:
        return [None] * array.size
    spread, largest = float(np.ptp(finite)), float(np.abs(finite).max())
    offset = math.ceil(math.log10(largest / spread)) if 0 < spread < largest else 0
    digits = min(15, _DIGITS + offset)
    return [_shortest(float(f"{value:.{digits}g}")) if math.isfinite(value) else None for value in array.tolist()]


def _shortest(value: float) -> float | int:
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def keep(y: Numbers, limit: int = MAX_VERTICES) -> Integer[np.ndarray, " kept"]:
    """Positions of at most `limit` vertices of a curve that draw the same line: the lowest and highest of each stretch, and both ends.

    Args:
        y: Heights, in the order of the curve; NaN where there is a gap.
        limit: Most vertices to keep.
    """
    n = len(y)
    if n <= limit:
        return np.arange(n)
    heights = np.asarray(y, dtype=np.float64)
    chosen = [0, n - 1]
    for stretch in np.array_split(np.arange(n), (limit - 2) // 2):
        part = heights[stretch]
        gap = np.isnan(part)
        if gap.all():
            chosen.append(int(stretch[0]))
            continue
        chosen += [int(stretch[np.nanargmin(part)]), int(stretch[np.nanargmax(part)])]
    return np.unique(chosen)
