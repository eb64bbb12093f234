"""A relation on nodes: who is related to whom, in the form that training and ranking read."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Integer

from gromov.core import InputError


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """Ordered pairs (u, v), each once, no u with itself: v is an ancestor of u, or a neighbour.

    Attributes:
        nodes: Number of nodes.
        pairs: The pairs, m × 2, sorted by u and then by v.
        first: Position in `pairs` of the first pair of each node; n + 1 numbers, the last m.
        directed: Whether (v, u) means something else than (u, v): ancestors. Neighbours are listed both ways.
    """

    nodes: int
    pairs: Integer[np.ndarray, "m 2"]
    first: Integer[np.ndarray, " n1"]
    directed: bool

    @classmethod
    def of(cls, nodes: int, pairs: Integer[np.ndarray, "m 2"], *, directed: bool) -> "Relation":
        """The relation of these pairs: self-loops and duplicates are dropped, and neighbours are taken both ways.

        Raises:
            InputError: nothing is left.
        """
        pairs = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
        if not directed:
            pairs = np.concatenate([pairs, pairs[:, ::-1]])
        pairs = pairs[pairs[:, 0] != pairs[:, 1]]
        if not len(pairs):
            raise InputError("no node is related to another one: there is no hierarchy to fit")
        codes = np.unique(pairs[:, 0] * nodes + pairs[:, 1])
        ordered = np.column_stack([codes // nodes, codes % nodes])
        return cls(nodes, ordered, np.searchsorted(ordered[:, 0], np.arange(nodes + 1)), directed)

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def active(self) -> Integer[np.ndarray, " a"]:
        """The nodes that have relatives, whose rankings are trained and evaluated."""
        return np.flatnonzero(np.diff(self.first))

    def of_nodes(self, nodes: Integer[np.ndarray, " b"]) -> tuple[Integer[np.ndarray, " e"], Integer[np.ndarray, " e"]]:
        """The pairs of these nodes: for each pair the place of u in `nodes`, and v."""
        start, stop = self.first[nodes], self.first[nodes + 1]
        counts = stop - start
        rows = np.repeat(np.arange(len(nodes)), counts)
        places = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(start, counts)
        return rows, self.pairs[places, 1]
