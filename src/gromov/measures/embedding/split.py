"""Which pairs an embedding may see, and a guess for those it may not."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

HELD_OUT = 0.2
_BLOCK = 2_048


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Pairs i·n + j with i < j.

    Attributes:
        seen: Those an embedding is fitted to.
        held: Those it is judged by.
    """

    seen: Integer[np.ndarray, " m"]
    held: Integer[np.ndarray, " h"]


def split_pairs(n: int, rng: np.random.Generator) -> Split:
    """Hold out a fifth of the pairs, the same number of every point.

    The points are put on a circle in random order, and the pairs at some random numbers of steps are held out: each point loses the same
    share of its pairs, whatever the draw, so none is left without a place.
    """
    steps = np.arange(1, (n - 1) // 2 + 1)
    chosen = rng.choice(steps, max(1, round(HELD_OUT * len(steps))), replace=False)
    order = rng.permutation(n)
    places = np.arange(n)
    ends = [(order[places], order[(places + step) % n]) for step in np.sort(chosen)]
    held = np.sort(np.concatenate([np.minimum(a, b) * n + np.maximum(a, b) for a, b in ends]))
    return Split(np.setdiff1d(all_pairs(n), held, assume_unique=True), held)


def all_pairs(n: int) -> Integer[np.ndarray, " m"]:
    """i·n + j of every pair i < j."""
    i, j = np.triu_indices(n, 1)
    return i * n + j


def without_held(matrix: Float[np.ndarray, "n n"], held: Integer[np.ndarray, " h"]) -> Float[np.ndarray, "n n"]:
    """The matrix with each held-out distance replaced by the middle of what the triangle inequality allows it.

    max_k |d(i,k) − d(k,j)| ≤ d(i,j) ≤ min_k d(i,k) + d(k,j), over the k whose two distances are seen.
    """
    n = len(matrix)
    i, j = np.divmod(held, n)
    seen = matrix.copy()
    seen[i, j] = seen[j, i] = np.nan
    np.fill_diagonal(seen, np.nan)
    filled = matrix.copy()
    for start in range(0, len(held), _BLOCK):
        rows, columns = i[start : start + _BLOCK], j[start : start + _BLOCK]
        low = np.abs(seen[rows] - seen[columns])
        high = seen[rows] + seen[columns]
        middle = (np.nanmax(low, axis=1) + np.nanmin(high, axis=1)) / 2
        filled[rows, columns] = filled[columns, rows] = middle
    return filled
