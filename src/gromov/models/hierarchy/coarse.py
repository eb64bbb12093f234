"""A start for large orders: the most general nodes are fitted first, and every other node begins where its nearest fitted ancestor is.

A node that is drawn seldom moves seldom, and in a hierarchy of many thousand nodes the branches would have to be found by leaves that hardly move. The general nodes are few, so that
they can be fitted against all of each other; what is below begins at the right branch.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Integer
from torch import Tensor

from gromov.core import generator
from gromov.models.gram import Factor, unit_space
from gromov.models.hierarchy.order import parents_of
from gromov.models.hierarchy.relation import Relation

_WIDTH = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """Where training begins.

    Attributes:
        points: n × entries, in the chart of curvature ±1 or 0.
        log_scales: Logarithm of the radius of curvature of each factor.
    """

    points: Float[Tensor, "n w"]
    log_scales: Float[Tensor, " f"]


def general_nodes(relation: Relation, count: int) -> Integer[np.ndarray, " g"]:
    """The nodes that most others are below of, in order."""
    below = np.bincount(relation.pairs[:, 1], minlength=relation.nodes)
    return np.sort(np.argsort(-below, kind="stable")[:count])


def among(relation: Relation, nodes: Integer[np.ndarray, " g"]) -> Relation:
    """The relation among some nodes, which are numbered anew."""
    inside = np.isin(relation.pairs, nodes).all(axis=1)
    return Relation.of(len(nodes), np.searchsorted(nodes, relation.pairs[inside]), directed=relation.directed)


def spread(relation: Relation, nodes: Integer[np.ndarray, " g"], coarse: Start, factors: tuple[Factor, ...], seed: int) -> Start:
    """The start of all nodes: those of `coarse` where they are, the others in a normal cloud of width 0.001 at their nearest ancestor there; without one, at the origin."""
    n, space = relation.nodes, unit_space(factors)
    above = np.full(n, -1)
    parents = parents_of(n, relation.pairs)[::-1]
    above[parents[:, 0]] = parents[:, 1]
    place = np.full(n, -1)
    place[nodes] = np.arange(len(nodes))
    at = np.arange(n)
    while True:
        low = np.flatnonzero((place[at] < 0) & (above[at] >= 0))
        if not len(low):
            break
        at[low] = above[at[low]]
    dim = sum(factor.dim for factor in factors)
    points = space.origin(dim, dtype=torch.float64).repeat(n, 1)
    found = torch.from_numpy(place[at])
    points[found >= 0] = coarse.points[found[found >= 0]]
    drawn = torch.from_numpy(generator(seed, "hierarchy", "spread").normal(size=points.shape) * _WIDTH)
    drawn[torch.from_numpy(place >= 0)] = 0
    # a step of the width in the metric: directions of the chart, at the length they have there
    tangent = space.gradient(points, drawn)
    lengths = space.norm(points, tangent)[:, None].clamp_min(1e-300)
    moved = space.exp(points, tangent / lengths * torch.linalg.vector_norm(drawn, dim=1, keepdim=True))
    return Start(space.project(moved), coarse.log_scales.clone())
