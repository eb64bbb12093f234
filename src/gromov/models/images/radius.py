"""What the distance from the origin knows: foreign and blurred images, and how general a class is."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from gromov.core import generator

if TYPE_CHECKING:
    from gromov.models.images.geometry import Geometry

_DRAWS = 999


def ranked_above(inside: Float[np.ndarray, " n"], outside: Float[np.ndarray, " m"]) -> float:
    """Area under the ROC curve: how often a number of the first sample is larger than one of the second, ties half."""
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([inside, outside]))[: len(inside)]
    return float((ranks.sum() - len(inside) * (len(inside) + 1) / 2) / (len(inside) * len(outside)))


def blurred(images: Float[Tensor, "b c h w"], share: float = 1 / 14) -> Float[Tensor, "b c h w"]:
    """Images blurred by a Gaussian whose deviation is that share of their height; the rim is repeated."""
    deviation = share * images.shape[2]
    reach = max(1, math.ceil(3 * deviation))
    line = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, dtype=images.dtype) / deviation) ** 2)
    line = line / line.sum()
    channels = images.shape[1]
    padded = functional.pad(images, (reach,) * 4, mode="replicate")
    down = functional.conv2d(padded, line.view(1, 1, -1, 1).expand(channels, 1, -1, 1), groups=channels)
    return functional.conv2d(down, line.view(1, 1, 1, -1).expand(channels, 1, 1, -1), groups=channels)


@dataclass(frozen=True, slots=True)
class Levels:
    """Distance from the origin by level of a hierarchy, in the unit of the space.

    Attributes:
        images: Mean over images.
        classes: Mean over midpoints of classes.
        groups: Mean over midpoints of superclasses.
        groups_by_chance: The same of superclasses whose classes are drawn by chance: the mean of 999 draws.
        p_value: Share of the draws whose midpoints lie at least as far in.
    """

    images: float
    classes: float
    groups: float
    groups_by_chance: float
    p_value: float


@torch.no_grad()
def levels_of(
    points: Float[Tensor, "n d"], classes: Int[Tensor, " n"], groups: Int[Tensor, " k"], geometry: "Geometry", seed: int
) -> Levels:
    """Do superclasses lie nearer to the origin? Every midpoint lies further in than what it is the middle of, so chance is the measure.

    Args:
        points: The embedding.
        classes: Of each point: 0, 1, …, k − 1.
        groups: Superclass of each class: 0, 1, ….
        geometry: Distances and midpoints.
        seed: Of the draws.
    """
    origin = torch.zeros_like(points[:1])

    def radius(x: Float[Tensor, "m d"]) -> float:
        far = x.norm(dim=1) if geometry.space == "sphere" else geometry.distances(x, origin)[:, 0]
        return float(far.mean())

    members = functional.one_hot(classes, len(groups)).T.to(points.dtype)
    middles = geometry.midpoints(points, members)

    def of(grouping: Int[Tensor, " k"]) -> float:
        weights = functional.one_hot(grouping, int(groups.max()) + 1).T.to(points.dtype)
        if geometry.space == "sphere":  # the length of the mean: the sphere itself has no middle
            return radius(weights @ middles / weights.sum(1, keepdim=True))
        return radius(geometry.midpoints(middles, weights))

    rng = generator(seed, "images", "levels")
    drawn = np.array([of(groups[torch.from_numpy(rng.permutation(len(groups)))]) for _ in range(_DRAWS)])
    found = of(groups)
    return Levels(radius(points), radius(middles), found, float(drawn.mean()), float((1 + (drawn <= found).sum()) / (1 + _DRAWS)))
