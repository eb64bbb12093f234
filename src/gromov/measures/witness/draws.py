"""Draws of the witness filtration: landmarks and witnesses at random, and how long each number of holes lives."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import Executor, InputError, UnsuitableError, generator
from gromov.measures.witness.complexes import intervals, living_times
from gromov.measures.witness.filtration import number_of_simplices
from gromov.measures.witness.nearest import Cloud, near_points, near_rows

LANDMARKS, WITNESSES, GAMMA = 64, 2_000, 1 / 64
CHUNK = 10
_FEWEST = 4
_MOST_LANDMARKS = 128
_MOST_SIMPLICES = 5e6

Shares = tuple[Float[np.ndarray, "..."], ...]


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a draw is made.

    Attributes:
        landmarks: Number l of landmarks, drawn without replacement from the witnesses.
        witnesses: Number m of witnesses, drawn without replacement from the points.
        gamma: Largest relaxation α over the largest distance between a witness and a landmark.
        degree: Largest dimension of a hole, 0, 1 or 2.
        seed: Seed of the draws.
    """

    landmarks: int
    witnesses: int
    gamma: float
    degree: int
    seed: int


def scheme(points: int, *, landmarks: int, witnesses: int, gamma: float, degree: int, seed: int) -> Scheme:
    """The scheme for a cloud of this size: no more witnesses than points, and no more landmarks than half of them (but four).

    Raises:
        InputError: an argument outside its range; the text says which.
    """
    if not _FEWEST <= landmarks <= _MOST_LANDMARKS:
        raise InputError(f"landmarks is {landmarks}; it must be between {_FEWEST} and {_MOST_LANDMARKS}")
    if witnesses < _FEWEST:
        raise InputError(f"witnesses is {witnesses}; it must be at least {_FEWEST}")
    if not 0 < gamma <= 1:
        raise InputError(f"gamma is {gamma:g}; it is the largest relaxation as a share of the largest distance, above 0 and at most 1")
    m = min(witnesses, points)
    return Scheme(min(landmarks, max(_FEWEST, m // 2)), m, gamma, degree, seed)


def living_shares(
    cloud: Cloud | Float[np.ndarray, "n n"], made: Scheme, draws: int, executor: Executor, stream: str = "draw"
) -> Iterator[Shares]:
    """The share of [0, α] in which there are k holes, k = 0, 1, and so on, for each draw and dimension.

    Args:
        cloud: The points, or the distances between them.
        made: How a draw is made.
        draws: Number of draws.
        executor: Where they are computed, ten at a time.
        stream: Name of the random stream: equal names give equal places.

    Raises:
        UnsuitableError: so many distances are equal that the complex cannot be listed.
    """
    chunks = [range(start, min(draws, start + CHUNK)) for start in range(0, draws, CHUNK)]
    for part in executor.map(shares_of, chunks, cloud, made, stream):
        yield from part


def shares_of(places: range, cloud: Cloud | Float[np.ndarray, "n n"], made: Scheme, stream: str) -> list[Shares]:
    """Those of some draws."""
    three = np.full(comb(made.landmarks, 3) if made.degree > 0 else 0, np.inf)
    four = np.full(comb(made.landmarks, 4) if made.degree > 1 else 0, np.inf)
    found: list[Shares] = []
    n = len(cloud.points) if isinstance(cloud, Cloud) else len(cloud)
    for place in places:
        rng = generator(made.seed, "geometry_score", stream, place)
        rows = rng.permutation(n) if made.witnesses == n else rng.choice(n, made.witnesses, replace=False)
        if isinstance(cloud, Cloud):
            landmarks = cloud.take(_distinct(cloud, rows, made.landmarks))
            witnesses = cloud if made.witnesses == n else cloud.take(rows)
            near = near_points(witnesses, landmarks, made.gamma, made.degree + 1)
        else:
            chosen = _distinct(cloud, rows, made.landmarks)
            near = near_rows(np.asarray(cloud[np.ix_(rows, chosen)], dtype=np.float64), made.gamma, made.degree + 1)
        tried = number_of_simplices(near.lengths, near.starts, near.alpha, made.degree + 1)
        if tried > _MOST_SIMPLICES:
            raise UnsuitableError(
                f"a witness complex has {tried:.2g} simplices to try, because many distances are equal or nearly so, as in very many dimensions: "
                f"in Python, give a smaller gamma than {made.gamma:.3g}, or fewer landmarks than {made.landmarks}"
            )
        bars = intervals(near, made.degree, three, four)
        found.append(tuple(living_times(births, deaths, near.alpha) for births, deaths in bars))
    return found


def _distinct(cloud: Cloud | Float[np.ndarray, "n n"], rows: Integer[np.ndarray, " m"], count: int) -> Integer[np.ndarray, " l"]:
    """The first `count` of the rows that lie at different places; fewer where there are no more."""
    taken = count
    while True:
        some = rows[:taken]
        if isinstance(cloud, Cloud):
            first = np.unique(cloud.points[some], axis=0, return_index=True)[1]
        else:
            first = np.unique((cloud[np.ix_(some, some)] == 0).argmax(axis=1))
        if len(first) >= count or taken >= len(rows):
            return some[np.sort(first)[:count]]
        taken *= 2
