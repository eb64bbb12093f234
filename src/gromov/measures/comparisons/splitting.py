"""What every comparison begins with: the two clouds made ready, and the seeded splits, pairings and groups of its null."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float, Integer

from gromov.core import InputError, PointsLike, Representation, UnsuitableError, as_representation, generator

GROUPS = 20
CHUNK = 10


def both(x: PointsLike, y: PointsLike) -> tuple[Representation, Representation]:
    """Both clouds as representations; the error says which of them is bad.

    Raises:
        InputError: NaN, fewer than four points, all equal, or no array.
    """
    found: list[Representation] = []
    for which, data in (("first", x), ("second", y)):
        try:
            found.append(as_representation(data))
        except InputError as error:
            raise type(error)(f"the {which} cloud cannot be used: {error}") from error
    return found[0], found[1]


def flat_points(
    x: PointsLike, y: PointsLike, *, what: str, same_dimension: bool
) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, "m e"]]:
    """The points of both in float64.

    Args:
        x: First cloud.
        y: Second cloud.
        what: Name of the comparison, for the errors.
        same_dimension: Whether they must have the same number of coordinates.

    Raises:
        UnsuitableError: distances, a graph, points of a curved space, or two dimensions where one is needed.
    """
    first, second = both(x, y)
    for each in (first, second):
        if each.kind != "points":
            raise UnsuitableError(f"{what} needs points with coordinates, and got {'a graph' if each.kind == 'graph' else 'distances'}")
        if each.space is not None and each.space.curvature != 0:
            raise UnsuitableError(f"{what} is taken in Euclidean space, and the points live in {each.space.name} space")
    a, b = (np.asarray(each.points, dtype=np.float64) for each in (first, second))
    if same_dimension and a.shape[1] != b.shape[1]:
        raise UnsuitableError(f"{what} needs clouds of the same dimension, and they have {a.shape[1]} and {b.shape[1]} coordinates")
    return a, b


def require_same_rows(first: int, second: int, what: str) -> None:
    """Refuse clouds that cannot be paired.

    Raises:
        UnsuitableError: different numbers of rows.
    """
    if first != second:
        raise UnsuitableError(
            f"{what} needs paired clouds, row i of one belonging to row i of the other, and they have {first:,} and {second:,} rows"
        )


def paired_points(
    x: PointsLike, y: PointsLike, *, what: str, most: int, seed: int
) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, "n e"]]:
    """The points of both, row i of one belonging to row i of the other; beyond `most` rows the same random rows of both.

    Raises:
        UnsuitableError: no points, or different numbers of rows.
    """
    a, b = flat_points(x, y, what=what, same_dimension=False)
    require_same_rows(len(a), len(b), what)
    if len(a) <= most:
        return a, b
    rows = np.sort(generator(seed, what, "rows").choice(len(a), most, replace=False))
    return a[rows], b[rows]


def of_equal_size(
    x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "m d"], *, what: str, most: int, seed: int
) -> tuple[Float[np.ndarray, "k d"], Float[np.ndarray, "k d"]]:
    """Random rows of each, as many as the smaller has and at most `most`; all of them, in order, where nothing need be left out.

    Both are drawn with the same stream, so that a cloud and its copy stay the same.
    """
    size = min(len(x), len(y), most)
    found = [
        each if len(each) == size else each[np.sort(generator(seed, what, "rows").choice(len(each), size, replace=False))]
        for each in (x, y)
    ]
    return found[0], found[1]


def check_null(null: int) -> None:
    """Refuse a null without draws.

    Raises:
        InputError: fewer than one draw.
    """
    if null < 1:
        raise InputError(f"null is {null}; it is the number of draws, at least 1 (100 is usual)")


def splits(places: range, size: int, *, what: str, seed: int) -> Bool[np.ndarray, "b p"]:
    """Which points of a pool of twice `size` fall into the first half, for each draw of `places`."""
    found = np.zeros((len(places), 2 * size), dtype=bool)
    for row, place in enumerate(places):
        found[row, generator(seed, what, "split", place).permutation(2 * size)[:size]] = True
    return found


def pairings(place: int, size: int, *, what: str, seed: int) -> Integer[np.ndarray, " n"]:
    """A random order of the rows of the second cloud."""
    return generator(seed, what, "pairing", place).permutation(size)


def chunks(null: int) -> Iterator[range]:
    """The draws in fixed chunks, whatever the number of workers."""
    for start in range(0, null, CHUNK):
        yield range(start, min(null, start + CHUNK))


def group_count(size: int) -> int:
    """Number of groups of the jackknife: 20, or fewer for few points."""
    return min(GROUPS, max(2, size // 4))


def groups(size: int, *, what: str, seed: int) -> Integer[np.ndarray, " n"]:
    """A random group of 20 (fewer for few points) for each point, of equal sizes but one, for the delete-a-group jackknife."""
    return generator(seed, what, "groups").permutation(size) % group_count(size)


def jackknife_error(left_out: Float[np.ndarray, " g"]) -> float:
    """√((G − 1)/G Σ (value without a group − mean)²)."""
    count = len(left_out)
    return float(np.sqrt((count - 1) / count * ((left_out - left_out.mean()) ** 2).sum()))
