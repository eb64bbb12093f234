"""The landmarks that can be part of a simplex of each witness, compiled: found by squared distances, put in order by true ones."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Places = NDArray[np.int32]

ROUNDING = 1e-12


@njit(cache=True)
def squares(products: Floats, norms_w: Floats, norms_v: Floats) -> int:
    """‖w‖² + ‖v‖² − 2⟨w, v⟩ in the place of ⟨w, v⟩; the place of the largest, row by row."""
    largest, farthest = -1.0, 0
    for w in range(products.shape[0]):
        row = products[w]
        here = 0.0
        for v in range(row.shape[0]):
            row[v] = norms_w[w] + norms_v[v] - 2 * row[v]
            here = max(here, row[v])
        if here > largest:
            largest = here
            farthest = w * row.shape[0] + int(np.argmax(row))
    return farthest


@njit(cache=True)
def candidates(squared: Floats, alpha: float, slack: float, dimension: int) -> tuple[Places, Integers]:
    """Landmarks within α of the one at place `dimension`, one witness after another in one list, and where each begins.

    `slack` is what the squares may be wrong by.
    """
    m, count = squared.shape
    places = np.empty(8 * m + count, dtype=np.int32)
    starts = np.zeros(m + 1, dtype=np.int64)
    size = 0
    for w in range(m):
        row = squared[w]
        first = second = third = fourth = np.inf
        for v in range(count):  # the four smallest without a branch: half the time of an insertion
            value = row[v]
            fourth = min(fourth, max(third, value))
            third = min(third, max(second, value))
            second = min(second, max(first, value))
            first = min(first, value)
        last = fourth if dimension > 2 else third if dimension == 2 else second
        reach = np.sqrt(max(0.0, last) + slack) + alpha
        limit = reach * reach * (1 + ROUNDING) + slack
        if size + count > places.shape[0]:
            larger = np.empty(2 * places.shape[0] + count, dtype=np.int32)
            larger[:size] = places[:size]
            places = larger
        for v in range(count):
            places[size] = v
            size += row[v] <= limit
        starts[w + 1] = size
    return places[:size].copy(), starts


@njit(cache=True, fastmath={"reassoc", "contract"})
def between(a: Floats, b: Floats) -> float:
    """Distance of two points."""
    total = 0.0
    for k in range(a.shape[0]):
        gap = a[k] - b[k]
        total += gap * gap
    return np.sqrt(total)


@njit(cache=True)
def lengths_of_points(places: Places, starts: Integers, witnesses: Floats, landmarks: Floats) -> Floats:
    """Distances of the candidates, which are put in their order."""
    lengths = np.empty(places.shape)
    for w in range(len(starts) - 1):
        at, d = places[starts[w] : starts[w + 1]], lengths[starts[w] : starts[w + 1]]
        for place in range(len(at)):
            insert(at, d, place, between(witnesses[w], landmarks[at[place]]))
    return lengths


@njit(cache=True)
def lengths_of_rows(places: Places, starts: Integers, distances: Floats) -> Floats:
    """Distances of the candidates, which are put in their order, from the matrix."""
    lengths = np.empty(places.shape)
    for w in range(len(starts) - 1):
        at, d = places[starts[w] : starts[w + 1]], lengths[starts[w] : starts[w + 1]]
        for place in range(len(at)):
            insert(at, d, place, distances[w, at[place]])
    return lengths


@njit(cache=True)
def insert(places: Places, lengths: Floats, place: int, length: float) -> None:
    """Move the landmark at `place` to where its length belongs among those before it."""
    landmark = places[place]
    while place > 0 and lengths[place - 1] > length:
        lengths[place], places[place] = lengths[place - 1], places[place - 1]
        place -= 1
    lengths[place], places[place] = length, landmark
