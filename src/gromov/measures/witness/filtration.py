"""The witness filtration, compiled: which sets of landmarks the points witness, and from which relaxation on.

A set σ of landmarks is witnessed by a point w at the relaxation max_{u∈σ} d(w, u) − min_{v∉σ} d(w, v), or 0 where that is negative. Its
value is the smallest over all witnesses, and no less than the values of its facets, without which it is not there; vertices have value 0.

With the landmarks of a witness sorted by distance d₀ ≤ d₁ ≤ … the relaxation of a set whose first gap is at place g and whose last
place is r > g is d_r − d_g, and 0 for a set without a gap: so of each witness only the landmarks within α of its fourth nearest count.
Sets are numbered by the combinatorial number system: a < b < c is C(c, 3) + C(b, 2) + a.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Places = NDArray[np.int32]


@njit(cache=True)
def number_of_simplices(lengths: Floats, starts: Integers, alpha: float, dimension: int) -> float:
    """How many sets of `dimension` + 1 landmarks the witnesses will try: what the filtration costs."""
    total = 0.0
    for w in range(len(starts) - 1):
        d = lengths[starts[w] : starts[w + 1]]
        size = len(d)
        total += 1.0
        for gap in range(dimension + 1):
            if gap >= size:
                break
            beyond = 0
            for r in range(gap + 1, size):
                if d[r] - d[gap] > alpha:
                    break
                beyond += 1
            ways = 1.0
            for chosen in range(dimension + 1 - gap):
                ways *= (beyond - chosen) / (chosen + 1)
            total += max(0.0, ways)
    return total


@njit(cache=True)
def edges(places: Places, lengths: Floats, starts: Integers, alpha: float, count: int) -> Floats:
    """Value of every edge, l × l, infinite where it is not there."""
    values = np.full((count, count), np.inf)
    for w in range(len(starts) - 1):
        d, at = lengths[starts[w] : starts[w + 1]], places[starts[w] : starts[w + 1]]
        for q in range(1, len(d)):
            if q > 1 and d[q] - d[1] > alpha:
                break
            for p in range(q):
                gap = 0 if p > 0 else 1
                value = d[q] - d[gap] if q > gap else 0.0
                if value > alpha:
                    break
                a, b = at[p], at[q]
                if value < values[a, b]:
                    values[a, b] = value
                    values[b, a] = value
    return values


@njit(cache=True)
def triangles(places: Places, lengths: Floats, starts: Integers, alpha: float, edge: Floats, values: Floats) -> Places:
    """The triangles, t × 3, vertices in increasing order.

    Args:
        places: Landmarks of each witness, nearest first, one witness after another.
        lengths: Their distances.
        starts: Where each witness begins.
        alpha: Largest relaxation.
        edge: Values of the edges.
        values: C(l, 3) infinities; left with the value of each triangle at its number.
    """
    found = 0
    vertices = np.empty((1024, 3), dtype=np.int32)
    for w in range(len(starts) - 1):
        d, at = lengths[starts[w] : starts[w + 1]], places[starts[w] : starts[w + 1]]
        size = len(d)
        for p in range(size - 2):
            if p > 0 and d[p] - d[0] > alpha:
                break
            for q in range(p + 1, size - 1):
                gap = 0 if p > 0 else 1 if q > 1 else 2
                if q > gap and d[q] - d[gap] > alpha:
                    break
                facet = edge[at[p], at[q]]
                if facet > alpha:
                    continue
                for r in range(q + 1, size):
                    value = d[r] - d[gap] if r > gap else 0.0
                    if value > alpha:
                        break
                    value = max(value, facet, edge[at[p], at[r]], edge[at[q], at[r]])
                    if value > alpha:
                        continue
                    a, b, c = in_order(at[p], at[q], at[r])
                    if is_new(values, number_of_three(a, b, c), value):
                        vertices = with_room(vertices, found)
                        vertices[found, 0], vertices[found, 1], vertices[found, 2] = a, b, c
                        found += 1
    return vertices[:found].copy()


@njit(cache=True)
def tetrahedra(places: Places, lengths: Floats, starts: Integers, alpha: float, triangle: Floats, values: Floats) -> Places:
    """The tetrahedra, t × 4, vertices in increasing order; the arguments are those of `triangles`, a dimension higher."""
    found = 0
    vertices = np.empty((1024, 4), dtype=np.int32)
    for w in range(len(starts) - 1):
        d, at = lengths[starts[w] : starts[w + 1]], places[starts[w] : starts[w + 1]]
        size = len(d)
        for p in range(size - 3):
            if p > 0 and d[p] - d[0] > alpha:
                break
            for q in range(p + 1, size - 2):
                if q > 1 and d[q] - d[0 if p > 0 else 1] > alpha:
                    break
                for r in range(q + 1, size - 1):
                    gap = 0 if p > 0 else 1 if q > 1 else 2 if r > 2 else 3
                    if r > gap and d[r] - d[gap] > alpha:
                        break
                    a, b, c = in_order(at[p], at[q], at[r])
                    facet = triangle[number_of_three(a, b, c)]
                    if facet > alpha:
                        continue
                    for s in range(r + 1, size):
                        value = d[s] - d[gap] if s > gap else 0.0
                        if value > alpha:
                            break
                        e = at[s]
                        value = max(value, facet, face(triangle, a, b, e), face(triangle, a, c, e), face(triangle, b, c, e))
                        if value > alpha:
                            continue
                        i, j, k = in_order(a, b, min(c, e))
                        m = max(c, e)
                        if is_new(values, number_of_four(i, j, k, m), value):
                            vertices = with_room(vertices, found)
                            vertices[found, 0], vertices[found, 1], vertices[found, 2], vertices[found, 3] = i, j, k, m
                            found += 1
    return vertices[:found].copy()


@njit(cache=True)
def face(values: Floats, a: int, b: int, c: int) -> float:
    """Value of the triangle with these vertices, in any order."""
    a, b, c = in_order(a, b, c)
    return values[number_of_three(a, b, c)]


@njit(cache=True)
def in_order(a: int, b: int, c: int) -> tuple[int, int, int]:
    """Three numbers in increasing order."""
    if a > b:
        a, b = b, a
    if b > c:
        b, c = c, b
    if a > b:
        a, b = b, a
    return a, b, c


@njit(cache=True)
def number_of_three(a: int, b: int, c: int) -> int:
    """The number of the set a < b < c."""
    return (c * (c - 1) * (c - 2)) // 6 + (b * (b - 1)) // 2 + a


@njit(cache=True)
def number_of_four(a: int, b: int, c: int, d: int) -> int:
    """The number of the set a < b < c < d."""
    return (d * (d - 1) * (d - 2) * (d - 3)) // 24 + number_of_three(a, b, c)


@njit(cache=True)
def is_new(values: Floats, number: int, value: float) -> bool:
    """Note the smaller of the value and the one noted before; whether there was none before."""
    before = values[number]
    values[number] = min(before, value)
    return before == np.inf


@njit(cache=True)
def with_room(rows: Places, filled: int) -> Places:
    """The rows, with room for more."""
    if filled < rows.shape[0]:
        return rows
    larger = np.empty((2 * filled, rows.shape[1]), dtype=np.int32)
    larger[:filled] = rows
    return larger
