"""Persistence of a filtered complex over ℤ/2, compiled: which simplex of one dimension begins a hole that one of the next ends.

By cohomology: the coboundaries of the simplices of dimension k are reduced from the last in the filtration to the first, each by those
with the same first coface, until its first coface is its own: that one ends the hole. What has ended a hole of dimension k − 1 begins
none (clearing), and most columns are their own at once (de Silva, Morozov, Vejdemo-Johansson 2011; Bauer 2021).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@njit(cache=True)
def coboundaries(facets: Integers, count: int) -> tuple[Integers, Integers]:
    """Cofaces of each simplex, in the order of the filtration, one list after another: the lists and where they start.

    Args:
        facets: Places in the filtration of the facets of each coface, cofaces in the order of the filtration.
        count: Number of simplices.
    """
    starts = np.zeros(count + 1, dtype=np.int64)
    for coface in range(facets.shape[0]):
        for side in range(facets.shape[1]):
            starts[facets[coface, side] + 1] += 1
    for simplex in range(count):
        starts[simplex + 1] += starts[simplex]
    here = starts.copy()
    members = np.empty(facets.size, dtype=np.int64)
    for coface in range(facets.shape[0]):
        for side in range(facets.shape[1]):
            simplex = facets[coface, side]
            members[here[simplex]] = coface
            here[simplex] += 1
    return members, starts


@njit(cache=True)
def ends(facets: Integers, count: int, ended: Integers) -> Integers:
    """The coface that ends the hole each simplex begins; −1 where none does, −2 where the simplex begins none.

    The column at work is a row of bits, counted in blocks of 64 so that its first coface is soon found; a reduced column is kept as a list.

    Args:
        facets: Places in the filtration of the facets of each coface, cofaces in the order of the filtration.
        count: Number of simplices.
        ended: 1 for the simplices that end a hole of one dimension less.
    """
    rows = facets.shape[0]
    pool, starts = coboundaries(facets, count)
    filled = pool.shape[0]
    first, last = starts[:-1].copy(), starts[1:].copy()
    owner = np.full(rows, -1, dtype=np.int64)
    found = np.full(count, -1, dtype=np.int64)
    odd = np.zeros(64 * (rows // 64 + 1), dtype=np.bool_)
    block = np.zeros(rows // 64 + 1, dtype=np.int64)
    for simplex in range(count - 1, -1, -1):
        if ended[simplex] == 1:
            found[simplex] = -2
            continue
        if first[simplex] == last[simplex]:
            continue
        pivot = pool[first[simplex]]
        if owner[pivot] < 0:
            found[simplex] = pivot
            owner[pivot] = simplex
            continue
        begin, ones, by = filled, 0, simplex
        while by >= 0:
            pool, filled, change = added(pool, first[by], last[by], filled, odd, block)
            ones += change
            pivot = next_row(odd, block, pivot) if ones else -1
            by = owner[pivot] if ones else -1
        first[simplex], last[simplex] = begin, kept(pool, begin, filled, odd, block)
        filled = last[simplex]
        if ones > 0:
            found[simplex] = pivot
            owner[pivot] = simplex
    return found


@njit(cache=True)
def added(pool: Integers, start: int, stop: int, filled: int, odd: NDArray[np.bool_], block: Integers) -> tuple[Integers, int, int]:
    """Add a list of the pool to the column at work; rows that become odd are noted at the end of the pool. Pool, its length, new ones."""
    if filled + stop - start > pool.shape[0]:
        larger = np.empty(2 * (filled + stop - start), dtype=np.int64)
        larger[:filled] = pool[:filled]
        pool = larger
    change = 0
    for place in range(start, stop):
        row = pool[place]
        if odd[row]:
            odd[row] = False
            block[row // 64] -= 1
            change -= 1
        else:
            odd[row] = True
            block[row // 64] += 1
            change += 1
            pool[filled] = row
            filled += 1
    return pool, filled, change


@njit(cache=True)
def next_row(odd: NDArray[np.bool_], block: Integers, row: int) -> int:
    """The first odd row from the block of `row` on."""
    here = row // 64
    while block[here] == 0:
        here += 1
    row = 64 * here
    while not odd[row]:
        row += 1
    return row


@njit(cache=True)
def kept(pool: Integers, begin: int, filled: int, odd: NDArray[np.bool_], block: Integers) -> int:
    """Empty the column at work into the pool, each row once; where its list ends."""
    end = begin
    for place in range(begin, filled):
        row = pool[place]
        if odd[row]:
            odd[row] = False
            block[row // 64] -= 1
            pool[end] = row
            end += 1
    return end
