"""The softmax loss of a relation: is u's relative v nearer than everything u is not related to?

    L = (1/|E|) Σ_{(u,v) ∈ E} −log( e^{−d(u,v)} / (e^{−d(u,v)} + S_u) ),        S_u = Σ_{w unrelated to u} e^{−d(u,w)}.

Over all nodes the sum S_u is exact; over a random sample of candidates each of them stands for many. The derivative in d is closed: with p the probability
in the logarithm, 1 − p for a related pair, and −e^{−d(u,w)}·Σ_v 1/(e^{−d(u,v)} + S_u) for an unrelated one.

Reference: Nickel, Kiela (2017), Poincaré embeddings for learning hierarchical representations, eq. 5. arXiv:1705.08039.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor


class Pairs(NamedTuple):
    """Which entries of a block of distances are what.

    Attributes:
        rows: Row of each related pair.
        columns: Its column.
        own: Column at which each row meets itself, or −1.
        weights: How many nodes each column stands for as an unrelated one; None means 1 for every column.
    """

    rows: Int[Tensor, " e"]
    columns: Int[Tensor, " e"]
    own: Int[Tensor, " b"]
    weights: Float[Tensor, " m"] | None


def softmax_loss(distances: Float[Tensor, "b m"], pairs: Pairs) -> tuple[Float[Tensor, ""], Float[Tensor, "b m"]]:
    """The sum of the loss over the related pairs, and its derivative in the distances.

    Cost: five passes over b·m numbers.
    """
    rows, columns, own, weights = pairs
    mirrored = torch.nonzero(own >= 0)[:, 0]
    least = distances.clone()
    least[mirrored, own[mirrored]] = torch.inf
    # the nearest is subtracted, so that no exponential underflows
    floor = least.amin(dim=1, keepdim=True)
    near = least.sub_(floor).neg_().exp_()
    related = near[rows, columns]
    near[rows, columns] = 0.0
    if weights is not None:
        near *= weights
    total = related + near.sum(dim=1)[rows]
    share = related / total
    loss = -share.log().sum()
    pull = torch.zeros_like(floor[:, 0]).index_add_(0, rows, 1 / total)
    slope = near.mul_(pull.neg_()[:, None])
    slope[rows, columns] = 1 - share
    return loss, slope
