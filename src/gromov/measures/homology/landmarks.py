"""Landmarks: few points that stand for many, and how far the many are from them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import InputError, generator
from gromov.measures.four_point.metric import Metric


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """Farthest-point landmarks of a cloud.

    Attributes:
        chosen: Index of each landmark, in the order of choice.
        radius: Largest distance of a point to its nearest landmark. The Vietoris–Rips diagrams of the landmarks and of the cloud are at
            most 2·radius apart in bottleneck distance (edge lengths).
        radii: The same after the first, the second, … landmark: at most twice what the best choice of as many has.
    """

    chosen: Integer[np.ndarray, " m"]
    radius: float
    radii: Float[np.ndarray, " m"]


def farthest_points(metric: Metric, count: int, *, seed: int = 0) -> Landmarks:
    """Landmarks by farthest-point sampling: each next one is the point farthest from those chosen; the first is random.

    With all points chosen the radius is 0. It is at most twice the least radius that `count` points can have (Gonzalez 1985). Outliers are
    chosen early: they are far from all.

    Args:
        metric: The points.
        count: Number of landmarks; all points where there are fewer.
        seed: Seed of the first.

    Cost: count·n distances; n numbers.

    Raises:
        InputError: fewer than one landmark.

    References:
        T. F. Gonzalez, Clustering to minimize the maximum intercluster distance, Theor. Comput. Sci. 38, 1985.
    """
    if count < 1:
        raise InputError(f"{count} landmarks were asked for; at least one is needed")
    n = metric.n
    every = np.arange(n)
    chosen, radii = np.empty(min(count, n), dtype=np.int64), np.empty(min(count, n))
    far = np.full(n, np.inf)
    new = int(generator(seed, "landmarks").integers(n))
    for place in range(len(chosen)):
        chosen[place] = new
        np.minimum(far, metric.pairwise(every[new : new + 1], every)[0], out=far)
        far[new] = 0.0
        new = int(far.argmax())
        radii[place] = far[new]
        if radii[place] == 0 and place + 1 < len(chosen):  # what is left are repeats of landmarks
            rest = np.setdiff1d(every, chosen[: place + 1])
            chosen[place + 1 :], radii[place + 1 :] = rest[: len(chosen) - place - 1], 0.0
            break
    chosen.flags.writeable = radii.flags.writeable = False
    return Landmarks(chosen, float(radii[-1]), radii)
