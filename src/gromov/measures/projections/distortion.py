"""How a picture changes distances: its distortion, on average and at worst."""

from dataclasses import dataclass

import numpy as np

from gromov.core import Estimate, InputError, PointsLike, as_representation, generator
from gromov.measures.projections.distances import distance_rows

POINTS = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Distortion:
    """How far the distances of a picture are from those of the data.

    Attributes:
        average: Mean of |s·d' − d|/d over pairs, d in the data and d' in the picture; 0 means that the picture is to scale.
        worst: Largest over smallest d'/d of the pairs looked at; 1 means that the picture is to scale, infinite that two different objects fall together.
        scale: s, units of the data for one unit of the picture.
        points: Points between which all distances were compared.
    """

    average: Estimate
    worst: float
    scale: float
    points: int


def distortion(data: PointsLike, picture: PointsLike, *, scale: float | None = None, points: int = POINTS, seed: int = 0) -> Distortion:
    """Mean and worst change of the distances of a picture, pairs at distance 0 left out.

    The mean of |s·d' − d|/d over all pairs of up to `points` points, with a standard error by leaving out one point at a time; where s is not
    given it is the one with the least mean square of s·d'/d − 1, s = Σ(d'/d)/Σ(d'/d)².

    Args:
        data: What was drawn.
        picture: Its picture, in the same order.
        scale: s, where it is known: 1 where the picture should have the distances of the data themselves.
        points: Points to compare; a seeded sample of them where there are more.
        seed: Of the sample.

    Raises:
        InputError: different numbers of objects, or no two objects apart.

    Cost: points·n distances of both.

    Reference: Sala, De Sa, Gu, Ré (2018), Representation tradeoffs for hyperbolic embeddings. ICML, arXiv:1804.03329.
    """
    original, drawn = as_representation(data), as_representation(picture)
    n = original.n
    if drawn.n != n:
        raise InputError(f"the data have {n} objects and the picture {drawn.n} points: one for each is needed")
    chosen = np.arange(n) if n <= points else np.sort(generator(seed, "distortion").choice(n, points, replace=False))
    true, seen = distance_rows(original, chosen)[:, chosen], distance_rows(drawn, chosen)[:, chosen]
    apart = true > 0
    np.fill_diagonal(apart, val=False)
    if not apart.any():
        raise InputError("no two objects are apart, so there is no distance to distort")
    ratio = np.divide(seen, true, out=np.zeros_like(seen), where=apart)
    total, squares = float(ratio.sum()), float((ratio**2).sum())
    used = (total / squares if squares else 1.0) if scale is None else scale
    error = np.where(apart, np.abs(used * ratio - 1), 0.0)
    rows, counts = error.sum(axis=1), apart.sum(axis=1)
    mean = float(rows.sum() / counts.sum())
    m = len(chosen)
    left = (rows.sum() - 2 * rows) / np.maximum(counts.sum() - 2 * counts, 1)
    stderr = float(np.sqrt((m - 1) / m * ((left - left.mean()) ** 2).sum()))
    least, most = float(ratio[apart].min()), float(ratio[apart].max())
    average = Estimate.normal(mean, stderr, n=m, seed=None if m == n else seed, method="all pairs of the points, jackknife")
    return Distortion(average, most / least if least > 0 else np.inf, used, m)
