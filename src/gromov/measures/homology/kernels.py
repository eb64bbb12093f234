"""Compiled loops: Prim's algorithm, of points and of a matrix."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@njit(cache=True)
def prim(points: Floats) -> tuple[Indices, Floats]:
    """Edges and lengths of a minimum spanning tree of points, in the order in which they are found; distances are taken from differences."""
    n, d = points.shape
    rest = points.copy()  # the points that are left come first, so that each step reads them in one go
    left = np.arange(n)
    near = np.zeros(n, dtype=np.int64)
    far = np.full(n, np.inf)
    edges, lengths = np.empty((n - 1, 2), dtype=np.int64), np.empty(n - 1)
    new = points[0].copy()
    name, place, count = 0, 0, n
    for step in range(n - 1):
        count -= 1
        rest[place] = rest[count]
        left[place], near[place], far[place] = left[count], near[count], far[count]
        place, least = 0, np.inf
        for i in range(count):
            squared = 0.0
            for k in range(d):
                gap = rest[i, k] - new[k]
                squared += gap * gap
            if squared < far[i]:
                far[i], near[i] = squared, name
            if far[i] < least:
                place, least = i, far[i]
        edges[step, 0], edges[step, 1], lengths[step] = near[place], left[place], np.sqrt(least)
        name = left[place]
        new[:] = rest[place]
    return edges, lengths


@njit(cache=True)
def prim_of(matrix: Floats) -> tuple[Indices, Floats]:
    """The same for a matrix of lengths; infinite lengths join what nothing else does."""
    n = len(matrix)
    left = np.arange(n)
    near = np.zeros(n, dtype=np.int64)
    far = np.full(n, np.inf)
    edges, lengths = np.empty((n - 1, 2), dtype=np.int64), np.empty(n - 1)
    name, place, count = 0, 0, n
    for step in range(n - 1):
        count -= 1
        left[place], near[place], far[place] = left[count], near[count], far[count]
        place, least = 0, np.inf
        for i in range(count):
            length = matrix[name, left[i]]
            if length < far[i]:
                far[i], near[i] = length, name
            if far[i] < least:
                place, least = i, far[i]
        edges[step, 0], edges[step, 1], lengths[step] = near[place], left[place], far[place]
        name = left[place]
    return edges, lengths
