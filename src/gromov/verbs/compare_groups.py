"""Several inputs at once: which of them belong together, and how sure that is."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gromov.core import generator

_REPLICATES = 1_000
HALVES, WITHIN_ERRORS = "halves of the points", "errors of the values"


@dataclass(frozen=True, slots=True, eq=False)
class Dendrogram:
    """An average-linkage dendrogram.

    Attributes:
        merges: One row for each merge: the two that are joined (inputs are 0 … k−1, the i-th merge is k + i), its height, and the number of inputs below.
        order: The inputs from left to right.
        support: Share of replicates that have the same inputs below some merge.
        method: What a replicate is: `halves of the points`, a random half of every input, or, where points cannot be left out or no bootstrap was asked
            for, `errors of the values`, each value moved within its standard error.
        replicates: Their number.
    """

    merges: Float[np.ndarray, "m 4"]
    order: tuple[int, ...]
    support: Float[np.ndarray, " m"]
    method: str
    replicates: int


def dendrogram(apart: Float[np.ndarray, "k k"], replicates: Float[np.ndarray, "b p"], method: str) -> Dendrogram:
    """The dendrogram of a matrix of dissimilarities, with the support of every merge.

    Args:
        apart: The dissimilarities.
        replicates: Replicates of those above the diagonal, row by row.
        method: How they were drawn.

    Cost: b·k² steps.
    """
    from scipy.cluster.hierarchy import leaves_list

    merges = _joined(apart[np.triu_indices(len(apart), 1)])
    sets = _below(merges)
    count = np.zeros(len(merges))
    for replicate in replicates:
        again = set(_below(_joined(replicate)))
        count += [each in again for each in sets]
    return Dendrogram(merges, tuple(int(i) for i in leaves_list(merges)), count / len(replicates), method, len(replicates))


def within_errors(apart: Float[np.ndarray, "k k"], errors: Float[np.ndarray, "k k"], *, seed: int) -> Float[np.ndarray, "b p"]:
    """1,000 replicates of the dissimilarities above the diagonal, each moved by a normal error of its standard error.

    The errors are taken for independent, which those of pairs that share an input are not: a guide, where inputs cannot be drawn again.
    """
    upper = np.triu_indices(len(apart), 1)
    noise = generator(seed, "dendrogram").standard_normal((_REPLICATES, len(upper[0])))
    return np.maximum(0.0, apart[upper] + errors[upper] * noise)


def classical_map(apart: Float[np.ndarray, "k k"]) -> tuple[Float[np.ndarray, "k 2"], float]:
    """Classical scaling into the plane, each axis turned so that its largest coordinate is positive, and the share of the spread it shows."""
    k = len(apart)
    centering = np.eye(k) - 1.0 / k
    values, vectors = np.linalg.eigh(-0.5 * centering @ (apart * apart) @ centering)
    values, vectors = values[::-1], vectors[:, ::-1]
    places = vectors[:, :2] * np.sqrt(np.maximum(values[:2], 0.0))
    for axis in places.T:
        axis *= np.sign(axis[np.argmax(np.abs(axis))]) or 1.0
    total = float(np.abs(values).sum())
    return places, float(np.maximum(values[:2], 0.0).sum()) / total if total > 0 else 1.0


def _joined(apart: Float[np.ndarray, " p"]) -> Float[np.ndarray, "m 4"]:
    from scipy.cluster.hierarchy import linkage

    return np.asarray(linkage(apart, method="average"))


def _below(merges: Float[np.ndarray, "m 4"]) -> list[frozenset[int]]:
    """The inputs below each merge."""
    k = len(merges) + 1
    sets: list[frozenset[int]] = [frozenset([i]) for i in range(k)]
    for row in merges:
        sets.append(sets[int(row[0])] | sets[int(row[1])])
    return sets[k:]
