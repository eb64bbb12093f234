"""Does an image find its like? Recall at K, and mean average precision at R."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from gromov.core import InputError

Distances = Callable[[Float[Tensor, "n d"], Float[Tensor, "m d"]], Float[Tensor, "n m"]]
_BLOCK = 512


@dataclass(frozen=True, slots=True, eq=False)
class Retrieval:
    """What each image found.

    Attributes:
        asked: The queries: all that had one of their class to find.
        nearest: The nearest others of each query, nearest first, as places in the gallery: queries × the largest K.
        recall: By K: whether one of the K nearest is of the query's class.
        precision: Average precision at R of each query, R the number of images of its class there are to find.
    """

    asked: Int[Tensor, " q"]
    nearest: Int[Tensor, "q k"]
    recall: dict[int, Float[Tensor, " q"]]
    precision: Float[Tensor, " q"]


@torch.no_grad()
def retrieve(
    points: Float[Tensor, "n d"],
    classes: Int[Tensor, " n"],
    distances: Distances,
    *,
    queries: Int[Tensor, " q"] | None = None,
    gallery: Int[Tensor, " g"] | None = None,
    ranks: Sequence[int] = (1, 2, 4, 8),
) -> Retrieval:
    """Every query looks for images of its class among the gallery, itself left out.

    Recall@K is the share of queries with one of their class among the K nearest. AP@R = (1/R) Σ_{i ≤ R} precision(i)·[the i-th is of the class].

    Args:
        points: The embedding.
        classes: Of each point.
        distances: All distances between two sets.
        queries: Who asks; None: everyone who has one of its class to find.
        gallery: Who is found; None: everyone.
        ranks: K.

    Cost: n²·d, 512 rows of distances in memory.

    Raises:
        InputError: no query has one of its class in the gallery.

    Reference: Musgrave, Belongie, Lim (2020), A metric learning reality check. arXiv:2003.08505.
    """
    everyone = torch.arange(len(points))
    asked, found = everyone if queries is None else queries, everyone if gallery is None else gallery
    count = torch.bincount(classes[found], minlength=int(classes.max()) + 1)
    itself = torch.zeros(len(points), dtype=torch.bool)
    itself[found] = True
    relevant = count[classes[asked]] - itself[asked].long()
    asked, relevant = asked[relevant > 0], relevant[relevant > 0]
    if not len(asked):
        raise InputError("no image has another of its class to find: give at least two images of a class")
    most = min(max(int(relevant.max()), *ranks), len(found))
    nearest: list[Tensor] = []
    recall: dict[int, list[Tensor]] = {k: [] for k in ranks}
    precision: list[Tensor] = []
    for start in range(0, len(asked), _BLOCK):
        rows, wanted = asked[start : start + _BLOCK], relevant[start : start + _BLOCK]
        d = distances(points[rows], points[found])
        d.masked_fill_(rows[:, None] == found, torch.inf)
        far, places = d.topk(most, dim=1, largest=False)
        right = ((classes[found][places] == classes[rows][:, None]) & far.isfinite()).double()
        ranked = torch.arange(1, most + 1)
        within = ranked <= wanted[:, None]
        precision.append((right.cumsum(1) / ranked * right * within).sum(1) / wanted)
        for k in ranks:
            recall[k].append(right[:, :k].amax(1))
        nearest.append(found[places[:, : max(ranks)]])
    return Retrieval(asked, torch.cat(nearest), {k: torch.cat(parts) for k, parts in recall.items()}, torch.cat(precision))
