"""Classes from a few examples: episodes of N classes with K examples each, told apart by prototypes."""

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from gromov.core import Estimate, InputError, generator

if TYPE_CHECKING:
    from gromov.models.images.geometry import Geometry

_AT_ONCE = 200
_QUERIES = 15


@torch.no_grad()
def few_shot_accuracy(
    points: Float[Tensor, "n d"],
    classes: Int[Tensor, " n"],
    geometry: "Geometry",
    *,
    ways: int,
    shots: int,
    episodes: int = 10_000,
    seed: int = 0,
) -> Estimate:
    """Accuracy over episodes: N classes drawn, K examples of each, their midpoint the prototype, and up to 15 other images of each to be told apart.

    Args:
        points: The embedding of classes that were not trained on.
        classes: Of each point.
        geometry: Its distances and midpoints (Einstein's in hyperbolic space).
        ways: N.
        shots: K.
        episodes: Number of episodes.
        seed: Of the draw.

    Cost: episodes · N² · 15 distances.

    Raises:
        InputError: fewer than N classes have more than K images.

    Reference: Snell, Swersky, Zemel (2017), Prototypical networks. arXiv:1703.05175.
    """
    order = torch.argsort(classes, stable=True)
    sizes = torch.bincount(classes)
    starts = torch.cumsum(sizes, 0) - sizes
    fit = torch.nonzero(sizes > shots)[:, 0]
    if len(fit) < ways:
        raise InputError(f"{len(fit)} classes have more than {shots} images; {ways} ways with {shots} shots need {ways} such classes")
    each = min(_QUERIES, int(sizes[fit].min()) - shots)
    rng = generator(seed, "images", "episodes", ways, shots)
    shares: list[np.ndarray] = []
    for start in range(0, episodes, _AT_ONCE):
        count = min(_AT_ONCE, episodes - start)
        chosen = fit[torch.from_numpy(np.argsort(rng.random((count, len(fit))), axis=1)[:, :ways].copy())]
        largest = int(sizes[fit].max())
        keys = torch.from_numpy(rng.random((count, ways, largest)))
        keys.masked_fill_(torch.arange(largest) >= sizes[chosen][..., None], 2.0)
        drawn = order[starts[chosen][..., None] + keys.argsort(dim=2)[..., : shots + each]]
        support, query = points[drawn[..., :shots]], points[drawn[..., shots:]]
        prototypes = geometry.midpoints(support, torch.ones(count, ways, 1, shots, dtype=points.dtype))[:, :, 0]
        right = [
            geometry.distances(q.reshape(ways * each, -1), p).argmin(1).reshape(ways, each) == torch.arange(ways)[:, None]
            for q, p in zip(query, prototypes, strict=True)
        ]
        shares.append(torch.stack(right).double().mean(dim=(1, 2)).numpy())
    values = np.concatenate(shares)
    stderr = float(values.std(ddof=1)) / math.sqrt(len(values))
    return Estimate.normal(float(values.mean()), stderr, n=len(values), seed=seed, method="mean over episodes")
