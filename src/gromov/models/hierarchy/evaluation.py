"""Ranking: does a node find its relatives before everything else? Pure functions of distances.

For a node u the others are ordered by their distance from u. The rank of a relative v counts only what u is not related to: 1 + #{w unrelated: d(u, w) < d(u, v)}
(the filtered ranking of Nickel and Kiela), and the average precision of u is the mean over its relatives, the i-th nearest at place pᵢ among all
nodes, of i/pᵢ. MAP is the mean over nodes, the mean rank that over pairs. Equal distances count against the embedding: an unrelated node at the distance of
a relative stands before it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Integer

from gromov.models.hierarchy.relation import Relation

_BLOCK_NUMBERS = 2**22
Distances = Callable[[Integer[np.ndarray, " b"]], Float[np.ndarray, "b n"]]
"""The distances of some nodes to all nodes."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """How well relatives are found.

    Attributes:
        nodes: The nodes ranked from.
        precision: Average precision of each.
        rank: Mean rank of the relatives of each.
        relatives: Number of relatives of each.
    """

    nodes: Integer[np.ndarray, " a"]
    precision: Float[np.ndarray, " a"]
    rank: Float[np.ndarray, " a"]
    relatives: Integer[np.ndarray, " a"]

    @property
    def mean_average_precision(self) -> float:
        """MAP: the mean over nodes."""
        return float(self.precision.mean())

    @property
    def mean_rank(self) -> float:
        """The mean over related pairs."""
        return float((self.rank * self.relatives).sum() / self.relatives.sum())


def rank_relatives(
    distances: Distances, relation: Relation, *, known: Relation | None = None, nodes: Integer[np.ndarray, " a"] | None = None
) -> Ranking:
    """Rank the relatives of every node.

    Args:
        distances: Gives the distances of a block of nodes to all.
        relation: The pairs to be found.
        known: Pairs that are true and not asked for (those trained on, in link prediction): they are left out of every ranking.
        nodes: The nodes to rank from; None means all that have relatives.

    Cost: n distances and a sort for each node ranked; blocks of about 4 million numbers.
    """
    asked = relation.active if nodes is None else nodes
    step = max(1, _BLOCK_NUMBERS // relation.nodes)
    precision, rank = np.empty(len(asked)), np.empty(len(asked))
    for start in range(0, len(asked), step):
        part = asked[start : start + step]
        block = distances(part)
        rows, relatives = relation.of_nodes(part)
        left_out = np.zeros(block.shape, dtype=bool)
        left_out[np.arange(len(part)), part] = True
        if known is not None:
            left_out[known.of_nodes(part)] = True
        left_out[rows, relatives] = False
        splits = np.cumsum(np.diff(relation.first)[part])[:-1]
        for place, own in enumerate(np.split(relatives, splits)):
            precision[start + place], rank[start + place] = rank_one(block[place], own, left_out[place])
    return Ranking(asked, precision, rank, np.diff(relation.first)[asked])


def rank_one(
    distances: Float[np.ndarray, " n"], relatives: Integer[np.ndarray, " k"], left_out: Bool[np.ndarray, " n"]
) -> tuple[float, float]:
    """Average precision and mean rank of the relatives of one node."""
    others = ~left_out
    others[relatives] = False
    near = np.sort(distances[relatives])
    # a tie counts as before: at the first relative that is not nearer
    before = np.bincount(np.searchsorted(near, distances[others]), minlength=len(near) + 1)[:-1].cumsum()
    order = np.arange(1, len(relatives) + 1)
    return float((order / (order + before)).mean()), float(1 + before.mean())


def distortion(fitted: Float[np.ndarray, " m"], wanted: Float[np.ndarray, " m"]) -> tuple[float, float]:
    """Mean and worst distortion of distances at the best scale: the mean of |s·d̂/d − 1|, s its minimiser, and max(d̂/d)/min(d̂/d).

    The minimiser of Σ|s·aᵢ − 1| is 1/a at the weighted median of 1/aᵢ with weights aᵢ.
    """
    ratio = fitted / wanted
    order = np.argsort(1 / ratio)
    weights = np.cumsum(ratio[order])
    scale = 1 / ratio[order][np.searchsorted(weights, weights[-1] / 2)]
    least = float(ratio.min())
    return float(np.abs(scale * ratio - 1).mean()), float(ratio.max()) / least if least > 0 else float("inf")
