"""Persistent homology of one witness filtration, and how long each number of holes lives in it."""

import numpy as np
from jaxtyping import Float, Integer

from gromov.measures.witness.filtration import edges, tetrahedra, triangles
from gromov.measures.witness.nearest import Near
from gromov.measures.witness.pairing import ends

Bars = tuple[Float[np.ndarray, " b"], Float[np.ndarray, " b"]]


def intervals(near: Near, degree: int, three: Float[np.ndarray, " c"], four: Float[np.ndarray, " q"]) -> list[Bars]:
    """Births and deaths of the holes of dimension 0 … `degree`, those of length 0 left out; what outlives α dies at α here.

    Args:
        near: The landmarks near each witness.
        degree: Largest dimension of a hole: 0, 1 or 2.
        three: C(l, 3) infinities for `degree` ≥ 1; they are so again afterwards.
        four: C(l, 4) infinities for `degree` 2; they are so again afterwards.
    """
    every = (near.places, near.lengths, near.starts, near.alpha)
    edge = edges(*every, near.count)
    upper, lower = np.nonzero(np.tril(edge <= near.alpha))
    values = edge[upper, lower]
    order = np.argsort(values, kind="stable")
    facets, values = np.stack([lower, upper], axis=1)[order], values[order]
    found, bars = _holes(facets, np.zeros(near.count), values, np.zeros(near.count, dtype=np.int64), near.alpha)
    every_bars = [bars]
    if degree == 0:
        return every_bars
    rank = np.zeros(edge.shape, dtype=np.int64)
    rank[facets[:, 0], facets[:, 1]] = np.arange(len(facets))
    corners, numbers, sides = _ordered(triangles(*every, edge, three), three)
    a, b, c = corners.T
    found, bars = _holes(np.stack([rank[a, b], rank[a, c], rank[b, c]], axis=1), values, sides, _ended(found, len(values)), near.alpha)
    every_bars.append(bars)
    if degree > 1:
        corners, their, last = _ordered(tetrahedra(*every, three, four), four)
        four[their] = np.inf
        place = np.zeros(len(three), dtype=np.int64)
        place[numbers] = np.arange(len(numbers))
        facets = np.stack([place[_number(np.delete(corners, side, axis=1))] for side in range(4)], axis=1)
        every_bars.append(_holes(facets, sides, last, _ended(found, len(sides)), near.alpha)[1])
    three[numbers] = np.inf
    return every_bars


def _number(corners: Integer[np.ndarray, "s k"]) -> Integer[np.ndarray, " s"]:
    """Number of each set of 3 or 4 landmarks, in increasing order."""
    *rest, c = corners.astype(np.int64).T
    if len(rest) == 3:
        return c * (c - 1) * (c - 2) * (c - 3) // 24 + _number(corners[:, :3])
    a, b = rest
    return c * (c - 1) * (c - 2) // 6 + b * (b - 1) // 2 + a


def _ordered(
    corners: Integer[np.ndarray, "s k"], values: Float[np.ndarray, " c"]
) -> tuple[Integer[np.ndarray, "s k"], Integer[np.ndarray, " s"], Float[np.ndarray, " s"]]:
    """Simplices in the order of the filtration: their corners, numbers and values."""
    numbers = _number(corners)
    order = np.argsort(values[numbers], kind="stable")
    numbers = numbers[order]
    return corners[order], numbers, values[numbers]


def _holes(
    facets: Integer[np.ndarray, "s k"],
    births: Float[np.ndarray, " f"],
    deaths: Float[np.ndarray, " s"],
    ended: Integer[np.ndarray, " f"],
    alpha: float,
) -> tuple[Integer[np.ndarray, " f"], Bars]:
    """What ends the hole of each simplex, and births and deaths of the holes."""
    found = ends(np.ascontiguousarray(facets), len(births), ended)
    died = np.append(deaths, alpha)[np.maximum(found, -1)]
    lives = (found > -2) & (died > births)
    return found, (births[lives], died[lives])


def _ended(found: Integer[np.ndarray, " f"], count: int) -> Integer[np.ndarray, " s"]:
    """1 for the simplices that end a hole."""
    marks = np.zeros(count, dtype=np.int64)
    marks[found[found >= 0]] = 1
    return marks


def living_times(births: Float[np.ndarray, " b"], deaths: Float[np.ndarray, " b"], alpha: float) -> Float[np.ndarray, " k"]:
    """Share of [0, α] in which there are k holes, k = 0, 1, … as far as it goes."""
    times = np.concatenate([births, deaths])
    order = np.argsort(times, kind="stable")  # a birth comes before a death at the same time: no count is negative
    counts = np.cumsum(np.where(order < len(births), 1, -1), dtype=np.int64)
    shares = np.bincount(np.append(0, counts), weights=np.diff(times[order], prepend=0.0, append=alpha)) / alpha
    return shares[: np.flatnonzero(shares)[-1] + 1]
