"""Ancestors: the closure of a relation of parents, what it rests on, depths, circles."""

from typing import TYPE_CHECKING, cast

import numpy as np
from jaxtyping import Integer

from gromov.core import InputError, require_memory

if TYPE_CHECKING:
    import scipy.sparse


def find_circle(nodes: int, pairs: Integer[np.ndarray, "m 2"]) -> list[int]:
    """The nodes of a directed circle u → v → … → u, the first repeated at the end; empty where there is none. Self-loops are no circles."""
    from scipy.sparse.csgraph import connected_components

    _, member = connected_components(_matrix(nodes, pairs), directed=True, connection="strong")
    sizes = np.bincount(member, minlength=1)
    if sizes.max(initial=0) < 2:
        return []
    inside = np.flatnonzero(member == sizes.argmax())
    own = pairs[(member[pairs] == sizes.argmax()).all(axis=1) & (pairs[:, 0] != pairs[:, 1])]
    following = dict(own[::-1].tolist())
    walk, seen = [int(inside[0])], dict[int, int]()
    while walk[-1] not in seen:
        seen[walk[-1]] = len(walk) - 1
        walk.append(int(following[walk[-1]]))
    return walk[seen[walk[-1]] :]


def transitive_closure(nodes: int, pairs: Integer[np.ndarray, "m 2"]) -> Integer[np.ndarray, "c 2"]:
    """Every pair (u, v) with a path u → … → v, u ≠ v; a closed relation is returned as it is, without duplicates.

    By squaring reachability until nothing is added: log₂(depth) sparse products.

    Raises:
        InputError: the pairs run in a circle, so that a node would be its own ancestor.
    """
    if circle := find_circle(nodes, pairs):
        raise InputError(
            f"the pairs run in a circle of {len(circle) - 1} nodes, {circle[0]} → {circle[1]} → …: nothing can be above itself"
        )
    reach = _matrix(nodes, pairs)
    while True:
        require_memory(32 * reach.nnz, step="the transitive closure", remedy="give a part of the hierarchy")
        more = _either(reach, _product(reach, reach))
        if more.nnz == reach.nnz:
            break
        reach = more
    found = reach.tocoo()
    return np.column_stack([found.row, found.col]).astype(np.int64)


def parents_of(nodes: int, closure: Integer[np.ndarray, "c 2"]) -> Integer[np.ndarray, "p 2"]:
    """The pairs of a closure that no third node stands between: its transitive reduction, the Hasse diagram."""
    reach = _matrix(nodes, closure)
    return np.setdiff1d(_codes(reach), _codes(_product(reach, reach)))[:, None] // np.array([nodes, 1]) % nodes


def closed_share(nodes: int, pairs: Integer[np.ndarray, "m 2"]) -> float:
    """The share of chains u → v → w whose u → w is there too: 1 for a relation of ancestors, 0 where there are no chains or they run in circles."""
    reach = _matrix(nodes, pairs)
    twice = _product(reach, reach)
    if not twice.nnz or twice.diagonal().any():
        return 0.0
    return float(np.isin(_codes(twice), _codes(reach)).mean())


def depths(nodes: int, parents: Integer[np.ndarray, "p 2"]) -> Integer[np.ndarray, " n"]:
    """Length of the longest way up from each node to one without parents.

    Cost: linear in pairs times the depth.
    """
    found = np.zeros(nodes, dtype=np.int64)
    for _ in range(nodes):
        deeper = found.copy()
        np.maximum.at(deeper, parents[:, 0], found[parents[:, 1]] + 1)
        if np.array_equal(deeper, found):
            break
        found = deeper
    return found


def _matrix(nodes: int, pairs: Integer[np.ndarray, "m 2"]) -> "scipy.sparse.csr_array":
    """The pairs as a matrix of booleans, without self-loops and duplicates."""
    import scipy.sparse

    kept = pairs[pairs[:, 0] != pairs[:, 1]]
    found = scipy.sparse.csr_array((np.ones(len(kept), dtype=bool), (kept[:, 0], kept[:, 1])), shape=(nodes, nodes))
    found.sum_duplicates()
    return found


def _product(a: "scipy.sparse.csr_array", b: "scipy.sparse.csr_array") -> "scipy.sparse.csr_array":
    return cast("scipy.sparse.csr_array", a @ b)


def _either(a: "scipy.sparse.csr_array", b: "scipy.sparse.csr_array") -> "scipy.sparse.csr_array":
    return cast("scipy.sparse.csr_array", a + b)


def _codes(matrix: "scipy.sparse.csr_array") -> Integer[np.ndarray, " m"]:
    """Row · n + column of every entry, in order."""
    found = matrix.tocoo()
    return np.sort(found.row.astype(np.int64) * (len(matrix.indptr) - 1) + found.col)
