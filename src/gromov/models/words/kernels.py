"""The compiled loop of co-occurrence."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True)
def add_neighbours(tokens: NDArray[np.int32], window: int, found: NDArray[np.float64]) -> None:
    """Add 1/k to the cell of every two words that stand k ≤ window apart, the later one's row."""
    for i in range(tokens.shape[0]):
        for k in range(1, min(window, i) + 1):
            found[tokens[i], tokens[i - k]] += 1.0 / k
