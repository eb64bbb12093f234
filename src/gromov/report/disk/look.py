"""How large and how faint points and edges are: smaller towards the rim, where the plane has more room than the picture."""

import math

import numpy as np
from jaxtyping import Float, Integer
from numpy.typing import NDArray

LEVELS = 6
EDGE_WIDTH = 1.4
_SMALLEST = 0.3
_FAINTEST = 0.22


def marker_radius(n: int) -> float:
    """Radius, in pixels, of the marker of a point at the centre, where there are n."""
    return 6.0 if n <= 200 else 4.5 if n <= 1_500 else 3.4 if n <= 5_000 else 2.6


def fade(z: NDArray[np.complex128]) -> Float[np.ndarray, " n"]:
    """Size of a point against one at the centre: √(1 − |z|²), the root of the scale of the chart, but at least 0.3."""
    return np.maximum(_SMALLEST, np.sqrt(np.maximum(1 - np.abs(z) ** 2, 0.0)))


def edge_level(z: NDArray[np.complex128], w: NDArray[np.complex128]) -> Integer[np.ndarray, " m"]:
    """Level 0 (faint) … 5 (strong) of each edge, by the end that is nearer the centre."""
    near = np.maximum(1 - np.minimum(np.abs(z), np.abs(w)) ** 2, 0.0)
    return np.minimum(LEVELS - 1, np.floor(LEVELS * np.sqrt(near))).astype(np.int64)


def edge_look(level: int) -> tuple[float, float]:
    """Width in pixels and opacity of the edges of a level."""
    share = (level + 1) / LEVELS
    return EDGE_WIDTH * math.sqrt(share), _FAINTEST + (0.75 - _FAINTEST) * share
