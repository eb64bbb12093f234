"""Co-occurrence: how often two words stand near each other, the nearer the more.

    X_ij = Σ 1/k over all places where i and j stand k ≤ window words apart, in either order.

Reference: Pennington, Socher, Manning (2014), GloVe: global vectors for word representation, §4.2.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32, Integer

from gromov.core import generator, require_memory
from gromov.models.words.kernels import add_neighbours


def cooccurrence(tokens: Int32[np.ndarray, " t"], words: int, *, window: int) -> Float32[np.ndarray, "v v"]:
    """The symmetric matrix X of all words.

    Cost: t·window additions; 8 v² bytes while they are counted, 4 v² after.
    """
    require_memory(12 * words**2, step=f"the co-occurrence of {words:,} words", remedy="lower --vocabulary")
    found = np.zeros((words, words))
    add_neighbours(tokens, window, found)
    return (found + found.T).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """Cells of X that training does not see.

    Attributes:
        rows: Their words.
        columns: Their contexts.
        values: X there.
    """

    rows: Integer[np.ndarray, " h"]
    columns: Integer[np.ndarray, " h"]
    values: Float32[np.ndarray, " h"]


def hold_out(counts: Float32[np.ndarray, "v v"], share: float, seed: int) -> HeldOut:
    """Take a share of the cells out of X, which is changed: (i, j) together with (j, i), because they are equal."""
    rng = generator(seed, "words", "held out")
    rows: list[np.ndarray] = []
    columns: list[np.ndarray] = []
    for i in range(len(counts)):
        drawn = i + 1 + np.flatnonzero(rng.random(len(counts) - i - 1) < share)
        drawn = drawn[counts[i, drawn] > 0]
        rows.append(np.full(len(drawn), i))
        columns.append(drawn)
    upper, lower = np.concatenate(rows), np.concatenate(columns)
    values = counts[upper, lower].copy()
    counts[upper, lower] = 0
    counts[lower, upper] = 0
    return HeldOut(np.concatenate([upper, lower]), np.concatenate([lower, upper]), np.concatenate([values, values]))
