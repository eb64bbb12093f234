"""The numbers of one fitted embedding: ranking, distortion, direction, depth."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Integer

from gromov.core import Graph, generator
from gromov.graphs import path_lengths
from gromov.models.correlation import spearman
from gromov.models.embedding import Embedding
from gromov.models.hierarchy.cones import angle, half_angle
from gromov.models.hierarchy.evaluation import distortion, rank_relatives
from gromov.models.hierarchy.order import depths
from gromov.models.hierarchy.relation import Relation
from gromov.spaces import PoincareBall

RANKED = 2000
"""Beyond 20,000 nodes so many are ranked from, drawn at random."""
_ALL = 20_000
_SOURCES = 200
_BLOCK = 2**16


@dataclass(frozen=True, slots=True, eq=False)
class Yardstick:
    """What embeddings of one hierarchy are held against; the same for all of them.

    Attributes:
        relation: The pairs to be found.
        known: Pairs that are true and not asked for; None where all are.
        nodes: Nodes ranked from.
        sources: Nodes whose distances along the hierarchy are known.
        wanted: Those distances, infinite between parts.
        depth: Of every node below those without parents; None for neighbours.
    """

    relation: Relation
    known: Relation | None
    nodes: Integer[np.ndarray, " a"]
    sources: Integer[np.ndarray, " s"]
    wanted: Float[np.ndarray, "s n"]
    depth: Integer[np.ndarray, " n"] | None

    @classmethod
    def of(cls, relation: Relation, graph: Graph, *, known: Relation | None = None, seed: int = 0) -> "Yardstick":
        """The yardstick of a hierarchy whose edges (child, parent), or neighbours, are those of `graph`."""
        rng = generator(seed, "hierarchy", "yardstick")
        nodes = relation.active
        if relation.nodes > _ALL and len(nodes) > RANKED:
            nodes = np.sort(rng.choice(nodes, RANKED, replace=False))
        sources = np.sort(rng.choice(relation.nodes, min(_SOURCES, relation.nodes), replace=False))
        wanted = path_lengths(graph, sources, np.arange(relation.nodes))
        depth = depths(relation.nodes, np.asarray(graph.edges, dtype=np.int64)) if relation.directed else None
        return cls(relation, known, nodes, sources, wanted, depth)


@dataclass(frozen=True, slots=True)
class Score:
    """The numbers of one embedding.

    Attributes:
        map: Mean over nodes of the average precision with which a node finds its relatives among all nodes; 1 is perfect.
        mean_rank: Mean rank of a relative among what its node is not related to; 1 is perfect.
        distortion: Mean of |s·d̂/d − 1| over pairs at the best scale s, d along the hierarchy.
        worst_distortion: max(d̂/d)/min(d̂/d).
        direction: Share of pairs whose ancestor is nearer to the origin than its descendant; NaN for neighbours.
        entailment: Share of pairs whose descendant lies nearer to the axis of its ancestor's entailment cone, by the angle beyond its rim, than the other way round; NaN for
            neighbours, and outside of hyperbolic space.
        depth_correlation: Spearman's correlation of the distance from the origin with the depth; NaN for neighbours.
    """

    map: float
    mean_rank: float
    distortion: float
    worst_distortion: float
    direction: float
    entailment: float
    depth_correlation: float


def score(embedding: Embedding, yardstick: Yardstick) -> Score:
    """Hold an embedding against a hierarchy.

    Cost: n distances for each node ranked.
    """
    ranking = rank_relatives(embedding.distances, yardstick.relation, known=yardstick.known, nodes=yardstick.nodes)
    fitted = embedding.distances(yardstick.sources)
    asked = np.isfinite(yardstick.wanted) & (yardstick.wanted > 0)
    mean, worst = distortion(fitted[asked], yardstick.wanted[asked])
    direction = entailment = correlation = float("nan")
    if yardstick.depth is not None:
        radii = embedding.radii()
        below, above = yardstick.relation.pairs.T
        direction = float((radii[above] < radii[below]).mean())
        entailment = _entailment(embedding, below, above)
        correlation = spearman(radii, yardstick.depth)
    return Score(ranking.mean_average_precision, ranking.mean_rank, mean, worst, direction, entailment, correlation)


def _entailment(embedding: Embedding, below: Integer[np.ndarray, " m"], above: Integer[np.ndarray, " m"]) -> float:
    """Share of pairs in which the ancestor's cone sees the descendant at the smaller angle beyond its rim; a tie counts half."""
    space = embedding.space
    if not isinstance(space, PoincareBall) or space.curvature == 0:
        return float("nan")
    x = torch.from_numpy(embedding.points) * math.sqrt(-space.curvature)
    found = total = 0.0
    for start in range(0, len(below), _BLOCK):
        low, high = x[below[start : start + _BLOCK]], x[above[start : start + _BLOCK]]
        down, up = angle(high, low) - half_angle(high), angle(low, high) - half_angle(low)
        found += float((down < up).double().sum() + (down == up).double().sum() / 2)
        total += len(low)
    return found / total
