"""Do the classes fall apart by themselves? Normalised mutual information of k-means in the space."""

from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from gromov.core import generator

if TYPE_CHECKING:
    from gromov.models.images.geometry import Geometry

_ROUNDS = 50


@torch.no_grad()
def k_means(points: Float[Tensor, "n d"], k: int, geometry: "Geometry", seed: int) -> Int[Tensor, " n"]:
    """Lloyd's iteration with the distance and the midpoint of the space, started by k-means++; cluster of each point.

    Cost: n·k·d a round, at most 50 rounds.
    """
    rng = generator(seed, "images", "clusters")
    centers = points[int(rng.integers(len(points)))][None]
    nearest = geometry.distances(points, centers)[:, 0]
    for _ in range(k - 1):
        weight = nearest.clamp_min(0).double().numpy() ** 2
        total = weight.sum()
        place = int(rng.choice(len(points), p=weight / total)) if total > 0 else int(rng.integers(len(points)))
        centers = torch.cat([centers, points[place][None]])
        nearest = torch.minimum(nearest, geometry.distances(points, points[place][None])[:, 0])
    cluster = torch.full((len(points),), -1)
    for _ in range(_ROUNDS):
        found = geometry.distances(points, centers).argmin(1)
        if torch.equal(found, cluster):
            break
        cluster = found
        members = torch.nn.functional.one_hot(cluster, k).T.to(points.dtype)
        kept = members.sum(1) > 0  # a cluster that lost its points stays where it was
        centers = torch.where(kept[:, None], geometry.midpoints(points, members + (~kept)[:, None].to(points.dtype)), centers)
    return cluster


def mutual_information(points: Float[Tensor, "n d"], classes: Int[Tensor, " n"], geometry: "Geometry", seed: int) -> float:
    """2·I(cluster; class)/(H(cluster) + H(class)) of as many clusters as there are classes: 1 where they agree, about 0 by chance.

    Few images of many classes give a number well above 0 by chance alone.
    """
    from sklearn.metrics import normalized_mutual_info_score

    names, targets = np.unique(classes.numpy(), return_inverse=True)
    cluster = k_means(points, len(names), geometry, seed)
    return float(normalized_mutual_info_score(targets, cluster.numpy()))
