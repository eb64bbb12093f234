"""Link prediction: which pairs are shown to the fit, and which are to be found."""

from dataclasses import dataclass

import numpy as np

from gromov.core import InputError, generator
from gromov.models.hierarchy.order import parents_of
from gromov.models.hierarchy.relation import Relation

HELD_OUT = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A relation in parts.

    Attributes:
        train: The basic pairs, and the revealed share of the others.
        test: The pairs to be found.
        known: All true pairs but those to be found: they count neither for nor against.
    """

    train: Relation
    test: Relation
    known: Relation


def split(relation: Relation, revealed: float, seed: int) -> Split:
    """Hold out a tenth of the pairs that follow from others, and reveal a share of the rest.

    The basic pairs, without which the rest could not be known, are always shown: direct parents of a relation of ancestors, the edges of a spanning forest of a graph.
    The pairs held out are the same for every share.

    Args:
        relation: All true pairs.
        revealed: Share of the other pairs that is shown, 0 to 1.
        seed: Seed of the draw.

    Raises:
        InputError: fewer than 10 pairs follow from others, as in a tree of direct edges, or the share is out of range.

    Reference: Ganea, Bécigneul, Hofmann (2018), Hyperbolic entailment cones for learning hierarchical embeddings, section 5. arXiv:1804.01882.
    """
    if not 0 <= revealed < 1:
        raise InputError(f"--reveal is {100 * revealed:g}; it must be a percentage from 0 to below 100")
    codes = relation.pairs[:, 0] * relation.nodes + relation.pairs[:, 1]
    if relation.directed:
        basic = parents_of(relation.nodes, relation.pairs)
        rest = np.setdiff1d(codes, basic[:, 0] * relation.nodes + basic[:, 1])
    else:
        edges = relation.pairs[relation.pairs[:, 0] < relation.pairs[:, 1]]
        basic = _spanning(relation, edges)
        rest = np.setdiff1d(edges[:, 0] * relation.nodes + edges[:, 1], basic[:, 0] * relation.nodes + basic[:, 1])
    if len(rest) < 10:
        raise InputError(f"only {len(rest)} pairs follow from others, and link prediction holds out a tenth of them: it needs 10 or more")
    drawn = generator(seed, "hierarchy", "split").permutation(rest)
    held = max(1, round(HELD_OUT * len(rest)))
    others = drawn[held:]
    shown = others[: round(revealed * len(others))]

    def of(*parts: np.ndarray) -> Relation:
        joined = np.concatenate(parts)
        return Relation.of(relation.nodes, np.column_stack([joined // relation.nodes, joined % relation.nodes]), directed=relation.directed)

    base = basic[:, 0] * relation.nodes + basic[:, 1]
    return Split(of(base, shown), of(drawn[:held]), of(base, others))


def _spanning(relation: Relation, edges: np.ndarray) -> np.ndarray:
    """Edges (u < v) of a spanning forest."""
    import scipy.sparse
    from scipy.sparse.csgraph import minimum_spanning_tree

    weights = scipy.sparse.csr_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(relation.nodes, relation.nodes))
    found = minimum_spanning_tree(weights).tocoo()
    return np.sort(np.column_stack([found.row, found.col]).astype(np.int64), axis=1)
