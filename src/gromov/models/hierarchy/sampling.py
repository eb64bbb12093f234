"""Which nodes a step of training looks at: a batch of rows, and the columns they are compared with."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Integer
from torch import Tensor

from gromov.core import generator
from gromov.models.hierarchy.loss import Pairs
from gromov.models.hierarchy.relation import Relation


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A block of distances to compute.

    Attributes:
        rows: Nodes whose relatives are to be near.
        columns: Nodes they are compared with; None means all of them, in order.
        pairs: Which entries are what.
    """

    rows: Tensor
    columns: Tensor | None
    pairs: Pairs


def epoch(relation: Relation, batch: int, candidates: int | None, seed: int, number: int) -> Iterator[Block]:
    """The blocks of one epoch: every node with relatives once, in random order.

    Args:
        relation: The relation.
        batch: Nodes in a block, at most.
        candidates: Number of nodes drawn anew for every block to stand for all unrelated ones; None takes all nodes.
        seed: Seed of the run.
        number: Which epoch: the stream of the draws, so that a run goes on from any epoch as if it had never stopped.
    """
    rng = generator(seed, "hierarchy", "epoch", number)
    active = rng.permutation(relation.active)
    for part in range(blocks_per_epoch(relation, batch)):
        rows = np.sort(active[part :: blocks_per_epoch(relation, batch)])
        drawn = None if candidates is None else rng.choice(relation.nodes, size=min(candidates, relation.nodes), replace=False)
        yield block(relation, rows, drawn)


def blocks_per_epoch(relation: Relation, batch: int) -> int:
    """Number of blocks."""
    return -(-len(relation.active) // batch)


def block(relation: Relation, rows: Integer[np.ndarray, " b"], drawn: Integer[np.ndarray, " c"] | None = None) -> Block:
    """The block of these rows against all nodes, or against those drawn and the relatives of the rows."""
    places, relatives = relation.of_nodes(rows)
    if drawn is None:
        own = torch.from_numpy(rows)
        return Block(own, None, Pairs(torch.from_numpy(places), torch.from_numpy(relatives), own, None))
    columns = np.union1d(drawn, relatives)
    weights = np.zeros(len(columns))
    weights[np.searchsorted(columns, drawn)] = relation.nodes / len(drawn)
    at = np.searchsorted(columns, rows)
    inside = at < len(columns)
    inside[inside] = columns[at[inside]] == rows[inside]
    own = np.where(inside, at, -1)
    known = Pairs(
        torch.from_numpy(places),
        torch.from_numpy(np.searchsorted(columns, relatives)),
        torch.from_numpy(own),
        torch.from_numpy(weights),
    )
    return Block(torch.from_numpy(rows), torch.from_numpy(columns), known)
